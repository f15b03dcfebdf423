"""What is kept of the reposts that lists show, and which branches that makes thin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from core.home import Home
from core.models import Engagement, Kind, Post
from crawlers.sources.weibo.cascade import Repost, thin
from crawlers.sources.weibo.parse import Status
from crawlers.sources.weibo.walks.reposts import RepostWalk
from crawlers.state.crawls import open_frontier
from crawlers.state.engine import open_state
from crawlers.state.frontier import Frontier
from crawlers.state.sealing import Sealer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAME = "reposts:1"


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    with open_state(Home(tmp_path)) as state:
        yield open_frontier(state, Sealer(b"k" * 32), "weibo", ["posts=1"], now=NOW)


def walk(frontier: Frontier) -> RepostWalk:
    """A walk that keeps its notes in a frontier, as a spider's does."""

    def note(group: str, values: Mapping[str, bytes]) -> set[str]:
        return frontier.seen.note(group, values, task=1)

    def new(group: str, keys: Iterable[str]) -> set[str]:
        return frontier.seen.first(group, keys, task=1)

    spider: Any = SimpleNamespace(note=note, new=new)
    return RepostWalk(spider)


def shown(*rows: tuple[int, int | None, int]) -> list[Status]:
    """A list of reposts: each with its parent, where the list names it, and its own number of reposts."""
    return [
        Status(
            post=Post(
                id=f"weibo:{mid}", platform="weibo", kind=Kind.REPOST, text="转", root_id="weibo:1",
                parent_id=f"weibo:{parent}" if parent else None, engagement=Engagement(reposts=reposts),
            )
        )
        for mid, parent, reposts in rows
    ]  # fmt: skip


def kept(frontier: Frontier) -> list[Repost]:
    return [msgspec.json.decode(note, type=Repost) for note in frontier.seen.notes(NAME)]


WHOLE = [(2, None, 2), (3, 2, 1), (4, 3, 0)]  # 1 → 2 → 3 → 4; the number of 2 counts all below it
LATER = [
    ("a list that hides parents", [(3, None, 1), (4, None, 0)], []),
    ("a list that names them", [(3, 2, 1), (4, 3, 0)], []),
    ("one of which more are told by now", [(3, 2, 3)], ["3"]),
    ("a new one without a parent", [(5, None, 2)], ["5"]),
]


@pytest.mark.parametrize(("rows", "branches"), [row[1:] for row in LATER], ids=[row[0] for row in LATER])
def test_a_later_list_undoes_no_parent_that_is_known(
    frontier: Frontier, rows: list[tuple[int, int | None, int]], branches: list[str]
) -> None:
    reposts = walk(frontier)
    assert reposts._note(NAME, shown(*WHOLE)) == 3
    assert thin("1", kept(frontier)) == []
    known = {row[0] for row in WHOLE}
    assert reposts._note(NAME, shown(*rows)) == sum(row[0] not in known for row in rows)
    assert thin("1", kept(frontier)) == branches


def test_branches_thinner_than_they_say_are_to_be_asked_for() -> None:
    seen = [
        Repost(mid="5", parent=None, reposts=0),
        Repost(mid="2", parent=None, reposts=3),  # says three, shows one child and one grandchild
        Repost(mid="3", parent="2", reposts=1),
        Repost(mid="4", parent="3", reposts=None),
    ]
    assert thin("1", seen) == ["2"]
    assert thin("1", [*seen, Repost(mid="6", parent="4", reposts=0)]) == []
