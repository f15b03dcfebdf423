"""A thread that was read before is read on from where it was left: all that came since, with fewer requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.ids import post_id
from core.models import Author, Kind, Post
from replica.server import Replica
from replica.world.model import Board, Forum, Removal, Thread, World
from tests.crawlers.forums.stand_in import Crawled, run

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
TID = 900_101
ONE_AT_A_TIME = {"CONCURRENT_REQUESTS": "1", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A forum: what is asked of it, its floors a page, and which addresses show floors."""

    host: str
    board: Board
    asked: dict[str, str]
    a_page: int
    floors: str
    least: int = 1  # requests that a thread takes at least, whatever came

    def requests(self, replica: Replica) -> int:
        return sum(bool(re.search(self.floors, entry.path)) for entry in replica.log)


CARS = Board(number=9, name="用车交流", slug="cars")
CASES = {
    "discuz": Case(
        host="bbs.example", board=CARS, a_page=10, floors=r"/thread-|viewthread|/forum\.php",
        asked={"url": "https://bbs.example", "threads": f"https://bbs.example/thread-{TID}-1-1.html"},
    ),
    "discourse": Case(
        host="forum.example", board=CARS, a_page=20, floors=r"^/t/",
        asked={"url": "https://forum.example", "topics": str(TID)},
    ),
    "tieba": Case(
        host="tieba.baidu.com", board=Board(number=27_900_001, name="澜石", slug="lanstone"), a_page=30,
        floors=r"^/p/\d", asked={"threads": str(TID), "comments": "no"},
    ),
    "v2ex": Case(
        host="www.v2ex.com", board=Board(number=790, name="车友", slug="cheyou"), a_page=100,
        floors=r"/api/replies", asked={"topics": str(TID)},
    ),
    "douban": Case(
        host="www.douban.com", board=Board(number=900_102, name="第一次买车", slug="900102"), a_page=100,
        floors=r"/group/topic/", asked={"topics": str(TID)},
    ),
}  # fmt: skip


WENT_AT = 250.5  # hours


def thread(source: str, floors: int, removed: range = range(0)) -> World:
    """One thread with a floor an hour; the `removed` floors went at `WENT_AT`."""
    case = CASES[source]
    key = (source, case.host) if source in ("discuz", "discourse") else (source,)
    opens = f"t{TID}" if source in ("v2ex", "douban") else 50_001
    reply = {"v2ex": "r", "douban": "c"}.get(source, "")
    ids = [post_id(*key, opens), *(post_id(*key, f"{reply}{50_001 + floor}") for floor in range(1, floors))]
    thread_id = ids[0] if source in ("v2ex", "douban") else post_id(*key, f"t{TID}")
    posts = [
        Post(
            id=mine,
            platform=source,
            kind=Kind.REPLY if at else Kind.THREAD,
            text=f"第{at}个回答" if at else "主题：澜石的刹车\n正文在此",
            author=Author(id=post_id(*key, 7000 + at % 50), name=f"会员{at % 50}"),
            published_at=START + at * HOUR,
            thread_id=thread_id,
            root_id=ids[0] if at or source in ("v2ex", "douban") else None,
            parent_id=ids[0] if at else None,
            parent_confidence=1.0 if at else None,
            floor=at if source == "v2ex" else at + 1,
        )
        for at, mine in enumerate(ids)
    ]
    placed = Thread(
        id=thread_id, host=case.host, number=TID, board=case.board.number, title="主题：澜石的刹车",
        post_ids=tuple(ids),
    )  # fmt: skip
    forum = Forum(host=case.host, platform=source, title=case.host, boards=(case.board,))
    gone = {ids[at]: Removal(at=START + WENT_AT * HOUR) for at in removed}
    now = START + floors * HOUR
    return World(now=now, posts=posts, forums=(forum,), threads={thread_id: placed}, removals=gone)


class Twice:
    """The same crawl, `--since last`, at two hours of a thread's life."""

    def __init__(self, source: str, folder: Path, world: World) -> None:
        self.source, self.folder, self.world = source, folder, world
        self.now = START

    def crawl(self, at: float) -> tuple[Crawled, int]:
        """What it brought, in all, and how many requests for floors it took."""
        self.now = START + at * HOUR
        with Replica(self.world, clock=lambda: self.now) as replica:
            crawled = run(
                self.source, {**CASES[self.source].asked, "since": "last"}, folder=self.folder,
                proxy=replica.proxy, now=self.now.isoformat(), **ONE_AT_A_TIME,
            )  # fmt: skip
            assert crawled.report.run.outcome == "finished"
            return crawled, CASES[self.source].requests(replica)

    def until(self, at: float) -> set[str]:
        return {post.id for post in self.world.posts if post.published_at <= START + at * HOUR}


@pytest.mark.parametrize("source", CASES)
def test_floors_that_came_later_are_all_found_from_where_the_thread_was_left(
    source: str, tmp_path: Path
) -> None:
    twice = Twice(source, tmp_path, thread(source, 300))
    first, whole = twice.crawl(250.2)
    assert first.posts.keys() == twice.until(250.2)
    second, requests = twice.crawl(254.2)
    assert second.posts.keys() == twice.until(254.2)
    assert requests <= (2 if CASES[source].a_page == 10 else 1) < whole
    third, requests = twice.crawl(299.2)
    assert third.posts.keys() == twice.until(299.2)
    assert requests <= 45 // CASES[source].a_page + 2
    parents = {post.id: post.root_id for post in third.posts.values() if post.kind is Kind.REPLY}
    root = next(post.id for post in twice.world.posts)
    assert set(parents.values()) == {root}, "of later pages, too, whose first page was not read again"


@pytest.mark.parametrize("source", CASES)
def test_floors_that_moved_to_earlier_pages_are_found_as_well(source: str, tmp_path: Path) -> None:
    twice = Twice(source, tmp_path, thread(source, 300, removed=range(100, 205)))
    twice.crawl(250.2)
    second, _ = twice.crawl(260.2)
    assert twice.until(260.2) <= second.posts.keys()


@pytest.mark.parametrize("source", CASES)
def test_a_thread_that_was_taken_away_is_marked_by_its_first_floor(source: str, tmp_path: Path) -> None:
    twice = Twice(source, tmp_path, thread(source, 260, removed=range(1)))
    first, _ = twice.crawl(250.2)
    assert first.gone == ()
    second, _ = twice.crawl(255.2)
    (mark,) = second.gone
    assert (mark.id, mark.reason) == (twice.world.posts[0].id, "missing")
