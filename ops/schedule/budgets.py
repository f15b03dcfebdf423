"""Requests of a day: how many a source may take, has taken, and would take by the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawlers.arguments import ZONE
from crawlers.registry import source, sources
from crawlers.state.budget import Ledger
from crawlers.state.engine import State
from crawlers.state.plan import Job
from ops.schedule.planner import runs_a_day
from ops.schedule.rhythm import interval_s
from ops.schedule.units import Unit


def budgets() -> dict[str, int | None]:
    """Requests a day by source, as the sources themselves say; None: no limit."""
    return {name: facts.rate.daily or None for name, facts in sources().items()}


def left(state: State, name: str, now: datetime) -> int | None:
    """Requests of a source that are left of the day at `now`; None: no limit."""
    daily = source(name).rate.daily
    if not daily:
        return None
    return max(0, daily - Ledger(state).spent(name, now.astimezone(ZONE).date()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one unit asks in a day. `cost` are the requests of a run, None before its first."""

    unit: Unit
    interval_s: float
    runs: float
    cost: float | None

    @property
    def requests(self) -> float:
        """Requests of a day; a run whose cost is not known counts as one."""
        return self.runs * (self.cost or 1.0)


def demands(
    units: Sequence[Unit],
    jobs: Mapping[str, Job],
    costs: Mapping[str, float],
    stretch: Mapping[str, float],
    now: datetime,
) -> list[Demand]:
    """What each unit asks in the 24 hours from `now`, in the order given."""
    found = []
    for unit in units:
        job = jobs.get(unit.key)
        rhythm = interval_s(unit.kind, job.published if job else (), now) * stretch.get(unit.source, 1.0)
        found.append(
            Demand(
                unit=unit,
                interval_s=(unit.next(now, rhythm) - now).total_seconds(),
                runs=runs_a_day(unit, rhythm, now),
                cost=costs.get(unit.key),
            )
        )
    return found
