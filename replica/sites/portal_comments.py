"""The comment APIs of the portals, in their own shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from core.models import Post
from replica.exchange import Answer, Request, json_answer, text_answer
from replica.shelf import Shelf
from replica.sites.feed import BEIJING
from replica.sites.portal_talk import (
    NOTHING,
    Talk,
    clock_of,
    likes_of,
    nick_of,
    number_of,
    page_of,
    place_of,
    talk_of,
    uid_of,
    unix_of,
)
from replica.ties import native, published

Api = Callable[[Shelf, str, Request], Answer | None]
"""Shelf, the portal's name, what was asked → an answer, or None for another page of the site."""

_GONE = "跟贴被火星网友带走啦~"


def _script(before: str, value: Any, after: str = "", kind: str = "application/javascript") -> Answer:
    return text_answer(f"{before}{msgspec.json.encode(value).decode()}{after}", kind=kind)


def _sina(shelf: Shelf, portal: str, request: Request) -> Answer | None:
    if request.host != "comment.sina.com.cn":
        return None
    talk = talk_of(shelf, portal, request.text("newsid").removeprefix("comos-"))
    if talk is None:
        return json_answer({"result": {"status": {"msg": "newsid not exist", "code": 4}}})
    rows = [
        {
            "mid": number_of(post),
            "parent_mid": number_of(parent := talk.parent(post)),
            "parent_nick": nick_of(parent),
            "uid": uid_of(post),
            "nick": nick_of(post) or "手机用户",
            "area": place_of(post),
            "content": post.text,
            "time": clock_of(post),
            "agree": str(likes_of(post)),
            "comment_imgs": "",
            "usertype": "wb",
        }
        for post in page_of(talk.all, request.number("page", 1), 20)
    ]
    count = {"qreply": len(talk.all), "total": len(talk.all) * 3, "show": len(talk.all)}
    result = {
        "status": {"msg": "", "code": 0},
        "count": count,
        "replydict": {},
        "language": "ch",
        "encoding": "gbk",
        "cmntlist": rows,
        "hot_list": [],
    }
    return _script("var data=", {"result": result})


def _netease(shelf: Shelf, portal: str, request: Request) -> Answer | None:
    if request.host != "comment.api.163.com":
        return None
    parts = request.path.split("/")
    talk = talk_of(shelf, portal, parts[parts.index("threads") + 1]) if "threads" in parts else None
    offset, limit = request.number("offset", 0), request.number("limit", 30)
    if talk is None or offset % limit:
        return json_answer({"code": "42212", "message": "Illegal pagination parameters"})
    chains: list[str] = []
    comments: dict[str, Any] = {}
    for post in talk.all[offset : offset + limit]:
        line = [*talk.above(post), post]
        if "hidden_levels" in request.faults and len(line) > 2:
            line = [line[0], line[-1]]
        chains.append(",".join(number_of(one) for one in line))
        comments.update({number_of(one): _tie(one, talk, request) for one in line})
    found = {"commentIds": chains, "comments": comments, "newListSize": len(talk.all)}
    return _script("getData(\n", found, ");")


def _tie(post: Post, talk: Talk, request: Request) -> dict[str, Any]:
    user: dict[str, Any] = {"location": place_of(post), "redNameInfo": [], "userId": int(uid_of(post))}
    nameless = request.faults.get("missing_nickname")
    if nick_of(post) and not (nameless and nameless.takes(post.id)):
        user["nickname"] = nick_of(post)
    taken = request.faults.get("comments_taken")
    gone = taken is not None and taken.takes(post.id)
    return {
        "commentId": int(number_of(post)),
        "content": _GONE if gone else post.text,
        "createTime": clock_of(post),
        "vote": likes_of(post),
        "against": 0,
        "anonymous": not nick_of(post),
        "buildLevel": len(talk.above(post)) + 1,
        "isDel": gone,
        "siteName": "网易",
        "source": "ph",
        "user": user,
    }


def _tencent(shelf: Shelf, portal: str, request: Request) -> Answer | None:
    if request.host != "coral.qq.com":
        return None
    articles = shelf.kept("coral", lambda: {coral_of(post): post for post, _ in shelf.articles("new.qq.com")})
    parts = request.path.strip("/").split("/")
    target = request.text("targetid") if parts[0] == "comment" else parts[1]
    article = articles.get(target)
    talk = talk_of(shelf, portal, native(article.id)) if article else None
    if talk is None:
        return json_answer({"errCode": 4, "data": None})
    at = int(request.text("cursor", "0") or 0)
    if parts[0] == "comment":
        below = talk.answers.get(f"portal:{portal}:c{parts[1]}", [])
        shown, size = below[at : at + 20], 20
        data: dict[str, Any] = {"repCommList": [_coral(post, talk) for post in shown]}
        listed = below
    else:
        shown, size, listed = talk.tops[at : at + 10], 10, talk.tops
        inline = {number_of(top): talk.answers[top.id][:2] for top in shown if talk.answers[top.id]}
        data = {
            "oritotal": len(talk.tops),
            "oriCommList": [_coral(post, talk) for post in shown],
            "repCommList": {number: [_coral(one, talk) for one in rows] for number, rows in inline.items()},
        }
        shown = [*shown, *(one for rows in inline.values() for one in rows)]
    users = {
        uid_of(post): {"nick": nick_of(post), "region": place_of(post)} for post in shown if nick_of(post)
    }
    more = at + size < len(listed)
    data |= {"targetid": int(target), "last": str(at + size), "hasnext": more, "userList": users}
    return json_answer({"errCode": 0, "data": data})


def coral_of(post: Post) -> str:
    """The number under which Tencent keeps the comments of an article."""
    return str(4_000_000_000 + int.from_bytes(native(post.id).encode()[-4:], "big"))


def _coral(post: Post, talk: Talk) -> dict[str, Any]:
    return {
        "id": number_of(post),
        "content": post.text,
        "time": str(unix_of(post)),
        "up": str(likes_of(post)),
        "orireplynum": str(len(talk.answers.get(post.id, ()))),
        "userid": uid_of(post),
        "parent": number_of(talk.parent(post)),
        "picture": [],
    }


def _ifeng(shelf: Shelf, portal: str, request: Request) -> Answer | None:
    if request.host != "comment.ifeng.com":
        return None
    talk = talk_of(shelf, portal, request.text("docUrl").removeprefix("ucms_")) or NOTHING
    posts = page_of(talk.all, request.number("p", 1), request.number("pageSize", 20))
    rows = [{**_said(post, talk), "parent": [_said(one, talk) for one in talk.above(post)]} for post in posts]
    found = {"count": len(talk.all), "join_count": len(talk.all) * 4, "comments": rows}
    return _script("var commentJsonVarStr___=", found, ";", kind="text/javascript")


def _said(post: Post, talk: Talk) -> dict[str, Any]:
    return {
        "comment_id": number_of(post),
        "comment_contents": post.text,
        "comment_date": f"{published(post).astimezone(BEIJING):%Y/%m/%d %H:%M}",
        "create_time": str(unix_of(post)),
        "uname": nick_of(post),
        "user_id": uid_of(post),
        "ip_from": place_of(post),
        "uptimes": str(likes_of(post)),
        "quote_id": number_of(talk.parent(post)),
    }


def _changyan(shelf: Shelf, portal: str, request: Request) -> Answer | None:
    """Sohu's apiv2 and the widget differ in their paths and in one wrapper."""
    if request.host not in ("apiv2.sohu.com", "changyan.sohu.com"):
        return None
    host = "www.sohu.com" if portal == "sohu" else "www.nanwan.example"
    stories = shelf.articles(host)
    topics = shelf.kept(f"topics:{host}", lambda: {_topic(post): post for post, _ in stories})
    if request.path.endswith("/topic/load"):
        wanted = request.text("source_id").removeprefix("mp_")
        url = request.text("topic_url")
        found = next((post for post in topics.values() if native(post.id) == wanted or post.url == url), None)
        page = 0
    else:
        found, page = topics.get(request.text("topic_id")), request.number("page_no", 1)
    if found is None:
        return json_answer({"error_code": 10204, "error_msg": "topic not exist"})
    talk = talk_of(shelf, portal, native(found.id)) or NOTHING
    posts = page_of(talk.all, page, request.number("page_size", 10))
    rows = [
        {**_floor(post, talk), "comments": [_floor(one, talk) for one in talk.above(post)]} for post in posts
    ]
    body = {"topic_id": int(_topic(found)), "cmt_sum": len(talk.all), "hots": [], "comments": rows}
    return json_answer({"code": 200, "jsonObject": body} if portal == "sohu" else body)


def _topic(post: Post) -> str:
    return str(5_000_000_000 + sum(native(post.id).encode()) * 7919 + len(post.text))


def _floor(post: Post, talk: Talk) -> dict[str, Any]:
    return {
        "comment_id": int(number_of(post)),
        "content": post.text,
        "create_time": unix_of(post) * 1000,
        "support_count": likes_of(post),
        "passport": {"user_id": int(uid_of(post)), "nickname": nick_of(post)},
        "ip_location": place_of(post),
        "reply_id": int(number_of(talk.parent(post))),
        "attachments": [],
    }


def _toutiao(shelf: Shelf, portal: str, request: Request) -> Answer | None:
    if request.path != "/article/v2/tab_comments/":
        return None
    talk = talk_of(shelf, portal, request.text("group_id"))
    if talk is None or "signature_wanted" in request.faults:
        return json_answer({"message": "error", "data": [], "err_no": 4})
    offset = request.number("offset", 0)
    shown = talk.tops[offset : offset + 20]
    rows = [{"comment": _tab(top, talk.answers[top.id])} for top in shown]
    total, more = len(talk.tops), offset + 20 < len(talk.tops)
    return json_answer({"message": "success", "data": rows, "total_number": total, "has_more": more})


def _tab(post: Post, answers: Sequence[Post] | None = None) -> dict[str, Any]:
    """A comment, or one of the answers that stand in it."""
    return {
        "id": int(number_of(post)),
        "text": post.text,
        "create_time": unix_of(post),
        "user_id": int(uid_of(post)),
        "user_name": nick_of(post),
        "digg_count": likes_of(post),
        "reply_count": len(answers or ()),
        "publish_loc_info": post.region,
        **({} if answers is None else {"reply_list": [_tab(answer) for answer in answers]}),
    }


def _thepaper(shelf: Shelf, portal: str, request: Request) -> Answer | None:
    if request.path != "/comment/news/comment/talkList":
        return None
    if request.method != "POST":
        return json_answer({"code": 405, "desc": "Method Not Allowed"}, 405)
    asked: dict[str, Any] = msgspec.json.decode(request.body or b"{}")
    talk = talk_of(shelf, portal, str(asked.get("contId") or "")) or NOTHING
    page = int(asked.get("pageNum") or 1)
    rows = [
        {
            "commentId": int(number_of(post)),
            "content": post.text,
            "originCreateTime": unix_of(post) * 1000,
            "createTime": clock_of(post),
            "userInfo": {"userId": int(uid_of(post)), "sname": nick_of(post)},
            "praiseTimes": str(likes_of(post)),
            "location": post.region,
        }
        for post in page_of(talk.all, page, 20)
    ]
    return json_answer({"code": 200, "data": {"list": rows, "hasNext": page * 20 < len(talk.all)}})


APIS: dict[str, Api] = {
    "sina": _sina,
    "netease": _netease,
    "tencent": _tencent,
    "sohu": _changyan,
    "ifeng": _ifeng,
    "toutiao": _toutiao,
    "thepaper": _thepaper,
    "changyan": _changyan,
}
