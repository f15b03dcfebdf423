"""What can go wrong on the sites, as data, and the switchboard that turns it on.

Each fault has a name, a title, the routes it belongs to and the place where it acts: ``before`` the
site is asked, ``after`` it answered, or ``inside`` it. A route is a glob over ``host/path``.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from time import monotonic

import msgspec

from core.errors import UsageError
from core.project import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that can go wrong; `share` is the part of the items it touches, where it touches items."""

    name: str
    title: Title
    routes: tuple[str, ...]
    stage: str  # before, after, inside
    share: float = 1.0


@cache
def table() -> dict[str, Fault]:
    """All faults by name, from `faults.toml`."""
    rows = tomllib.loads(files("replica").joinpath("faults.toml").read_text("utf-8"))["fault"]
    return {fault.name: fault for fault in msgspec.convert(rows, list[Fault])}


@dataclass(slots=True, kw_only=True)
class Switch:
    """A fault that is on, for whom, and how often it has struck."""

    fault: Fault
    routes: tuple[str, ...]
    identity: str | None = None
    after: int = 0
    times: int | None = None
    share: float = 1.0
    within_s: float | None = None
    per_minute: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    seconds: float = 1.0  # of a pause, of a Retry-After, of a Crawl-delay
    seed: int = 0
    seen: int = field(default=0, init=False)
    struck: int = field(default=0, init=False)
    _last: float | None = field(default=None, init=False)
    _minute: deque[float] = field(default_factory=deque, init=False)

    def strikes(self, route: str, identity: str, clock: Callable[[], float], now: datetime | None) -> bool:
        """Whether it acts on this request, which it counts when route, identity and time are its own."""
        if self.identity is not None and identity != self.identity:
            return False
        if now is not None and not self._lasts(now):
            return False
        if not any(fnmatchcase(route, pattern) for pattern in self.routes):
            return False
        self.seen += 1
        if self.within_s is not None and not self._too_soon(clock()):
            return False
        if self.per_minute is not None and not self._too_many(clock()):
            return False
        if self.seen <= self.after or (self.times is not None and self.struck >= self.times):
            return False
        self.struck += 1
        return True

    def takes(self, item: str) -> bool:
        """Whether an item is of the share it touches: the same items each time, by the seed."""
        digest = hashlib.blake2b(f"{self.seed}:{self.fault.name}:{item}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") < self.share * 2**64

    def _lasts(self, now: datetime) -> bool:
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)

    def _too_many(self, now: float) -> bool:
        """Whether more than `per_minute` requests came within a minute."""
        assert self.per_minute is not None
        self._minute.append(now)
        while self._minute[0] <= now - 60.0:
            self._minute.popleft()
        return len(self._minute) > self.per_minute

    def _too_soon(self, now: float) -> bool:
        last, self._last = self._last, now
        return last is not None and self.within_s is not None and now - last < self.within_s


class Faults:
    """The switchboard. Nothing is on at first.

    Switches may be thrown while the replica serves.
    """

    def __init__(self, *, seed: int = 0, clock: Callable[[], float] = monotonic) -> None:
        self._seed = seed
        self._clock = clock
        self._switches: tuple[Switch, ...] = ()

    def on(
        self,
        name: str,
        *,
        route: str | Iterable[str] | None = None,
        identity: str | None = None,
        after: int = 0,
        times: int | None = None,
        share: float | None = None,
        within_s: float | None = None,
        per_minute: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        seconds: float = 1.0,
    ) -> Switch:
        """Turns a fault on and returns its switch, which counts what it saw and struck.

        `route` limits it (``m.weibo.cn/comments/*``; the fault's own routes by default), `identity` to
        none, visitor, login or unknown; it starts after `after` requests and strikes `times` times, or
        always. `within_s` makes it strike only where a request comes sooner than that after the last,
        `per_minute` only where more than so many came within a minute; `since` and `until` (aware, on the
        replica's clock, `until` not included) bound it in time.
        Raises `UsageError` on an unknown name.
        """
        fault = table().get(name)
        if fault is None:
            raise UsageError(f"no fault {name!r}; there are {', '.join(sorted(table()))}")
        routes = fault.routes if route is None else (route,) if isinstance(route, str) else tuple(route)
        switch = Switch(
            fault=fault,
            routes=routes,
            identity=identity,
            after=after,
            times=times,
            share=fault.share if share is None else share,
            within_s=within_s,
            per_minute=per_minute,
            since=since,
            until=until,
            seconds=seconds,
            seed=self._seed,
        )
        self._switches = (*self._switches, switch)
        return switch

    def off(self, name: str | None = None) -> None:
        """Turns one fault off, or all."""
        self._switches = tuple(s for s in self._switches if name is not None and s.fault.name != name)

    def striking(self, route: str, identity: str, now: datetime | None = None) -> dict[str, Switch]:
        """The faults that act on one request at `now`, by name; each counts the request."""
        if not self._switches:
            return {}
        return {
            switch.fault.name: switch
            for switch in self._switches
            if switch.strikes(route, identity, self._clock, now)
        }
