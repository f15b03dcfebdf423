"""How a site takes being asked: in order, slowed, paused or closed; pure, so that a table can say what follows.

A block of ``blocks.toml`` with a ``[….standing]`` table lowers the standing, sound answers raise it again, and out
of DISABLED only a person leads. A standing is kept for a source (or each site of an engine) and for an identity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

SLOWEST = 16.0  # times the delay
LONGEST_PAUSE_S = 12 * 3600.0
RECOVERY = 50  # sound answers after which a slowed site is in order again


class Condition(StrEnum):
    OK = "ok"  # asked at its own pace
    SLOW = "slow"  # asked with a longer delay
    PAUSED = "paused"  # not asked until a moment; then one page is tried
    DISABLED = "disabled"  # not asked until a person resumes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a block does to a standing.

    It `becomes` slow at first, and paused when it is met more than `strikes` times or is met to the end; pauses
    double from `pause_s`, and the one after `pauses` of them in a row is none: the site is disabled. What counts
    `in_a_row` is pages given up, in this run or later ones, with no sound answer in between.
    """

    becomes: Condition
    strikes: int = 0
    pause_s: float = 600.0
    pauses: int = 4
    in_a_row: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One standing. `block` is the last that was met, `factor` multiplies the delay; `until` ends a pause or rest."""

    condition: Condition = Condition.OK
    block: str = ""
    since: datetime | None = None
    until: datetime | None = None
    factor: float = 1.0
    strikes: int = 0  # blocks since it was in order
    good: int = 0  # sound answers since the last block
    pauses: int = 0  # pauses since it was in order

    def forbids(self, now: datetime) -> bool:
        """Whether nothing may be sent at `now`."""
        if self.condition is Condition.PAUSED:
            return self.until is not None and now < self.until
        return self.condition is Condition.DISABLED


IN_ORDER = Standing()


def struck(
    standing: Standing,
    rule: Rule,
    block: str,
    *,
    now: datetime,
    wait_s: float | None = None,
    rest_s: float = 0.0,
    to_the_end: bool = False,
) -> Standing:
    """The standing after a block.

    `wait_s` is what the site itself asked to wait, `rest_s` how long a slowed site is left alone where it asked for
    nothing, `to_the_end` that the page was given up because of the block.
    """
    if standing.condition is Condition.DISABLED:
        return standing
    told = replace(standing, block=block, since=now, good=0, strikes=standing.strikes + 1)
    if rule.becomes is Condition.DISABLED:
        return replace(told, condition=Condition.DISABLED, until=None)
    tried = standing.condition is Condition.PAUSED  # and the page that was tried after it met a block, too
    if rule.becomes is Condition.SLOW and not to_the_end and not tried and told.strikes <= rule.strikes:
        rest = now + timedelta(seconds=rest_s if wait_s is None else wait_s)
        factor = _slower(standing, told.strikes, rule)
        return replace(told, condition=Condition.SLOW, factor=factor, until=rest if rest > now else None)
    return _pause(told, rule, now=now, wait_s=wait_s)


def _slower(standing: Standing, strikes: int, rule: Rule) -> float:
    """Twice as slow as it was; pages that fail now and then, good ones between them, slow a site down but once."""
    if rule.in_a_row:
        return max(standing.factor, min(2.0**strikes, SLOWEST))
    return min(standing.factor * 2, SLOWEST)


def _pause(standing: Standing, rule: Rule, *, now: datetime, wait_s: float | None) -> Standing:
    if standing.pauses >= rule.pauses:
        return replace(standing, condition=Condition.DISABLED, until=None)
    seconds = min(rule.pause_s * 2**standing.pauses, LONGEST_PAUSE_S) if wait_s is None else wait_s
    return replace(
        standing,
        condition=Condition.PAUSED,
        until=now + timedelta(seconds=seconds),
        factor=max(standing.factor, 2.0),
        strikes=0,
        pauses=standing.pauses + 1,
    )


def answered(standing: Standing, times: int, *, now: datetime, in_a_row: bool = False) -> Standing:
    """The standing after so many sound answers; `in_a_row` where they end a row of pages that failed."""
    if standing.condition in (Condition.OK, Condition.DISABLED) or standing.forbids(now):
        return standing  # answers to what was sent before a pause say nothing
    good = standing.good + times
    if good >= RECOVERY:
        return IN_ORDER
    strikes = 0 if in_a_row else standing.strikes
    return replace(standing, condition=Condition.SLOW, good=good, strikes=strikes, until=None)
