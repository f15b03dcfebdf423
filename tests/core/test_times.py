from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.times import Moment, Precision, read_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 20, 0, 30, tzinfo=SHANGHAI)
SECOND, MINUTE, HOUR, DAY, MONTH = Precision


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


FORMS = [
    # Weibo and feeds
    ("Sat Nov 21 19:59:33 +0800 2026", local(2026, 11, 21, 19, 59, 33), SECOND),
    ("Sun Aug 07 09:32:04 +0800 2022", local(2022, 8, 7, 9, 32, 4), SECOND),
    ("Sat, 21 Nov 2026 11:59:33 GMT", local(2026, 11, 21, 19, 59, 33), SECOND),
    ("Sat, 21 Nov 2026 19:59:33 +0800", local(2026, 11, 21, 19, 59, 33), SECOND),
    ("21 Nov 2026 19:59", local(2026, 11, 21, 19, 59), MINUTE),
    # relative
    ("刚刚", NOW, MINUTE),
    ("30秒前", NOW - timedelta(seconds=30), SECOND),
    ("5分钟前", NOW - timedelta(minutes=5), MINUTE),
    ("3小时前", NOW - timedelta(hours=3), HOUR),
    ("1\u00a0小时前", NOW - timedelta(hours=1), HOUR),
    ("半小时前", NOW - timedelta(minutes=30), MINUTE),
    ("2天前", NOW - timedelta(days=2), DAY),
    ("2 周前", NOW - timedelta(weeks=2), DAY),
    ("3个月前", NOW - timedelta(days=90), MONTH),
    ("５分钟前", NOW - timedelta(minutes=5), MINUTE),
    # day words and clocks
    ("今天 12:00", local(2026, 11, 21, 12, 0), MINUTE),
    ("今天12:00", local(2026, 11, 21, 12, 0), MINUTE),
    ("昨天 12:00", local(2026, 11, 20, 12, 0), MINUTE),
    ("前天\u00a020:06", local(2026, 11, 19, 20, 6), MINUTE),
    ("昨天", local(2026, 11, 20), DAY),
    ("昨天 下午3:05", local(2026, 11, 20, 15, 5), MINUTE),
    ("昨天 上午 09:05", local(2026, 11, 20, 9, 5), MINUTE),
    ("昨天 中午12:30", local(2026, 11, 20, 12, 30), MINUTE),
    ("11:24", local(2026, 11, 21, 11, 24), MINUTE),
    ("11：24：05", local(2026, 11, 21, 11, 24, 5), SECOND),
    ("23:24", local(2026, 11, 20, 23, 24), MINUTE),  # not in the future
    ("20:02", local(2026, 11, 21, 20, 2), MINUTE),  # the site's clock runs ahead a little
    # dates without year
    ("10-11", local(2026, 10, 11), DAY),
    ("7-6", local(2026, 7, 6), DAY),
    ("8/7", local(2026, 8, 7), DAY),
    ("10-11 09:30", local(2026, 10, 11, 9, 30), MINUTE),
    ("11-22 09:30", local(2026, 11, 22, 9, 30), MINUTE),  # within a day
    ("12-31", local(2025, 12, 31), DAY),
    ("02-29", local(2024, 2, 29), DAY),
    ("10月27日 21:24", local(2026, 10, 27, 21, 24), MINUTE),
    ("06月17日 18:12", local(2026, 6, 17, 18, 12), MINUTE),
    ("12月1日", local(2025, 12, 1), DAY),
    # full dates
    ("2019年02月04日 10:48", local(2019, 2, 4, 10, 48), MINUTE),
    ("2026年11月21日 19:59:33", local(2026, 11, 21, 19, 59, 33), SECOND),
    ("2026年3月", local(2026, 3, 1), MONTH),
    ("2020-02-06 22:21", local(2020, 2, 6, 22, 21), MINUTE),
    ("2024-8-6 22:11", local(2024, 8, 6, 22, 11), MINUTE),
    ("2026/11/21 19:59", local(2026, 11, 21, 19, 59), MINUTE),
    ("2026.11.21", local(2026, 11, 21), DAY),
    ("2018-8-21", local(2018, 8, 21), DAY),
    ("2023-05", local(2023, 5, 1), MONTH),
    ("２０２６－１１－２１　１９：５９", local(2026, 11, 21, 19, 59), MINUTE),
    # ISO 8601
    ("2016-10-29T14:14:20.321Z", datetime(2016, 10, 29, 14, 14, 20, tzinfo=UTC), SECOND),
    ("2019-02-08T17:28:33", local(2019, 2, 8, 17, 28, 33), SECOND),
    ("2019-02-08T17:28:33+00:00", datetime(2019, 2, 8, 17, 28, 33, tzinfo=UTC), SECOND),
    ("2019-02-08 17:28:33 -0530", datetime(2019, 2, 8, 22, 58, 33, tzinfo=UTC), SECOND),
    # epochs and bare digits
    ("1426567930", datetime(2015, 3, 17, 4, 52, 10, tzinfo=UTC), SECOND),
    (1426567930, datetime(2015, 3, 17, 4, 52, 10, tzinfo=UTC), SECOND),
    (1426567930.75, datetime(2015, 3, 17, 4, 52, 10, tzinfo=UTC), SECOND),
    ("1763700000123", datetime(2025, 11, 21, 4, 40, 0, 123000, tzinfo=UTC), SECOND),
    (1763700000123, datetime(2025, 11, 21, 4, 40, 0, 123000, tzinfo=UTC), SECOND),
    ("20261121", local(2026, 11, 21), DAY),
    ("20261121195933", local(2026, 11, 21, 19, 59, 33), SECOND),
    # tails and leads
    ("03-28 18:56:01 上海", local(2026, 3, 28, 18, 56, 1), SECOND),
    ("2020-06-05 11:12:14 网页", local(2020, 6, 5, 11, 12, 14), SECOND),
    ("06月17日 18:12 来自绿洲APP", local(2026, 6, 17, 18, 12), MINUTE),
    ("5分钟前 来自iPhone 14", NOW - timedelta(minutes=5), MINUTE),
    ("昨天 09:10来自微博网页版", local(2026, 11, 20, 9, 10), MINUTE),
    ("发布于 2026-3-15", local(2026, 3, 15), DAY),
    ("发表于 2018-8-19 20:06:31", local(2018, 8, 19, 20, 6, 31), SECOND),
    ("最后回复 2026-11-20 08:00", local(2026, 11, 20, 8, 0), MINUTE),
    ("编辑于 昨天 09:10", local(2026, 11, 20, 9, 10), MINUTE),
    ("发布时间：2026-11-20", local(2026, 11, 20), DAY),
]


@pytest.mark.parametrize(("text", "at", "precision"), FORMS)
def test_forms(text: str | float, at: datetime, precision: Precision) -> None:
    moment = read_time(text, now=NOW, zone=SHANGHAI)
    assert moment is not None
    assert moment.at.replace(microsecond=0) == at.replace(microsecond=0)
    assert moment.precision == precision
    assert moment.at.tzinfo is UTC


def test_milliseconds_are_kept() -> None:
    assert read_time(1763700000123, now=NOW, zone=SHANGHAI) == Moment(
        datetime(2025, 11, 21, 4, 40, 0, 123000, tzinfo=UTC), SECOND
    )


@pytest.mark.parametrize(
    ("now", "text", "at"),
    [
        (local(2027, 1, 1, 0, 10), "12-31 23:50", local(2026, 12, 31, 23, 50)),
        (local(2027, 1, 1, 0, 10), "1-1 00:05", local(2027, 1, 1, 0, 5)),
        (local(2026, 12, 31, 23, 59), "12月31日 23:58", local(2026, 12, 31, 23, 58)),
        (local(2027, 1, 1, 0, 1), "昨天 23:58", local(2026, 12, 31, 23, 58)),
        (local(2027, 1, 1, 0, 1), "23:58", local(2026, 12, 31, 23, 58)),
        # now in UTC is still the old year, at the site the new one has begun
        (datetime(2026, 12, 31, 16, 10, tzinfo=UTC), "今天 00:05", local(2027, 1, 1, 0, 5)),
        (datetime(2026, 12, 31, 16, 10, tzinfo=UTC), "1-1", local(2027, 1, 1)),
        (local(2027, 3, 1), "02-29", local(2024, 2, 29)),
    ],
)
def test_new_year(now: datetime, text: str, at: datetime) -> None:
    moment = read_time(text, now=now, zone=SHANGHAI)
    assert moment is not None
    assert moment.at == at


@pytest.mark.parametrize(
    "text",
    [
        None, "", " ", "abc", "转发微博", "2026-13-01", "2026-02-30", "06-31", "25:00", "昨天 12:61", "3.5",
        "1.2万", "10-11-12", "11/21/2026", "123", 0, -1, 5, "0001-01-01", "9999-12-31 23:59", 10**40,
        "9" * 5000, "9999999999天前", "9" * 5000 + "天前", float("nan"), float("inf"), True, "发布于",
        "我昨天买的", "昨天买的车", "Sat Foo 21 19:59:33 +0800 2026", "2026-11-21T19:59:33+99:99",
    ],
)  # fmt: skip
def test_what_is_no_time_is_unknown(text: str | float | None) -> None:
    assert read_time(text, now=NOW, zone=SHANGHAI) is None


TIMELY = st.text("0123456789-/:.年月日时分秒天小前昨今刚发布于编辑 TZ+\u00a0：０", max_size=30)


@given(st.one_of(st.text(), TIMELY, st.integers(), st.floats()))
def test_never_raises(text: str | float) -> None:
    moment = read_time(text, now=NOW, zone=SHANGHAI)
    assert moment is None or moment.at.utcoffset() == timedelta(0)


MOMENTS = st.integers(631_152_000, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS)
def test_full_forms_round_trip(at: datetime) -> None:
    here = at.astimezone(SHANGHAI)
    for text in (
        at.isoformat(),
        here.isoformat(),
        here.strftime("%Y-%m-%d %H:%M:%S"),
        here.strftime("%Y年%m月%d日 %H:%M:%S"),
        here.strftime("%a %b %d %H:%M:%S %z %Y"),
        here.strftime("%a, %d %b %Y %H:%M:%S %z"),
    ):
        moment = read_time(text, now=NOW, zone=SHANGHAI)
        # a wall clock set back an hour shows the same time twice: those texts mean the first
        assert moment is not None
        assert moment.at.astimezone(SHANGHAI).replace(tzinfo=None) == here.replace(tzinfo=None)


@given(st.integers(1_000_000_000, 7_000_000_000))
def test_epochs_round_trip(seconds: int) -> None:
    for epoch in (seconds, str(seconds), seconds * 1000):
        moment = read_time(epoch, now=NOW, zone=SHANGHAI)
        assert moment is not None
        assert moment.at.timestamp() == seconds
