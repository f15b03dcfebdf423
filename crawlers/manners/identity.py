"""Whose cookies a request carries: nobody's, a visitor's that the site issued, or the operator's login."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from scrapy import Request

from core.privacy import load_key
from crawlers.config import Config
from crawlers.manners.cookies import domain_of, login_cookies
from crawlers.manners.guard import Guard
from crawlers.recent import Recent
from crawlers.registry import Source
from crawlers.state.engine import State
from crawlers.state.identities import IdentityStore
from crawlers.state.sealing import Sealer

RENEWALS_AN_HOUR = 3
Hold = Callable[[str, Sequence[str], Callable[[str], bool]], str | None]
"""The identity that reads a slice, of these names, by which of them are usable."""


@dataclass(frozen=True, slots=True)
class Login:
    """One of the operator's identities: its cookies, and the domains they may go to."""

    cookies: Mapping[str, str] = field(repr=False)
    domains: frozenset[str]


class Identities:
    """The identities of one run: the operator's own by name, and the visitor that the site issues."""

    def __init__(self, logins: Mapping[str, Login], *, guard: Guard, hold: Hold | None = None) -> None:
        self.logins = dict(logins)
        self.guard = guard
        self.hold = hold or (lambda _, names, usable: next(filter(usable, names), None))
        self.held: Recent[str, str] = Recent()  # slice → as whom it is read; the state knows them all
        self.generation = 0  # of the visitor identity; 0: none was asked for yet
        self.visitor: dict[str, str] = {}
        self.stale = True
        self.failures = 0  # times the site could not be asked for one
        self.lock = asyncio.Lock()
        self._renewed: deque[float] = deque()

    @property
    def usable(self) -> list[str]:
        """Names of the operator's identities that are not benched."""
        return [name for name in self.logins if self._is_usable(name)]

    @property
    def has_login(self) -> bool:
        return bool(self.usable)

    def choose(self, request: Request) -> str | None:
        """As whom of the operator's a request is sent: a slice keeps the identity it began with.

        A benched one's slices wait for it; only a new slice goes to another. None where there is no other.
        """
        name = request.meta.get("slice") or f"kind:{request.meta.get('kind')}"
        chosen = self.held.get(name)
        if chosen is None:
            chosen = self.hold(name, list(self.logins), self._is_usable)
            if chosen is not None:
                self.held[name] = chosen
        return chosen

    def cookies(self, request: Request) -> Mapping[str, str]:
        """The operator's cookies for a request; none for a host they were not meant for."""
        login = self.logins.get(request.meta.get("as", ""))
        return login.cookies if login and domain_of(request.url) in login.domains else {}

    def _is_usable(self, name: str) -> bool:
        return not self.guard.is_closed(self.guard.identity(name))

    def renew(self, request: Request) -> bool:
        """Mark the visitor of a refused request as stale; False when it must not be renewed again."""
        if request.meta.get("identity") != "visitor" or self.lock.locked():
            return False  # a refusal while a new one is being asked for must not ask for another
        if request.meta.get("generation", 0) < self.generation:
            return True  # another request had it renewed meanwhile
        now = monotonic()
        while self._renewed and now - self._renewed[0] > 3600:
            self._renewed.popleft()
        if len(self._renewed) >= RENEWALS_AN_HOUR:
            return False
        self._renewed.append(now)
        self.stale = True
        return True


def identities_of(
    source: Source,
    asked: Mapping[str, Any],
    config: Config,
    *,
    state: State,
    guard: Guard,
    now: Callable[[], datetime],
) -> Identities:
    """The identities of a run: the stored ones of its source, and the cookie of the environment or a file.

    The latter is called ``given-…`` after its value, so that a new one is a new identity. Raises `UsageError`
    or `TingfengError` where one cannot be read.
    """
    sealer = Sealer(load_key(config.home.key))
    store = IdentityStore(state, sealer)
    own = frozenset(map(domain_of, _addresses(source, asked)))
    logins: dict[str, Login] = {}
    if given := login_cookies(source.name, file=config.cookie_file):
        mark = sealer.digest("given", *(f"{name}={value}" for name, value in given.items())).hex()[:8]
        logins[f"given-{mark}"] = Login(given, own)
    for known in store.known(source.name):
        domains = frozenset({domain_of(f"http://{known.site}/")}) if known.site else own
        logins[known.name] = Login(store.cookies(source.name, known.name), domains)

    def hold(slice_name: str, names: Sequence[str], usable: Callable[[str], bool]) -> str | None:
        return store.hold(source.name, slice_name, names, usable, now()) if names else None

    return Identities(logins, guard=guard, hold=hold)


def _addresses(source: Source, asked: Mapping[str, Any]) -> list[str]:
    """Where the source is: the hosts it names, or the addresses it was given."""
    if source.hosts:
        return [f"http://{host}/" for host in source.hosts]
    given = asked.get("url", ())
    urls = (given,) if isinstance(given, str) else given
    return [url for url in urls if url.count("/") >= 2]
