"""News portals on their real hosts: lists, articles, and the comment APIs of `replica.sites.portal_comments`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

import msgspec

from core.models import Post
from replica.exchange import Answer, Request, html_answer, json_answer, not_found, text_answer
from replica.shelf import Shelf
from replica.sites.feed import BEIJING, Story
from replica.sites.portal_comments import APIS, coral_of
from replica.ties import native, published
from replica.world.model import Article, Portal

ROBOTS = "User-agent: *\nDisallow: /search\nDisallow: /item\nDisallow: /group\nDisallow: /trending\n"
# where lists and comments of a portal are asked for, besides the host of its articles
_HOSTS = {
    "sina": ("feed.mix.sina.com.cn", "comment.sina.com.cn"),
    "netease": ("news.163.com", "comment.api.163.com"),
    "tencent": ("i.news.qq.com", "coral.qq.com"),
    "sohu": ("v2.sohu.com", "apiv2.sohu.com"),
    "ifeng": ("comment.ifeng.com",),
    "toutiao": (),
    "thepaper": ("api.thepaper.cn",),
    "changyan": ("changyan.sohu.com",),
}
_GBK = frozenset({"changyan"})  # its pages
_LISTED = 5  # articles a page of a list holds here, so that lists have pages


class PortalSite:
    """One portal with all its hosts."""

    def __init__(self, shelf: Shelf, portal: Portal) -> None:
        self._shelf = shelf
        self._portal = portal
        self._comments = APIS[portal.name]
        self._lists: dict[str, Callable[[Request], Answer]] = {
            "feed.mix.sina.com.cn": self._sina,
            "news.163.com": self._netease,
            "i.news.qq.com": self._tencent,
            "v2.sohu.com": self._sohu,
        }

    @property
    def hosts(self) -> tuple[str, ...]:
        return (self._portal.host, *_HOSTS[self._portal.name])

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return text_answer(ROBOTS)
        if build := self._lists.get(request.host):
            return _scripted(build(request), request)
        if request.path == "/contentapi/nodeCont/getByChannelId":
            return _scripted(self._thepaper(request), request)
        found = self._comments(self._shelf, self._portal.name, request)
        if found is not None:
            return _scripted(found, request)
        return self._page(request)

    # --- lists ---

    def _stories(self, page: int, request: Request) -> list[Story]:
        stories = self._shelf.articles(self._portal.host)
        start = 0 if "list_repeats" in request.faults else (page - 1) * _LISTED
        return stories[start : start + _LISTED] if page > 0 else []

    def _sina(self, request: Request) -> Answer:
        rows = [
            {
                "title": article.title,
                "url": post.url,
                "intro": article.summary,
                "ctime": str(int(published(post).timestamp())),
                "media_name": _medium(post),
                "keywords": ",".join(article.tags),
            }
            for post, article in self._stories(request.number("page", 1), request)
        ]
        total = len(self._shelf.articles(self._portal.host))
        return json_answer({"result": {"status": {"code": 0, "msg": "succ"}, "total": total, "data": rows}})

    def _netease(self, request: Request) -> Answer:
        """``/special/cm_guonei_02/``: a script in GBK."""
        last = request.path.strip("/").rpartition("_")[2]
        page = int(last) if len(last) == 2 and last.isdecimal() else 1
        rows = [
            {
                "title": article.title,
                "docurl": post.url,
                "tienum": self._shelf.talk(post.id),
                "time": f"{published(post).astimezone(BEIJING):%m/%d/%Y %H:%M:%S}",
                "source": _medium(post),
                "keywords": [{"keyname": tag} for tag in article.tags],
            }
            for post, article in self._stories(page, request)
        ]
        if page > 1 and not rows:
            return not_found()
        text = f"data_callback({msgspec.json.encode(rows).decode()})"
        return replace(text_answer("", kind="text/javascript"), body=text.encode("gb18030"))

    def _tencent(self, request: Request) -> Answer:
        page = request.number("offset", 0) // 20 + 1
        rows = [
            {
                "article_id": native(post.id),
                "title": article.title,
                "url": post.url,
                "publish_time": f"{published(post).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
                "media_name": _medium(post),
            }
            for post, article in self._stories(page, request)
        ]
        return json_answer({"ret": 0, "msg": "success", "data": {"list": rows}})

    def _sohu(self, request: Request) -> Answer:
        rows = [
            {
                "id": int(native(post.id)),
                "authorId": int((post.url or "").rpartition("_")[2]),
                "authorName": _medium(post),
                "title": article.title,
                "publicTime": int(published(post).timestamp()) * 1000,
            }
            for post, article in self._stories(request.number("page", 1), request)
        ]
        return json_answer(rows)

    def _thepaper(self, request: Request) -> Answer:
        asked: dict[str, Any] = msgspec.json.decode(request.body or b"{}")
        page = int(asked.get("pageNum") or 1)
        rows = [
            {
                "contId": native(post.id),
                "name": article.title,
                "pubTimeLong": int(published(post).timestamp()) * 1000,
                "interactionNum": str(self._shelf.talk(post.id)),
            }
            for post, article in self._stories(page, request)
        ]
        more = bool(self._stories(page + 1, request))
        return json_answer({"code": 200, "data": {"hasNext": more, "list": rows}})

    # --- pages ---

    def _page(self, request: Request) -> Answer:
        stories = self._shelf.articles(self._portal.host)
        by_path = {(post.url or "").partition(self._portal.host)[2]: (post, a) for post, a in stories}
        charset = "gb18030" if self._portal.name in _GBK else "utf-8"
        if found := by_path.get(request.path):
            return _honest(html_answer(_article(self._portal, *found), charset=charset))
        if request.path == "/" or request.path.startswith("/shanklist/"):
            links = "\n".join(
                f'<li><a href="{escape(post.url or "")}"><img src="/i.gif"></a>'
                f'<a href="{escape(post.url or "")}">{escape(article.title)}</a></li>'
                for post, article in stories
            )
            page = (
                f'<!DOCTYPE html>\n<html><head><meta charset="{"gb2312" if charset != "utf-8" else charset}">'
                f"<title>{escape(self._portal.title)}</title></head><body><ul>\n{links}\n</ul>"
                '<a href="/about.html">关于我们</a></body></html>\n'
            )
            return _honest(html_answer(page, charset=charset))
        return not_found()


def _honest(answer: Answer) -> Answer:
    """Old sites name the charset GBK by its oldest name."""
    kind = (answer.header("content-type") or "").replace("gb18030", "gbk")
    return answer.with_header("content-type", kind)


def _scripted(answer: Answer, request: Request) -> Answer:
    """Another script around the JSON than the one that was there yesterday."""
    if "jsonp_prefix" not in request.faults or answer.status != 200:
        return answer
    body = b"/**/ typeof cb_1763700000 === 'function' && cb_1763700000(" + _bare(answer.body) + b");\n"
    return replace(answer, body=body).with_header("content-type", "application/javascript")


def _bare(body: bytes) -> bytes:
    start = min(at for sign in (b"{", b"[") if (at := body.find(sign)) >= 0)
    return body[start : body.rfind(b"}" if body[start : start + 1] == b"{" else b"]") + 1]


def _medium(post: Post) -> str:
    return (post.author and post.author.name) or ""


def _article(portal: Portal, post: Post, article: Article) -> str:
    """An article with what each portal writes into its page for the comments to be found."""
    at = published(post).astimezone(BEIJING)
    key = native(post.id)
    paragraphs = "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in article.body)
    script, charset = _SCRIPT[portal.name], "gb2312" if portal.name in _GBK else "utf-8"
    title, medium = escape(article.title), escape(_medium(post))
    source = f'来源: <a href="#">{medium}</a>' if portal.name == "netease" else f"<span>{medium}</span>"
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}+08:00"
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="{charset}">\n'
        f"<title>{title}_{escape(portal.title)}</title>\n"
        f'<meta name="mediaid" content="{medium}">\n<meta name="source" content="{medium}">\n'
        f'<meta property="article:published_time" content="{stamp}">\n'
        f'<meta itemprop="datePublished" content="{at:%Y-%m-%d %H:%M:%S}">\n'
        f"<script>{script(key, post, f'{at:%Y-%m-%d %H:%M:%S}')}</script>\n</head>\n<body>\n"
        '<nav><ul><li><a href="/">首页</a></li><li><a href="/list">滚动</a></li></ul></nav>\n'
        f'<main><article>\n<h1>{title}</h1>\n<div class="meta">{source} {at:%Y-%m-%d %H:%M}</div>\n'
        f'<div class="content">\n{paragraphs}\n</div>\n<p>责任编辑：阮白</p>\n</article></main>\n'
        f"<footer><p>© {escape(portal.title)} 版权所有</p></footer>\n</body>\n</html>\n"
    )


_SCRIPT: dict[str, Callable[[str, Post, str], str]] = {
    "sina": lambda key, post, at: f"var SINA = {{newsid: 'comos-{key}', channel: 'gn', group: '0'}};",
    "netease": lambda key, post, at: f'var config = {{"docId" :  "{key}"}};',
    "tencent": lambda key, post, at: (
        f'window.DATA = {{"article_id": "{key}", "comment_id": "{coral_of(post)}", "media_name": "{_medium(post)}", '
        f'"pubtime": "{at}"}};'
    ),
    "sohu": lambda key, post, at: f'var article = {{id: "{key}"}};',
    "ifeng": lambda key, post, at: (
        f'var allData = {{"docData": {{"commentUrl": "ucms_{key}", "source": "{_medium(post)}", '
        f'"newsTime": "{at}"}}}};'
    ),
    "toutiao": lambda key, post, at: f'var data = {{"name": "{_medium(post)}", "isAuthor": 1}};',
    "thepaper": lambda key, post, at: (
        f'var __NEXT_DATA__ = {{"contentDetail": {{"contId": {key}, "source": "来源：{_medium(post)}", '
        f'"pubTime": "{at}"}}}};'
    ),
    "changyan": lambda key, post, at: (
        f"var sid = '{key}'; window.changyan.api.config({{appid: 'cyr8nanwan'}});"
    ),
}
