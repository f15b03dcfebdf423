"""WeChat's public accounts: the operator's feed service at wewe.example, and the articles of mp.weixin.qq.com."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from core.models import Post
from replica.exchange import Answer, Request, html_answer, json_answer, not_found, text_answer
from replica.shelf import Shelf
from replica.sites.feed import Story
from replica.ties import published
from replica.world.model import Article, OfficialAccount

SERVICE = "wewe.example"
_ARTICLES = "mp.weixin.qq.com"
_STALE = timedelta(days=6)
_CHECK = (
    '<html><head><meta charset="utf-8"><title>Weixin Official Accounts Platform</title></head><body>'
    '<h2 class="weui-msg__title">环境异常</h2><p>当前环境异常，完成验证后即可继续访问。</p>'
    '<a id="js_verify">去验证</a><iframe id="tcaptcha_iframe_dy"></iframe></body></html>'
)
_TAKEN = (
    '<html><head><meta charset="utf-8"><title></title></head><body><div class="weui-msg">'
    '<h2 class="weui-msg__title">该内容已被发布者删除</h2></div></body></html>'
)


class Wechat:
    """The service with its feeds, and the pages."""

    hosts = (SERVICE, _ARTICLES)

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._accounts = {account.number: account for account in shelf.official}

    def answer(self, request: Request) -> Answer:
        if request.host == _ARTICLES:
            return self._article(request)
        if request.path == "/robots.txt":
            return not_found()
        name, _, kind = request.path.rpartition("/")[2].partition(".")
        stories = self._stories(name)
        if stories is None:
            return json_answer({"statusCode": 400, "message": "不存在该feed！"}, 400)
        if "feed_stale" in request.faults:
            stories = [story for story in stories if published(story[0]) < request.now - _STALE]
        limit = request.number("limit", 30)
        start = request.number("offset", 0) if request.path.startswith("/rss/") else 0
        start = start or (request.number("page", 1) - 1) * limit
        title = self._accounts[name].title if name in self._accounts else "WeWe-RSS All"
        shown = stories[start : start + limit]
        bare = "bare_feed" in request.faults
        return _json(title, name, shown, bare=bare) if kind == "json" else _rss(title, shown, bare=bare)

    def _stories(self, name: str) -> list[Story] | None:
        """An account's articles, or those of all, the newest first; None for an account it does not know."""
        if name not in self._accounts and name != "all":
            return None
        wanted = list(self._accounts) if name == "all" else [name]
        found = [story for number in wanted for story in self._shelf.articles(f"{_ARTICLES}/{number}")]
        return sorted(found, key=lambda story: (published(story[0]), story[0].id), reverse=True)

    def _article(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return text_answer("User-agent: *\nDisallow: /\n")
        if "environment_check" in request.faults:
            return html_answer(_CHECK)
        for account in self._accounts.values():
            for post, article in self._shelf.articles(f"{_ARTICLES}/{account.number}"):
                if (post.url or "").endswith(request.path):
                    taken = request.faults.get("article_taken")
                    return html_answer(
                        _TAKEN if taken and taken.takes(post.id) else _page(account, post, article)
                    )
        return html_answer(_TAKEN)


def _content(post: Post, article: Article) -> str:
    images = '<section><img src="https://mmbiz.qpic.cn/invented/640"></section>' * len(post.media)
    return "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in article.body) + images


def _json(title: str, name: str, stories: Sequence[Story], *, bare: bool) -> Answer:
    items: list[dict[str, Any]] = [
        {
            "id": (post.url or "").rpartition("/")[2],
            "url": post.url,
            "title": article.title,
            "content_html": "" if bare else _content(post, article),
            "date_modified": f"{published(post):%Y-%m-%dT%H:%M:%S}.000Z",
            **({"author": {"name": post.author.name}} if name == "all" and post.author else {}),
        }
        for post, article in stories
    ]
    return json_answer({"version": "https://jsonfeed.org/version/1", "title": title, "items": items})


def _rss(title: str, stories: Sequence[Story], *, bare: bool) -> Answer:
    items = "".join(
        f"<item><title>{escape(article.title)}</title><link>{escape(post.url or '')}</link>"
        f"<pubDate>{format_datetime(published(post))}</pubDate>"
        f"<description><![CDATA[{'' if bare else _content(post, article)}]]></description></item>\n"
        for post, article in stories
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{escape(title)}</title><link>http://{SERVICE}/</link>\n{items}</channel></rss>\n"
    )
    return text_answer(xml, kind="application/xml")


def _page(account: OfficialAccount, post: Post, article: Article) -> str:
    pictures = not article.body
    biz = b64encode(account.number.removeprefix("MP_WXS_").encode()).decode()
    listed = "".join("{cdn_url: 'https://mmbiz.qpic.cn/invented/0'}," for _ in post.media) if pictures else ""
    content = "" if pictures else _content(post, article).replace("<img src=", "<img data-src=")
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">\n'
        f'<meta property="og:title" content="{escape(article.title)}"/>\n'
        f'<meta property="og:description" content="{escape("" if pictures else article.summary)}"/></head>\n'
        '<body id="activity-detail">\n'
        f'<h1 class="rich_media_title" id="activity-name">\n{escape(article.title)}\n</h1>\n'
        '<div id="meta_content"><span class="rich_media_meta rich_media_meta_text">小编</span>\n'
        f'<a id="js_name">{escape(account.title)}</a><em id="publish_time"></em></div>\n'
        f'<div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0; ">{content}</div>\n'
        f'<script nonce="1">var biz = "{biz}"; var item_show_type = "{8 if pictures else 0}"; '
        f"var ct = \"{int(published(post).timestamp())}\"; var msg_source_url = ''; "
        f"var picture_page_info_list = [{listed}];</script>\n</body></html>\n"
    )
