"""robots.txt of hosts as last read, so that no run asks for what another one read the same day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from crawlers.state.engine import State
from crawlers.state.tables import robots

_MOST = 512 * 1024  # bytes; RFC 9309 wants 500 KiB parsed at least


@dataclass(frozen=True, slots=True)
class Read:
    body: bytes
    read_at: datetime


class RobotsStore:
    def __init__(self, state: State) -> None:
        self.state = state

    def get(self, host: str) -> Read | None:
        """What a host's robots.txt said last; None where it was never read."""
        with self.state.read() as connection:
            row = connection.execute(sa.select(robots).where(robots.c.host == host)).one_or_none()
        return Read(row.body, datetime.fromtimestamp(row.read_at, UTC)) if row else None

    def keep(self, host: str, body: bytes, at: datetime) -> None:
        row = {"host": host, "read_at": at.timestamp(), "body": body[:_MOST]}
        with self.state.begin() as connection:
            self.state.upsert(connection, robots, [row])
