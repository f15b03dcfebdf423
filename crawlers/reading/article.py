"""The words of an article: its HTML as text, without bylines, notices and calls to click."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import trafilatura
from parsel import Selector

from core.texts import html_to_text
from crawlers.reading.markup import attribute

_BYLINE = re.compile(
    r"[（(【\[]\s*(?:(?:本报|本网|新华社|见习|实习|特约)?(?:记者|通讯员)|责任?编辑?|编辑|校对|作者|文[/丨|])"
    r"[\s:：/|丨]*[\u4e00-\u9fffA-Za-z·、\s]{0,30}[)）】\]]"
)
_LINE = re.compile(
    r"(?:责任编辑|责编|编辑|校对|审核|监制|作者|撰文|摄影|来源|图片来源|文[/丨|]|记者|通讯员|出品|原标题)\s*[:：/|丨].{0,40}"
    r"|(?:本报|本网|新华社|见习)?(?:记者|通讯员)\s+[\u4e00-\u9fff·、\s]{2,24}(?:报道|摄|文)?"
    r"|(?:点击|戳|扫码|长按|关注|下载).{0,20}(?:专题|查看|更多|全文|详情|二维码|公众号|客户端|APP).{0,10}"
    r"|(?:阅读|查看|展开)(?:全文|原文|更多).{0,6}|(?:相关|延伸|推荐)阅读.{0,4}|返回.{0,6}[,，]?查看更多"
    r"|(?:版权|免责|特别)声明.{0,200}|.{0,30}(?:未经|如需).{0,12}(?:转载|授权).{0,60}|转载请注明.{0,40}"
    r"|The post .{1,200} appeared first on .{1,100}\.?|Continue reading.{0,200}|Read more.{0,20}",
    re.IGNORECASE,
)
_ORIGINAL_TITLE = re.compile(r"(?m)^[^\S\n]*[（(]\s*原标题\s*[:：][^）)]{0,120}[)）][^\S\n]*")
_TAIL = re.compile(
    r"\s*(?:\[…\]|\[\.\.\.\]|\[&#8230;\]|>>\s*|(?:点击)?(?:查看|阅读|展开)(?:更多|全文|原文|详情)\s*[»>…]*)$"
)
_NEXT = ("下一页", "下页", "Next Page", "next page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page gave; `next_url` is the next part of an article that is cut into pages."""

    text: str
    title: str | None
    next_url: str | None


def read_article(html: str, *, url: str) -> Article:
    """The article on a page; `text` is "" where none was found."""
    found = trafilatura.bare_extraction(
        html,
        url=url,
        with_metadata=True,
        include_comments=False,
        favor_precision=True,
        output_format="python",
    )
    title = str(getattr(found, "title", None) or "").strip()
    text = str(getattr(found, "text", None) or "").removeprefix(f"{title}\n")
    return Article(text=cut_noise(text), title=title or None, next_url=_next(html, url))


def text_of(markup: str) -> str:
    """The text of a feed's own HTML, noise cut."""
    return cut_noise(html_to_text(markup))


def cut_noise(text: str) -> str:
    """`text` without bylines (names of staff are nobody's opinion), notices and calls to click."""
    text = _BYLINE.sub("", _ORIGINAL_TITLE.sub("", text))
    lines = [line for line in text.split("\n") if not _LINE.fullmatch(line.strip())]
    return _TAIL.sub("", re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip())


def with_title(title: str, body: str) -> str:
    """``title\\nbody``; a title that the body repeats stands once."""
    if not title or body.startswith(title):
        return body
    return f"{title}\n{body}".strip()


def _next(html: str, url: str) -> str | None:
    """The link that says 下一页, where it leads to a sibling (``a_2.shtml`` of ``a.shtml``, ``?page=2``)."""
    for link in Selector(text=html or "<html/>", type="html").css("a[href]"):
        label = "".join(link.xpath(".//text()").getall()).strip(" >»›\u3000\n\t")
        if label not in _NEXT:
            continue
        try:
            target = urljoin(url, attribute(link, "href"))
        except ValueError:
            continue
        if target != url and _stem(target) == _stem(url):
            return target
    return None


def _stem(url: str) -> str:
    """Host and path without the part's number, so that the parts of one article share it."""
    parts = urlsplit(url)
    path = re.sub(r"[_-]\d{1,2}(\.\w{3,5})$", r"\1", re.sub(r"/(?:page/)?\d{1,2}/?$", "", parts.path))
    return f"{parts.hostname}{path}"
