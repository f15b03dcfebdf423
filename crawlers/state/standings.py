"""The standings of a source as every run and worker of one state knows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.errors import Blocked, UsageError
from crawlers import registry
from crawlers.manners.standing import IN_ORDER, Condition, Standing
from crawlers.state.engine import State
from crawlers.state.tables import resumption, standing

_columns = standing.c


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Whose standing: of a source, or of one `site` of an engine, or of an `identity` there; "" means all."""

    source: str
    site: str = ""
    identity: str = ""

    def __str__(self) -> str:
        site = f"@{self.site}" if self.site else ""
        return self.source + site + (f"/{self.identity}" if self.identity else "")

    @classmethod
    def read(cls, text: str) -> Key:
        """The key of ``SOURCE[@SITE][/IDENTITY]``; raises `UsageError` for an unknown source."""
        place, _, identity = text.partition("/")
        source, _, site = place.partition("@")
        return cls(registry.source(source).name, site, identity)


class Standings:
    """Reads and changes standings; a change is one transaction, so that no two workers lose one another's."""

    def __init__(self, state: State) -> None:
        self.state = state

    def of(self, source: str | None = None) -> dict[Key, Standing]:
        """The standings that are not in order, of one source or of all."""
        query = sa.select(standing).order_by(_columns.source, _columns.site, _columns.identity)
        if source is not None:
            query = query.where(_columns.source == source)
        with self.state.read() as connection:
            return {_key(row): _standing(row) for row in connection.execute(query)}

    def change(self, key: Key, step: Callable[[Standing], Standing]) -> Standing:
        """The standing after `step`, kept; one that is in order again leaves the table."""
        with self.state.begin() as connection:
            self.state.insert_new(
                connection, standing, [_row(key, IN_ORDER)]
            )  # so that there is a row to lock
            query = sa.select(standing).where(_is(key)).with_for_update()
            before = _standing(connection.execute(query).one())
            after = step(before)
            if after.condition is Condition.OK:
                connection.execute(sa.delete(standing).where(_is(key)))
            elif after != before:
                self.state.upsert(connection, standing, [_row(key, after)])
        return after

    def check(self, source: str, now: datetime) -> None:
        """Raise `Blocked` where the whole source may not be asked at `now`."""
        key = Key(source)
        standing = self.of(source).get(key, IN_ORDER)
        if standing.forbids(now):
            raise closed(key, standing)

    def resume(self, key: Key, *, person: str, reason: str, at: datetime) -> int:
        """How many standings are in order again; who decided so and why is kept for good.

        A key without site or identity stands for all of the source's. Raises `UsageError` without a reason.
        """
        if len(reason.strip()) < 10:
            raise UsageError("--reason wants a sentence: what was found out, and what was changed")
        wanted = [_columns.source == key.source]
        wanted += [_columns.site == key.site] if key.site else []
        wanted += [_columns.identity == key.identity] if key.identity else []
        with self.state.begin() as connection:
            all_of_it = sa.select(standing).where(*wanted).order_by(*standing.primary_key)
            rows = connection.execute(all_of_it.with_for_update()).all()
            for row in rows:
                told = {name: getattr(row, name) for name in ("source", "site", "identity", "block")}
                told |= {"at": at.timestamp(), "person": person, "reason": reason.strip()}
                connection.execute(sa.insert(resumption), [told])
            connection.execute(sa.delete(standing).where(*wanted))
        return len(rows)


def closed(key: Key, standing: Standing) -> Blocked:
    """Why nothing is asked there, with the command that resumes, as the error to raise or to log."""
    if standing.condition is Condition.PAUSED and standing.until is not None:
        return Blocked(
            f"{key} is paused until {standing.until:%Y-%m-%d %H:%M} UTC ({standing.block}); wait till then, "
            f"or run: tingfeng standing --resume {key} --reason TEXT",
            reason=standing.block,
        )
    return Blocked(
        f"{key} is disabled ({standing.block}) until a person has looked at the site; "
        f"then run: tingfeng standing --resume {key} --reason TEXT",
        reason=standing.block,
    )


def _is(key: Key) -> sa.ColumnElement[bool]:
    return sa.and_(
        _columns.source == key.source, _columns.site == key.site, _columns.identity == key.identity
    )


def _key(row: Any) -> Key:
    return Key(row.source, row.site, row.identity)


def _standing(row: Any) -> Standing:
    return Standing(
        condition=Condition(row.condition),
        block=row.block,
        since=_moment(row.since),
        until=_moment(row.until),
        factor=row.factor,
        strikes=row.strikes,
        good=row.good,
        pauses=row.pauses,
    )


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _row(key: Key, told: Standing) -> dict[str, Any]:
    return {
        "source": key.source,
        "site": key.site,
        "identity": key.identity,
        "condition": told.condition.value,
        "block": told.block,
        "since": told.since.timestamp() if told.since else 0.0,
        "until": told.until.timestamp() if told.until else None,
        "factor": told.factor,
        "strikes": told.strikes,
        "good": told.good,
        "pauses": told.pauses,
    }
