"""What the weibo spider collects from a replica over HTTP, held against the world's truth."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.errors import TingfengError
from core.home import Home
from core.ids import mid_at
from core.models import Author, Gone, Kind, Post
from index.ingest.ingesting import ingest
from index.query import parse
from index.sqlite import SqliteStore
from replica.sites.weibo_containers import supertopic
from replica.world.model import Account, Edit, Removal, World
from tests.crawlers.crawling import run
from tests.sites import MAKER, NOW, STAR, serve, small_world

WORLD = small_world()
WEIBO = [post for post in WORLD.posts if post.platform == "weibo"]
ROOT = next(post for post in WEIBO if post.kind is Kind.POST and post.author == MAKER)
MID = ROOT.id.removeprefix("weibo:")
REPOSTS = {post.id: post for post in WEIBO if post.kind is Kind.REPOST}
COMMENTS = {post.id: post for post in WEIBO if post.kind is Kind.COMMENT}
TARTS = {post.id: post for post in WEIBO if "蛋挞" in post.text}
STARS = {post.id: post for post in WEIBO if post.author == STAR}


def test_a_post_with_all_that_hangs_on_it(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": MID, "depth": "comments,reposts,longtext"})
    posts = got.posts
    assert posts.keys() == {ROOT.id, *REPOSTS, *COMMENTS}
    assert got.report.run.outcome == "finished"
    for post in REPOSTS.values():
        assert posts[post.id].root_id == ROOT.id
        assert posts[post.id].published_at == post.published_at
        named = post.parent_id if post.parent_id != ROOT.id else None
        assert posts[post.id].parent_id == named, "the site names the parent where it is not the root"
    wrong = [c for c in COMMENTS.values() if posts[c.id].parent_id != c.parent_id]
    assert len(wrong) <= len(COMMENTS) * 0.05, [c.text for c in wrong]
    root = posts[ROOT.id]
    assert (root.engagement.comments, root.engagement.capped) == (1_000_000, ("comments",))
    assert root.author is not None
    assert (root.author.public, root.author.name) == (True, MAKER.name)
    assert root.media == ROOT.media
    assert root.region == ROOT.region
    reposts = got.coverage("reposts:")
    assert (reposts.expected, reposts.got, reposts.because) == (len(REPOSTS), len(REPOSTS), None)
    assert got.coverage("comments:").got == len(COMMENTS)


def test_nobody_ordinary_is_named_in_the_landing(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": MID, "depth": "reposts,comments", "users": "9900000003"})
    raw = b"".join(repr(record).encode() for record in got.records)
    for post in WEIBO:
        if post.author and (post.author.followers or 0) < 100_000 and post.author.verified_type is None:
            assert (post.author.name or "?").encode() not in raw
            assert (post.author.id or "?").removeprefix("weibo:").encode() not in raw
    address = f"https://weibo.com/9900000801/{MID}"
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": address})
    assert got.coverage("post:").got == 1
    assert "9900000801" not in repr(got.records), "nor is the account in an address that was asked for"
    assert b"9900000003" not in raw, "the account that was asked for is a pseudonym in the run and its slices"


def test_the_hot_list(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"hot": True}, login=False)
        assert {entry.identity for entry in replica.log} == {"none"}, "no cookie is needed, none is sent"
    assert [(e.rank, e.title, e.label) for e in got.hot] == [
        (1, "青禾E5交付", "沸"),
        (2, "下雪了", None),
        (3, "省考", "新"),
    ]
    assert got.coverage("hot").got == 3


def test_a_long_text_is_made_whole(tmp_path: Path) -> None:
    long = max(STARS.values(), key=lambda post: len(post.text))
    with serve() as replica:
        got = run(replica, tmp_path, {"users": "9900000002"})
    assert got.posts[long.id].text == long.text
    assert got.posts[long.id].media == long.media


def test_a_long_text_that_cannot_be_had_leaves_the_cut_one(tmp_path: Path) -> None:
    long = max(STARS.values(), key=lambda post: len(post.text))
    with serve() as replica:
        replica.faults.on("long_text_fails")
        got = run(replica, tmp_path, {"users": "9900000002"})
    assert long.text.startswith(got.posts[long.id].text[:100])
    assert len(got.posts[long.id].text) < len(long.text)
    assert got.coverage("longtext").because == "not_shown"


@pytest.mark.parametrize("fault", [None, "string_card_type", "pinned_first", "pics_as_object"])
def test_a_timeline_to_its_end(tmp_path: Path, fault: str | None) -> None:
    with serve() as replica:
        if fault:
            replica.faults.on(fault)
        got = run(replica, tmp_path, {"users": "9900000002", "depth": "profile"})
    assert got.posts.keys() == STARS.keys()
    assert got.coverage("profile:").got == 1
    assert got.coverage("timeline:").because is None


def test_a_timeline_since_a_day(tmp_path: Path) -> None:
    since = NOW.replace(year=2025, month=12)
    with serve() as replica:
        replica.faults.on("pinned_first")
        got = run(replica, tmp_path, {"users": "9900000002", "since": since.isoformat()})
    assert got.posts.keys() == {i for i, p in STARS.items() if p.published_at and p.published_at >= since}


def test_a_visitor_sees_the_first_page(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(
            replica, tmp_path, {"users": "9900000002", "posts": MID, "depth": "comments,reposts"}, login=False
        )
        assert "login" not in {entry.identity for entry in replica.log}
        issued = [entry for entry in replica.log if entry.path == "/visitor/genvisitor2"]
        assert len(issued) == 1, "one visitor identity serves the whole run"
        assert 432 not in {entry.status for entry in replica.log}
    assert got.coverage("timeline:").because == "visitor_limit"
    assert got.coverage("timeline:").got == 10
    assert got.coverage("comments:").because == "visitor_limit"
    assert 0 < got.coverage("comments:").got < len(COMMENTS)
    reposts = got.coverage("reposts:")
    assert (reposts.got, reposts.because) == (0, "login_required")
    assert got.report.run.blocks == ("login_required",)


def test_missing_reposts_show_in_the_coverage(tmp_path: Path) -> None:
    with serve() as replica:
        switch = replica.faults.on("missing_reposts")
        got = run(replica, tmp_path, {"posts": MID, "depth": "reposts"})
        shown = {post_id for post_id in REPOSTS if not switch.takes(post_id)}
    assert got.posts.keys() - {ROOT.id} == shown
    line = got.coverage("reposts:")
    assert (line.expected, line.got, line.because) == (len(REPOSTS), len(shown), "not_shown")


def test_reposts_hidden_in_the_list_of_the_root_are_found_below_their_parents(tmp_path: Path) -> None:
    with serve() as replica:
        switch = replica.faults.on("missing_reposts")
        shown = {post_id for post_id in REPOSTS if not switch.takes(post_id)}
        replica.faults.off()
        replica.faults.on("missing_reposts", times=4)  # the four pages of the root's own list
        got = run(replica, tmp_path, {"posts": MID, "depth": "reposts"}, one_by_one=True)
    found = got.posts.keys() - {ROOT.id}
    assert shown < found, "asked of the reposts that had more reposts than were seen"
    assert got.coverage("reposts:").got == len(found)


def test_reposts_that_one_site_hides_come_from_the_other(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("missing_reposts", route="m.weibo.cn/api/statuses/repostTimeline")
        got = run(replica, tmp_path, {"posts": MID, "depth": "reposts"})
    assert got.posts.keys() == {ROOT.id, *REPOSTS}
    line = got.coverage("reposts:")
    assert (line.expected, line.got, line.because) == (len(REPOSTS), len(REPOSTS), None)


def test_without_parents_the_chain_is_left_to_tell(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("missing_parents")
        got = run(replica, tmp_path, {"posts": MID, "depth": "reposts"})
    reposts = [got.posts[post_id] for post_id in REPOSTS]
    assert {post.root_id for post in reposts} == {ROOT.id}
    assert {post.parent_id for post in reposts} == {None}


def test_a_dead_root_leaves_its_edges(tmp_path: Path) -> None:
    repost = next(iter(REPOSTS.values()))
    with serve() as replica:
        replica.faults.on("dead_root")
        got = run(replica, tmp_path, {"posts": repost.id.removeprefix("weibo:")})
    assert got.posts.keys() == {repost.id}
    assert got.posts[repost.id].root_id == ROOT.id


def test_a_post_that_is_gone(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": "4804608494665869"})
    line = got.coverage("post:")
    assert (line.expected, line.got, line.because) == (1, 0, "gone")
    assert got.report.run.outcome == "finished"


def test_closed_comments_are_no_error(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("comments_closed")
        got = run(replica, tmp_path, {"posts": MID, "depth": "comments"})
    assert got.coverage("comments:").because == "closed"
    assert got.report.run.blocks == ()


def test_a_hollow_page_of_comments_is_passed_over(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("hollow_comments", times=1)
        got = run(replica, tmp_path, {"posts": MID, "depth": "comments"})
    assert got.coverage("comments:").got >= len(COMMENTS) - 20


# --- search -------------------------------------------------------------------------------------------


def test_a_search_is_sliced_until_each_slice_fits(tmp_path: Path) -> None:
    """620 hits do not fit into 50 pages of 10; halved by time they do."""
    asked = {"search": "蛋挞", "since": "2026-11-17", "until": "2026-11-22"}
    with serve() as replica:
        got = run(replica, tmp_path, asked)
        pages = [entry.query for entry in replica.log if entry.path == "/weibo"]
    assert got.posts.keys() == TARTS.keys()
    assert "split" in {line.because for line in got.report.coverage}
    assert "truncated" not in {line.because for line in got.report.coverage}
    assert len(pages) < 75, "page 1 of a slice that is split is not asked for again"


def test_a_search_that_cannot_be_sliced_says_that_it_was_cut(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"search": "蛋挞"})
        pages = {entry.query for entry in replica.log if entry.path == "/weibo"}
    assert len(got.posts) == 500
    assert got.coverage("search:").because == "truncated"
    assert not any("page=51" in query for query in pages)


def test_page_51_is_page_1_again(tmp_path: Path) -> None:
    """A list that grew shorter meanwhile shows page 1 past its end: its posts count once."""
    with serve() as replica:
        replica.faults.on("short_page_list")
        replica.faults.on("page_overflow")
        got = run(replica, tmp_path, {"search": "蛋挞", "since": "2026-11-20T20", "until": "2026-11-21T21"})
    wanted = {i for i, p in TARTS.items() if p.published_at and p.published_at >= NOW.replace(day=20)}
    assert got.posts.keys() >= wanted
    assert sum(line.got for line in got.report.coverage) == len(got.posts)


def test_omitted_results_are_asked_for(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("omitted_results")
        got = run(replica, tmp_path, {"search": "青禾E5 交付"})
        asked = [entry.query for entry in replica.log if entry.path == "/weibo"]
    assert ROOT.id in got.posts
    assert any("nodup=1" in query for query in asked)
    line = got.coverage("search:")
    assert line.got == line.expected


def test_an_empty_search_is_asked_once_more_and_then_believed(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"search": "没有人写过这句话"})
        assert len([entry for entry in replica.log if entry.path == "/weibo"]) == 2
    line = got.coverage("search:")
    assert (line.got, line.because) == (0, None)
    assert got.report.run.outcome == "finished"


def test_a_hole_in_the_middle_of_a_search_is_told(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("empty_page")
        got = run(replica, tmp_path, {"search": "蛋挞", "since": "2026-11-21T12", "until": "2026-11-21T21"})
    assert got.coverage("search:").because == "empty_page"
    assert 0 < len(got.posts) < 20


def test_hits_bring_their_roots(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"search": "来看热闹"})
    hits = {i for i, p in REPOSTS.items() if "来看热闹" in p.text}
    assert hits <= got.posts.keys()
    assert ROOT.id in got.posts
    assert {got.posts[hit].root_id for hit in hits} == {ROOT.id}


def test_several_queries_and_a_file_of_them(tmp_path: Path) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_text("#! words\n#青禾E5#\n下雪\n", "utf-8")
    with serve() as replica:
        got = run(replica, tmp_path, {"search": f"@{queries}"})
        asked = " ".join(entry.query for entry in replica.log if entry.path == "/weibo")
    assert "q=%23%E9%9D%92%E7%A6%BEE5%23" in asked, "a hashtag is escaped, or it would cut the address"
    assert [line.slice for line in got.report.coverage] == ["search:#青禾E5#", "search:下雪"]
    assert isinstance(got.posts[ROOT.id], Post)


# --- slices, regions, holes ------------------------------------------------------------------------------


def crowd(hits: dict[str, int], *, since: datetime, span: timedelta) -> World:
    """A world whose authors at these places wrote so many posts about 桂花 each, evenly over the span."""
    posts: list[Post] = []
    accounts = {}
    for number, (place, count) in enumerate(hits.items()):
        author = Author(id=f"weibo:99000009{number:02d}", name=f"闻香{number}", followers=100)
        accounts[author.id or ""] = Account(author=author, location=place)
        for at in range(count):
            moment = since + span * (at + 0.5) / count
            posts.append(
                Post(
                    id=f"weibo:{mid_at(moment, number * 10_000 + at)}",
                    platform="weibo",
                    kind=Kind.POST,
                    text=f"桂花开了 {place} {at}",
                    author=author,
                    published_at=moment.replace(microsecond=0),
                )
            )
    posts.sort(key=lambda post: (post.published_at or NOW, post.id))
    return World(now=NOW, posts=posts, accounts=accounts)


HOUR_AGO = NOW - timedelta(hours=1)
THE_HOUR = {"since": HOUR_AGO.isoformat(), "until": NOW.isoformat()}


def test_a_full_hour_is_cut_by_province_and_a_full_province_by_city(tmp_path: Path) -> None:
    world = crowd(
        {"广东 广州": 450, "广东 深圳": 450, "上海": 470, "海外 日本": 30, "": 25},
        since=HOUR_AGO,
        span=timedelta(hours=1),
    )
    with serve(world) as replica:
        got = run(replica, tmp_path, {"search": "桂花", **THE_HOUR})
    assert got.posts.keys() == {post.id for post in world.posts}
    assert sum(line.got for line in got.report.coverage) == len(world.posts), "each counts once"
    named = {" ".join(line.slice.split()[2:]): line for line in got.report.coverage}
    assert named[""].because == "split"
    assert {"广东 1", "广东 3"} <= named.keys()


def test_a_slice_that_cannot_be_cut_further_says_how_many_it_hides(tmp_path: Path) -> None:
    """Authors who name no place stand in one region without cities: 500 of their 800 posts can be reached."""
    world = crowd({"": 800}, since=HOUR_AGO, span=timedelta(hours=1))
    with serve(world) as replica:
        got = run(replica, tmp_path, {"search": "桂花", **THE_HOUR})
    (line,) = [line for line in got.report.coverage if line.because == "saturated"]
    assert line.slice.endswith(" 其他")
    assert len(got.posts) == 500
    assert sum(each.got for each in got.report.coverage) == 500
    assert line.expected is not None
    missed = line.expected - line.got
    assert missed == pytest.approx(300, rel=0.05)


def test_hits_that_lie_in_two_slices_count_once(tmp_path: Path) -> None:
    asked = {"search": "蛋挞", "since": "2026-11-17", "until": "2026-11-22"}
    with serve() as replica:
        replica.faults.on("duplicate_hits")
        got = run(replica, tmp_path, asked)
    assert got.posts.keys() == TARTS.keys()
    assert sum(line.got for line in got.report.coverage) == len(TARTS)


def test_a_hole_between_two_pages_is_searched_again(tmp_path: Path) -> None:
    """Two pages' worth is lacking in a wide slice; the jump between its neighbours gives it away."""
    asked = {"search": "蛋挞", "since": "2026-11-20T21", "until": "2026-11-21T21"}
    wanted = {
        i for i, p in TARTS.items() if p.published_at and p.published_at >= NOW.replace(day=20, hour=13)
    }
    with serve() as replica:
        replica.faults.on("result_holes")
        got = run(replica, tmp_path, asked)
    assert got.posts.keys() == wanted
    (again,) = [line for line in got.report.coverage if line.slice.endswith(" again")]
    assert again.got == 20


def test_the_vanished_next_link_ends_nothing(tmp_path: Path) -> None:
    asked = {"search": "蛋挞", "since": "2026-11-20T21", "until": "2026-11-21T21"}
    with serve() as replica:
        whole = run(replica, tmp_path / "whole", asked)
        replica.faults.on("no_next_link")
        assert run(replica, tmp_path / "without", asked).posts.keys() == whole.posts.keys()


# --- timelines of weibo.com, super-topics ----------------------------------------------------------------


def test_a_timeline_of_the_desktop_site(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"users": "9900000002", "timeline": "desktop", "depth": "profile"})
        assert {e.host for e in replica.log if e.path != "/robots.txt"} <= {"weibo.com", "m.weibo.cn"}
        assert "/ajax/profile/info" in {entry.path for entry in replica.log}
    assert got.posts.keys() == STARS.keys()
    assert got.coverage("timeline:").because is None


def test_a_backfill_takes_ten_days_at_a_time(tmp_path: Path) -> None:
    since = NOW - timedelta(days=310)
    with serve() as replica:
        span = {"since": since.isoformat(), "until": NOW.isoformat()}
        got = run(replica, tmp_path, {"users": "9900000002", "timeline": "backfill", **span})
        asked = [entry for entry in replica.log if entry.path.endswith("/searchProfile")]
    wanted = {i for i, p in STARS.items() if p.published_at and p.published_at >= since}
    assert len(wanted) == 25
    assert got.posts.keys() == wanted
    lines = [line for line in got.report.coverage if line.slice.startswith("timeline:")]
    assert len(lines) == 31
    assert len(asked) <= 33, "one request for an empty stretch"
    assert all(line.expected == line.got and line.because is None for line in lines)


def test_a_backfill_wants_a_start_and_a_login(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(
            replica, tmp_path, {"users": "9900000002", "timeline": "backfill", "since": "5d"}, login=False
        )
    assert got.coverage("timeline:").because == "login_required"
    with serve() as replica, pytest.raises(TingfengError, match="from when"):
        run(replica, tmp_path / "2", {"users": "9900000002", "timeline": "backfill"})


def test_a_super_topic_to_its_end(tmp_path: Path) -> None:
    start = NOW - timedelta(days=1)
    world = crowd({"北京": 34}, since=start, span=timedelta(days=1))
    world = replace(world, posts=[replace(post, topics=("桂花",)) for post in world.posts])
    container = supertopic("桂花")
    with serve(world) as replica:
        got = run(replica, tmp_path, {"supertopics": f"https://weibo.com/p/{container}/super_index"})
        seen = run(replica, tmp_path / "guest", {"supertopics": container}, login=False)
    assert got.posts.keys() == {post.id for post in world.posts}
    assert got.coverage(f"supertopic:{container}").because is None
    assert (len(seen.posts), seen.coverage("supertopic:").because) == (10, "visitor_limit")


# --- gone and edited -------------------------------------------------------------------------------------


def test_a_root_that_went_is_told_with_its_reason(tmp_path: Path) -> None:
    repost = next(iter(REPOSTS.values()))
    with serve() as replica:
        replica.faults.on(
            "tombstones", route="m.weibo.cn/statuses/show"
        )  # first: taken away after complaints
        got = run(replica, tmp_path, {"posts": repost.id.removeprefix("weibo:")})
    (gone,) = [record for record in got.records if isinstance(record, Gone)]
    assert (gone.id, gone.reason, gone.run_id) == (ROOT.id, "complaint", got.report.run.id)
    assert got.posts.keys() == {repost.id}


def test_a_post_that_is_not_there_any_more_is_landed_as_gone(tmp_path: Path) -> None:
    mid = "4804608494665869"
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": mid})
    (gone,) = [record for record in got.records if isinstance(record, Gone)]
    assert (gone.id, gone.reason) == (f"weibo:{mid}", "missing")


def test_an_edit_is_kept_and_a_removal_told(tmp_path: Path) -> None:
    edited = NOW - timedelta(hours=40)
    world = replace(
        WORLD,
        edits={ROOT.id: (Edit(at=edited, before="青禾E5 明天开始交付"),)},
        removals={next(iter(STARS)): Removal(at=NOW - timedelta(hours=1), by="author")},
    )
    went = next(iter(STARS))
    with serve(world) as replica:
        got = run(replica, tmp_path, {"posts": f"{MID};{went.removeprefix('weibo:')}"})
    assert got.posts.keys() == {ROOT.id}
    assert (got.posts[ROOT.id].edited_at, got.posts[ROOT.id].edits) == (edited, 1)
    assert [record.id for record in got.records if isinstance(record, Gone)] == [went]


def test_a_post_found_while_it_was_there_stays_findable_with_its_mark(tmp_path: Path) -> None:
    """Two runs, the post taken away in between; then the landing goes into a store."""
    repost = next(iter(REPOSTS.values()))
    asked = {"posts": f"{MID};{repost.id.removeprefix('weibo:')}"}
    with serve() as replica:
        run(replica, tmp_path, asked)
    with serve(
        replace(WORLD, removals={ROOT.id: Removal(at=NOW - timedelta(hours=1), by="site")})
    ) as replica:
        run(replica, tmp_path, asked)
    home = Home(tmp_path / "home")
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        ingest(home, store, workers=0)
        (found,) = (hit for hit in store.scan(parse("青禾E5 今天开始交付")) if hit.post.id == ROOT.id)
    assert found.post.gone in ("complaint", "missing")
    assert found.post.gone_at is not None
    assert found.post.text.startswith("青禾E5 今天开始交付")


# --- comments in two orders ------------------------------------------------------------------------------


def test_comments_that_the_order_by_heat_hides_come_by_time(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("thin_comments")
        got = run(replica, tmp_path, {"posts": MID, "depth": "comments"})
        assert any(entry.path.endswith("/buildComments") for entry in replica.log)
    assert got.posts.keys() >= COMMENTS.keys()


def test_whole_comments_are_asked_for_once(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("string_cursor")
        got = run(replica, tmp_path, {"posts": MID, "depth": "comments"})
        assert not any(entry.path.endswith("/buildComments") for entry in replica.log)
    assert got.posts.keys() >= COMMENTS.keys()


def test_a_visitor_sees_some_fifty_comments(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": MID, "depth": "comments"}, login=False)
    assert got.coverage("comments:").got >= 50
    assert got.report.run.blocks == ()


# --- oddities of fields ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["odd_dates", "capped_counts", "quick_reposts"])
def test_fields_written_in_other_ways_read_the_same(tmp_path: Path, fault: str) -> None:
    with serve() as replica:
        replica.faults.on(fault)
        got = run(replica, tmp_path, {"posts": MID, "depth": "reposts"})
    assert got.posts.keys() == {ROOT.id, *REPOSTS}
    for post in (ROOT, *REPOSTS.values()):
        landed = got.posts[post.id]
        assert landed.published_at == post.published_at
        named = post.parent_id if post.parent_id != ROOT.id else None
        assert landed.parent_id == named, "the parent is named by its id, whatever the words"
    assert got.posts[ROOT.id].engagement.capped == ("comments",)


def test_the_sorry_page_is_named(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("sorry_page")
        got = run(replica, tmp_path, {"search": "蛋挞"})
    assert got.coverage("search:").because == "wrong_request"
    assert got.report.run.outcome == "blocked"
