"""What rises, and what only stood there already; with where it stood on hot lists."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from msgspec import structs

from core.models import AnnotatedPost, HotEntry
from core.records import to_json
from mining.bursts import burst
from mining.reports import RisingTopic, TopicsReport
from mining.topics import Topics
from tests.mining.posts import NOON, read, repost, root
from tests.mining.stores import stored

HOUR = timedelta(hours=1)


def post(
    number: int, hours_ago: float, *topics: str, words: Iterable[str] = (), text: str = "", by: str = ""
) -> AnnotatedPost:
    said = text or f"第{number}条是我自己想说的 " + "".join(f"#{topic}#" for topic in topics)
    made = root(said, key=f"weibo:{number}", by=by or f"人{number}")
    made = structs.replace(made, published_at=NOON - hours_ago * HOUR, topics=topics)
    return read(made, keywords=tuple(words))


def everyday(days: int = 7, each: int = 5) -> list[AnnotatedPost]:
    """One topic that comes every day alike, at the same hour."""
    return [
        post(1000 + 50 * day + n, 24 * day + 2 + n / 10, "早安")
        for day in range(days + 1)
        for n in range(each)
    ]


def rising(rows: list[AnnotatedPost], hot: Iterable[HotEntry] = (), **options: int) -> TopicsReport:
    return Topics(**options).rising(stored(rows, hot=hot), NOON)


def named(report: TopicsReport, topic: str) -> RisingTopic:
    return next(each for each in report.topics if each.topic == topic)


BURSTS: list[tuple[str, int, list[int | None], float | None, float | None]] = [
    ("nothing known before", 9, [], None, None),
    ("days without a crawl are unknown, not 0", 9, [None, 3, None], 3.0, 3.0),
    ("as usual", 5, [5, 5, 5], 5.0, 0.0),
    ("from nothing", 8, [0, 0, 0], 0.0, 8.0),
    ("the latest day weighs most", 6, [6, 0], 6 * (1 / (1 + 0.5 ** (1 / 3))), None),
]


@pytest.mark.parametrize(("name", "now", "before", "expected", "z"), BURSTS, ids=[row[0] for row in BURSTS])
def test_bursts(
    name: str, now: int, before: list[int | None], expected: float | None, z: float | None
) -> None:
    found = burst(now, before)
    assert found.expected == (None if expected is None else pytest.approx(expected)), name
    if z is not None:
        assert found.z == pytest.approx(z), name


def test_a_new_hashtag_rises_above_one_of_every_day() -> None:
    crowd = [post(n, 1 + n / 10, "刹车异响") for n in range(12)]
    report = rising([*everyday(), *crowd])
    first = report.topics[0]
    assert (first.topic, first.kind, first.now.value, first.baseline.value) == (
        "刹车异响",
        "hashtag",
        12,
        0.0,
    )
    assert first.score.formula == "burst_z"
    assert first.score.value is not None
    assert first.score.value > 3
    assert "早安" not in [topic.topic for topic in report.topics]
    assert first.first is not None
    assert first.first.id == "weibo:11"
    assert set(first.now.evidence) == {f"weibo:{n}" for n in range(12)}
    assert sum(first.hours) == 12
    assert "#刹车异响#" in first.now.query


def test_a_first_crawl_says_not_enough_instead_of_a_burst() -> None:
    report = rising([post(n, 1, "新话题") for n in range(5)])
    topic = report.topics[0]
    assert topic.score.value is None
    assert topic.baseline.note == "not enough data: 0 < 1"
    assert topic.now.value == 5


def test_nothing_at_or_after_the_asked_time_is_used() -> None:
    rows = [*everyday(), *[post(n, 1, "此前") for n in range(4)]]
    before = rising(rows)
    after = rising([*rows, *[post(90 + n, -n / 10, "此后") for n in range(9)]])
    assert to_json(before) == to_json(after)


def test_words_inside_a_hashtags_posts_do_not_repeat_it() -> None:
    rows = [post(n, 1 + n / 10, "刹车异响", words=("刹车", "异响")) for n in range(8)]
    rows += [post(20 + n, 3, words=("价格",)) for n in range(4)]
    assert [topic.topic for topic in rising([*everyday(), *rows]).topics] == ["刹车异响", "价格"]


def test_the_roots_with_most_posts_under_them_lead() -> None:
    started = post(1, 5, "刹车异响")
    reposts = [
        read(
            structs.replace(
                repost(10 + n, f"人{n}", "#刹车异响#"), published_at=NOON - HOUR, topics=("刹车异响",)
            )
        )
        for n in range(4)
    ]
    topic = rising([started, *reposts, *everyday()]).topics[0]
    assert [voice.id for voice in topic.roots] == ["weibo:1"]


def hot(title: str, rank: int, hours_ago: float, heat: int | None = None) -> HotEntry:
    return HotEntry(
        platform="weibo", title=title, at=NOON - hours_ago * HOUR, rank=rank, heat=heat, label="热"
    )


def test_hot_lists_are_joined_and_stand_alone_where_no_post_came() -> None:
    rows = [*everyday(), *[post(n, 1 + n / 10, "刹车异响") for n in range(6)]]
    entries = [
        hot("刹车异响", 9, 5, 100),
        hot("刹车异响", 3, 2, 900),
        hot("明星婚礼", 1, 2),
        hot("旧闻", 1, 30),
    ]
    report = rising(rows, entries)
    assert [topic.topic for topic in report.topics] == ["刹车异响", "明星婚礼"]
    standing = report.topics[0].hot
    assert standing is not None
    assert (standing.best_rank, standing.last_heat, standing.first_seen_at) == (3, 900, NOON - 5 * HOUR)
    alone = report.topics[1]
    assert (alone.kind, alone.now.value, alone.first) == ("hot", 0, None)


def test_a_hot_title_is_counted_in_texts() -> None:
    rows = [*everyday(), *[post(n, 1, text=f"听说明星婚礼了{n}") for n in range(3)]]
    alone = named(rising(rows, [hot("明星婚礼", 2, 1)]), "明星婚礼")
    assert (alone.now.value, alone.score.value) == (3, pytest.approx(3.0))


@pytest.mark.parametrize("window", [6, 24, 72, 168])
def test_windows_of_other_lengths_compare_like_hours(window: int) -> None:
    fresh = [post(n, 1 + n / 10, "刹车异响") for n in range(12)]
    report = Topics(window_h=window, history_days=21).rising(stored([*everyday(days=27), *fresh]), NOON)
    assert [topic.topic for topic in report.topics] == ["刹车异响"]
    assert len(report.topics[0].hours) == window


def test_one_account_counts_once_and_borrowed_words_do_not_count() -> None:
    loud = [post(n, 1 + n / 10, "刹车异响", words=("异响",), by="同一人") for n in range(9)]
    assert "刹车异响" not in [topic.topic for topic in rising([*everyday(), *loud]).topics]
    passed = [
        read(
            structs.replace(repost(10 + n, f"人{n}", "//@甲:底盘异响"), published_at=NOON - HOUR),
            keywords=("底盘", "异响"),
        )
        for n in range(9)
    ]
    assert rising([*everyday(), *passed]).topics == ()


def test_words_beside_a_topic_say_what_it_is_about() -> None:
    rows = [post(n, 1 + n / 10, "刹车异响", words=("澜石", f"独有{n}词")) for n in range(6)]
    assert rising([*everyday(), *rows]).topics[0].beside == ("澜石",)


def test_a_hostile_topic_and_an_empty_store() -> None:
    odd = '"x" OR (#<b>#'
    rows = [post(n, 1, odd) for n in range(4)]
    assert rising(rows).topics[0].topic == odd
    empty = rising([])
    assert (empty.posts, empty.topics) == (0, ())
    for title in ("……", '"', "(", "-", " "):  # whether or not the query language can ask for it
        assert not any(topic.now.value for topic in rising([], [hot(title, 1, 1)]).topics)
