"""What WordPress renders: the words, pictures and links of an article or a comment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector

from core.models import Post
from core.texts import html_to_text

PARSER = "wordpress-1"
_ADDED = "script, style, noscript, .sharedaddy, .jp-relatedposts, .wp-block-buttons, form, svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`came` counts the rows; `protected` those whose words need a password; `unread` those of another shape."""

    posts: tuple[Post, ...]
    came: int
    unread: int = 0
    protected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    text: str
    media: tuple[str, ...]
    urls: tuple[str, ...]


def read_body(markup: str, site: str) -> Body:
    """The words, kinds of media and links of rendered content; links to the site's own files are none."""
    box = Selector(text=f"<div>{markup}</div>", type="html")
    for node in box.css(_ADDED):
        if node.root.getparent() is not None:
            node.root.drop_tree()
    kinds = {"img": "image", "video": "video", "iframe": "video", "audio": "audio"}
    media = [
        kinds[node.root.tag]
        for node in box.css("img, video, iframe, audio")
        if "wp-smiley" not in node.attrib.get("class", "")
    ]
    links = [link for href in box.css("a::attr(href)").getall() if (link := link_of(href.strip()))]
    host = site.split("/")[0]
    own = f"//{host}/wp-content/"
    return Body(
        text=re.sub(r"\n{2,}", "\n", html_to_text(box.get() or "")).strip(),
        media=tuple(media),
        urls=tuple(dict.fromkeys(link for link in links if own not in link)),
    )


def link_of(value: Any) -> str | None:
    """`value` where it is a web address."""
    try:
        return value if isinstance(value, str) and urlsplit(value).scheme in ("http", "https") else None
    except ValueError:
        return None
