"""What a run knows of refusals: which blocks it met, and who or what must not be asked any more."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from urllib.parse import urlsplit

from scrapy import Request

from crawlers.manners.blocks import BLOCKS, Block
from crawlers.manners.standing import IN_ORDER, Condition, Standing, answered, struck
from crawlers.state.standings import Key, Standings, closed

log = logging.getLogger(__name__)
_FRESH_S = 0.2  # what is older is read anew before anything is sent
_LOT = 10  # sound answers that are counted before the state hears of them


class Guard:
    """Refusals of one run, and the standings it shares with other runs and workers.

    A stop never ends within the run. With `by_site` each host of the source has a standing of its own.
    """

    def __init__(self, name: str, *, by_site: bool) -> None:
        self.name = name  # the source's
        self.by_site = by_site
        self.met: dict[str, int] = {}  # block name → how often, in the order first met
        self.ended: Block | None = None  # what ended all asking of the run
        self.stops: dict[Key, Block] = {}
        self._sites: set[Key] = set()  # which were asked, or were to be
        self._known: dict[Key, Standing] = {}
        self._standings: Standings | None = None
        self._looked = float("-inf")  # monotonic, as all that follows
        self._rests: dict[Key, float] = {}  # before which nothing is sent
        self._adopted: dict[Key, datetime] = {}  # rests that another worker began
        self._struck: dict[Key, float] = {}
        self._good: Counter[Key] = Counter()

    def share(self, standings: Standings, now: Callable[[], datetime]) -> None:
        """Keep standings in a state from here on; `now` is the run's clock."""
        self._standings, self._now = standings, now

    @property
    def source(self) -> Block | None:
        """The block that ended all asking of the source in this run."""
        return self.ended or self.stops.get(Key(self.name))

    @property
    def stopped(self) -> bool:
        """Whether some block ended the asking of a site or of an identity."""
        return self.ended is not None or bool(self.stops)

    @property
    def went_on(self) -> bool:
        """Whether some site was stopped and another was not: the crawl need not wait for the one."""
        return self.ended is None and bool(self._sites - self.stops.keys()) and self.stopped

    @property
    def only_spent(self) -> bool:
        """Whether it was the operator's own budget alone that stopped anything."""
        stops = [*self.stops.values(), *([self.ended] if self.ended else [])]
        return all(block.name == "budget" for block in stops)

    def meet(self, block: Block) -> None:
        self.met[block.name] = self.met.get(block.name, 0) + 1

    # --- whom it is about ---------------------------------------------------------------------------

    def site(self, request: Request) -> Key:
        return Key(self.name, urlsplit(request.url).hostname or "" if self.by_site else "")

    def asker(self, request: Request) -> Key:
        """The site as the identity of the request is seen there."""
        return self.identity(who(request), self.site(request).site)

    def identity(self, name: str, site: str = "") -> Key:
        return Key(self.name, site, name)

    # --- refusing -----------------------------------------------------------------------------------

    def refusal(self, request: Request) -> Block | None:
        """The block that forbids sending this request, if any."""
        if self.ended is not None:
            return self.ended
        self._sites.add(self.site(request))
        for key in (self.site(request), self.asker(request)):
            if block := self.refused(key):
                return block
        return None

    def is_stopped(self, request: Request) -> bool:
        """Whether the site itself is asked nothing more, whoever asks."""
        return self.ended is not None or self.site(request) in self.stops

    def refused(self, key: Key) -> Block | None:
        """The block that forbids asking there or as this identity; another worker may have met it."""
        if key not in self.stops and self.is_closed(key):
            standing = self.standing(key)
            self.stops[key] = BLOCKS[standing.block]
            self.meet(self.stops[key])
            log.error("%s", closed(key, standing))
        return self.stops.get(key)

    def is_closed(self, key: Key) -> bool:
        """Whether nothing may be asked there or as this identity; merely to know it stops nothing."""
        if key in self.stops:
            return True
        standing = self.standing(key)
        return standing.condition is not Condition.OK and standing.forbids(self._now())

    def stop(self, key: Key, block: Block) -> None:
        """Ask no more there, or as this identity, within this run."""
        if key not in self.stops:
            self.stops[key] = block
            log.error("%s: nothing more is asked of %s. %s", block.title.en, key, block.advice.en)

    def bench(self, name: str, block: Block) -> None:
        """Put aside an identity that does not work any more, for this run and later ones."""
        key = self.identity(name)
        self.meet(block)
        if block.standing and self._standings:
            rule, now = block.standing, self._now()
            self._keep(key, self._standings.change(key, lambda told: struck(told, rule, block.name, now=now)))
        self.stop(key, block)

    # --- standings ----------------------------------------------------------------------------------

    def standing(self, key: Key) -> Standing:
        """The standing as of now."""
        if self._standings and monotonic() - self._looked >= _FRESH_S:
            self._known = self._standings.of(self.name)
            self._looked = monotonic()
            for place, told in self._known.items():
                self._adopt(place, told)
        return self._known.get(key, IN_ORDER)

    def _adopt(self, key: Key, standing: Standing) -> None:
        """Rest as long as another worker was told to."""
        until = standing.until
        if standing.condition is Condition.SLOW and until and self._adopted.get(key) != until:
            self._adopted[key] = until
            self.rest(key, (until - self._now()).total_seconds())

    def strike(
        self,
        key: Key,
        block: Block,
        request: Request,
        *,
        wait_s: float | None,
        rest_s: float,
        to_the_end: bool,
    ) -> bool:
        """Lower a standing for a block that was met; True when it forbids asking now.

        Several answers to what was sent at once are one sign, not several.
        """
        late = request.meta.get("sent", float("inf")) < self._struck.get(key, float("-inf"))
        if block.standing is None or self._standings is None or (late and not to_the_end):
            return key in self.stops
        self._struck[key] = monotonic()
        rule, now = block.standing, self._now()

        def step(told: Standing) -> Standing:
            return struck(
                told, rule, block.name, now=now, wait_s=wait_s, rest_s=rest_s, to_the_end=to_the_end
            )

        self._good.pop(key, None)
        standing = self._standings.change(key, step)
        self._keep(key, standing)
        return standing.forbids(now)

    def _keep(self, key: Key, standing: Standing) -> None:
        self._known[key] = standing
        if standing.until:
            self._adopted[key] = standing.until
        if standing.condition is Condition.OK:
            del self._known[key]

    def answer(self, request: Request) -> None:
        """Count a sound answer where the standing is not in order."""
        for key in (self.site(request), self.asker(request)):
            standing = self._known.get(key)
            if standing is not None and standing.condition is not Condition.DISABLED:
                self._good[key] += 1
                tells = standing.condition is Condition.PAUSED or (_in_a_row(standing) and standing.strikes)
                if tells or self._good[key] >= _LOT:
                    self._raise(key)

    def _raise(self, key: Key) -> None:
        times, now = self._good.pop(key, 0), self._now()
        if times and self._standings:

            def step(told: Standing) -> Standing:
                return answered(told, times, now=now, in_a_row=_in_a_row(told))

            self._keep(key, self._standings.change(key, step))

    def close(self) -> None:
        """Tell the state of the sound answers that were not yet told."""
        for key in list(self._good):
            self._raise(key)

    # --- pace ---------------------------------------------------------------------------------------

    def rest(self, key: Key, seconds: float) -> None:
        if seconds > 0:
            self._rests[key] = max(self._rests.get(key, 0.0), monotonic() + seconds)

    async def rested(self, request: Request) -> None:
        """Return when the rest of the site is over, or soon after it was stopped meanwhile."""
        key = self.site(request)
        while key in self._rests and self.refusal(request) is None:
            left = self._rests[key] - monotonic()
            if left <= 0:
                del self._rests[key]
                return
            await asyncio.sleep(min(left, 1.0))


def _in_a_row(standing: Standing) -> bool:
    """Whether a sound answer ends what the standing was lowered for."""
    block = BLOCKS.get(standing.block)
    return block is not None and block.standing is not None and block.standing.in_a_row


def who(request: Request) -> str:
    """As whom a request is sent: the name of an operator's identity, ``visitor``, or ``none``."""
    return str(request.meta.get("as") or request.meta.get("identity") or "none")
