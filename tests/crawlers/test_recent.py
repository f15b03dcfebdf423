"""What a run remembers is bounded: the oldest goes first, and what was met again stays."""

from __future__ import annotations

from crawlers.recent import Recent


def test_the_oldest_goes_first_and_what_is_met_again_stays() -> None:
    met: Recent[str, int] = Recent(3)
    for number, name in enumerate("abcad"):
        met[name] = number
    assert dict(met) == {"c": 2, "a": 3, "d": 4}
