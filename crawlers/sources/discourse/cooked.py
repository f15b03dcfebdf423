"""The body of a Discourse post: its own words, apart from quotes and what the engine adds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from core.texts import html_to_text
from crawlers.reading.markup import attribute

# Previews of links, file names under pictures, counters on links: nobody wrote them.
_ADDED = (
    "script, style, aside.onebox, .lightbox-wrapper .meta, .badge, .onebox-metadata, .quote-controls, svg"
)
_VIDEO = "video, iframe, .video-placeholder-container, .lazy-video-container, .video-onebox, .youtube-onebox"


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted post: `topic` None where the quote does not say, which means the same topic."""

    topic: int | None
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    text: str
    quotes: tuple[Quote, ...]
    media: tuple[str, ...]
    urls: tuple[str, ...]


def read_cooked(cooked: str, *, base: str) -> Body:
    """What the author of a post wrote; quotes of others are cut out and named by topic and number."""
    if not cooked.strip():
        return Body(text="", quotes=(), media=(), urls=())
    box = Selector(text=f"<div>{cooked}</div>", type="html").css("body > div")[0]
    quotes: list[Quote] = []
    for aside in box.css("aside.quote"):
        number, topic = _number(attribute(aside, "data-post")), _number(attribute(aside, "data-topic"))
        if number is not None:
            quotes.append(Quote(topic, number))
        _cut(aside.root)
    previews = [link for link in box.css("aside.onebox::attr(data-onebox-src)").getall() if link]
    urls = [*_links(box, base), *previews]
    media = _media(box)
    for node in box.css(_ADDED):
        _cut(node.root)
    return Body(
        text=re.sub(r"\n{2,}", "\n", html_to_text(box.get() or "")).strip(),
        quotes=tuple(dict.fromkeys(quotes)),
        media=media,
        urls=tuple(dict.fromkeys(urls)),
    )


def _media(box: Selector) -> tuple[str, ...]:
    images = box.css("img:not(.emoji):not(.avatar):not(.site-icon)").xpath("self::*[not(ancestor::aside)]")
    kinds = ["image"] * len(images) + ["video"] * len(box.css(_VIDEO)) + ["audio"] * len(box.css("audio"))
    return tuple(kinds)


def _links(box: Selector, base: str) -> list[str]:
    """Where the author points; not members, not the full size of a picture, not a hashtag's page."""
    found = []
    for link in box.css(
        "a[href]:not(.mention):not(.mention-group):not(.lightbox):not(.hashtag):not(.hashtag-cooked)"
    ):
        try:
            target = urljoin(base + "/", attribute(link, "href"))
            parts = urlsplit(target)
        except ValueError:
            continue
        inside = parts.hostname == urlsplit(base).hostname
        if parts.scheme in ("http", "https") and not (
            inside and parts.path.startswith(("/u/", "/users/", "/uploads/"))
        ):
            found.append(target)
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None


def _cut(node: Any) -> None:
    if node.getparent() is not None:
        node.drop_tree()
