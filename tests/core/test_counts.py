import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.counts import Count, read_count


@pytest.mark.parametrize(
    ("raw", "value", "capped"),
    [
        ("1.2万", 12_000, False),
        ("7164.8万", 71_648_000, False),
        ("1.51亿", 151_000_000, False),
        ("100万+", 1_000_000, True),
        ("100万＋", 1_000_000, True),
        ("1000+", 1_000, True),
        ("345万次播放", 3_450_000, False),
        ("2.3万 帖子1.5万粉丝", 23_000, False),
        ("万+", 10_000, True),
        ("10w+", 100_000, True),
        ("3千", 3_000, False),
        ("5萬", 50_000, False),
        ("2億", 200_000_000, False),
        ("1,234", 1_234, False),
        ("1,234,567 views", 1_234_567, False),
        ("12.3k", 12_300, False),
        ("12.3K", 12_300, False),
        ("1.5m", 1_500_000, False),
        ("5 months", 5, False),
        ("5months", 5, False),
        ("转发 12", 12, False),
        ("评论(7)", 7, False),
        ("共3条回复", 3, False),
        ("１２３", 123, False),
        ("0", 0, False),
        (" 42 ", 42, False),
        (42, 42, False),
        (42.0, 42, False),
        (0, 0, False),
        ("转发", 0, False),
        ("评论", 0, False),
        ("赞", 0, False),
        ("回复", 0, False),
        ("", 0, False),
        ("  ", 0, False),
        ("--", None, False),
        ("-", None, False),
        ("暂无", None, False),
        ("NaN", None, False),
        (None, None, False),
        (-1, None, False),
        ("-1", None, False),
        (float("nan"), None, False),
        (float("inf"), None, False),
        (10**30, None, False),
        ("9" * 5000, None, False),
        (True, None, False),
    ],
)
def test_forms(raw: str | float | None, value: int | None, capped: bool) -> None:
    assert read_count(raw) == Count(value, capped)


def test_a_value_at_the_sites_cap_is_capped() -> None:
    assert read_count(1_000_000, cap=1_000_000) == Count(1_000_000, capped=True)
    assert read_count(999_999, cap=1_000_000) == Count(999_999, capped=False)
    assert read_count(None, cap=1_000_000) == Count(None)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none()))
def test_never_raises_and_never_lies_below_zero(raw: str | float | None) -> None:
    count = read_count(raw)
    assert count.value is None or 0 <= count.value < 2**63


@given(st.integers(0, 2**53))
def test_plain_and_grouped_digits_round_trip(value: int) -> None:
    assert read_count(str(value)) == read_count(f"{value:,}") == read_count(value) == Count(value)
