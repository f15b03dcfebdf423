"""What a run remembers is bounded: the oldest goes first, and what was met again stays."""

from __future__ import annotations

import tracemalloc

from crawlers.recent import MOST, Recent


def test_the_oldest_goes_first_and_what_is_met_again_stays() -> None:
    met: Recent[str, int] = Recent(4)
    for number, name in enumerate("abcade"):
        met[name] = number
    assert {name: met.get(name) for name in "abcde"} == {"a": 3, "b": None, "c": 2, "d": 4, "e": 5}
    assert "a" in met
    assert "b" not in met


def test_the_latest_half_is_always_known_and_never_more_than_all() -> None:
    met: Recent[int, None] = Recent(100)
    for number in range(1_000):
        met[number] = None
        assert len(met) <= 100
        assert all(known in met for known in range(max(0, number - 49), number + 1))


def test_it_takes_little_and_no_more_the_longer_a_run_lasts() -> None:
    tracemalloc.start()
    try:
        met: Recent[tuple[bytes, str], None] = Recent()
        taken = []
        for lot in range(4):
            for number in range(lot * MOST, (lot + 1) * MOST):
                met[b"group of 16 byte", f"weibo:{5_300_000_000_000_000 + number}"] = None
            taken.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert max(taken) < 130 * MOST, "bytes"
    assert taken[-1] <= 1.1 * taken[0]
