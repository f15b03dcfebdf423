"""What the pages show of collection: the ledger, the schedule and the standings of one data folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TypeVar

from core.home import Home
from core.models import Coverage
from crawlers.health import Health, examine, of_state
from crawlers.manners.standing import Standing
from crawlers.reasons import is_fine
from crawlers.state.engine import State, open_state
from crawlers.state.ledger import Entry, RunLedger
from crawlers.state.plan import Job, Jobs, Missed
from crawlers.state.revisits import Revisits
from crawlers.state.standings import Standings
from index.store import Store

Found = TypeVar("Found")


@cache
def _opened(home: Home, url: str | None) -> State:
    return open_state(home, url)


def read(home: Home, answer: Callable[[State], Found], nothing: Found) -> Found:
    """What `answer` finds in the state of `home`; `nothing` where no crawl has made one yet."""
    url = os.environ.get("TINGFENG_STATE")
    if url is None and not (home.root / "state.sqlite").exists():
        return nothing
    return answer(_opened(home, url))


def entries(home: Home, store: Store, *, source: str | None = None, limit: int = 200) -> list[Entry]:
    """The latest runs: those of the ledger, and those that only the store knows, imports for one."""
    nothing: list[Entry] = []
    known = read(home, lambda state: RunLedger(state).entries(source=source, limit=limit), nothing)
    ids = {entry.run.id for entry in known}
    others = [
        Entry(run=run, seen_at=run.started_at)
        for run in store.runs()
        if run.id not in ids and source in (None, run.source)
    ]
    return sorted([*known, *others], key=lambda entry: entry.run.started_at, reverse=True)[:limit]


def entry(home: Home, store: Store, run_id: str) -> tuple[Entry, Sequence[Coverage]] | None:
    """One run with its slices, from the ledger or else from the store."""
    found = read(home, lambda state: RunLedger(state).entry(run_id), None)
    if found is not None:
        return found, read(home, lambda state: RunLedger(state).coverage(run_id=run_id), [])
    run = next((one for one in store.runs() if one.id == run_id), None)
    return None if run is None else (Entry(run=run, seen_at=run.started_at), store.coverage(run_id))


def health(home: Home, now: datetime) -> Health:
    """Whether collection is in order."""
    return read(home, lambda state: of_state(state, now), examine((), now))


def standings(home: Home) -> Mapping[str, Standing]:
    """What is not in order, by ``SOURCE[@SITE][/IDENTITY]``."""
    return read(home, lambda state: {str(key): one for key, one in Standings(state).of().items()}, {})


def jobs(home: Home) -> Sequence[Job]:
    """The schedule, in the order in which jobs are due."""
    return read(home, lambda state: Jobs(state).all(), [])


def missed(home: Home, since: datetime) -> Sequence[Missed]:
    return read(home, lambda state: Jobs(state).missed(since), [])


def revisits(home: Home) -> Mapping[str, datetime]:
    """When each source has its next post to re-visit."""
    return read(home, lambda state: Revisits(state).next(), {})


def is_short(line: Coverage) -> bool:
    """Whether a slice lacks something."""
    return line.because is not None and not is_fine(line.because)


@dataclass(slots=True)
class Reach:
    """What a source's slices reached together; `expected` and `got` of those whose number the site told."""

    slices: int = 0
    short: int = 0
    expected: int = 0
    got: int = 0
    because: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float | None:
        return self.got / self.expected if self.expected else None


def latest(home: Home, store: Store, since: datetime | None) -> list[Coverage]:
    """Each slice as its last run since a moment left it, the ones that came short first."""
    nothing: list[Coverage] = []
    known = read(home, lambda state: RunLedger(state).coverage(since=since), nothing)
    runs = {run.id for run in store.runs() if since is None or run.started_at >= since}
    ids = {line.run_id for line in known}
    stored = [line for line in store.coverage() if line.run_id in runs - ids]
    found: dict[tuple[str, str], Coverage] = {}
    for line in (*known, *stored):  # the latest run first
        found.setdefault((line.source, line.slice), line)
    return sorted(found.values(), key=lambda line: (not is_short(line), line.source, line.slice))


def reach(lines: Iterable[Coverage]) -> dict[str, Reach]:
    """By source, what its slices reached."""
    found: dict[str, Reach] = {}
    for line in lines:
        one = found.setdefault(line.source, Reach())
        one.slices += 1
        if is_short(line):
            one.short += 1
            one.because[line.because or ""] += 1
        if line.expected is not None:
            one.expected += line.expected
            one.got += min(line.got, line.expected)
    return found
