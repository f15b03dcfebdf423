"""ETag and Last-Modified of pages, by which a site can say that nothing has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from crawlers.state.engine import State
from crawlers.state.tables import validator

_KEPT = timedelta(days=60)  # for pages that nobody asks for any more


@dataclass(frozen=True, slots=True)
class Validator:
    etag: str | None
    modified: str | None


class Validators:
    def __init__(self, state: State) -> None:
        self.state = state

    def get(self, key: bytes) -> Validator | None:
        """What the site said of a page the last time all of it was taken."""
        with self.state.read() as connection:
            row = connection.execute(sa.select(validator).where(validator.c.key == key)).one_or_none()
        return Validator(row.etag, row.modified) if row else None

    def keep(self, found: Mapping[bytes, Validator], at: datetime) -> None:
        stamp = at.timestamp()
        rows = [
            {"key": key, "at": stamp, "etag": one.etag, "modified": one.modified}
            for key, one in found.items()
        ]
        with self.state.begin() as connection:
            self.state.upsert(connection, validator, rows)
            connection.execute(sa.delete(validator).where(validator.c.at < (at - _KEPT).timestamp()))
