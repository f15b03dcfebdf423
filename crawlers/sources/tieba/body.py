"""What was written in a floor or a reply below one: text, pictures, links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from core.texts import html_to_text
from crawlers.reading.markup import attribute
from crawlers.sources.tieba.addresses import ROOT

_ADDED = "script, style, .p_forbidden_tip, .user-hide-post-down, .lzl_content_reply, .replace_tip"
_MEDIA = {"video": "video", "embed": "video", "iframe": "video", "audio": "audio"}
_REPLY = re.compile(r"^\s*回复\s*[@＠]?\s*(?P<name>[^:：\n]{1,40}?)\s*[:：]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    text: str
    media: tuple[str, ...]
    urls: tuple[str, ...]


def read_body(markup: str) -> Body:
    """The words, kinds of media and outward links of a piece of HTML."""
    box = Selector(text=f"<div>{markup}</div>", type="html")
    for node in box.css(_ADDED):
        if node.root.getparent() is not None:
            node.root.drop_tree()
    return Body(
        text=re.sub(r"\n{2,}", "\n", html_to_text(box.get() or "")).strip(),
        media=tuple(_media(box)),
        urls=tuple(dict.fromkeys(_links(box))),
    )


def _media(box: Selector) -> list[str]:
    kinds = []
    for node in box.css("img.BDE_Image, img.BDE_Meme, video, embed, iframe, audio, .voice_player"):
        tag = node.root.tag
        kinds.append("image" if tag == "img" else _MEDIA.get(tag, "audio"))
    return kinds


def _links(box: Selector) -> list[str]:
    """Where the writer points: an outward link is shown whole as its own text, its address is a detour."""
    found = []
    for link in box.css("a[href]:not(.at)"):
        shown = "".join(link.xpath(".//text()").getall()).strip()
        target = shown if shown.startswith(("http://", "https://")) else attribute(link, "href")
        try:
            url = urljoin(f"{ROOT}/", target.strip())
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.hostname and not parts.path.startswith("/home/"):
            found.append(url)
    return found


def answered(text: str) -> tuple[str | None, str]:
    """Whom a reply below a floor answers by name (``回复 甲 :对``), and the words without that."""
    found = _REPLY.match(text)
    return (found["name"].strip(), text[found.end() :]) if found else (None, text)
