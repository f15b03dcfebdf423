"""A world of many posts is a function of its seed, shows on every site what its columns say, and knows the truth."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from core.models import Kind, Post
from replica.__main__ import main
from replica.expanse import Expanse, ExpanseShelf, words
from replica.expanse.columns import COMMENT, POST, REPOST
from replica.expanse.expanse import FORUMS
from replica.identity import LOGIN_SUB
from replica.server import Replica
from tests.crawlers.crawling import run
from tests.sites import NOW

COUNT = 6_000
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def expanse() -> Expanse:
    return Expanse(COUNT, now=NOW)


@pytest.fixture(scope="module")
def posts(expanse: Expanse) -> list[Post]:
    return [expanse.post(row) for row in range(len(expanse))]


@pytest.fixture(scope="module")
def replica(expanse: Expanse) -> Replica:
    return Replica(ExpanseShelf(expanse))


def ask(replica: Replica, url: str) -> str:
    charset = "gbk" if "bbs." in url else "utf-8"
    return replica.ask(url, headers={"Cookie": f"SUB={LOGIN_SUB}"}).body.decode(charset)


def test_the_same_seed_gives_the_same_posts_and_another_others(expanse: Expanse, posts: list[Post]) -> None:
    again = Expanse(COUNT, now=NOW)
    assert [again.post(row) for row in range(COUNT)] == posts
    assert Expanse(COUNT, now=NOW, seed=8).post(100) != posts[100]
    with pytest.raises(ValueError, match="aware"):
        Expanse(COUNT, now=NOW.replace(tzinfo=None))


def test_ids_are_each_once_and_lead_back_to_their_rows(expanse: Expanse, posts: list[Post]) -> None:
    assert len({post.id for post in posts}) == COUNT
    assert [expanse.row_of(post.id) for post in posts] == list(range(COUNT))
    for unknown in (
        "weibo:1",
        "weibo:x",
        "weibo:5276269143133381",
        "discuz:bbs.wanxiang.example:7",
        "feed:ab",
    ):
        assert expanse.row_of(unknown) is None


def test_posts_are_ordered_by_time_and_parents_come_first(posts: list[Post]) -> None:
    times = [post.published_at for post in posts if post.published_at]
    assert times == sorted(times)
    assert times[-1] <= NOW
    place = {post.id: number for number, post in enumerate(posts)}
    for number, post in enumerate(posts):
        if post.parent_id is not None:
            assert place[post.parent_id] < number
            assert post.root_id is not None
            assert place[post.root_id] <= place[post.parent_id]
    assert {post.kind for post in posts} == set(Kind) - {Kind.ARTICLE}


def test_followers_and_cascades_have_long_tails_and_nights_are_quiet() -> None:
    large = Expanse(200_000, now=NOW).columns
    followers = np.sort(large.followers)[::-1]
    assert followers[0] > 1000 * followers[len(followers) // 2]
    sizes = np.sort(np.bincount(large.root[large.kind == REPOST]))[::-1]
    assert sizes[0] > 300
    assert np.median(sizes[sizes > 0]) <= 3
    hours = Counter(((large.at[large.kind == POST] // 3600) + 8).__mod__(24).tolist())
    assert hours[21] > 4 * hours[4]


def test_an_army_pushes_every_campaign_within_a_quarter_of_an_hour(expanse: Expanse) -> None:
    columns = expanse.columns
    for row in columns.campaigns.tolist():
        band = [int(r) for r in expanse.reposts.of(row) if expanse.is_army(int(columns.author[r]))]
        assert len(band) == 40
        assert all(int(columns.at[r]) - int(columns.at[row]) <= 900 for r in band)
        assert len({expanse.text(r) for r in band}) <= 5
    army = {int(a) for a in columns.author[columns.kind == POST] if expanse.is_army(int(a))}
    assert not army


def test_a_subject_is_named_by_its_posts_alone(expanse: Expanse, posts: list[Post]) -> None:
    for number in (0, 3, 40):
        subject = words.subjects()[number]
        since, until = NOW - 20 * DAY, NOW - 3 * DAY
        named = {
            post.id
            for row, post in enumerate(posts)
            if subject in post.text
            and post.kind is Kind.POST
            and post.published_at
            and since <= post.published_at < until
            and not 0 < expanse.columns.gone[row] <= NOW.timestamp()
        }
        assert set(expanse.found(subject, since, until, NOW)) == named


def test_a_search_shows_what_the_truth_names(expanse: Expanse, replica: Replica) -> None:
    subject = words.subjects()[0]
    page = ask(replica, f"http://s.weibo.com/weibo?q={quote(subject)}")
    newest = sorted(expanse.found(subject, NOW - 61 * DAY, NOW, NOW), reverse=True)[:10]
    assert [f"weibo:{part.split(chr(34))[0]}" for part in page.split('mid="')[1:]][:10] == newest
    assert "未找到相关结果" in ask(replica, f"http://s.weibo.com/weibo?q={quote('没有这个')}")


def test_a_cascade_and_its_comments_are_served_as_they_are(expanse: Expanse, replica: Replica) -> None:
    root = int(expanse.columns.campaigns[0])
    mid = expanse.id_of(root).removeprefix("weibo:")
    shown = replica.ask(
        f"http://m.weibo.cn/statuses/show?id={mid}", headers={"Cookie": f"SUB={LOGIN_SUB}"}
    ).json()
    edges = list(expanse.edges(f"weibo:{mid}", NOW))
    assert shown["data"]["reposts_count"] == len(edges) >= 35
    assert shown["data"]["comments_count"] == len(expanse.comments_of(f"weibo:{mid}", NOW))


def test_time_hides_what_is_not_yet_there(expanse: Expanse) -> None:
    root = int(expanse.columns.campaigns[0])
    at = expanse.post(root).published_at
    assert at is not None
    clock = [at]
    replica = Replica(ExpanseShelf(expanse), clock=lambda: clock[0])
    mid = expanse.id_of(root).removeprefix("weibo:")
    url = f"http://m.weibo.cn/statuses/show?id={mid}"
    for step in (timedelta(), timedelta(minutes=5), 3 * DAY):
        clock[0] = at + step
        status = replica.ask(url, headers={"Cookie": f"SUB={LOGIN_SUB}"}).json()["data"]
        assert status["reposts_count"] == len(list(expanse.edges(f"weibo:{mid}", clock[0])))
    clock[0] = at - timedelta(seconds=1)
    assert replica.ask(url, headers={"Cookie": f"SUB={LOGIN_SUB}"}).json()["ok"] == 0


def test_what_goes_takes_its_comments_along(expanse: Expanse) -> None:
    columns = expanse.columns
    for row in np.flatnonzero((columns.kind == COMMENT) & (columns.gone[columns.root] > 0)):
        assert 0 < columns.gone[row] <= columns.gone[columns.root[row]]


@pytest.mark.parametrize("forum", FORUMS, ids=lambda forum: forum.platform)
def test_a_forum_is_crawled_whole(expanse: Expanse, tmp_path: Path, forum: object) -> None:
    host, platform = forum.host, forum.platform  # type: ignore[attr-defined]
    with Replica(ExpanseShelf(expanse)) as replica:
        crawled = run(
            replica, tmp_path, {"url": f"https://{host}"}, source=platform, TINGFENG_NOW=NOW.isoformat()
        )
        threads = replica.shelf.threads(host).values()
        truth = {post_id for thread in threads for post_id in expanse.floors_of(thread.id, NOW)}
    assert truth
    assert set(crawled.posts) == truth


@pytest.mark.parametrize("size", ["10", "100000000"])
def test_a_size_that_cannot_be_served_is_said_in_one_line(
    size: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["--expanse", size]) == 2
    assert "1000 to 10000000" in caplog.text


@pytest.mark.parametrize("moment", ["noon", "2026-11-21T09:00:00"])
def test_a_moment_that_is_none_is_said_in_one_line(moment: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--expanse", "1000", "--now", moment])
    assert "no time with a zone" in capsys.readouterr().err
