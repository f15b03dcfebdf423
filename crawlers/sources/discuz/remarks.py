"""The short remarks (点评) below a floor, as comments on it."""

from __future__ import annotations

import hashlib
from collections import Counter

from msgspec.structs import replace
from parsel import Selector

from core.models import Author, Kind, Post
from core.texts import html_to_text, mentions_of
from crawlers.reading.markup import attribute
from crawlers.sources.discuz.addresses import uid_of
from crawlers.sources.discuz.context import PARSER, Context, text_of, time_in


def read_remarks(table: Selector, pid: int, context: Context) -> list[Post]:
    """点评 below a floor. They have no number of their own, so the id is made of their words.

    The writer is not part of it: an unkeyed digest of a member's number could be undone by trying them all.
    """
    found: list[Post] = []
    said: Counter[str] = Counter()
    for line in table.css(f'[id="comment_{pid}"] .pstl'):
        words = line.css(".psti")[:1]
        published_at = time_in(words.css(".xg1"), context)
        for node in [*words.css(".xg1"), *words.css("a[href*=findpost], a[href*='action=reply']")]:
            node.root.drop_tree()
        if text := html_to_text(words.get() or "").strip():
            digest = hashlib.sha1(f"{text}|{said[text]}".encode(), usedforsecurity=False).hexdigest()[:12]
            said[text] += 1
            post = _remark(context.id(f"{pid}:c{digest}"), text, line, pid, context)
            found.append(replace(post, published_at=published_at))
    return found


def _remark(remark_id: str, text: str, line: Selector, pid: int, context: Context) -> Post:
    link = line.css(".psta a[href*=uid]:not([c])")[:1]
    uid = uid_of(attribute(link, "href")) if link else None
    return Post(
        id=remark_id,
        platform="discuz",
        kind=Kind.COMMENT,
        text=text,
        author=Author(id=context.id(uid), name=text_of(link) or None) if uid else None,
        root_id=context.root_id,
        parent_id=context.id(pid),
        parent_confidence=1.0,
        thread_id=context.id(f"t{context.tid}"),
        mentions=mentions_of(text),
        url=f"{context.url}#pid{pid}",
        fetched_at=context.now,
        parser_version=PARSER,
    )
