"""Requests of a day: how many a source may take, has taken, and would take by the plan."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawlers.arguments import ZONE
from crawlers.registry import sources
from crawlers.state.budget import Ledger
from crawlers.state.engine import State
from crawlers.state.plan import Job
from ops.schedule.planner import runs_a_day
from ops.schedule.rhythm import interval_s
from ops.schedule.units import Unit


def budgets() -> dict[str, int | None]:
    """Requests a day by source: ``TINGFENG_DAILY_BUDGET``, else as the sources themselves say; None: no limit."""
    told = os.environ.get("TINGFENG_DAILY_BUDGET", "")
    return {
        name: (int(told) if told.isdecimal() else facts.rate.daily) or None
        for name, facts in sources().items()
    }


def left(state: State, limits: Mapping[str, int | None], now: datetime) -> dict[str, int | None]:
    """Requests that are left of the day at `now` by source; None: no limit."""
    ledger, today = Ledger(state), now.astimezone(ZONE).date()
    return {
        name: None if limit is None else max(0, limit - ledger.spent(name, today))
        for name, limit in limits.items()
    }


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
