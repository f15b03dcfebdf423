"""The operator's identities: cookies encrypted at rest, and which of them a slice is read with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import sqlalchemy as sa

from core.errors import UsageError
from crawlers import registry
from crawlers.state.engine import State
from crawlers.state.moments import moment
from crawlers.state.sealing import Sealer
from crawlers.state.tables import identity, standing, sticky

STICKY = timedelta(days=1)  # a slice that nobody read for so long may be begun by another identity
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_TAKEN = frozenset({"none", "visitor", "login"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What may be shown of an identity. `site` is "" where the source itself names its hosts."""

    source: str
    name: str
    site: str
    added_at: datetime
    used_at: datetime | None


def check(source: str, name: str, site: str) -> None:
    """Raises `UsageError` for a name that is none, or a site that is missing or one too many."""
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise UsageError(f"{name!r} is not a name for an identity; use small letters, digits, '_' and '-'")
    if bool(site) == bool(registry.source(source).hosts):
        raise UsageError(
            f"source {source} names its hosts itself; leave --site out"
            if site
            else f"source {source} is asked at any host; say with --site HOST where this cookie may go"
        )


class IdentityStore:
    """Keeps identities; a cookie is readable only with the data folder's key."""

    def __init__(self, state: State, sealer: Sealer) -> None:
        self.state = state
        self.sealer = sealer

    def add(self, source: str, name: str, cookies: Mapping[str, str], *, site: str, at: datetime) -> None:
        """Keep an identity, or give it new cookies, with which it is in order again.

        Raises `UsageError` as `check` does, and for no cookies.
        """
        check(source, name, site)
        if not cookies:
            raise UsageError(
                "the cookie is empty; copy the text of the Cookie header: NAME=value; NAME=value"
            )
        secret = self.sealer.seal(msgspec.json.encode(dict(cookies)))
        row = {"source": source, "name": name, "site": site, "secret": secret, "added_at": at.timestamp()}
        with self.state.begin() as connection:
            self.state.upsert(connection, identity, [row])
            connection.execute(sa.delete(standing).where(_standing_of(source, name)))

    def remove(self, source: str, name: str) -> None:
        """Forget an identity; raises `UsageError` where there is none of that name."""
        with self.state.begin() as connection:
            gone = connection.execute(
                sa.delete(identity).where(identity.c.source == source, identity.c.name == name)
            )
            if gone.rowcount == 0:
                raise UsageError(
                    f"source {source} has no identity {name!r}; tingfeng identity list shows what there is"
                )
            connection.execute(sa.delete(standing).where(_standing_of(source, name)))
            connection.execute(sa.delete(sticky).where(sticky.c.source == source, sticky.c.identity == name))

    def known(self, source: str | None = None) -> list[Known]:
        """The identities of a source, or of all, by name."""
        columns = (c for c in identity.c if c is not identity.c.secret)
        query = sa.select(*columns).order_by(identity.c.source, identity.c.name)
        if source is not None:
            query = query.where(identity.c.source == source)
        with self.state.read() as connection:
            rows = connection.execute(query).all()
        return [
            Known(
                source=row.source,
                name=row.name,
                site=row.site,
                added_at=datetime.fromtimestamp(row.added_at, UTC),
                used_at=moment(row.used_at),
            )
            for row in rows
        ]

    def cookies(self, source: str, name: str) -> dict[str, str]:
        """The cookies of an identity by name, read with the key; raises `TingfengError` with another one."""
        query = sa.select(identity.c.secret).where(identity.c.source == source, identity.c.name == name)
        with self.state.read() as connection:
            secret = connection.execute(query).scalar_one()
        return msgspec.json.decode(self.sealer.open(secret), type=dict[str, str])

    def hold(
        self, source: str, slice_name: str, names: Sequence[str], usable: Callable[[str], bool], at: datetime
    ) -> str | None:
        """The identity that reads a slice: the one that did within `STICKY`, else the usable one longest unused.

        `names` are all there are; None where a new slice finds none that is usable.
        """
        digest = self.sealer.digest("sticky", source, slice_name)
        place = sa.and_(sticky.c.source == source, sticky.c.slice == digest)
        with self.state.begin() as connection:
            self.state.insert_new(
                connection, sticky, [{"source": source, "slice": digest, "identity": "", "used_at": 0.0}]
            )  # so that there is a row to lock
            row = connection.execute(sa.select(sticky).where(place).with_for_update()).one()
            chosen = row.identity
            if chosen not in names or row.used_at < (at - STICKY).timestamp():
                chosen = self._longest_unused(connection, source, [name for name in names if usable(name)])
            if chosen is None:
                connection.execute(sa.delete(sticky).where(place))
                return None
            stamp = at.timestamp()
            connection.execute(sa.update(sticky).where(place).values(identity=chosen, used_at=stamp))
            connection.execute(
                sa.update(identity)
                .where(identity.c.source == source, identity.c.name == chosen)
                .values(used_at=stamp)
            )
            connection.execute(sa.delete(sticky).where(sticky.c.used_at < (at - 2 * STICKY).timestamp()))
        return str(chosen)

    @staticmethod
    def _longest_unused(connection: sa.Connection, source: str, names: Sequence[str]) -> str | None:
        if len(names) < 2:
            return next(iter(names), None)

        def last_used(name: str) -> float:
            """By the index alone, however many slices there are."""
            query = sa.select(sa.func.max(sticky.c.used_at)).where(
                sticky.c.source == source, sticky.c.identity == name
            )
            return connection.execute(query).scalar_one() or 0.0

        return min(names, key=lambda name: (last_used(name), name))


def _standing_of(source: str, name: str) -> sa.ColumnElement[bool]:
    return sa.and_(standing.c.source == source, standing.c.identity == name)
