"""Is collection in order? Signs read from the ledger, each with its formula and what to do.

Every sign says in `signs.toml` when it shows, and below which number of runs it does not speak. A source is
held against its own history alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from core.project import Title
from crawlers.manners.blocks import BLOCKS
from crawlers.manners.standing import Condition, Standing
from crawlers.signs import Sign, sign
from crawlers.state.engine import State
from crawlers.state.ledger import Entry, RunLedger
from crawlers.state.plan import Job, Jobs, Missed
from crawlers.state.standings import Standings

HISTORY = timedelta(days=30)
"""How far back the ledger is read."""
_DAY = timedelta(days=1)
_ENTRIES = 50_000  # runs that are read at most
_RECENT = 3  # runs that are held against those before


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All signs, by source; `unknown` are the sources with too few runs to be judged by their history."""

    signs: tuple[Sign, ...]
    unknown: tuple[str, ...]

    @property
    def wants_a_person(self) -> bool:
        return any(sign.symptom.person for sign in self.signs)

    def of(self, source: str) -> tuple[Sign, ...]:
        return tuple(sign for sign in self.signs if sign.source == source)


def examine(
    entries: Sequence[Entry],
    now: datetime,
    *,
    jobs: Sequence[Job] = (),
    missed: Sequence[Missed] = (),
    standings: Mapping[str, Standing] | None = None,
) -> Health:
    """The signs that a ledger shows at `now`.

    `entries` are runs of the last `HISTORY`, the latest first; `standings` hold by their key what is
    not in order.
    """
    by_source: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_source[entry.run.source].append(entry)
    signs: list[Sign] = list(_closed(standings or {}))
    for source in sorted(by_source):
        runs = by_source[source]
        signs += _killed(source, runs, now)
        signs += _blocked(source, runs)
        signs += _quiet(source, runs, now)
        signs += _fields(source, runs)
        signs += _coverage(source, runs)
        signs += _budget(source, runs, now)
        signs += _rejected(source, runs)
    for job in jobs:
        signs += _failing(job, by_source.get(job.source, ()))
        signs += _stale(job, by_source.get(job.source, ()))
    signs += _missed(jobs, missed, now)
    unknown = tuple(source for source, runs in by_source.items() if len(_days(runs, now)) < _ENOUGH_DAYS)
    return Health(signs=tuple(signs), unknown=unknown)


def of_state(state: State, now: datetime) -> Health:
    """The signs that a state shows at `now`; raises `StateError` where it refuses."""
    jobs = Jobs(state)
    return examine(
        RunLedger(state).entries(since=now - HISTORY, limit=_ENTRIES),
        now,
        jobs=jobs.all(),
        missed=jobs.missed(now - _DAY),
        standings={str(key): standing for key, standing in Standings(state).of().items()},
    )


_PAUSES = 3


def _closed(standings: Mapping[str, Standing]) -> Iterator[Sign]:
    for key, standing in standings.items():
        source = key.partition("@")[0].partition("/")[0]
        block, what = standing.block, _advice(standing.block)
        if standing.condition is Condition.DISABLED:
            yield sign("disabled", source, block=block, key=key, what=what)
        elif standing.condition is Condition.PAUSED and standing.until and standing.pauses >= _PAUSES:
            until = f"{standing.until:%Y-%m-%d %H:%M}"
            yield sign("paused", source, block=block, key=key, what=what, n=standing.pauses, until=until)


def _killed(source: str, runs: Sequence[Entry], now: datetime) -> Iterator[Sign]:
    ended: set[str | None] = set()
    for entry in runs:  # the latest first
        if entry.state(now) == "killed" and entry.job not in ended and now - entry.run.started_at <= 7 * _DAY:
            yield sign("killed", source, job=entry.job, run=entry.run.id)
        if entry.run.outcome is not None:
            ended.add(entry.job)


def _failing(job: Job, runs: Iterable[Entry]) -> Iterator[Sign]:
    count = 0
    for entry in runs:
        if entry.job != job.key or entry.run.outcome is None:
            continue
        if entry.run.outcome != "failed":
            break
        count += 1
    if count >= 2:
        yield sign("failing", job.source, job=job.key, n=count)


def _blocked(source: str, runs: Sequence[Entry]) -> Iterator[Sign]:
    last = [entry for entry in runs if entry.run.outcome is not None][:10]
    blocked = [entry for entry in last if entry.run.outcome == "blocked"]
    is_over = not any(entry.run.outcome == "blocked" for entry in last[:_RECENT])
    if len(last) >= 5 and len(blocked) >= 0.2 * len(last) and not is_over:
        met = Counter(name for entry in blocked for name in entry.run.blocks)
        block = met.most_common(1)[0][0] if met else "forbidden"
        share = f"{len(blocked) / len(last):.0%}"
        yield sign("blocked", source, n=len(last), share=share, block=block, what=_advice(block))


_ENOUGH_DAYS = 7


def _days(runs: Sequence[Entry], now: datetime) -> dict[int, int]:
    """New posts by day counted back from `now` (1: yesterday; today is 0), of the days with a run that ended well."""
    days: dict[int, int] = defaultdict(int)
    good = set()
    for entry in runs:
        day = (now - entry.run.started_at) // _DAY
        days[day] += entry.run.posts if entry.fresh is None else entry.fresh
        if entry.run.outcome == "finished":
            good.add(day)
    return {day: count for day, count in days.items() if day in good}


def _quiet(source: str, runs: Sequence[Entry], now: datetime) -> Iterator[Sign]:
    days = _days(runs, now)
    before = [count for day, count in days.items() if 1 <= day <= 14]
    if len(before) < _ENOUGH_DAYS or 0 not in days:
        return
    usual = median(before)
    if usual >= 5 and days[0] < 0.2 * usual:
        yield sign("quiet", source, n=days[0], usual=round(usual))


def _stale(job: Job, runs: Iterable[Entry]) -> Iterator[Sign]:
    times = sorted(job.published)
    good = (one.run for one in runs if one.job == job.key and one.run.outcome == "finished")
    if job.kind != "feed" or len(times) < 5 or (last := next(good, None)) is None:
        return
    gap = timedelta(seconds=median((b - a).total_seconds() for a, b in pairwise(times)))
    age = last.started_at - times[-1]
    if age > max(2 * _DAY, 5 * gap):
        yield sign("stale", job.source, job=job.key, days=age.days, usual=_span(gap))


def _fields(source: str, runs: Sequence[Entry]) -> Iterator[Sign]:
    full = [entry for entry in runs if entry.filled.get("*")]
    recent, before = full[:_RECENT], full[_RECENT:]
    now, then = _filled(recent), _filled(before)
    if now["*"] < 20 or then["*"] < 100:
        return
    for name in then:
        share, usual = now[name] / now["*"], then[name] / then["*"]
        if name != "*" and usual > 0 and share < usual / 2:
            yield sign("fields", source, field=name, before=f"{usual:.0%}", now=f"{share:.0%}")


def _filled(runs: Iterable[Entry]) -> Counter[str]:
    total: Counter[str] = Counter()
    for entry in runs:
        total.update(entry.filled)
    return total


def _coverage(source: str, runs: Sequence[Entry]) -> Iterator[Sign]:
    told = [entry for entry in runs if entry.expected]
    recent, before = told[:_RECENT], told[_RECENT:]
    expected, usual = (sum(entry.expected or 0 for entry in group) for group in (recent, before))
    if expected < 20 or usual < 100:
        return
    now = sum(entry.got or 0 for entry in recent) / expected
    then = sum(entry.got or 0 for entry in before) / usual
    if now < then - 0.1:
        reasons: Counter[str] = Counter()
        for entry in recent:
            reasons.update(entry.reasons)
        block = reasons.most_common(1)[0][0] if reasons else None
        yield sign("coverage", source, block=block, before=f"{then:.0%}", now=f"{now:.0%}")


def _budget(source: str, runs: Sequence[Entry], now: datetime) -> Iterator[Sign]:
    if any("budget" in entry.run.blocks and now - entry.run.started_at < _DAY for entry in runs):
        yield sign("budget", source)


def _rejected(source: str, runs: Sequence[Entry]) -> Iterator[Sign]:
    recent = [entry.run for entry in runs if entry.run.outcome is not None][:_RECENT]
    rejected = sum(run.rejected for run in recent)
    total = rejected + sum(run.posts for run in recent)
    if rejected >= 5 and rejected >= 0.05 * total:
        yield sign("rejected", source, n=rejected, share=f"{rejected / total:.0%}")


def _missed(jobs: Sequence[Job], missed: Sequence[Missed], now: datetime) -> Iterator[Sign]:
    sources = {job.key: job.source for job in jobs}
    times: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for one in missed:
        if one.job in sources and now - one.until < _DAY:
            times[sources[one.job]] += one.times
            reasons[sources[one.job]][one.because] += one.times
    for source, count in sorted(times.items()):
        because = WAITS[reasons[source].most_common(1)[0][0]]
        yield sign("missed", source, n=count, because=because)


# Why a due job was not started, as people read it.
WAITS: Mapping[str, Title] = {
    "off": Title(zh="没有调度在运行", en="no schedule was awake"),
    "paused": Title(zh="已由人暂停", en="paused by a person"),
    "disabled": Title(zh="来源已停，等待人工处理", en="its source is stopped until a person resumes it"),
    "resting": Title(zh="来源在休息，稍后再试", en="its source rests after a block"),
    "budget": Title(zh="当天预算已用完", en="the day's budget is spent"),
    "busy": Title(zh="同一来源正在运行", en="its source is being asked already"),
    "places": Title(zh="并行名额已满", en="all places are taken"),
}


def _advice(block: str) -> Title:
    if block in BLOCKS:
        return BLOCKS[block].advice
    return Title(zh="看最近一次运行的覆盖行。", en="Read the coverage of the last run.")


def _span(gap: timedelta) -> Title:
    hours = gap.total_seconds() / 3600
    if hours >= 36:
        return Title(zh=f"{hours / 24:.0f} 天", en=f"{hours / 24:.0f} days")
    return Title(zh=f"{max(hours, 1):.0f} 小时", en=f"{max(hours, 1):.0f} hours")
