"""Pages of Tieba that say something instead of showing something."""

from __future__ import annotations

import re

from parsel import Selector

# The names are blocks of crawlers.manners.blocks, or facts of the coverage: gone, closed, hidden.
_NOTICES = (
    ("captcha", ("百度安全验证", "请完成下方验证", "wappass.baidu.com/static/captcha")),
    ("login_required", ("请登录后查看", "登录后查看更多", "请先登录")),
    ("gone", ("该贴已被删除", "该帖已被删除", "贴子已被删除", "帖子已被删除", "您要浏览的贴子不存在", "尚未建立")),
    ("hidden", ("贴子被隐藏", "帖子被隐藏", "贴子可能已被", "正在审核")),
    ("closed", ("本吧暂不开放", "该吧已被封禁", "暂时关闭", "吧封禁")),
)  # fmt: skip
_CONTENT = "li.j_thread_list, div.l_post, .threadcardclass, .s_post, li.lzl_single_post, #thread_list"
_COMMENTED = re.compile(r"<code\b[^>]*\bpagelet[^>]*>\s*<!--(.*?)-->\s*</code>", re.DOTALL)


def uncover(html: str) -> Selector:
    """The page as a tree; of a page whose list its server hid in a comment, for scripts to put in place, the list.

    The pieces are torn HTML: only together with the page around them would they spoil one another.
    """
    pieces = (found[1] for found in _COMMENTED.finditer(html))
    hidden = next((piece for piece in pieces if 'id="thread_list"' in piece), None)
    return Selector(text=hidden or html or "<html/>", type="html")


def notice(html: str) -> str | None:
    """The name of what a page says instead of showing content; None for a page with content."""
    selector = uncover(html)
    if selector.css(_CONTENT):
        return None
    title = selector.css("title::text").get("")
    said = " ".join(selector.xpath("//body//text()[not(ancestor::script or ancestor::style)]").getall())
    text = f"{title} {said[:4000]}"
    return next((name for name, phrases in _NOTICES if any(phrase in text for phrase in phrases)), None)
