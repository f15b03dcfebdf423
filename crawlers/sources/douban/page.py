"""What every page of Douban's groups has: a pager, and sentences that stand where content should be."""

from __future__ import annotations

import re

from parsel import Selector, SelectorList

# The names are blocks of crawlers.manners.blocks, or facts of the coverage: gone, hidden.
_NOTICES = (
    ("ip_blocked", ("有异常请求从你的IP发出", "有异常请求从你的 IP 发出", "你的IP被封")),
    ("captcha", ("请输入验证码", "安全验证")),
    ("challenge", ("载入中 ...",)),
    ("login_required", ("登录跳转", "请先登录", "登录后查看", "请登录后使用豆瓣")),
    ("members_only", ("私密小组", "没有权限访问", "只对组员开放", "加入小组后")),
    ("gone", ("话题不存在", "已被删除", "页面不存在", "小组已被", "已经被解散")),
    ("hidden", ("根据相关法律", "已被隐藏", "审核中")),
)
_CONTENT = "table.olt td.title, #topic-content, .topic-doc, #link-report, #comments"
_NUMBER = re.compile(r"\d+")


def notice(html: str) -> str | None:
    """The name of what a page says instead of showing content; None for a page with content."""
    selector = Selector(text=html or "<html/>", type="html")
    if selector.css(_CONTENT):
        return None
    title = selector.css("title::text").get("")
    said = " ".join(selector.xpath("//body//text()[not(ancestor::script or ancestor::style)]").getall())
    text = f"{title} {said[:4000]}"
    return next((name for name, phrases in _NOTICES if any(phrase in text for phrase in phrases)), None)


def place_of(selector: Selector) -> tuple[int, int]:
    """The page that came and how many there are; one without a pager is the only one."""
    bar = selector.css(".paginator")[:1]
    current = bar.css(".thispage")[:1]
    page = number_in(text_of(current)) or 1
    numbers = [number_in(text) or 1 for text in bar.css("a::text").getall()]
    total = number_in(current.attrib.get("data-total-page", "") if current else "")
    return page, max([page, total or 1, *numbers])


def number_in(text: str) -> int | None:
    found = _NUMBER.search(text)
    return int(found[0]) if found and len(found[0]) < 16 else None


def text_of(box: SelectorList[Selector]) -> str:
    """The text of the first of some elements, on one line."""
    return " ".join("".join(box[:1].xpath(".//text()").getall()).split())
