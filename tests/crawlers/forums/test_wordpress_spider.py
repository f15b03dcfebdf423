"""The WordPress spider over real HTTP against the replica: all there is, and what it does about each fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import UsageError
from core.models import Kind
from replica.server import Replica
from tests.crawlers.forums.elsewhere import CLOCK, differences, serve_wide, truth
from tests.crawlers.forums.stand_in import Crawled, Page, run, stand_in

SITE = "chezhi.example"
BLOG = {"url": f"https://{SITE}"}
SIZE = 0.3  # two pages of articles where a page holds twenty


def crawl(replica: Replica, folder: Path, asked: Mapping[str, str] = BLOG) -> Crawled:
    return run("wordpress", asked, folder=folder, proxy=replica.proxy, now=CLOCK)


def asked_for(replica: Replica) -> Counter[str]:
    return Counter(entry.path for entry in replica.log if entry.path != "/robots.txt")


def test_a_blog_comes_whole_with_whom_each_comment_answers(tmp_path: Path) -> None:
    known = truth("wordpress")
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path)
        asked = asked_for(replica)
    assert crawled.report.run.outcome == "finished"
    assert differences(crawled, known, "media") == []
    assert all(post.parent_confidence == 1.0 for post in crawled.posts.values() if post.parent_id)
    kinds = Counter(post.kind for post in known.values())
    for name, kind in (("posts", Kind.ARTICLE), ("comments", Kind.COMMENT)):
        line = crawled.slice(f"{name}:{SITE}")
        assert (line.expected, line.got, line.because) == (kinds[kind], kinds[kind], None)
    assert asked["/wp-json/wp/v2/posts"] == -(-kinds[Kind.ARTICLE] // 100)
    assert asked["/wp-json/wp/v2/comments"] == -(-kinds[Kind.COMMENT] // 100)


@pytest.mark.parametrize("fault", ["wp_no_totals", "wp_no_permalinks", "wp_small_pages"])
def test_another_way_is_found_and_nothing_lost(tmp_path: Path, fault: str) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on(fault)
        if fault == "wp_no_totals":
            replica.faults.on("wp_small_pages")  # so that there is a page past the end to be met
        crawled = crawl(replica, tmp_path)
        past_the_end = [entry for entry in replica.log if entry.status == 400]
    assert crawled.report.run.outcome == "finished"
    assert crawled.report.run.blocks == ()
    assert differences(crawled, truth("wordpress", SIZE)) == []
    assert crawled.reasons == {None}
    assert bool(past_the_end) == (fault != "wp_no_permalinks")


def test_a_page_past_the_end_is_the_end(tmp_path: Path) -> None:
    """A hundred articles of a hundred on a page: without totals the refusal of page 2 alone tells the end."""
    rows = ",".join(
        f'{{"id":{n},"date_gmt":"2026-11-20T02:00:00","title":{{"rendered":"题"}},"content":{{"rendered":"文"}},'
        f'"link":"https://a.example/{n}"}}'
        for n in range(100)
    )
    fields = "id,date_gmt,modified_gmt,link,title,content,author,comment_status,_links,_embedded"
    query = f"per_page=100&page={{}}&orderby=date&order=desc&_embed=author,wp:term&_fields={fields}"
    over = b'{"code":"rest_post_invalid_page_number","message":"","data":{"status":400}}'
    pages = {
        f"a.example/wp-json/wp/v2/posts?{query.format(1)}": Page(f"[{rows}]".encode()),
        f"a.example/wp-json/wp/v2/posts?{query.format(2)}": Page(over, 400),
    }
    with stand_in(pages) as site:
        asked = {"url": "https://a.example/", "comments": "no"}
        crawled = run("wordpress", asked, folder=tmp_path, proxy=site.proxy, now=CLOCK)
    assert len(crawled.posts) == 100
    assert crawled.slice("posts:a.example").because == "comments_left_out"
    assert crawled.report.run.outcome == "finished"


def test_a_closed_api_leaves_the_feeds_and_the_run_says_so(tmp_path: Path) -> None:
    known = truth("wordpress", SIZE)
    with serve_wide(SIZE) as replica:
        replica.faults.on("wp_api_closed")
        crawled = crawl(replica, tmp_path)
        asked = asked_for(replica)
    articles = {key for key, post in known.items() if post.kind is Kind.ARTICLE}
    got = {key for key, post in crawled.posts.items() if post.kind is Kind.ARTICLE}
    assert got == articles
    assert all(post.text == known[key].text for key, post in crawled.posts.items())
    comments = crawled.posts.keys() - articles
    assert len(comments) == 10
    assert asked["/"] == 0  # closed is closed, however it is asked
    assert crawled.slice(f"posts:{SITE}").because == "feed_only"
    assert crawled.slice(f"comments:{SITE}").because == "feed_only"
    assert crawled.report.run.outcome == "finished"


def test_what_robots_forbid_is_not_asked_for_in_another_way(tmp_path: Path) -> None:
    robots = Page(b"User-agent: *\nDisallow: /wp-json/\n")
    with stand_in({"a.example/robots.txt": robots}) as site:
        crawled = run("wordpress", {"url": "https://a.example"}, folder=tmp_path, proxy=site.proxy)
        assert site.asked == ["a.example/robots.txt", "a.example/feed/"]
    assert crawled.slice("posts:a.example").because == "gone"


def test_the_wait_a_site_asks_for_is_kept(tmp_path: Path) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on("rate_limited", route=f"{SITE}/wp-json/*", times=2, seconds=0)
        crawled = crawl(replica, tmp_path)
    assert crawled.report.run.blocks == ("rate_limited",)
    assert differences(crawled, truth("wordpress", SIZE)) == []


@pytest.mark.parametrize("closed", [False, True], ids=["api", "feed"])
def test_since_and_until_bound_what_is_taken(tmp_path: Path, closed: bool) -> None:
    since, until = "2026-11-10T00:00:00+00:00", "2026-11-18T00:00:00+00:00"
    with serve_wide(SIZE) as replica:
        if closed:
            replica.faults.on("wp_api_closed")
        crawled = crawl(replica, tmp_path, BLOG | {"since": since, "until": until})
    within = {
        key
        for key, post in truth("wordpress", SIZE).items()
        if post.published_at and since < post.published_at.isoformat() < until
    }
    articles = {key for key in within if ":p" in key}
    assert {key for key in crawled.posts if ":p" in key} == articles
    assert crawled.posts.keys() <= within
    assert closed or crawled.posts.keys() == within


def test_a_search_takes_the_comments_of_what_it_finds(tmp_path: Path) -> None:
    known = truth("wordpress", SIZE)
    with serve_wide(SIZE) as replica:
        crawled = crawl(replica, tmp_path, BLOG | {"search": "澜石"})
    found = {post.id for post in known.values() if post.kind is Kind.ARTICLE and "澜石" in post.text}
    assert found
    assert crawled.posts.keys() == {key for key, post in known.items() if post.root_id in found}


def test_lists_are_cut_where_they_are_told_to_and_say_so(tmp_path: Path) -> None:
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path, BLOG | {"max_pages": "1"})
    line = crawled.slice(f"comments:{SITE}")
    assert (line.got, line.because) == (100, "max_pages")
    assert line.expected
    assert line.expected > 1000


def test_a_site_that_is_no_wordpress_is_said_to_be_none(tmp_path: Path) -> None:
    page = Page(b"<!DOCTYPE html><html><body>shop</body></html>")
    with stand_in({"a.example/feed/": page}) as site:
        crawled = run("wordpress", {"url": "https://a.example"}, folder=tmp_path, proxy=site.proxy)
    assert crawled.slice("posts:a.example").because == "not_feed"
    assert crawled.posts == {}


def test_unchanged_articles_do_not_hide_new_comments(tmp_path: Path) -> None:
    """A site that says 304 to the list of articles is neither closed nor without comments."""
    fields = {
        "posts": "id,date_gmt,modified_gmt,link,title,content,author,comment_status,_links,_embedded",
        "comments": "id,post,parent,author,author_name,date_gmt,content,link,type,status",
    }
    api, asked = "a.example/wp-json/wp/v2", "per_page=100&page=1&orderby=date&order=desc"
    article = (
        b'[{"id":1,"date_gmt":"2026-11-20T02:00:00","title":{"rendered":"t"},"content":{"rendered":"c"}}]'
    )
    said = b'[{"id":%d,"post":1,"parent":0,"date_gmt":"2026-11-20T03:00:00","content":{"rendered":"x"},"type":"comment"}]'
    tag, total = {"ETag": '"1"'}, {"X-WP-Total": "1", "X-WP-TotalPages": "1"}
    pages = {
        f"{api}/posts?{asked}&_embed=author,wp:term&_fields={fields['posts']}": [
            Page(article, headers=tag | total),
            Page(b"", 304, tag),
        ],
        f"{api}/comments?{asked}&_fields={fields['comments']}": [
            Page(said % 1, headers=total),
            Page(said % 2, headers=total),
        ],
    }
    with stand_in(pages) as site:
        for _ in range(2):
            crawled = run(
                "wordpress", {"url": "https://a.example"}, folder=tmp_path, proxy=site.proxy, now=CLOCK
            )
        assert not any("feed" in address or "rest_route" in address for address in site.asked)
    assert crawled.slice("posts:a.example").because == "unchanged"
    assert crawled.posts.keys() == {f"wordpress:a.example:{name}" for name in ("p1", "c1", "c2")}


def test_the_site_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="wants the site's address"):
        run("wordpress", {}, folder=tmp_path, proxy="http://127.0.0.1:9")
