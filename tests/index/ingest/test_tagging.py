"""Tags follow the project's rules: at ingest, by back-fill, and through everything seen again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from core.errors import QueryError
from core.home import Home
from core.models import AnnotatedPost
from core.project import EMPTY, Project, TagRule, Title
from index.ingest.ingesting import ingest
from index.ingest.tagging import Applied, Tagger, apply_tags, tag_states, with_tags
from index.query import Equals, Query
from index.reference import ReferenceStore
from index.store import Batch, Page
from index.store.merge import merge
from tests.index.landed import land
from tests.index.samples import sample
from tests.mining.stores import stored


def project(**rules: str) -> Project:
    title = Title(zh="标签", en="tag")
    tags = tuple(TagRule(id=name, title=title, query=query) for name, query in rules.items())
    return replace(EMPTY, tags=tags)


def borne(store: ReferenceStore, tag: str) -> set[str]:
    return {item.post.id for item in store.scan(Query("", Equals("tag", tag)))}


POSTS = [
    sample(0, "刹车有异响"),
    sample(1, "颜色好看"),
    sample(3, "刹车灵敏，颜色好看"),
    sample(4, "客服很慢"),
]


@pytest.mark.parametrize(
    ("rules", "tags"),
    [
        ({"brakes": "刹车"}, [("brakes",), (), ("brakes",), ()]),
        ({"z": "刹车", "a": "颜色"}, [("z",), ("a",), ("a", "z"), ()]),
        ({"bad": "sentiment:negative -刹车"}, [(), ("bad",), (), ("bad",)]),
        ({}, [(), (), (), ()]),
    ],
)
def test_rules_say_what_a_post_bears(rules: dict[str, str], tags: list[tuple[str, ...]]) -> None:
    tagger = Tagger(project(**rules))
    assert [tagger.tagged(item).annotation.tags for item in POSTS] == tags


def test_a_rule_that_cannot_be_read_is_told() -> None:
    with pytest.raises(QueryError):
        Tagger(project(bad="("))


def test_a_back_fill_adds_what_lacks_and_takes_what_is_too_much() -> None:
    store = stored(
        [with_tags(POSTS[0], ["colour"]), POSTS[1], with_tags(POSTS[2], ["colour", "old"]), POSTS[3]]
    )
    rules = project(colour="颜色", service="客服")
    before = {state.tag: (state.tagged, state.to_add, state.to_remove) for state in tag_states(store, rules)}
    assert before == {"colour": (2, 1, 1), "service": (0, 1, 0), "old": (1, 0, 1)}
    assert apply_tags(store, rules) == Applied(added=2, removed=2)
    assert borne(store, "colour") == {"weibo:1", "weibo:3"}
    assert borne(store, "service") == {"weibo:4"}
    assert borne(store, "old") == set()
    assert all(state.to_add == state.to_remove == 0 for state in tag_states(store, rules))
    assert apply_tags(store, rules) == Applied(added=0, removed=0)


def test_one_tag_may_be_applied_alone() -> None:
    store = stored(POSTS)
    apply_tags(store, project(colour="颜色", service="客服"), ["service"])
    assert (borne(store, "colour"), borne(store, "service")) == (set(), {"weibo:4"})


class _Stopped(Exception):
    pass


def test_a_stopped_back_fill_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.ingest.tagging._BATCH", 3)
    store = stored([sample(number) for number in range(20)])
    done: list[int] = []

    def stop(posts: int) -> None:
        done.append(posts)
        if posts == 6:
            raise _Stopped

    rules = project(brakes="刹车")
    with pytest.raises(_Stopped):
        apply_tags(store, rules, progress=stop)
    assert len(borne(store, "brakes")) == 6
    assert apply_tags(store, rules, progress=done.append) == Applied(added=14, removed=0)
    assert done == [3, 6, 3, 6, 9, 12, 14]


def test_posts_that_arrive_meanwhile_are_not_lost() -> None:
    class Busy(ReferenceStore):
        def search(self, query: Query, **options: object) -> Page:  # type: ignore[override]
            page = super().search(query, **options)  # type: ignore[arg-type]
            if sample(30).post.id not in self.posts:
                self.write(Batch(posts=[sample(30)]))
            return page

    store = Busy()
    store.write(Batch(posts=POSTS))
    rules = project(brakes="刹车")
    apply_tags(store, rules)
    assert borne(store, "brakes") >= {"weibo:0", "weibo:3"}
    apply_tags(store, rules)
    assert "weibo:30" in borne(store, "brakes")


def seen_again(item: AnnotatedPost) -> AnnotatedPost:
    fetched = item.post.fetched_at
    assert fetched is not None
    return structs.replace(
        item, post=structs.replace(item.post, fetched_at=fetched.replace(year=fetched.year + 1))
    )


@pytest.mark.parametrize(
    ("before", "again", "tags"),
    [
        (("a",), None, ("a",)),  # whoever read it anew did not ask the rules
        (("a",), (), ()),
        (("a",), ("b",), ("b",)),
        ((), None, ()),
        (None, ("b",), ("b",)),
    ],
)
def test_a_post_seen_again_keeps_its_tags_unless_the_rules_say_otherwise(
    before: tuple[str, ...] | None, again: tuple[str, ...] | None, tags: tuple[str, ...]
) -> None:
    old = POSTS[0] if before is None else with_tags(POSTS[0], before)
    new = seen_again(POSTS[0] if again is None else with_tags(POSTS[0], again))
    merged = merge(old, new)
    assert merged.annotation.tags == tags
    assert merge(merged, new) == merged


def test_ingest_tags_new_posts_and_an_ingest_without_rules_keeps_them(tmp_path: Path) -> None:
    home, store = Home(tmp_path), ReferenceStore()
    land(home, runs=1, posts=30)
    ingest(home, store, project(brakes="刹车"), workers=0)
    tagged = borne(store, "brakes")
    assert tagged == {key for key, item in store.posts.items() if "刹车" in item.post.text} != set()
    store.read.clear()  # everything is read again
    ingest(home, store, EMPTY, workers=0)
    assert borne(store, "brakes") == tagged
    store.read.clear()
    ingest(home, store, project(brakes="没有这样的话"), workers=0)
    assert borne(store, "brakes") == set()
