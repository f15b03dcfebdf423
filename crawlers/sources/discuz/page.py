"""What every page of a Discuz! site has: a pager, and notices that stand where content should be."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsel import Selector

from crawlers.reading.markup import attribute
from crawlers.sources.discuz.addresses import absolute, page_of

# The first names are blocks of crawlers.manners.blocks; gone, closed and notice are facts of the coverage.
_NOTICES = (
    ("too_fast", ("速度过快", "刷新间隔", "频繁刷新限制", "操作过于频繁")),
    ("challenge", ("页面重载开启", "代理服务器访问限制", "防CC", "正在检查您的浏览器")),
    (
        "login_required",
        ("需要登录", "需要先登录", "还未登录", "尚未登录", "请登录后", "登录后才", "没有登录"),
    ),
    ("members_only", ("没有权限", "无权", "阅读权限高于", "用户组无法", "请求来路不正确", "被系统拒绝")),
    ("gone", ("主题不存在", "已被删除", "正在被审核", "版块不存在", "帖子不存在")),
    ("closed", ("站点关闭", "站点已关闭", "论坛关闭", "升级维护", "站点升级")),
)
_EMPTY = ("尚无主题", "暂时还没有帖子", "没有找到匹配结果", "暂无主题")
_TOTAL = re.compile(r"共\s*(\d{1,9})\s*页")
_CHALLENGE_SIZE = 4096
_LOCATION = re.compile(
    r"(?:window|document|self|top)?\.?location(?:\.href|\.replace|\.reload)?\s*[=(]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A page that says something instead of showing something.

    `name`: too_fast, challenge, login_required, members_only, gone, closed, or notice for any other sentence.
    """

    name: str
    text: str


def notice(html: str) -> Notice | None:
    """The notice a page is, or None for a page with content of its own."""
    if len(html) < _CHALLENGE_SIZE and "<script" in html.lower() and _LOCATION.search(html):
        visible = " ".join(
            Selector(text=html, type="html").xpath("//body//text()[not(ancestor::script)]").getall()
        )
        named = _named(html)
        if named is None or named == "challenge":
            return Notice(name="challenge", text=_squeeze(visible))
    selector = Selector(text=html or "<html/>", type="html")
    if selector.css("[id^=normalthread_], table[id^=pid], #postlist, #threadlist"):
        return None
    said = selector.css("#messagetext, .alert_error, .alert_info, .postbox .alert, div.box.message").xpath(
        ".//text()[not(ancestor::script)]"
    )
    text = _squeeze(" ".join(said.getall()))
    if not text:
        title = _squeeze(selector.css("title::text").get(""))
        return Notice(name=found, text=title) if (found := _named(title)) else None
    return (
        None if any(phrase in text for phrase in _EMPTY) else Notice(name=_named(text) or "notice", text=text)
    )


def _named(text: str) -> str | None:
    for name, phrases in _NOTICES:
        if any(phrase in text for phrase in phrases):
            return name
    return None


def is_empty(selector: Selector) -> bool:
    """Whether a list says of itself that it has no threads."""
    text = "".join(selector.css("#threadlist, .threadlist, #messagetext, .emp").xpath(".//text()").getall())
    return any(phrase in text for phrase in _EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """`page` is the page that came, which is not the one asked where a site wraps around."""

    page: int
    pages: int
    next_url: str | None


def pager(selector: Selector, url: str) -> Pager:
    """Where in its pages a list or thread stands; one without a pager has one page."""
    bar = selector.css("div.pg, div.pages")[:1]
    if not bar:
        return Pager(page=page_of(url), pages=page_of(url), next_url=None)
    current = _first_number(bar.css("strong::text").get()) or page_of(url)
    numbers = [current]
    numbers += [
        int(total) for title in bar.css("[title]::attr(title)").getall() for total in _TOTAL.findall(title)
    ]
    for link in bar.css("a"):
        if "nxt" in attribute(link, "class") or "prev" in attribute(link, "class"):
            continue
        if number := _first_number(link.css("::text").get()):
            numbers.append(number)
    href = bar.css("a.nxt::attr(href), a.next::attr(href)").get()
    return Pager(page=current, pages=max(numbers), next_url=absolute(url, href) if href else None)


def _first_number(text: str | None) -> int | None:
    match = re.search(r"(?<!\d)\d{1,9}(?!\d)", text or "")
    return int(match[0]) if match else None


def _squeeze(text: str) -> str:
    return " ".join(text.split())
