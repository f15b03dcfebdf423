"""``/api/container/getIndex`` of m.weibo.cn: one address, many containers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote

import msgspec

from core.models import Post
from replica.exchange import Answer, Request, json_answer
from replica.identity import Identity
from replica.search import Wanted
from replica.sites.weibo_found import Found
from replica.sites.weibo_status import Statuses
from replica.sites.weibo_text import BEIJING
from replica.ties import native, published
from replica.trouble import login_json

PER_PAGE = 10
_SEARCH_PAGES = 25
_EMPTY = {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
_SUPERTOPIC = re.compile(r"100808([0-9a-f]{32})_-_(?:feed|sort_time)")
_CONTAINER = re.compile(r"(100505|107603|230413|230283)(\d+)")


def supertopic(topic: str) -> str:
    """The container of a topic's super-topic."""
    return "100808" + hashlib.md5(topic.encode(), usedforsecurity=False).hexdigest()


class Containers:
    """Renders profiles, timelines, the hot list and mobile search."""

    def __init__(self, statuses: Statuses, found: Found) -> None:
        self._statuses = statuses
        self._shelf = statuses.shelf
        self._found = found
        self._by_prefix: dict[str, Callable[[Request, str, str], Answer]] = {
            "100505": self._profile,
            "107603": self._timeline,
            "230413": self._timeline,
            "230283": self._details,
        }

    def answer(self, request: Request) -> Answer:
        container = request.text("containerid")
        if not container and request.text("type") == "uid":
            container = f"100505{request.text('value')}"
        if container.startswith("106003"):
            return self._hot(request)
        if container.startswith("100103"):
            return self._search(request, container)
        if match := _SUPERTOPIC.match(container):
            return self._supertopic(request, container, match[1])
        if match := _CONTAINER.match(container):
            return self._by_prefix[match[1]](request, container, match[2])
        return json_answer(_EMPTY)

    def _profile(self, request: Request, container: str, uid: str) -> Answer:
        author = self._shelf.author(f"weibo:{uid}")
        if author is None:
            return json_answer({"ok": 0, "msg": "用户不存在"})
        user = self._statuses.users.mobile_fields(author)
        user |= {"cover_image_phone": "", "svip": 0, "toolbar_menus": []}
        tabs = [("profile", "精选", f"230283{uid}"), ("weibo", "微博", f"107603{uid}")]
        data = {
            "isVideoCoverStyle": 1,
            "isStarStyle": 0,
            "userInfo": user,
            "fans_scheme": f"https://m.weibo.cn/p/index?containerid=231051_-_fans_-_{uid}",
            "follow_scheme": f"https://m.weibo.cn/p/index?containerid=231051_-_followers_-_{uid}",
            "tabsInfo": {
                "selectedTab": 1,
                "tabs": [
                    {
                        "id": number,
                        "tabKey": key,
                        "must_show": 1,
                        "hidden": 0,
                        "title": title,
                        "tab_type": key,
                        "containerid": tab,
                    }
                    for number, (key, title, tab) in enumerate(tabs, 1)
                ],
            },
            "scheme": f"sinaweibo://userinfo?uid={uid}",
            "showAppTips": 0,
        }
        return json_answer({"ok": 1, "data": data})

    def _details(self, request: Request, container: str, uid: str) -> Answer:
        account = self._shelf.accounts.get(f"weibo:{uid}")
        if account is None:
            return json_answer(_EMPTY)
        rows = [("昵称", account.author.name or ""), ("简介", account.description)]
        if account.location:
            province = account.location.split()[0]
            rows += [("所在地", account.location), ("IP属地", province)]
        if account.joined_at:
            rows.append(("注册时间", f"{account.joined_at.astimezone(BEIJING):%Y-%m-%d}"))
        group = [{"card_type": 41, "item_name": name, "item_content": content} for name, content in rows]
        data = {"cardlistInfo": _list_info(container, len(group)), "cards": [_group(group)]}
        return json_answer({"ok": 1, "data": data})

    def _timeline(self, request: Request, container: str, uid: str) -> Answer:
        page = max(1, request.number("page", 1))
        since_id = request.text("since_id")
        if request.identity is Identity.VISITOR and (page > 1 or since_id not in ("", "0")):
            return login_json(request)
        posts = self._shelf.listed(f"by:weibo:{uid}").posts
        start = (page - 1) * PER_PAGE
        if since_id not in ("", "0"):
            start = next((n for n, post in enumerate(posts) if native(post.id) == since_id), len(posts))
        shown = posts[start : start + PER_PAGE]
        if not shown:
            return json_answer(_EMPTY)
        info = _list_info(container, min(len(posts), 20))  # the site's own total cannot be trusted
        if start + PER_PAGE < len(posts):
            info["since_id"] = int(native(posts[start + PER_PAGE].id))
        cards = [self._card(post, uid, request) for post in shown]
        if "pinned_first" in request.faults and start == 0:
            cards.insert(0, self._pinned(posts[-1], uid, request))
        return self._cards(info, cards, request, uid)

    def _supertopic(self, request: Request, container: str, digest: str) -> Answer:
        """The posts that bear a topic, the newest first: card types are texts, the cursor is a text of JSON."""
        cursor = request.text("since_id")
        if request.identity is Identity.VISITOR and cursor:
            return login_json(request)
        topic, posts = self._under_topic(digest)
        page = msgspec.json.decode(cursor)["page"] if cursor else 1
        shown = posts[(page - 1) * PER_PAGE : page * PER_PAGE]
        info: dict[str, Any] = {"containerid": container, "page_title": f"{topic}超话", "total": len(posts)}
        if len(posts) > page * PER_PAGE:
            score = published(shown[-1]).timestamp()
            told = {"page": page + 1, "nextscore": score, "msgid": int(native(shown[-1].id))}
            info["since_id"] = msgspec.json.encode(told).decode()
        group = [
            {"card_type": "42", "desc": "发微博了"},
            *({**self._card(post, "", request), "card_type": "9"} for post in shown),
        ]
        cards = [{"card_type": "11", "card_group": group}] if shown else []
        return json_answer({"ok": int(bool(shown)), "data": {"pageInfo": info, "cards": cards}})

    def _under_topic(self, digest: str) -> tuple[str, list[Post]]:
        posts = self._shelf.listed("weibo").posts
        topics = {topic for post in posts for topic in post.topics}
        topic = next((topic for topic in topics if supertopic(topic) == f"100808{digest}"), "")
        return topic, [post for post in posts if topic and topic in post.topics]

    def _cards(self, info: dict[str, Any], cards: list[dict[str, Any]], request: Request, uid: str) -> Answer:
        shown: list[dict[str, Any]] | None = cards
        if "string_card_type" in request.faults:
            shown = [card | {"card_type": str(card["card_type"])} for card in cards]
        if "null_cards" in request.faults:
            shown = None
        scheme = f"sinaweibo://cardlist?containerid={info['containerid']}&type=uid&value={uid}&v_p=42"
        data = {"cardlistInfo": info, "cards": shown, "scheme": scheme, "showAppTips": 0}
        return json_answer({"ok": 1, "data": data})

    def _card(self, post: Post, uid: str, request: Request) -> dict[str, Any]:
        status = self._statuses.mobile(post, request.faults)
        mid, bid = status["id"], status["bid"]
        return {
            "card_type": 9,
            "profile_type_id": f"proweibo_{mid}",
            "itemid": f"107603{uid}_-_{mid}",
            "scheme": f"https://m.weibo.cn/status/{bid}?mblogid={bid}&luicode=10000011&lfid=107603{uid}",
            "mblog": status,
        }

    def _pinned(self, post: Post, uid: str, request: Request) -> dict[str, Any]:
        card = self._card(post, uid, request)
        card["profile_type_id"] = f"proweibotop_{native(post.id)}"
        card["mblog"] |= {"mblogtype": 2, "isTop": 1, "title": {"text": "置顶", "base_color": 0}}
        return card

    def _hot(self, request: Request) -> Answer:
        rows = [
            {
                "desc": entry.title,
                "desc_extr": entry.heat if entry.heat is not None else "",
                "icon": "",
                "pic": f"https://simg.s.weibo.com/{entry.rank}.png",
                "scheme": f"https://m.weibo.cn/search?containerid=100103type%3D1%26q%3D{quote(entry.title)}",
            }
            for entry in self._shelf.hot()
        ]
        info = _list_info(request.text("containerid"), len(rows))
        return json_answer({"ok": 1, "data": {"cardlistInfo": info, "cards": [_group(rows)]}})

    def _search(self, request: Request, container: str) -> Answer:
        if request.identity is not Identity.LOGIN:
            return login_json(request)
        asked = parse_qs(container.removeprefix("100103"))
        words = (asked.get("q") or [request.text("q")])[0]
        posts = self._found.posts(Wanted(words=words, hot=asked.get("type") == ["60"]))
        page = max(1, request.number("page", 1))
        shown = posts[(page - 1) * PER_PAGE : page * PER_PAGE] if page <= _SEARCH_PAGES else []
        if not shown:
            return json_answer(_EMPTY)
        info = _list_info(container, len(posts))
        info["page"] = page + 1 if page * PER_PAGE < len(posts) and page < _SEARCH_PAGES else None
        cards = [self._card(post, native((post.author and post.author.id) or ""), request) for post in shown]
        return json_answer({"ok": 1, "data": {"cardlistInfo": info, "cards": [_group(cards)]}})


def _list_info(container: str, total: int) -> dict[str, Any]:
    return {"containerid": container, "v_p": 42, "show_style": 1, "total": total}


def _group(cards: list[dict[str, Any]]) -> dict[str, Any]:
    return {"card_type": 11, "itemid": "", "show_type": 1, "card_group": cards}
