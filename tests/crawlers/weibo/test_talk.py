"""What hangs on a post, held against the world's truth: its reposts and its comments."""

from __future__ import annotations

from pathlib import Path

from tests.crawlers.crawling import run
from tests.crawlers.weibo.made import COMMENTS, MID, REPOSTS, ROOT
from tests.sites import MAKER, serve


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
