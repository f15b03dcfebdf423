"""Weibo's way of writing: texts as HTML, repost chains, times and counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

from core.models import Kind, Post
from replica.shelf import Shelf

BEIJING = ZoneInfo("Asia/Shanghai")
SHOWN = 140  # characters of a text in a list before 全文
CAP = 1_000_000  # counters stop here

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TOKEN = re.compile(
    r"(?P<link>https?://[A-Za-z0-9./?=&%_~#:+-]+)"
    r"|(?P<topic>#[^#\s][^#\n]{0,30}#)"
    r"|(?P<name>@[\w·-]{1,30})"
    r"|(?P<face>\[[^\W\d_]{1,8}\])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one host writes the parts of a text; ``{0}`` is the part, ``{1}`` the same quoted for a URL."""

    topic: str
    name: str
    face: str
    link: str
    newline: str


MOBILE = Dialect(
    topic='<a  href="https://m.weibo.cn/search?containerid=231522type%3D1%26t%3D10%26q%3D{1}" data-hide="">'
    '<span class="surl-text">{0}</span></a>',
    name="<a href='/n/{0}'>@{0}</a>",
    face='<span class="url-icon"><img alt="{0}" src="https://h5.sinaimg.cn/m/emoticon/icon/default/face.png" '
    'style="width:1em; height:1em;" /></span>',
    link='<a  href="https://weibo.cn/sinaurl?u={1}" data-hide=""><span class=\'url-icon\'><img style=\'width: '
    "1rem;height: 1rem' src='https://h5.sinaimg.cn/upload/2015/09/25/3/timeline_card_small_web_default.png'>"
    '</span><span class="surl-text">网页链接</span></a>',
    newline="<br />",
)
DESKTOP = Dialect(
    topic='<a href="//s.weibo.com/weibo?q={1}" target="_blank">{0}</a>',
    name='<a href=/n/{0} usercard="name=@{0}">@{0}</a>',
    face='<img alt="{0}" title="{0}" src="https://face.t.sinajs.cn/t4/appstyle/expression/ext/normal/face.png" />',
    link='<a target="_blank" href="https://weibo.cn/sinaurl?u={1}"><img class="icon-link" src="https://h5.sinaimg.cn'
    '/upload/2015/09/25/3/timeline_card_small_web_default.png"/>网页链接</a>',
    newline="<br />",
)
SEARCH = Dialect(
    topic='<a href="//s.weibo.com/weibo?q={1}" target="_blank">{0}</a>',
    name='<a href="//weibo.com/n/{1}" target="_blank">@{0}</a>',
    face='<img src="https://face.t.sinajs.cn/t4/appstyle/expression/ext/normal/face.png" title="{0}" alt="{0}" '
    'class="face" />',
    link='<a href="https://weibo.cn/sinaurl?u={1}" target="_blank"><i class="wbicon">O</i>网页链接</a>',
    newline="<br/>",
)


def to_html(text: str, dialect: Dialect, marked: Iterable[str] = ()) -> str:
    """`text` as `dialect` writes it; `marked` words are highlighted, as search does with the query."""
    words = "|".join(re.escape(word) for word in marked if word)
    pattern = re.compile(words, re.IGNORECASE) if words else None
    pieces: list[str] = []
    at = 0
    for found in _TOKEN.finditer(text):
        pieces.append(_plain(text[at : found.start()], dialect, pattern))
        pieces.append(_token(found, dialect))
        at = found.end()
    pieces.append(_plain(text[at:], dialect, pattern))
    return "".join(pieces)


def _plain(text: str, dialect: Dialect, marked: re.Pattern[str] | None) -> str:
    if marked is None:
        return escape(text, quote=False).replace("\n", dialect.newline)
    pieces = []
    at = 0
    for found in marked.finditer(text):
        pieces.append(_plain(text[at : found.start()], dialect, None))
        pieces.append(f'<em class="s-color-red">{escape(found.group(), quote=False)}</em>')
        at = found.end()
    pieces.append(_plain(text[at:], dialect, None))
    return "".join(pieces)


def _token(found: re.Match[str], dialect: Dialect) -> str:
    part = found.group()
    match found.lastgroup:
        case "link":
            return dialect.link.format(part, quote(part, safe=""))
        case "topic":
            return dialect.topic.format(escape(part), quote(part, safe=""))
        case "name":
            return dialect.name.format(part[1:], quote(part[1:], safe=""))
    return dialect.face.format(part)


class Chains:
    """What a repost's text looks like on the site: own words, then ``//@name:words`` up to the root.

    A text that has a chain already is left alone. A chain is cut, never the own words, when the
    whole passes `limit` characters.
    """

    def __init__(self, shelf: Shelf, limit: int = 2000) -> None:
        self._shelf = shelf
        self._limit = limit
        self._shown: dict[str, str] = {}

    def text(self, post: Post) -> str:
        """The whole text of a post as its author sent it; what is no repost may be edited later."""
        if post.kind is not Kind.REPOST:
            return post.text
        shown = self._shown.get(post.id)
        if shown is not None:
            return shown
        waiting = [post]
        while (above := self._above(waiting[-1])) is not None and above.id not in self._shown:
            if any(above is earlier for earlier in waiting[-64:]) or len(waiting) > 5000:
                break
            waiting.append(above)
        for at in reversed(waiting):
            self._shown[at.id] = self._compose(at)
        return self._shown[post.id]

    def _above(self, post: Post) -> Post | None:
        """The repost whose text a repost drags along."""
        if post.kind is not Kind.REPOST or "//@" in post.text or post.parent_id in (None, post.root_id):
            return None
        above = self._shelf.ever(post.parent_id)  # what was quoted stays when it goes
        return above if above is not None and above.kind is Kind.REPOST else None

    def _compose(self, post: Post) -> str:
        above = self._above(post)
        if above is None:
            return post.text or "转发微博"
        head = f"{post.text}//@{screen_name(above)}:"
        if len(head) > self._limit:
            return post.text or "转发微博"
        return (head + self._shown.get(above.id, above.text))[: self._limit]


def screen_name(post: Post) -> str:
    """The nickname a post is shown under; Weibo calls who never chose one 用户 and the uid."""
    author = post.author
    if author is None:
        return ""
    return author.name or f"用户{(author.id or '').rpartition(':')[2]}"


def full_date(at: datetime) -> str:
    """``Sat Aug 20 18:29:52 +0800 2022``, whatever the locale."""
    t = at.astimezone(BEIJING)
    return (
        f"{_DAYS[t.weekday()]} {_MONTHS[t.month - 1]} {t.day:02d} "
        f"{t.hour:02d}:{t.minute:02d}:{t.second:02d} +0800 {t.year}"
    )


def listed_date(at: datetime, now: datetime) -> str:
    """A time as search writes it: 32分钟前, 今天12:00, 10月27日 21:24, 2024年02月04日 10:48."""
    age = (now - at).total_seconds()
    t, today = at.astimezone(BEIJING), now.astimezone(BEIJING)
    if 0 <= age < 60:
        return f"{max(1, int(age))}秒前"
    if 0 <= age < 3600:
        return f"{int(age // 60)}分钟前"
    if t.date() == today.date():
        return f"今天{t:%H:%M}"
    if t.year == today.year:
        return f"{t.month:02d}月{t.day:02d}日 {t:%H:%M}"
    return f"{t.year}年{t.month:02d}月{t.day:02d}日 {t:%H:%M}"


def relative_date(at: datetime, now: datetime) -> str:
    """A time as older lists write it: 刚刚, 5分钟前, 3小时前, 昨天 12:00, 10-11, 2020-10-11."""
    age = (now - at).total_seconds()
    t, today = at.astimezone(BEIJING), now.astimezone(BEIJING)
    if 0 <= age < 60:
        return "刚刚"
    if 0 <= age < 3600:
        return f"{int(age // 60)}分钟前"
    if t.date() == today.date():
        return f"{int(age // 3600)}小时前"
    if t.date() == (today - timedelta(days=1)).date():
        return f"昨天 {t:%H:%M}"
    return f"{t.month}-{t.day}" if t.year == today.year else f"{t.year}-{t.month}-{t.day}"


def short_count(count: int) -> str:
    """``6905``, ``7164.8万``, ``1.51亿``: the site cuts, it does not round."""
    if count >= 100_000_000:
        return f"{count // 1_000_000 / 100:g}亿"
    return f"{count // 1000 / 10:g}万" if count >= 10_000 else str(count)


def byte_length(text: str) -> int:
    """Weibo's textLength: bytes of GBK, not characters."""
    return len(text.encode("gb18030", "replace"))
