"""What the weibo spider collects from a replica over HTTP, held against the world's truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models import Kind, Post
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
