"""The body of one floor: its own words, apart from quotes, anti-copy noise and what the engine adds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from parsel import Selector

from core.texts import html_to_text
from crawlers.sources.discuz.addresses import absolute, host_of, pid_of, uid_of

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)", re.IGNORECASE
)
# What the engine writes into a floor that its author did not: edit notes, attachment cards, adverts, tips.
_ADDED = (
    "script, style, .jammer, .pstatus, .tip, .aimg_tip, .attach_nopermission, .locked, .a_pr, .a_pt, .a_pb, "
    ".modact, .attnm, .blockcode > em, .showhide > h4, dl.tattl, [id^=attach_], .t_attach, .guestviewthumb, "
    ".typeoption"
)
_REPLY = re.compile(r"^\s*回复\s*")
_SMILEY = re.compile(r"/smil(?:ey|ies)/", re.IGNORECASE)
_DECORATION = re.compile(
    r"(?:static/image|images/(?:common|default|attachicons))/|/none\.gif|/back\.gif", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """`answers` are the pids this floor quotes or replies to; `hides` says part of it is withheld."""

    text: str
    answers: tuple[int, ...]
    media: tuple[str, ...]
    urls: tuple[str, ...]
    hides: bool


def read_body(cell: Selector, *, url: str, attachments: Selector | None = None) -> Body:
    """What the author of a floor wrote; `attachments` is the list below it. Takes `cell` apart."""
    element = cell.root
    media = _media(element) + (_media(attachments.root) if attachments is not None else ())
    hides = bool(cell.css(".locked"))
    for node in _invisible(element) + [found.root for found in cell.css(_ADDED)]:
        _cut(node)
    answers = [*_quotes(cell), *_replies(element)]
    for image in element.xpath(".//img"):
        if not (image.get("alt") or "").strip() or not _is_smiley(image):
            _cut(image)
    return Body(
        text=re.sub(r"\n{2,}", "\n", html_to_text(cell.get() or "")).strip(),
        answers=tuple(dict.fromkeys(answers)),
        media=media,
        urls=_links(element, url),
        hides=hides,
    )


def _invisible(element: Any) -> list[Any]:
    return [node for node in element.xpath(".//*[@style]") if _HIDDEN.search(node.get("style"))]


def _cut(node: Any) -> None:
    """Take an element out and leave the text behind it in place."""
    if node.getparent() is not None:
        node.drop_tree()


def _quotes(cell: Selector) -> list[int]:
    """The pids the quotes name; the quotes, with the names and words of others in them, are cut."""
    pids: list[int] = []
    for quote in cell.css("div.quote"):
        pids += [pid for href in quote.css("a::attr(href)").getall() if (pid := pid_of(href))]
        _cut(quote.root)
    return pids


def _replies(element: Any) -> list[int]:
    """The pids of ``回复 2# 某人`` and ``回复 某人 的帖子``; the phrase, no word of the author, is cut."""
    pids: list[int] = []
    for link in element.xpath(".//a[contains(@href, 'findpost')]"):
        pid = pid_of(link.get("href"))
        if pid is None:
            continue
        box = link.getparent()
        if box is not None and box.tag in ("b", "strong") and _REPLY.match(box.text_content()):
            pids.append(pid)
            _cut(box)
        elif _cut_loose_reply(link):
            pids.append(pid)
    return pids


def _cut_loose_reply(link: Any) -> bool:
    """Cut ``回复 <a>某人</a> 的帖子`` that stands in running text; False where the link is no reply."""
    before = link.getprevious()
    lead = (before.tail if before is not None else link.getparent().text) or ""
    if not re.search(r"回复\s*$", lead):
        return False
    rest = re.sub(r"回复\s*$", "", lead)
    if before is not None:
        before.tail = rest
    else:
        link.getparent().text = rest
    link.tail = re.sub(r"^\s*的帖子", "", link.tail or "")
    _cut(link)
    return True


def _is_smiley(image: Any) -> bool:
    return image.get("smilieid") is not None or bool(_SMILEY.search(image.get("src") or ""))


def _media(element: Any) -> tuple[str, ...]:
    """One kind a picture, video or sound, in order; smileys and the engine's own icons are none."""
    kinds: list[str] = []
    for node in element.iter("img", "iframe", "embed", "object", "video", "audio", "div", "span"):
        identity = node.get("id") or ""
        if node.tag == "img":
            source = node.get("zoomfile") or node.get("file") or node.get("src") or ""
            if source and not _is_smiley(node) and not _DECORATION.search(source):
                kinds.append("image")
        elif node.tag == "audio" or identity.startswith(("mp3_", "audio_")):
            kinds.append("audio")
        elif node.tag not in ("div", "span") or identity.startswith(("flv_", "swf_", "mmv_", "rm_")):
            kinds.append("video")
    return tuple(kinds)


def _links(element: Any, url: str) -> tuple[str, ...]:
    """Addresses the author points at: other sites, and other threads of this one; never a member's page."""
    found: list[str] = []
    for link in element.xpath(".//a[@href]"):
        href = link.get("href")
        target = absolute(url, href)
        if target is None or uid_of(href) or pid_of(href):
            continue
        if host_of(target) == host_of(url) and re.search(
            r"mod=(?:attachment|misc|tag|space)|/tag|space-", target
        ):
            continue
        found.append(target)
    return tuple(dict.fromkeys(found))
