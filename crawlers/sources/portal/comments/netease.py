"""comment.api.163.com: pages by offset; ``commentIds`` are chains of ids from the first asked to the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from core.models import Post
from crawlers.sources.portal.comments.page import (
    Ask,
    CommentPage,
    Part,
    author,
    comment,
    count_of,
    key_of,
    part_of,
)
from crawlers.sources.portal.page import Thread

_GONE = "跟贴被火星网友带走啦"  # what stands in place of a deleted one's words
_PAST_A_GAP = 0.5  # the levels between are not shown: an ancestor, but not surely the parent
_BAD_OFFSET = "42212"


def read(document: Any, thread: Thread, ask: Ask, size: int, fetched_at: datetime) -> CommentPage:
    """A page of ``newList``: a parent stands before its child in a chain, and their levels differ by one."""
    chains = document.get("commentIds") if isinstance(document, dict) else None
    if not isinstance(chains, list):
        code = str(document.get("code")) if isinstance(document, dict) else ""
        return CommentPage(problem="past_the_end" if code == _BAD_OFFSET else "unreadable")
    rows = part_of(document, "comments")
    edges = _edges(chains, rows)
    shown = {
        number: row
        for number, row in rows.items()
        if key_of(number) and isinstance(row, dict) and not _is_gone(row)
    }
    posts = tuple(_comment(number, row, thread, edges, fetched_at) for number, row in shown.items())
    ends = {str(chain).rsplit(",", 1)[-1] for chain in chains}
    total = count_of(document.get("newListSize"))
    more = len(chains) >= size and (total is None or ask.page * size < total)
    listed = len(ends & shown.keys())
    part = Part(posts=posts, total=total, rows=listed, withheld=len(ends) - listed)
    return CommentPage(parts=(part,), asks=(Ask(page=ask.page + 1),) if more else ())


def _edges(chains: list[Any], rows: Mapping[str, Any]) -> dict[str, tuple[str, float]]:
    """Child → (the one before it in a chain, how sure that is its parent); a sure sighting goes first."""
    edges: dict[str, tuple[str, float]] = {}
    for chain in chains:
        numbers = [number for number in str(chain).split(",") if number]
        for above, below in pairwise(numbers):
            sure = 1.0 if _level(rows, below) - _level(rows, above) == 1 else _PAST_A_GAP
            if below not in edges or edges[below][1] < sure:
                edges[below] = (above, sure)
    return edges


def _level(rows: Mapping[str, Any], number: str) -> int:
    return count_of(part_of(rows, number).get("buildLevel")) or 0


def _is_gone(row: Mapping[str, Any]) -> bool:
    return bool(row.get("isDel")) or _GONE in str(row.get("content") or "")


def _comment(
    number: str,
    row: Mapping[str, Any],
    thread: Thread,
    edges: Mapping[str, tuple[str, float]],
    fetched_at: datetime,
) -> Post:
    user = part_of(row, "user")
    above, sure = edges.get(number, ("", 1.0))
    return comment(
        thread,
        number,
        text=row.get("content"),
        at=row.get("createTime"),
        fetched_at=fetched_at,
        parent=above,
        confidence=sure,
        author=author(thread, user.get("userId"), user.get("nickname")),
        place=user.get("location"),
        likes=row.get("vote"),
    )
