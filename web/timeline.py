"""The histogram of a result: spans that fit, empty ones kept, the commonest values apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.errors import UsageError
from index.facets import KEYWORDS
from index.query import Query
from index.store import Bucket, Interval, Store
from index.store.spans import filled
from web.charts import EMOTIONS, SENTIMENTS, Chart, Row

DRAWN = 1_500  # spans of one picture
SHOWN = 7  # values apart; the others together
_FEW_DAYS, _MANY_DAYS, _YEARS = 2, 120, 1_100
_FEW_HOURS = 3
_TONES = {"sentiment": SENTIMENTS, "emotion": EMOTIONS}  # values that have a colour of their own
OTHERS = "\0others"  # no field has such a value


@dataclass(frozen=True, slots=True)
class Timeline:
    """`buckets` without gaps; `cut`: the interval asked for would have had more than `DRAWN` spans."""

    interval: Interval
    buckets: tuple[Bucket, ...]
    cut: bool = False


def timeline(store: Store, query: Query, *, by: str | None, interval: Interval | None, zone: str) -> Timeline:
    """The posts of a result over time; without an `interval`, in spans that fit the time it covers."""
    if interval is not None:
        buckets = store.histogram(query, by=by, interval=interval, zone=zone)
        try:
            whole = filled(buckets, interval, zone)
        except UsageError:  # more spans than anybody can be shown
            whole = []
        if len({bucket.start for bucket in whole}) <= DRAWN and bool(whole) is bool(buckets):
            return Timeline(interval, tuple(whole))
        return _fitting(store, query, by, zone, cut=True)
    return _fitting(store, query, by, zone, cut=False)


def _fitting(store: Store, query: Query, by: str | None, zone: str, *, cut: bool) -> Timeline:
    """Days, which a long span is summed up of; of a short one, hours or minutes are asked for."""
    buckets = store.histogram(query, by=by, interval=Interval.DAY, zone=zone)
    interval = Interval.DAY
    if buckets:
        first, last = (date.fromisoformat(buckets[at].start) for at in (0, -1))
        days = (last - first).days + 1
        if days <= _FEW_DAYS:
            interval = Interval.HOUR
            buckets = store.histogram(query, by=by, interval=interval, zone=zone)
            begin, end = (datetime.fromisoformat(buckets[at].start) for at in (0, -1))
            if end - begin < timedelta(hours=_FEW_HOURS):
                interval = Interval.MINUTE
                buckets = store.histogram(query, by=by, interval=interval, zone=zone)
        elif days > _MANY_DAYS:
            interval = Interval.MONTH if days > _YEARS else Interval.WEEK
            buckets = _summed(buckets, _month if interval is Interval.MONTH else _week)
    return Timeline(interval, tuple(filled(buckets, interval, zone)), cut)


def _summed(days: Sequence[Bucket], first_of: Callable[[date], date]) -> list[Bucket]:
    """Buckets of days as those of weeks or months, in the order a store gives them."""
    counts: dict[tuple[str, str | None], int] = {}
    for day in days:
        key = first_of(date.fromisoformat(day.start)).isoformat(), day.value
        counts[key] = counts.get(key, 0) + day.count
    order = sorted(counts, key=lambda key: (key[0], key[1] is None, key[1] or ""))
    return [Bucket(start, value, counts[start, value]) for start, value in order]


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month(day: date) -> date:
    return day.replace(day=1)


def chart(found: Timeline, by: str | None, zone: ZoneInfo, name: Callable[[str | None], str]) -> Chart:
    """A picture whose spans can be clicked; `name` tells a value, `OTHERS` and None, the unknown, too."""
    starts = list(dict.fromkeys(bucket.start for bucket in found.buckets))
    values = _apart(found.buckets, by)
    counts: dict[tuple[str, str | None], int] = {}
    for bucket in found.buckets:
        if bucket.value is not None or None in values:
            key = bucket.start, bucket.value if bucket.value in values else OTHERS
            counts[key] = counts.get(key, 0) + bucket.count
    return Chart(
        kind="line" if by is not None and KEYWORDS[by].many else "stack",
        labels=tuple(_label(start) for start in starts),
        rows=tuple(
            Row(
                name=name(value),
                values=tuple(counts.get((start, value), 0) for start in starts),
                tone=value if value in _TONES.get(by or "", ()) else None,
            )
            for value in values
        ),
        picks=tuple(_span(start, found.interval, zone) for start in starts),
    )


def _apart(buckets: Sequence[Bucket], by: str | None) -> list[str | None]:
    totals: dict[str | None, int] = {}
    for bucket in buckets:
        totals[bucket.value] = totals.get(bucket.value, 0) + bucket.count
    if by is None:
        return [None] if totals else []
    if by == "sentiment":
        return [value for value in (*SENTIMENTS, None) if totals.get(value)]
    known = sorted(
        (value for value in totals if value is not None), key=lambda value: (-totals[value], value)
    )
    rest: list[str | None] = [OTHERS] if len(known) > SHOWN else []
    # a post without a topic is not one whose topic is unknown
    unknown: list[str | None] = [None] if totals.get(None) and not KEYWORDS[by].many else []
    return [*known[:SHOWN], *rest, *unknown]


def _label(start: str) -> str:
    """As it stands under the axis: a day, or a day and a time without the offset."""
    return start if len(start) == len("2026-11-01") else start[:16].replace("T", " ")


_STEPS = {Interval.MINUTE: timedelta(minutes=1), Interval.HOUR: timedelta(hours=1)}


def _span(start: str, interval: Interval, zone: ZoneInfo) -> str:
    """The clauses that hold a result to one span."""
    if interval in _STEPS:
        begin = datetime.fromisoformat(start)
        return (
            f"after:{_spelled(begin, zone)} before:{_spelled(begin.astimezone(UTC) + _STEPS[interval], zone)}"
        )
    first = date.fromisoformat(start)
    if interval is Interval.MONTH:
        end = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    else:
        end = first + timedelta(days=7 if interval is Interval.WEEK else 1)
    return f"after:{first} before:{end}"


def _spelled(moment: datetime, zone: ZoneInfo) -> str:
    """A time as the query language reads it: of the project's clock, of UTC where that clock shows it twice."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    if local.replace(tzinfo=zone, fold=0).astimezone(UTC) == moment.astimezone(UTC):
        return local.isoformat(timespec="minutes")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="minutes") + "Z"
