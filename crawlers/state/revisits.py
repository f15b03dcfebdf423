"""Posts whose counts are to be read again, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from crawlers.state.engine import State
from crawlers.state.tables import revisit as _revisit

STEPS_H = (1, 6, 24, 72, 168)  # hours after publication at which a post's counts are read again


class Revisits:
    """Reads and writes the planned re-visits of one state. Every method raises `StateError` where that refuses."""

    def __init__(self, state: State) -> None:
        self.state = state

    def plan(self, source: str, posts: Mapping[str, datetime], now: datetime) -> None:
        """Plan re-visits of posts by their times of publication; steps that are past are left out.

        `source` is the queue: a source, or ``discuz:HOST`` for one site of an engine.
        """
        rows = [
            {"source": source, "post": post, "step_h": hours, "due_at": due.timestamp()}
            for post, published in posts.items()
            for hours in STEPS_H
            if (due := published + timedelta(hours=hours)) > now
        ]
        with self.state.begin() as connection:
            self.state.insert_new(connection, _revisit, rows)

    def due(self, source: str, now: datetime, limit: int) -> list[str]:
        """Posts whose counts are to be read again now, those due longest first."""
        first = sa.func.min(_revisit.c.due_at)
        query = (
            sa.select(_revisit.c.post)
            .where(_revisit.c.source == source, _revisit.c.due_at <= now.timestamp())
            .group_by(_revisit.c.post)
            .order_by(first, _revisit.c.post)
            .limit(limit)
        )
        with self.state.read() as connection:
            return list(connection.execute(query).scalars())

    def next(self) -> dict[str, datetime]:
        """When each source has its next post to re-visit."""
        query = sa.select(_revisit.c.source, sa.func.min(_revisit.c.due_at)).group_by(_revisit.c.source)
        with self.state.read() as connection:
            return {source: datetime.fromtimestamp(due, UTC) for source, due in connection.execute(query)}

    def done(self, source: str, posts: Iterable[str], now: datetime) -> None:
        """Strike off the steps of these posts that were due; several missed ones are one visit."""
        with self.state.begin() as connection:
            connection.execute(
                sa.delete(_revisit).where(
                    _revisit.c.source == source,
                    _revisit.c.post.in_(list(posts)),
                    _revisit.c.due_at <= now.timestamp(),
                )
            )
