"""How a search is cut into slices."""

from __future__ import annotations

from datetime import timedelta

from crawlers.sources.weibo.slices import Slice, first_slice
from tests.crawlers.weibo.statuses import NOW


def test_a_slice_is_cut_in_time_then_by_province_then_by_city() -> None:
    waiting = [first_slice("x", NOW - timedelta(days=3, minutes=20), NOW, NOW)]
    assert waiting[0].since == NOW - timedelta(days=3, hours=1)
    hours = []
    while waiting:
        part = waiting.pop()
        if part.until and part.since and part.until - part.since > timedelta(hours=1):
            later, earlier = part.parts()
            assert (earlier.since, earlier.until, later.until) == (part.since, later.since, part.until)
            waiting += (later, earlier)
        else:
            hours.append(part)
    assert len(hours) == 73
    assert all(part.until and part.since and part.until - part.since == timedelta(hours=1) for part in hours)
    regions = hours[0].parts()
    assert len({part.region for part in regions}) == 36
    shanghai = next(part for part in regions if part.region == "custom:31:1000")
    assert shanghai.name == f"{hours[0].name} 上海"
    pudong = next(part for part in shanghai.parts() if part.region == "custom:31:15")
    assert (pudong.name, pudong.parts()) == (f"{shanghai.name} 15", ())


def test_an_open_slice_has_no_parts() -> None:
    assert first_slice("x", None, None, NOW) == Slice("x")
    assert Slice("x").parts() == ()
    assert first_slice("x", None, NOW, NOW).parts() == ()
    assert first_slice("x", NOW - timedelta(days=1), None, NOW).until == NOW + timedelta(hours=1)


def test_a_stretch_is_searched_again_once_and_never_as_the_whole_slice() -> None:
    part = Slice("x", NOW - timedelta(hours=6), NOW)
    again = part.stretch(NOW - timedelta(hours=3, minutes=50), NOW - timedelta(hours=2, minutes=20))
    assert again == Slice("x", NOW - timedelta(hours=4), NOW - timedelta(hours=2), again=True)
    assert again.stretch(NOW - timedelta(hours=4), NOW - timedelta(hours=3)) is None
    assert part.stretch(NOW - timedelta(hours=9), NOW) is None
