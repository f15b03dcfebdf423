"""What changed against the equal span before, and under which posts it happened."""

from __future__ import annotations

from datetime import datetime

from core.models import Finding
from index.store import Store
from mining.figures import Slice, counted, net_sentiment
from mining.reports import Change, Driver
from mining.voices import original_voice


def change(store: Store, now: Slice, before: Slice, since: datetime, until: datetime, limit: int) -> Change:
    """`before` is the slice of [since, until), just before `now`'s; `limit`: how many drivers at most."""
    frame = now.frame
    difference = now.tally.n - before.tally.n
    felt, felt_before = (each.frame.on(each.tally.base) for each in (now, before))
    rate, _ = net_sentiment(felt, now.tally.sentiments)
    rate_before, _ = net_sentiment(felt_before, before.tally.sentiments)
    volume_before = counted(before.frame, "volume", before.tally.volume[before.frame.base])
    return Change(
        since=since,
        until=until,
        volume_before=volume_before,
        volume_change=frame.number(
            "change_volume",
            difference / before.tally.n if before.tally.n else None,
            n=before.tally.n,
            evidence=now.tally.volume[frame.base].evidence,
        ),
        nsr_before=rate_before,
        nsr_change=felt.number(
            "change_nsr", _less(rate, rate_before), n=min(rate.n, rate_before.n), evidence=rate.evidence
        ),
        drivers=_drivers(store, now, before, difference, limit),
    )


def _less(one: Finding, other: Finding) -> float | None:
    return None if one.value is None or other.value is None else one.value - other.value


def _drivers(store: Store, now: Slice, before: Slice, difference: int, limit: int) -> tuple[Driver, ...]:
    """The roots that moved most in the direction of the whole; any direction when the whole stood still."""
    sign = (difference > 0) - (difference < 0) or 1
    roots = now.tally.roots.keys() | before.tally.roots.keys()
    moved = {root: sign * (now.tally.roots[root] - before.tally.roots[root]) for root in roots}
    ranked = sorted((root for root in roots if moved[root] > 0), key=lambda root: (-moved[root], root))[
        :limit
    ]
    found = {row.post.id: row.post for row in store.get(ranked)}
    return tuple(
        Driver(
            root=original_voice(found[root]) if root in found else None,
            root_id=root,
            now=now.tally.roots[root],
            before=before.tally.roots[root],
            share=now.frame.number(
                "change_share",
                sign * moved[root] / difference if difference else None,
                n=abs(difference),
                evidence=[root] if root in found else (),
            ),
        )
        for root in ranked
    )
