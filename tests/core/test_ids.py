from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import bid_from_mid, content_id, mid_at, mid_from_bid, moment_of_mid, post_id

PAIRS = [
    ("z0JH2lOMb", "3501756485200075"),
    ("M1VT3jzNX", "4804608494665869"),
    ("M1N39i6Fb", "4804268794315521"),
    ("MohM062hm", "4857881961438732"),
    ("MognriZPR", "4857828294527603"),
    ("Qw06Kd98p", "5276269143133381"),
    ("QwGL8D214", "5277908669302546"),
    ("QwGKtcFeK", "5277908253018454"),
    ("LDX7DoaOa", "4795220615761422"),
    ("Ll4jJv7mB", "4750214877416477"),
    ("Ll425hGyo", "4750203934215156"),
    ("GFHQlFsjb", "4299399859880269"),
    ("GFHQi5giC", "4299399821254298"),
    ("Mb2vL5uUH", "4826312651310475"),
    ("LqlZNhJFm", "4762810834227120"),
    ("Mch46rqPr", "4829255386537989"),
]


@pytest.mark.parametrize(("bid", "mid"), PAIRS)
def test_real_pairs_convert_both_ways(bid: str, mid: str) -> None:
    assert bid_from_mid(mid) == bid
    assert mid_from_bid(bid) == mid


@given(st.integers(min_value=0, max_value=10**18))
def test_every_mid_comes_back_from_its_bid(number: int) -> None:
    assert mid_from_bid(bid_from_mid(str(number))) == str(number)


@pytest.mark.parametrize("wrong", ["", "12a", "４８０４", "-5", " 1"])
def test_what_is_no_mid_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a Weibo mid"):
        bid_from_mid(wrong)


@pytest.mark.parametrize("wrong", ["", "M1VT-jzNX", "微博"])
def test_what_is_no_bid_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a Weibo bid"):
        mid_from_bid(wrong)


@pytest.mark.parametrize(
    ("mid", "moment"),
    [
        # times the site itself gave for these posts; the first was off by one second
        ("4804608494665869", datetime(2022, 8, 20, 10, 29, 53, tzinfo=UTC)),
        ("4750203934215156", datetime(2022, 3, 23, 7, 25, 35, tzinfo=UTC)),
        ("4857881961438732", datetime(2023, 1, 14, 10, 39, 37, tzinfo=UTC)),
        ("4857828294527603", datetime(2023, 1, 14, 7, 6, 22, tzinfo=UTC)),
        ("202110601896455629", None),  # the generator of 2011
        ("480460849466586", None),
        ("48046084946658690", None),
        ("480460849466586x", None),
        ("４８０４６０８４９４６６５８６９", None),
        ("", None),
    ],
)
def test_a_mid_tells_its_second(mid: str, moment: datetime | None) -> None:
    assert moment_of_mid(mid) == moment


SECONDS = st.integers(1_250_000_000, 2_840_000_000)  # 2009 to 2059


@given(SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC)), st.integers(0, 2**22 - 1))
def test_mid_at_is_the_inverse_of_moment_of_mid(moment: datetime, sequence: int) -> None:
    mid = mid_at(moment, sequence)
    assert moment_of_mid(mid) == moment
    assert int(mid) & (2**22 - 1) == sequence


def test_mids_follow_time_and_sequence() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    mids = [mid_at(now), mid_at(now, 1), mid_at(now + timedelta(seconds=1))]
    assert sorted(mids, key=int) == mids


def test_mid_at_refuses_what_a_mid_cannot_hold() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    with pytest.raises(ValueError, match="22 bits"):
        mid_at(now, 2**22)
    with pytest.raises(ValueError, match="16-digit"):
        mid_at(datetime(1980, 1, 1, tzinfo=UTC))


def test_post_ids_join_by_colons() -> None:
    assert post_id("weibo", "4804608494665869") == "weibo:4804608494665869"
    assert post_id("discuz", "bbs.example.com", 123) == "discuz:bbs.example.com:123"


def test_content_ids_depend_on_all_content_and_on_nothing_else() -> None:
    one = content_id("import", "很好", "2026-11-21", None)
    assert one == content_id("import", "很好", "2026-11-21", None)
    assert one.startswith("import:c-")
    others = [
        content_id("import", "很好 ", "2026-11-21", None),
        content_id("import", "很好", None, "2026-11-21"),
        content_id("import", "很好", "2026-11-22", None),
        content_id("forum", "很好", "2026-11-21", None),
    ]
    assert len({one, *others}) == 5
    assert content_id("import", "half \ud83d")  # half an emoji, as broken exports have
