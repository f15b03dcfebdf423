"""The traps of Weibo's fields, one row each."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.models import Author
from crawlers.sources.weibo.parse.fields import (
    read_author,
    read_client,
    read_engagement,
    read_mid,
    read_moment,
    read_region,
    read_urls,
)
from tests.crawlers.weibo.statuses import AT, MID, NOW


@pytest.mark.parametrize(
    ("raw", "mid"),
    [
        ("4804608494665869", "4804608494665869"),
        (4804608494665869, "4804608494665869"),
        ("M1VT3jzNX", "4804608494665869"),
        ("202110601896455629", "202110601896455629"),
        (0, None),
        ("0", None),
        ("", None),
        (None, None),
        (True, None),
        ("../x", None),
        ([1], None),
    ],
)
def test_a_mid_comes_as_text_number_or_bid(raw: object, mid: str | None) -> None:
    assert read_mid(raw) == mid


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Fri Nov 20 21:24:33 +0800 2026", AT),
        ("Fri Nov 20 21:25:33 +0800 2026", AT),  # within two minutes the mid is believed
        ("Fri Nov 20 21:30:00 +0800 2026", AT + timedelta(minutes=5, seconds=27)),
        ("5分钟前", AT),
        ("11-20", AT),
        ("nonsense", AT),
        ("", AT),
        (None, AT),
        ({}, AT),
    ],
)
def test_the_mid_knows_the_second_unless_the_site_differs(written: object, expected: datetime) -> None:
    assert read_moment(MID, written, NOW) == expected


@pytest.mark.parametrize(
    ("followers", "number"),
    [("7164.8万", 71_648_000), ("1.51亿", 151_000_000), ("6905", 6905), (12, 12), ("", None), (None, None)],
)
def test_followers_come_in_words_and_numbers(followers: object, number: int | None) -> None:
    author = read_author({"id": 9900000801, "screen_name": "甲", "followers_count": followers})
    assert author == Author(id="weibo:9900000801", name="甲", followers=number)


@pytest.mark.parametrize("user", [None, [], {}, {"id": None}, {"id": [1]}, "甲", {"screen_name": "甲"}])
def test_no_user_is_nobody(user: object) -> None:
    assert read_author(user) is None


@pytest.mark.parametrize(
    ("raw", "region"),
    [
        ("发布于 北京", "北京"),
        ("来自河南", "河南"),
        ("IP属地：福建", "福建"),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_the_region_loses_its_lead(raw: object, region: str | None) -> None:
    assert read_region(raw) == region


@pytest.mark.parametrize(
    ("raw", "client"),
    [
        ('<a href="http://weibo.com/" rel="nofollow">新浪微博</a>', "新浪微博"),
        ("iPhone 15", "iPhone 15"),
        ("", None),
        (None, None),
    ],
)
def test_the_client_comes_out_of_its_link(raw: object, client: str | None) -> None:
    assert read_client(raw) == client


@pytest.mark.parametrize(
    ("raw", "value", "capped"),
    [
        (5, 5, False),
        ("转发", 0, False),
        ("", 0, False),
        ("28", 28, False),
        ("1.2万", 12_000, False),
        ("100万+", 1_000_000, True),
        (1_000_000, 1_000_000, True),
        (999_999, 999_999, False),
        (None, None, False),
        (-1, None, False),
        ({}, None, False),
        (True, None, False),
    ],
)
def test_counts_are_cut_off_at_a_million(raw: object, value: int | None, capped: bool) -> None:
    found = read_engagement(raw)
    assert (found.reposts, found.capped) == (value, ("reposts",) if capped else ())


def test_links_leave_weibo() -> None:
    html = '<a href="https://weibo.cn/sinaurl?u=https%3A%2F%2Fa.example%2Fx%3Fy%3D1"></a>'
    structs = [
        {"short_url": "http://t.cn/A6abcdef", "long_url": "https://b.example/"},
        None,
        {"short_url": 1},
    ]
    assert read_urls(html, "看 http://t.cn/A6abcdef http://t.cn/A6zzzzzz", structs) == (
        "https://a.example/x?y=1",
        "https://b.example/",
        "http://t.cn/A6zzzzzz",
    )
    assert read_urls("", "javascript:alert(1)") == ()
