"""What becomes of a post that is seen again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.models import AnnotatedPost, Annotation, Author, Engagement, Kind, Post
from index.store.merge import changed, merge
from tests.index.made import items

AT = datetime(2026, 11, 1, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def seen(at: datetime | None = AT, *, read: str = "", **fields: Any) -> AnnotatedPost:
    values: dict[str, Any] = {"id": "weibo:1", "platform": "weibo", "kind": Kind.POST, "text": "全文在此"}
    post = Post(**(values | fields), fetched_at=at)
    return AnnotatedPost(post=post, annotation=Annotation(words=(read or post.text,)))


@pytest.mark.parametrize(
    ("earlier", "later", "kept"),
    [
        ({"region": "北京"}, {"region": "上海"}, {"region": "上海"}),
        ({"region": "北京"}, {"region": None}, {"region": "北京"}),
        (
            {"client": "甲", "region": None},
            {"client": None, "region": "乙"},
            {"client": "甲", "region": "乙"},
        ),
        # the whole text, whenever it was seen
        ({"text": "一二三四五"}, {"text": "一二三...全文"}, {"text": "一二三四五"}),
        ({"text": "一二三…"}, {"text": "一二三四五"}, {"text": "一二三四五"}),
        ({"text": "一二三四五六"}, {"text": "一二三四五...全文"}, {"text": "一二三四五六"}),
        ({"text": "一二三"}, {"text": "改过的话"}, {"text": "改过的话"}),
        ({"text": "长长的旧话"}, {"text": "新话"}, {"text": "新话"}),
        # topics come with the text they stand in
        (
            {"text": "#甲#一二三四", "topics": ("甲",)},
            {"text": "#甲#一二…全文", "topics": ()},
            {"topics": ("甲",), "text": "#甲#一二三四"},
        ),
        # the parent that is surer
        (
            {"parent_id": "a", "parent_confidence": 1.0},
            {"parent_id": "b", "parent_confidence": 0.5},
            {"parent_id": "a", "parent_confidence": 1.0},
        ),
        (
            {"parent_id": "a", "parent_confidence": 0.5},
            {"parent_id": "b", "parent_confidence": 0.5},
            {"parent_id": "b", "parent_confidence": 0.5},
        ),
        ({"parent_id": "a"}, {"parent_id": None}, {"parent_id": "a"}),
        # an edit replaces the text, be it cut
        (
            {"text": "一二三四五六", "edited_at": None},
            {"text": "一二三四", "edited_at": LATER, "edits": 1},
            {"text": "一二三四", "edited_at": LATER, "edits": 1},
        ),
        # gone after it was seen; seen again after that
        ({}, {"gone": "author", "gone_at": LATER}, {"gone": "author", "gone_at": LATER}),
        ({"gone": "author", "gone_at": LATER}, {}, {"gone": "author", "gone_at": LATER}),
        ({"gone": "author", "gone_at": AT}, {}, {"gone": None, "gone_at": None}),
        (
            {"gone": "complaint", "gone_at": LATER},
            {"gone": "missing", "gone_at": LATER},
            {"gone": "complaint"},
        ),
        # counters one by one, each with its own cap
        (
            {"engagement": Engagement(likes=5, views=1_000_000, capped=("views",))},
            {"engagement": Engagement(likes=7, reposts=1)},
            {"engagement": Engagement(reposts=1, likes=7, views=1_000_000, capped=("views",))},
        ),
        (
            {"engagement": Engagement(likes=9, capped=("likes",))},
            {"engagement": Engagement(likes=3)},
            {"engagement": Engagement(likes=3)},
        ),
        (
            {"author": Author(id="a", name="旧", followers=5)},
            {"author": Author(id="a", name="新")},
            {"author": Author(id="a", name="新", followers=5)},
        ),
        (
            {"author": Author(id="a", followers=5)},
            {"author": Author(id="b", name="新")},
            {"author": Author(id="b", name="新")},
        ),
        # who has an id is not mixed with who has none
        (
            {"author": Author(id="a", name="旧")},
            {"author": Author(name="新")},
            {"author": Author(id="a", name="旧")},
        ),
        (
            {"author": Author(name="新", followers=5)},
            {"author": Author(name="新")},
            {"author": Author(name="新", followers=5)},
        ),
        ({"author": Author(name="旧")}, {"author": Author(id="a")}, {"author": Author(id="a")}),
    ],
)
def test_rules(earlier: dict[str, Any], later: dict[str, Any], kept: dict[str, Any]) -> None:
    first, second = seen(AT, **earlier), seen(LATER, **later)
    for merged in (merge(first, second), merge(second, first)):  # in whichever order they come
        assert {name: getattr(merged.post, name) for name in kept} == kept
        assert merged.post.fetched_at == LATER


def test_what_was_read_belongs_to_the_text_that_stays() -> None:
    whole, cut = seen(AT, text="一二三四五", read="whole"), seen(LATER, text="一二三...全文", read="cut")
    assert merge(whole, cut).annotation.words == ("whole",)
    assert merge(cut, whole).annotation.words == ("whole",)


def test_of_one_text_the_later_reading_stays_in_the_old_group() -> None:
    old = replace(seen(read="old"), annotation=Annotation(words=("old",), duplicate_group="weibo:0"))
    new = replace(seen(read="new"), annotation=Annotation(words=("new",), duplicate_group="weibo:1"))
    assert merge(old, new).annotation == Annotation(words=("new",), duplicate_group="weibo:0")


def test_a_record_without_a_time_is_the_older() -> None:
    assert merge(seen(AT, region="甲"), seen(None, region="乙")).post.region == "甲"
    assert merge(seen(None, region="甲"), seen(None, region="乙")).post.region == "乙"


def test_being_seen_again_is_no_change() -> None:
    before = seen(AT, run_id="r1", parser_version="1")
    again = merge(before, seen(LATER, run_id="r2", parser_version="2"))
    assert again.post.run_id == "r2"
    assert not changed(before, again)
    assert changed(before, merge(before, seen(LATER, region="甲")))


_one = items("p:1")


@given(_one, _one)
def test_merging_again_changes_nothing(old: AnnotatedPost, new: AnnotatedPost) -> None:
    once = merge(old, new)
    assert merge(once, new) == once
    assert merge(old, old) == old
    assert merge(merge(once, old), new) == merge(once, new) or old.post.fetched_at == new.post.fetched_at


@given(st.lists(st.tuples(_one, st.booleans()), min_size=1, max_size=4), _one)
def test_reading_a_batch_again_changes_nothing(
    batch: list[tuple[AnnotatedPost, bool]], stored: AnnotatedPost
) -> None:
    """Sightings of a post of one account, whose text is seen whole or cut, and read in one way each time."""

    def sighting(item: AnnotatedPost, whole: bool) -> AnnotatedPost:
        text, author = "一二三四五六" if whole else "一二三...全文", item.post.author
        if author is not None and author.id is not None:
            author = replace(author, id="weibo:p-01")
        post = replace(item.post, text=text, author=author)
        return AnnotatedPost(post=post, annotation=Annotation(words=(text,)))

    def after(start: AnnotatedPost) -> AnnotatedPost:
        for item in batch:
            start = merge(start, sighting(*item))
        return start

    once = after(sighting(stored, True))
    assert after(once) == once
