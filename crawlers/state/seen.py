"""What a crawl has met: each key is taken by one page, whichever worker reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from crawlers.recent import Recent
from crawlers.state.engine import State
from crawlers.state.sealing import Sealer
from crawlers.state.statements import TAKEN
from crawlers.state.tables import seen


class Seen:
    """The keys that a crawl has met, in groups, as one worker sees them."""

    def __init__(self, state: State, sealer: Sealer, crawl: int) -> None:
        self.state = state
        self.sealer = sealer
        self.crawl = crawl
        self._met: Recent[tuple[bytes, str], None] = Recent()  # keys it was told of, so as not to ask again

    def first(self, group: str, keys: Iterable[str], *, task: int | None) -> set[str]:
        """Those of `keys` that this page may take: new in the group, or taken by this very page before a kill."""
        place = self.sealer.digest(group)
        return self._take(group, {key: None for key in keys if (place, key) not in self._met}, task=task)

    def note(self, group: str, values: Mapping[str, bytes], *, task: int | None) -> set[str]:
        """The same as `first`, and what is noted of each key is kept (the last one said)."""
        return self._take(group, values, task=task)

    def notes(self, group: str) -> list[bytes]:
        """What was noted in a group."""
        wanted = sa.select(seen.c.value).where(
            seen.c.crawl == self.crawl, seen.c.group == self.sealer.digest(group), seen.c.value.is_not(None)
        )
        with self.state.read() as connection:
            return [self.sealer.open(row.value) for row in connection.execute(wanted)]

    def _take(self, group: str, values: Mapping[str, bytes | None], *, task: int | None) -> set[str]:
        if not values:
            return set()
        place, owner = self.sealer.digest(group), task or 0
        named = {self.sealer.digest(key): key for key in values}
        rows = [
            {
                "crawl": self.crawl,
                "group": place,
                "key": digest,
                "task": owner,
                "value": None if (value := values[key]) is None else self.sealer.seal(value),
            }
            for digest, key in named.items()
        ]
        told = {"of": self.crawl, "place": place, "keys": list(named), "page": owner}
        with self.state.alone(self.crawl) as connection:
            if any(row["value"] is not None for row in rows):
                self.state.upsert(connection, seen, rows, keep=("task",))
            else:
                self.state.insert_new(connection, seen, rows)
            found = {named[row.key] for row in connection.execute(TAKEN, told)}
        again = {key for key in values if (place, key) in self._met}
        for key in values:
            self._met[place, key] = None
        return found - again
