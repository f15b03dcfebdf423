"""Requests a day by source and identity, which all runs and workers of a state share."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from crawlers.state.engine import State
from crawlers.state.tables import spent

ALL = ""  # all identities together


class Ledger:
    """Counts requests before they leave, so that a kill can only over-count."""

    def __init__(self, state: State) -> None:
        self.state = state

    def spent(self, source: str, day: date, identity: str = ALL) -> int:
        """Requests of a day so far, those reserved included."""
        query = sa.select(spent.c.requests).where(_is(source, identity, day))
        with self.state.read() as connection:
            return int(connection.execute(query).scalar() or 0)

    def take(self, source: str, day: date, wanted: int, limit: int | None, identity: str = ALL) -> int:
        """How many of `wanted` requests were reserved within `limit` a day (None: no limit)."""
        with self.state.begin() as connection:
            row = {"source": source, "identity": identity, "day": day.isoformat(), "requests": 0}
            self.state.insert_new(connection, spent, [row])  # so that there is a row to lock
            place = _is(source, identity, day)
            used = int(
                connection.execute(sa.select(spent.c.requests).where(place).with_for_update()).scalar_one()
            )
            granted = wanted if limit is None else max(0, min(wanted, limit - used))
            connection.execute(sa.update(spent).where(place).values(requests=used + granted))
        return granted

    def give_back(self, source: str, day: date, unused: int, identity: str = ALL) -> None:
        """Take back requests that were reserved and did not leave."""
        with self.state.begin() as connection:
            less = sa.update(spent).where(_is(source, identity, day))
            connection.execute(less.values(requests=spent.c.requests - unused))


def _is(source: str, identity: str, day: date) -> sa.ColumnElement[bool]:
    return sa.and_(spent.c.source == source, spent.c.identity == identity, spent.c.day == day.isoformat())
