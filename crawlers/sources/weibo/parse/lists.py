"""Lists of m.weibo.cn and the hot list of weibo.com: timelines, reposts, hot search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.models import Gone, HotEntry
from crawlers.sources.weibo.parse.fields import PLATFORM
from crawlers.sources.weibo.parse.status import Status, parse_gone, parse_status

_DEEPEST = 6  # groups within groups of cards


@dataclass(frozen=True, slots=True)
class StatusPage:
    """One page of statuses.

    `listed` counts what the page showed, dead ones too, which are told in `gone`; `total` and `pages` are
    what the site says of the whole list, `next_cursor` is the ``since_id`` of the next page.
    """

    statuses: list[Status] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    listed: int = 0
    total: int | None = None
    pages: int | None = None
    next_cursor: str | None = None


def parse_timeline(document: Any, fetched_at: datetime) -> StatusPage:
    """A page of a timeline or super-topic: the posts among the cards of ``getIndex``, however deep they are
    grouped, or the list of ``mymblog`` or ``searchProfile``.
    """
    data = _data(document)
    if isinstance(listed := data.get("list"), list):
        rows = [(raw, False) for raw in listed if isinstance(raw, dict)]
        return _status_page(rows, data.get("total"), data.get("since_id"), fetched_at)
    info = data.get("cardlistInfo") or data.get("pageInfo")
    info = info if isinstance(info, dict) else {}
    mblogs = list(_mblogs(data.get("cards"), 0))
    return _status_page(mblogs, info.get("total"), info.get("since_id"), fetched_at)


def _status_page(
    rows: Sequence[tuple[Mapping[str, Any], bool]], total: Any, cursor: Any, fetched_at: datetime
) -> StatusPage:
    """The page of raw statuses, each with whether it is pinned."""
    statuses = [status for status in (parse_status(raw, fetched_at) for raw, _ in rows) if status]
    pinned = {f"{PLATFORM}:{raw.get('mid') or raw.get('id')}" for raw, top in rows if top}
    return StatusPage(
        statuses=[replace(s, pinned=True) if s.post.id in pinned else s for s in statuses],
        gone=[gone for gone in (parse_gone(raw, fetched_at) for raw, _ in rows) if gone],
        listed=len(rows),
        total=_number(total),
        next_cursor=str(cursor or "") or None,
    )


def parse_reposts(document: Any, fetched_at: datetime) -> StatusPage:
    """A page of ``repostTimeline`` of m.weibo.cn (``data.data``) or weibo.com (``data``)."""
    top = document if isinstance(document, dict) else {}
    inner = top.get("data")
    desktop = isinstance(inner, list)
    envelope: Mapping[str, Any] = top if desktop else _data(document)
    rows = inner if desktop else envelope.get("data")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    statuses = [status for status in (parse_status(raw, fetched_at) for raw in rows) if status]
    return StatusPage(
        statuses=statuses,
        listed=len(rows),
        total=_number(envelope.get("total_number")),
        pages=_number(envelope.get("max") or envelope.get("max_page")),
    )


def parse_hot(document: Any, fetched_at: datetime) -> list[HotEntry]:
    """The ranked lines of ``side/hotSearch``; adverts and the editors' own line have no rank and stay out."""
    rows = _data(document).get("realtime")
    entries = []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or row.get("is_ad") or not isinstance(row.get("word"), str):
            continue
        rank = _number(row.get("realpos")) or _next(_number(row.get("rank")))
        if rank is None:
            continue
        entries.append(
            HotEntry(
                platform=PLATFORM,
                title=row["word"],
                at=fetched_at,
                rank=rank,
                heat=_number(row.get("num")) or _number(row.get("raw_hot")),
                label=str(row.get("icon_desc") or row.get("label_name") or "") or None,
            )
        )
    return entries


def _mblogs(cards: Any, depth: int) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Each mblog with whether its card pins it; `cards` may be a list, an object, null or missing."""
    if isinstance(cards, dict):
        cards = list(cards.values())
    if not isinstance(cards, list) or depth > _DEEPEST:
        return
    for card in cards:
        if not isinstance(card, dict):
            continue
        if isinstance(mblog := card.get("mblog"), dict):
            yield mblog, str(card.get("profile_type_id") or "").startswith("proweibotop_")
        yield from _mblogs(card.get("card_group"), depth + 1)


def _data(document: Any) -> Mapping[str, Any]:
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, dict) else {}


def _number(raw: Any) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 2**63 else None


def _next(rank: int | None) -> int | None:
    return None if rank is None else rank + 1
