"""What both stores promise beside their answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.errors import UsageError
from core.models import (
    AnnotatedPost,
    Annotation,
    Author,
    Coverage,
    Engagement,
    HotEntry,
    Kind,
    Post,
    Run,
    Sentiment,
)
from index.facets import tie
from index.query import EVERYTHING, Query, parse
from index.store import Batch, Bucket, Hit, Mark, Page, Snapshot, Sort, Spread, Store, Written

AT = datetime(2026, 11, 1, 4, tzinfo=UTC)


def item(post_id: str, text: str = "澜石的刹车", **changes: Any) -> AnnotatedPost:
    read = changes.pop("read", Annotation(words=("澜石", "刹车")))
    post = Post(id=post_id, platform="weibo", kind=Kind.POST, text=text, published_at=AT, fetched_at=AT)
    return AnnotatedPost(post=replace(post, **changes), annotation=read)


def found(store: Store, text: str) -> list[str]:
    return [one.post.id for one in store.search(parse(text), limit=100).items]


def test_a_record_comes_back_as_it_was_written(store: Store) -> None:
    whole = item(
        "weibo:1",
        "“引号”\n😂 \u0000 第二行",
        author=Author(id="weibo:p-1", name="用户1", followers=None, public=False, name_key="k"),
        published_at=AT + timedelta(microseconds=1),
        engagement=Engagement(likes=3, capped=("likes",)),
        topics=("甲", "乙"),
        media=("image",),
        read=Annotation(
            words=("a",),
            sentiment=Sentiment(label="negative", score=-0.5, confidence=0.5),
            signature=b"\x00\xff" * 64,
        ),
    )
    store.write(Batch([whole]))
    assert store.get(["weibo:1"]) == [whole]
    assert store.search(parse("第二行")) == Page((Hit(whole),))
    assert list(store.scan(parse(""))) == [whole]


def test_counters_change_and_the_post_stays_findable(store: Store) -> None:
    before = item("weibo:1", engagement=Engagement(likes=1))
    later = AT + timedelta(hours=1)
    after = item("weibo:1", engagement=Engagement(likes=9), fetched_at=later)
    assert store.write(Batch([before, item("weibo:2", engagement=Engagement(likes=5))])) == Written(2, 0)
    assert store.write(Batch([after])) == Written(0, 1)
    for text in ("刹车", "石的刹", "车", "澜石 -手机"):
        assert found(store, text) == ["weibo:1", "weibo:2"]
    engaged = store.search(parse("刹车"), sort=Sort.ENGAGED).items
    assert [one.post.id for one in engaged] == ["weibo:1", "weibo:2"]
    assert store.series("weibo:1") == [
        Snapshot(AT, Engagement(likes=1)),
        Snapshot(later, Engagement(likes=9)),
    ]


def test_a_text_that_grew_is_found_by_its_new_words_alone(store: Store) -> None:
    store.write(Batch([item("weibo:1", "客服一直不理人...全文"), item("weibo:2", "别的")]))
    assert found(store, "全文") == ["weibo:1"]
    later = item("weibo:1", "客服一直不理人，已经投诉", fetched_at=AT + timedelta(hours=1))
    assert store.write(Batch([later])) == Written(0, 1)
    assert found(store, "投诉") == ["weibo:1"]
    assert found(store, "全文") == []
    assert store.count(parse("")) == 2


def test_a_changed_author_or_topic_is_found_by_the_new_one_alone(store: Store) -> None:
    store.write(Batch([item("weibo:1", topics=("甲",), author=Author(id="weibo:1", name="旧名"))]))
    later = AT + timedelta(hours=1)
    store.write(
        Batch([item("weibo:1", topics=("乙",), author=Author(id="weibo:1", name="新名"), fetched_at=later)])
    )
    assert [found(store, text) for text in ("#甲#", "author:旧名")] == [[], []]
    assert [found(store, text) for text in ("#乙#", "author:新名", "author:weibo:1")] == [["weibo:1"]] * 3
    assert store.authors(["weibo:1", "weibo:2"]) == {"weibo:1": Author(id="weibo:1", name="新名")}


def test_the_same_again_changes_nothing(store: Store) -> None:
    posts = [item(f"weibo:{number}") for number in range(5)]
    assert store.write(Batch(posts)) == Written(5, 0)
    assert store.write(Batch(posts)) == Written(0, 0)
    seen_again = [replace(one, post=replace(one.post, fetched_at=AT + timedelta(days=1))) for one in posts]
    assert store.write(Batch(seen_again)) == Written(0, 0)
    assert store.get(["weibo:0"]) == seen_again[:1]
    twice = [item("weibo:9", engagement=Engagement(likes=1)), item("weibo:9", engagement=Engagement(likes=2))]
    assert store.write(Batch(twice)) == Written(1, 0)
    assert store.get(["weibo:9"]) == twice[1:]


def test_order_and_pages(store: Store) -> None:
    posts = [item(f"weibo:{n:02}", published_at=AT + timedelta(seconds=n // 4)) for n in range(12)]
    posts.append(item("weibo:never", published_at=None))
    store.write(Batch(posts[::-1]))
    newest = [f"weibo:{n:02}" for n in (8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3)] + ["weibo:never"]
    assert found(store, "刹车") == newest
    pages = [store.search(parse("刹车"), limit=5, offset=offset) for offset in (0, 5, 10, 15)]
    assert [one.post.id for page in pages for one in page.items] == newest
    assert [page.cursor is None for page in pages] == [False, False, True, True]
    assert [one.post.id for one in store.scan(parse("刹车"))] == [f"weibo:{n:02}" for n in range(12)] + [
        "weibo:never"
    ]
    assert store.search(parse("刹车"), limit=0) == Page(())


def test_pages_far_down(store: Store) -> None:
    posts = [item(f"weibo:{n:05}", published_at=AT + timedelta(seconds=n)) for n in range(10_050)]
    for start in range(0, len(posts), 2_000):
        store.write(Batch(posts[start : start + 2_000]))
    far = store.search(parse("刹车"), limit=20, offset=10_000)
    assert [one.post.id for one in far.items] == [f"weibo:{n:05}" for n in range(49, 29, -1)]
    behind = store.search(parse("刹车"), limit=20, after=far.cursor)
    assert [one.post.id for one in behind.items] == [f"weibo:{n:05}" for n in range(29, 9, -1)]
    assert store.search(parse("刹车"), limit=20, offset=20_000) == Page(())
    assert len(store.search(parse("刹车"), limit=10_040).items) == 10_040
    assert store.count(parse("刹车")) == 10_050
    assert sum(1 for _ in store.scan(parse("刹车"))) == 10_050


def test_a_cursor_names_a_place_while_posts_arrive(store: Store) -> None:
    store.write(Batch([item(f"weibo:{n}", published_at=AT + timedelta(minutes=n)) for n in range(4)]))
    first = store.search(parse(""), limit=2)
    assert [one.post.id for one in first.items] == ["weibo:3", "weibo:2"]
    newer = [item(f"weibo:{n}", published_at=AT + timedelta(minutes=n)) for n in range(4, 9)]
    store.write(Batch([*newer, item("weibo:20", published_at=AT + timedelta(seconds=90))]))
    second = store.search(parse(""), limit=2, after=first.cursor)
    assert [one.post.id for one in second.items] == ["weibo:20", "weibo:1"]
    with pytest.raises(UsageError, match="another search"):
        store.search(parse(""), sort=Sort.OLDEST, after=first.cursor)
    with pytest.raises(UsageError, match="no cursor"):
        store.search(parse(""), after="?")


def test_relevance_keeps_its_weights_from_page_to_page(store: Store) -> None:
    store.write(Batch([item(f"weibo:{n}", "澜石" * (n + 1) + "刹车" * (n % 2)) for n in range(8)]))
    first = store.search(parse("澜石 OR 刹车"), sort=Sort.RELEVANT, limit=3)
    whole = store.search(parse("澜石 OR 刹车"), sort=Sort.RELEVANT, limit=100)
    assert [one.post.id for one in whole.items][:3] == ["weibo:1", "weibo:3", "weibo:5"]
    store.write(Batch([item(f"weibo:{n}", "刹车") for n in range(100, 300)]))
    second = store.search(parse("澜石 OR 刹车"), sort=Sort.RELEVANT, limit=500, after=first.cursor)
    left = [one.post.id for one in second.items if int(one.post.id[6:]) < 100]
    assert left == [one.post.id for one in whole.items][3:]


def test_copies_are_folded_with_their_spread(store: Store) -> None:
    def copy(number: int, group: str | None, **changes: Any) -> AnnotatedPost:
        return item(
            f"weibo:{number}",
            published_at=AT + timedelta(days=40 * number),
            author=Author(id=f"weibo:p-{number % 2}"),
            read=Annotation(duplicate_group=group),
            **changes,
        )

    posts = [copy(n, "weibo:0" if n < 5 else None) for n in range(8)]
    store.write(Batch([*posts, copy(8, "weibo:0", text="别的", platform="feed")]))
    query = Query("", parse("刹车").tree, folded=True)
    page = store.search(query, limit=3)
    assert [one.post.id for one in page.items] == ["weibo:7", "weibo:6", "weibo:5"]
    last = store.search(query, limit=3, after=page.cursor)
    spread = Spread(posts=5, authors=2, platforms=("weibo",), first_at=AT, last_at=AT + timedelta(days=160))
    assert last == Page((Hit(posts[4], spread),))
    assert store.search(query, sort=Sort.OLDEST).items[0].post.id == "weibo:0"
    everything = store.search(Query("", EVERYTHING, folded=True)).hits[0]
    assert everything.spread is not None
    assert (everything.item.post.id, everything.spread.platforms) == ("weibo:8", ("feed", "weibo"))
    assert store.count(query) == 8


def test_a_post_whose_time_becomes_known_stays_one(store: Store) -> None:
    store.write(Batch([item("weibo:1", published_at=None, engagement=Engagement(likes=1))]))
    assert store.count(parse("after:2000-01-01")) == 0
    for days in (0, 40, 80):
        at = AT + timedelta(days=days)
        later = item("weibo:1", published_at=at, fetched_at=at, engagement=Engagement(likes=days))
        assert store.write(Batch([later])) == Written(0, 1)
        assert found(store, "刹车") == ["weibo:1"]
        assert store.get(["weibo:1"]) == [later]
    assert [one.engagement.likes for one in store.series("weibo:1")] == [0, 40, 80]
    assert [bucket.start for bucket in store.histogram(parse(""))] == ["2027-01-20"]


def test_what_is_erased_is_gone_and_its_author_with_the_last_post(store: Store) -> None:
    def by(number: int, author: int) -> AnnotatedPost:
        return item(f"weibo:{number}", author=Author(id=f"weibo:p-{author}", name="某人"))

    store.write(Batch([by(1, 1), by(2, 1), by(3, 2)]))
    accounts = ["weibo:p-1", "weibo:p-2"]
    assert store.erase(["weibo:1", "weibo:1", "weibo:3", "weibo:nothing"]) == 2
    assert found(store, "") == ["weibo:2"]
    assert store.get(["weibo:1", "weibo:3"]) == []
    assert store.series("weibo:1") == []
    assert list(store.authors(accounts)) == ["weibo:p-1"]
    assert store.erase(["weibo:2"]) == 1
    assert store.authors(accounts) == {}
    assert store.write(Batch([by(1, 1)])) == Written(1, 0)


def test_summaries_name_the_most_frequent_of_many(store: Store) -> None:
    posts = [
        item(
            f"weibo:{n}",
            published_at=AT + timedelta(days=30 * (n % 4)),
            topics=(f"t{n:04}", f"common{n % 3}", *(["late"] if n > 995 else [])),
            author=Author(id=f"weibo:p-{n % 700}"),
            engagement=Engagement(likes=n),
        )
        for n in range(1_000)
    ]
    store.write(Batch(posts))
    read = store.summary(parse("刹车"), ["topic", "verified"], limit=5)
    assert (read.posts, read.authors) == (1_000, 700)
    top = [("common0", 334), ("common1", 333), ("common2", 333), ("late", 4), ("t0000", 1)]
    assert [(one.value, one.count) for one in read.values["topic"]] == top
    assert read.values["verified"] == ()
    likes = read.counters["likes"]
    assert (likes.n, likes.sum, likes.p50, likes.p90, likes.p99, likes.max) == (
        1_000,
        499_500,
        499,
        899,
        989,
        999,
    )
    assert store.tally(parse("刹车"), "topic", ["late", "t0007", "none"]) == {
        "late": 4,
        "t0007": 1,
        "none": 0,
    }


def test_histograms(store: Store) -> None:
    good = Annotation(sentiment=Sentiment(label="positive", score=1.0, confidence=1.0))
    posts = [
        item("a", published_at=datetime(2026, 10, 31, 15, 59, 59, 999_999, tzinfo=UTC), read=good),
        item("b", published_at=datetime(2026, 10, 31, 16, tzinfo=UTC), read=good),
        item("c", published_at=datetime(2026, 11, 1, 15, tzinfo=UTC), platform="feed"),
        item("d", published_at=None),
    ]
    store.write(Batch(posts))
    everything = parse("")
    assert store.histogram(everything) == [Bucket("2026-10-31", None, 1), Bucket("2026-11-01", None, 2)]
    assert store.histogram(everything, by="sentiment") == [
        Bucket("2026-10-31", "positive", 1),
        Bucket("2026-11-01", "positive", 1),
        Bucket("2026-11-01", None, 1),
    ]
    assert store.histogram(parse("platform:feed"), by="platform", zone="UTC") == [
        Bucket("2026-11-01", "feed", 1)
    ]
    with pytest.raises(UsageError, match="platform, kind"):
        store.histogram(everything, by="colour")
    with pytest.raises(UsageError, match="Asia/Shanghai"):
        store.histogram(everything, zone="Mars/Olympus")


def test_runs_coverage_hot_lists_and_marks(store: Store) -> None:
    runs = [
        Run(id=f"r{n}", source="weibo", asked={"q": "澜石"}, started_at=AT + timedelta(hours=n))
        for n in range(3)
    ]
    coverage = [Coverage(source="weibo", slice=name, expected=None, got=1, run_id="r1") for name in "乙甲"]
    hot = [
        HotEntry(platform="weibo", title=f"t{n}", at=AT + timedelta(hours=n // 2), rank=2 - n % 2)
        for n in range(4)
    ]
    store.write(
        Batch([], mark=Mark("r1", 10), runs=runs, coverage=coverage, hot=hot, authors=[Author(id="weibo:7")])
    )
    ended = replace(runs[0], outcome="finished", ended_at=AT)
    store.write(Batch([], mark=Mark("r1", 20), runs=[ended]))
    assert store.marks() == {"r1": 20}
    assert store.runs() == [runs[2], runs[1], ended]
    assert [one.slice for one in store.coverage("r1")] == ["乙", "甲"]
    assert store.coverage("r2") == []
    assert [one.title for one in store.hot()] == ["t1", "t0", "t3", "t2"]
    assert [one.title for one in store.hot(since=AT + timedelta(hours=1))] == ["t3", "t2"]
    assert [one.title for one in store.hot(until=AT + timedelta(hours=1))] == ["t1", "t0"]
    assert store.authors(["weibo:7"]) == {"weibo:7": Author(id="weibo:7")}
    store.clear()
    assert (store.marks(), store.runs(), store.hot(), store.count(parse(""))) == ({}, [], [], 0)


def test_duplicate_groups_keep_the_signature_they_began_with(store: Store) -> None:
    def read(signature: bytes | None, group: str | None) -> Annotation:
        return Annotation(signature=signature, duplicate_group=group)

    first = item("weibo:1", read=read(b"s" * 128, "weibo:1"))
    member = item("weibo:2", read=read(b"t" * 128, "weibo:1"))
    store.write(Batch([first, member, item("weibo:3", read=read(None, None))]))
    later = item("weibo:1", "别的", fetched_at=AT + timedelta(hours=1), read=read(b"u" * 128, "weibo:1"))
    assert store.write(Batch([later, item("weibo:4", read=read(b"v" * 128, "weibo:4"))])) == Written(1, 1)
    assert sorted(store.founders()) == [("weibo:1", b"s" * 128), ("weibo:4", b"v" * 128)]


def test_cascades(store: Store) -> None:
    later = AT + timedelta(hours=1)
    posts = [
        item("weibo:root"),
        item("weibo:b", root_id="weibo:root", published_at=later),
        item("weibo:a", root_id="weibo:root", published_at=later),
        item("bbs:2", thread_id="bbs:1"),
        item("weibo:other", root_id="weibo:else"),
    ]
    store.write(Batch(posts))
    reposts = sorted(["weibo:a", "weibo:b"], key=tie)
    assert [one.post.id for one in store.cascade("weibo:root")] == ["weibo:root", *reposts]
    assert [one.post.id for one in store.cascade("bbs:1")] == ["bbs:2"]
    assert store.cascade("nobody") == []


@pytest.mark.parametrize(
    "text", ["", "a" * 40_000, "\n".join("澜石" for _ in range(20_000)), "\u200b", "。。。"]
)
def test_texts_of_any_size_are_stored(store: Store, text: str) -> None:
    store.write(Batch([item("weibo:1", text, topics=("话题" * 20_000,), author=Author(name="名" * 20_000))]))
    assert store.get(["weibo:1"])[0].post.text == text
    assert store.count(parse("")) == 1


def test_ids_of_any_length_are_kept_apart(store: Store) -> None:
    ids = [f"file:{'长' * 400}{n}" for n in range(2)] + ["file: x/y?z#", "file:\x1f"]
    assert store.write(Batch([item(post_id) for post_id in ids])) == Written(4, 0)
    assert store.write(Batch([item(post_id) for post_id in ids])) == Written(0, 0)
    assert [one.post.id for one in store.get(ids)] == ids
    assert found(store, "刹车") == sorted(ids, key=tie)


def test_queries_at_the_bounds_of_the_language(store: Store) -> None:
    store.write(Batch([item("weibo:1", "词499 词7 甲乙丙"), item("weibo:2", "别的")]))
    assert found(store, " OR ".join(f"词{n}" for n in range(1_000))) == ["weibo:1"]
    assert found(store, " ".join(f"-词{n}" for n in range(1_000))) == ["weibo:2"]
    ranked = store.search(parse(" OR ".join(f"词{n}" for n in range(1_000))), sort=Sort.RELEVANT)
    assert [one.post.id for one in ranked.items] == ["weibo:1"]
    assert found(store, f"{'甲 (乙 OR ' * 10}丙{')' * 10}") == ["weibo:1"]
    assert found(store, f"{'platform:weibo (kind:reply OR ' * 10}丙{')' * 10}") == ["weibo:1"]
    assert found(store, f"{'NOT (别的 ' * 9}platform:weibo{')' * 9}") == ["weibo:1"]
    assert found(store, " OR ".join(f"平台:p{n}" for n in range(600)) + " OR 丙") == ["weibo:1"]
    assert found(store, " ".join(f"-作者:a{n}" for n in range(600)) + " 丙") == ["weibo:1"]
    assert found(store, "澜" * 8_000) == []


def test_times_that_cannot_be_true_count_as_unknown(store: Store) -> None:
    posts = [
        item("a", published_at=datetime(1, 1, 1, tzinfo=UTC)),
        item("b", published_at=datetime(9999, 12, 31, 23, tzinfo=UTC)),
    ]
    store.write(Batch([*posts, item("c")]))
    timeless = sorted(["a", "b"], key=tie)
    assert found(store, "") == ["c", *timeless]
    assert found(store, "NOT before:2199-01-01") == timeless
    assert store.histogram(parse("")) == [Bucket("2026-11-01", None, 1)]


@pytest.mark.parametrize(
    "part",
    [
        'say "hi"',
        '"',
        "'x'",
        "a*b",
        "^c",
        "{d}",
        "AND",
        "(e)",
        "lit:f",
        "\\g",
        "%_",
        "~h~",
        "!",
        "'",
        'a"*"b',
    ],
)
def test_nothing_in_a_phrase_is_syntax_to_the_engines(store: Store, part: str) -> None:
    store.write(
        Batch([item("weibo:1", f"前{part}后"), item("weibo:2", "say hi x a b c d e f g h lit and 前后")])
    )
    assert found(store, f"「前{part}后」") == ["weibo:1"]
    assert found(store, f"「{part}」 -前后") == ["weibo:1"]
