"""An article's page on mp.weixin.qq.com: articles, picture posts, and what stands where one was taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from parsel import Selector, SelectorList

from core.models import Author, Gone, Kind, Post
from core.texts import html_to_text, mentions_of
from crawlers.reading.article import cut_noise, with_title
from crawlers.reading.unreadable import Unreadable
from crawlers.sources.wechat.addresses import account_id, article_id

PARSER = "wechat-1"
_DEAD = (
    ("该内容已被发布者删除", "author"),
    ("此内容因违规无法查看", "blocked"),
    ("此内容发送失败无法查看", "blocked"),
    ("该内容暂时无法查看", "hidden"),
    ("此帐号已被屏蔽", "account"),
    ("此账号已被屏蔽", "account"),
    ("该公众号已迁移", "account"),
    ("此帐号已自主注销", "account"),
)
_CHECK = ("环境异常", "wappoc_appmsgcaptcha", 'id="js_verify"')
_KINDS = {"5": "video", "7": "audio"}
_PICTURES = "8"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Script:
    """What the page's scripts say."""

    shown_as: str | None
    published_at: datetime | None
    account: str | None
    pictures: int


def is_check(html: str) -> bool:
    """Whether the page asks its reader to prove something (环境异常) in place of the article."""
    return "js_content" not in html and any(mark in html for mark in _CHECK)


def read_page(html: str, *, url: str, fetched_at: datetime) -> Post | Gone:
    """The article, or how it has gone; raises `Unreadable` for any other page."""
    page = Selector(text=html or "<html/>", type="html")
    body = page.css("#js_content")
    title = _text(page, "#activity-name") or _content(page, "og:title")
    script = _script(html)
    if not title and not body:
        return _gone(html, page, url, fetched_at)
    words = cut_noise(html_to_text(body[0].get())) if body else ""
    if script.shown_as == _PICTURES or not words:
        words = html_to_text(_content(page, "og:description"))
    text = with_title(title, words)
    if not text:
        raise Unreadable("neither a title nor words")
    return Post(
        id=article_id(url),
        platform="wechat",
        kind=Kind.ARTICLE,
        text=text,
        author=_author(page, script),
        published_at=script.published_at,
        mentions=mentions_of(text),
        media=_media(body, script),
        url=url,
        fetched_at=fetched_at,
        parser_version=PARSER,
    )


def _gone(html: str, page: Selector, url: str, fetched_at: datetime) -> Gone:
    said = html_to_text(page.css("body").get() or "")
    for words, reason in _DEAD:
        if words in said:
            return Gone(id=article_id(url), at=fetched_at, reason=reason)
    raise Unreadable("neither an article nor a notice that it has gone")


def _author(page: Selector, script: _Script) -> Author | None:
    """The account; who wrote for it is no account and is left out."""
    name = _text(page, "#js_name") or _text(page, ".wx_follow_nickname")
    if not name and script.account is None:
        return None
    return Author(id=script.account, name=name or None)


def _script(html: str) -> _Script:
    made = re.search(r"""\bct\s*[=:]\s*["'](\d{9,10})["']""", html)
    biz = re.search(r"""\bbiz\s*[=:]\s*["']([\w+/=]{8,40})["']""", html)
    shown = re.search(r"""\bitem_show_type\s*[=:]\s*["']?(\d{1,2})["']?""", html)
    return _Script(
        shown_as=shown[1] if shown else None,
        published_at=datetime.fromtimestamp(int(made[1]), UTC) if made else None,
        account=account_id(biz[1]) if biz else None,
        pictures=len(re.findall(r"\bcdn_url\s*:\s*['\"]http", html)),
    )


def _media(body: SelectorList[Selector], script: _Script) -> tuple[str, ...]:
    images = len(body[0].css("img[data-src], img[src]")) if body else 0
    kind = _KINDS.get(script.shown_as or "")
    return ("image",) * min(max(images, script.pictures), 50) + ((kind,) if kind else ())


def _text(page: Selector, css: str) -> str:
    found = page.css(css)
    return " ".join(html_to_text(found[0].get()).split()) if found else ""


def _content(page: Selector, name: str) -> str:
    return (page.css(f'meta[property="{name}"]::attr(content)').get() or "").strip()
