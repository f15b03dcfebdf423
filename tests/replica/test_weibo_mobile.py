"""m.weibo.cn: shapes, type quirks, and that walking all pages gives exactly the posts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.ids import mid_from_bid
from core.models import Kind, Post
from replica.server import Replica
from replica.world.model import World
from tests.replica import shapes
from tests.sites import LOGIN, LONG, MAKER, NOBODY, STAR, get

M = "http://m.weibo.cn"


def ask(replica: Replica, path: str) -> Any:
    return get(replica.proxy, M + path, headers=LOGIN).json()


def mid(post: Post) -> str:
    return post.id.removeprefix("weibo:")


@pytest.fixture(scope="module")
def root(world: World) -> Post:
    return next(post for post in world.posts if post.author == MAKER)


def all_reposts(replica: Replica, root: Post) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page, pages = 1, 1
    while page <= pages:
        data = ask(replica, f"/api/statuses/repostTimeline?id={mid(root)}&page={page}")["data"]
        rows += data["data"]
        pages, page = data["max"], page + 1
    return rows


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/statuses/repostTimeline?id={root}&page=1", shapes.REPOSTS),
        ("/statuses/show?id={root}", {"ok": int, "data": shapes.MBLOG | {"textLength": int}}),
        ("/statuses/extend?id={root}", shapes.EXTEND),
        ("/api/container/getIndex?containerid=1076039900000002", shapes.TIMELINE),
        (
            "/api/container/getIndex?containerid=1005059900000002",
            {"ok": int, "data": {"userInfo": shapes.MOBILE_USER, "tabsInfo": {"tabs": [dict]}}},
        ),
    ],
)
def test_answers_have_the_shape_of_the_real_ones(
    replica: Replica, root: Post, path: str, shape: shapes.Shape
) -> None:
    assert shapes.differences(shape, ask(replica, path.format(root=mid(root)))) == []


def test_a_repost_of_a_repost_names_its_parent_beside_the_root(replica: Replica, root: Post) -> None:
    deep = [row for row in all_reposts(replica, root) if "pidstr" in row]
    assert deep
    for row in deep:
        assert shapes.differences(shapes.REPOST_OF_A_REPOST, row) == []
        assert row["pid"] == int(row["pidstr"])
        assert row["retweeted_status"]["mid"] == mid(root)


def test_walking_the_reposts_gives_the_tree_exactly(replica: Replica, world: World, root: Post) -> None:
    truth = {p.id: p.parent_id for p in world.posts if p.kind is Kind.REPOST and p.root_id == root.id}
    rows = all_reposts(replica, root)
    seen = {f"weibo:{row['mid']}": f"weibo:{row.get('pidstr', mid(root))}" for row in rows}
    assert len(rows) == len(truth)
    assert seen == truth


def test_reposts_come_newest_first_ten_a_page(replica: Replica, root: Post) -> None:
    first = ask(replica, f"/api/statuses/repostTimeline?id={mid(root)}&page=1")["data"]
    assert (len(first["data"]), first["total_number"], first["max"]) == (10, 35, 4)
    ids = [int(row["id"]) for row in all_reposts(replica, root)]
    assert ids == sorted(ids, reverse=True)


def test_a_repost_has_reposts_of_its_own(replica: Replica, root: Post) -> None:
    parents = [row for row in all_reposts(replica, root) if row["reposts_count"]]
    assert parents
    for row in parents:
        below = ask(replica, f"/api/statuses/repostTimeline?id={row['mid']}&page=1")["data"]
        assert below["total_number"] == row["reposts_count"]


def test_nobody_reposted_is_said_in_words(replica: Replica, world: World) -> None:
    lonely = next(post for post in world.posts if post.author == NOBODY)
    body = ask(replica, f"/api/statuses/repostTimeline?id={mid(lonely)}&page=1")
    assert body == {"ok": 0, "msg": "还没有人转发过"}


def test_the_chain_is_made_from_the_tree(replica: Replica, root: Post) -> None:
    rows = {row["mid"]: row for row in all_reposts(replica, root)}
    bare = re.compile(r"[^/]*")
    for row in rows.values():
        own, *links = row["raw_text"].split("//@")
        if "pidstr" not in row:
            assert links == []
            continue
        parent = rows[row["pidstr"]]
        assert links[0].startswith(f"{parent['user']['screen_name']}:")
        assert row["raw_text"] == f"{own}//@{parent['user']['screen_name']}:{parent['raw_text']}"
        assert bare.match(own)


def test_texts_are_html_with_links_faces_and_topics(replica: Replica, root: Post) -> None:
    text = ask(replica, f"/statuses/show?id={mid(root)}")["data"]["text"]
    assert '<span class="surl-text">#青禾E5#</span></a>' in text
    assert '<span class="url-icon"><img alt="[鲜花]"' in text
    assert 'href="https://weibo.cn/sinaurl?u=http%3A%2F%2Ft.cn%2FA6abcdef"' in text
    assert "网页链接" in text


def test_long_texts_are_cut_in_lists_and_whole_elsewhere(replica: Replica) -> None:
    listed = ask(replica, "/api/container/getIndex?containerid=1076039900000002&page=3")["data"]["cards"][-1]
    status = listed["mblog"]
    assert status["isLongText"] is True
    assert status["text"].endswith(f' ...<a href="/status/{status["id"]}">全文</a>')
    whole = ask(replica, f"/statuses/extend?id={status['id']}")["data"]["longTextContent"]
    assert re.sub(r"<[^>]+>", "", whole) == LONG
    assert ask(replica, f"/statuses/show?id={status['bid']}")["data"]["text"] == whole


def test_counts_and_followers_are_written_as_the_site_does(replica: Replica, root: Post) -> None:
    status = ask(replica, f"/statuses/show?id={mid(root)}")["data"]
    assert (status["reposts_count"], status["comments_count"], status["attitudes_count"]) == (
        35,
        1_000_000,  # the site counts no further
        116_398,
    )
    assert status["number_display_strategy"]["display_text_min_number"] == 1_000_000
    assert status["user"]["followers_count"] == "120.3万"
    assert status["user"]["verified_type"] == 2
    assert status["region_name"] == "发布于 上海"
    assert status["created_at"] == "Thu Nov 19 20:00:00 +0800 2026"
    assert mid_from_bid(status["bid"]) == status["mid"]
    star = ask(replica, "/api/container/getIndex?containerid=1005059900000002")["data"]["userInfo"]
    assert (star["followers_count"], star["verified_type_ext"], star["statuses_count"]) == (
        "7164.8万",
        1,
        4019,
    )


def test_walking_a_timeline_by_since_id_gives_every_post_once(replica: Replica, world: World) -> None:
    seen: list[str] = []
    since = ""
    while True:
        path = f"/api/container/getIndex?containerid=1076039900000002{since}"
        data = ask(replica, path)["data"]
        seen += [card["mblog"]["mid"] for card in data["cards"]]
        if "since_id" not in data["cardlistInfo"]:
            break
        since = f"&since_id={data['cardlistInfo']['since_id']}"
    truth = [mid(p) for p in world.posts if p.author == STAR and p.kind is Kind.POST]
    assert sorted(seen) == sorted(truth)
    assert len(set(seen)) == len(seen)


def test_the_end_of_a_timeline_says_so(replica: Replica) -> None:
    body = ask(replica, "/api/container/getIndex?containerid=1076039900000002&page=9")
    assert body == {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}


def test_a_post_that_is_not_there(replica: Replica) -> None:
    assert ask(replica, "/statuses/show?id=5000000000000000")["ok"] == 0


def test_the_page_of_a_post_holds_its_data(replica: Replica, root: Post) -> None:
    page = get(replica.proxy, f"{M}/detail/{mid(root)}", headers=LOGIN).text()
    assert "var $render_data = [{" in page
    assert f'"mid":"{mid(root)}"' in page


def test_mobile_search_is_for_logins(replica: Replica) -> None:
    path = "/api/container/getIndex?containerid=100103type%3D61%26q%3D%E8%9B%8B%E6%8C%9E&page_type=searchall"
    data = ask(replica, path)["data"]
    assert [card["card_type"] for card in data["cards"][0]["card_group"]] == [9] * 10
