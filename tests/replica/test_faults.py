"""Every fault does over HTTP what its title says, for whom and as often as it was switched on."""

from __future__ import annotations

import json
from http.client import IncompleteRead, RemoteDisconnected
from time import monotonic
from typing import Any

import pytest
from parsel import Selector

from core.errors import UsageError
from replica.faults import Faults, table
from replica.server import Replica
from replica.trouble import AFTER, BEFORE
from replica.world.model import World
from tests.sites import LOGIN, MAKER, Page, get, visitor

M, S, W = "http://m.weibo.cn", "http://s.weibo.com", "http://weibo.com"
BBS, FORUM, NEWS = "http://bbs.cheyou.example", "http://forum.meizhuang.example", "http://news.example"
TIMELINE = f"{M}/api/container/getIndex?containerid=1076039900000002"
CONFIG = f"{M}/api/config"
SEARCH = f"{S}/weibo?q=%E8%9B%8B%E6%8C%9E"
THREAD = f"{BBS}/thread-1-1-1.html"


@pytest.fixture(scope="module")
def mid(world: World) -> str:
    return next(post.id for post in world.posts if post.author == MAKER).removeprefix("weibo:")


def ask(replica: Replica, url: str, **options: Any) -> Page:
    return get(replica.proxy, url, headers=LOGIN, **options)


def reposts(replica: Replica, mid: str) -> list[dict[str, Any]]:
    first = ask(replica, f"{M}/api/statuses/repostTimeline?id={mid}&page=1").json()["data"]
    return [
        row
        for page in range(1, first["max"] + 1)
        for row in ask(replica, f"{M}/api/statuses/repostTimeline?id={mid}&page={page}").json()["data"][
            "data"
        ]
    ]


def mids(page: Page) -> list[str]:
    return Selector(page.text()).xpath('//div[@action-type="feed_list_item"]/@mid').getall()


def test_the_table_is_whole() -> None:
    assert {f.name for f in table().values() if f.stage == "before"} == set(BEFORE)
    assert {f.name for f in table().values() if f.stage == "after"} == set(AFTER)
    for fault in table().values():
        assert fault.title.zh
        assert fault.title.en
        assert fault.routes
        assert fault.stage in ("before", "after", "inside")
        assert 0 < fault.share <= 1


@pytest.mark.parametrize(
    ("name", "url", "status", "body"),
    [
        ("visitor_required", TIMELINE, 432, ""),
        ("login_required", TIMELINE, 200, '"ok":-100,"url":"https://passport.weibo.com/sso/signin'),
        ("login_required", f"{W}/ajax/statuses/show?id=1", 200, "https://weibo.com/login.php?"),
        ("session_expired", TIMELINE, 200, '{"ok":0,"message":"请先登录"}'),
        ("visitor_page", TIMELINE, 200, "<title>Sina Visitor System</title>"),
        ("captcha", TIMELINE, 200, '"errno":"-100","msg":"","url":"https://m.weibo.cn/captcha?scene=limit'),
        ("captcha", f"{W}/ajax/side/hotSearch", 200, "请完成安全验证"),
        ("too_fast", TIMELINE, 418, ""),
        ("ip_blocked", f"{W}/ajax/side/hotSearch", 414, "Request-URI Too Large"),
        ("forbidden", SEARCH, 403, ""),
        ("rate_limited", f"{FORUM}/latest.json", 429, '"wait_seconds":1'),
        ("bad_gateway", TIMELINE, 502, "502 Bad Gateway"),
        ("unavailable", THREAD, 503, "503"),
        ("html_for_json", TIMELINE, 200, "<html>"),
        ("html_for_json", f"{FORUM}/t/1.json", 200, "<html>"),
        ("soft_empty", TIMELINE, 200, '{"ok":0,"msg":"这里还没有内容","data":{"cards":[]}}'),
        ("feed_html", f"{NEWS}/feed.xml", 200, "<!DOCTYPE html>"),
        ("flood_control", THREAD, 200, "window.location"),
        ("robots_forbid", f"{BBS}/robots.txt", 200, "Disallow: /\n"),
        ("null_cards", TIMELINE, 200, '"cards":null'),
        ("string_card_type", TIMELINE, 200, '"card_type":"9"'),
    ],
)
def test_what_comes_instead(replica: Replica, name: str, url: str, status: int, body: str) -> None:
    clean = ask(replica, url)
    assert (clean.status, body and body in clean.text("gb18030" if url == THREAD else "utf-8")) != (
        status,
        True,
    )
    replica.faults.on(name)
    page = ask(replica, url)
    assert page.status == status
    assert body in page.text()
    replica.faults.off(name)
    assert ask(replica, url).body == clean.body


@pytest.mark.parametrize(
    ("name", "url", "location"),
    [
        ("login_redirect", SEARCH, "https://passport.weibo.com/visitor/visitor?"),
        ("login_redirect", f"{W}/ajax/side/hotSearch", "https://weibo.com/login.php?"),
        ("expired_redirect", SEARCH, "https://login.sina.com.cn/sso/login.php?"),
        ("captcha", SEARCH, "https://passport.weibo.com/verify?"),
    ],
)
def test_where_one_is_sent(replica: Replica, name: str, url: str, location: str) -> None:
    replica.faults.on(name)
    page = ask(replica, url)
    assert page.status == 302
    assert page.headers["location"].startswith(location)


def test_the_forum_asks_for_a_login_in_its_own_charset(replica: Replica) -> None:
    replica.faults.on("forum_login")
    assert "您需要登录" in ask(replica, THREAD).text("gbk")


def test_retry_after_says_how_long(replica: Replica) -> None:
    replica.faults.on("rate_limited", seconds=30)
    page = ask(replica, f"{FORUM}/latest.json")
    assert page.headers["retry-after"] == "30"
    assert page.json()["extras"]["wait_seconds"] == 30


@pytest.mark.parametrize(
    ("name", "url"), [("truncated_json", TIMELINE), ("truncated_feed", f"{NEWS}/feed.xml")]
)
def test_a_body_cut_off(replica: Replica, name: str, url: str) -> None:
    whole = ask(replica, url).body
    replica.faults.on(name)
    cut = ask(replica, url).body
    assert cut == whole[: len(cut)]
    assert 0 < len(cut) < len(whole)
    if name == "truncated_json":
        with pytest.raises(json.JSONDecodeError):
            json.loads(cut.decode("utf-8", "ignore"))


def test_a_slow_body_comes_whole_in_the_end(replica: Replica) -> None:
    whole = ask(replica, TIMELINE).body
    replica.faults.on("slow_body", seconds=0.3)
    began = monotonic()
    assert ask(replica, TIMELINE).body == whole
    assert monotonic() - began >= 0.3  # it cannot be sooner, however fast the machine


def test_a_dropped_body_ends_the_connection(replica: Replica) -> None:
    replica.faults.on("dropped_body", times=1)
    with pytest.raises((IncompleteRead, RemoteDisconnected)):
        ask(replica, TIMELINE)
    assert ask(replica, TIMELINE).status == 200


def test_the_header_names_the_wrong_charset(replica: Replica) -> None:
    replica.faults.on("wrong_charset")
    page = ask(replica, THREAD)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'charset=gbk"' in page.text("gbk")


# --- for whom, and how often ---


def test_a_fault_may_wait_and_strike_a_few_times(replica: Replica) -> None:
    switch = replica.faults.on("captcha", after=2, times=2)
    assert ['"errno"' in ask(replica, CONFIG).text() for _ in range(6)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert (switch.seen, switch.struck) == (6, 2)


def test_a_fault_may_be_for_one_identity(replica: Replica) -> None:
    replica.faults.on("captcha", identity="visitor")
    assert '"errno"' not in ask(replica, CONFIG).text()
    assert '"errno"' in get(replica.proxy, CONFIG, headers=visitor(replica.proxy)).text()


def test_a_fault_may_be_for_one_route(replica: Replica, mid: str) -> None:
    replica.faults.on("too_fast", route="m.weibo.cn/comments/*")
    assert ask(replica, CONFIG).status == 200
    assert ask(replica, f"{M}/comments/hotflow?id={mid}").status == 418


def test_a_fault_may_be_only_for_those_who_hurry() -> None:
    time = iter((0.0, 0.4, 1.4, 1.5))
    faults = Faults(clock=lambda: next(time))
    faults.on("too_fast", within_s=0.5)
    assert [bool(faults.striking("m.weibo.cn/", "none")) for _ in range(4)] == [False, True, False, True]


def test_a_fault_nobody_knows_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no fault 'captchas'.*captcha"):
        Faults().on("captchas")


def test_the_log_says_which_fault_struck(replica: Replica) -> None:
    replica.faults.on("bad_gateway", times=1)
    ask(replica, CONFIG)
    ask(replica, CONFIG)
    assert [(entry.status, entry.fault) for entry in replica.log] == [(502, "bad_gateway"), (200, None)]


# --- inside the sites ---


def test_page_overflow(replica: Replica) -> None:
    url = f"{S}/weibo?q=%E5%86%8D%E6%9D%A5%E4%B8%80%E4%B8%AA"  # 31 pages
    assert mids(ask(replica, f"{url}&page=32")) == []
    replica.faults.on("page_overflow")
    assert mids(ask(replica, f"{url}&page=32")) == mids(ask(replica, f"{url}&page=1"))


def test_short_page_list_and_no_next_link(replica: Replica) -> None:
    replica.faults.on("short_page_list")
    replica.faults.on("no_next_link")
    page = Selector(ask(replica, SEARCH).text())
    assert len(page.css("ul.s-scroll li")) == 46
    assert page.css("a.next") == []
    assert len(mids(ask(replica, f"{SEARCH}&page=50"))) == 10


def test_empty_page_in_the_middle(replica: Replica) -> None:
    replica.faults.on("empty_page", times=1, after=1)
    assert [len(mids(ask(replica, f"{SEARCH}&page={page}"))) for page in (1, 2, 2, 3)] == [10, 0, 10, 10]


def test_omitted_results_come_back_with_nodup(replica: Replica) -> None:
    def found(nodup: str) -> set[str]:
        url = f"{S}/weibo?q=%E5%86%8D%E6%9D%A5%E4%B8%80%E4%B8%AA{nodup}"
        return {mid for page in range(1, 32) for mid in mids(ask(replica, f"{url}&page={page}"))}

    replica.faults.on("omitted_results", share=0.3)
    some, every = found(""), found("&nodup=1")
    assert len(every) == 310
    assert some < every
    assert 0.6 < len(some) / len(every) < 0.8
    error = Selector(ask(replica, SEARCH).text()).css("#pl_feedlist_index .m-error")
    assert "部分相似结果已省略" in (error.xpath("string()").get() or "")
    assert "nodup=1" in (error.css("a::attr(href)").get() or "")


def test_missing_reposts(replica: Replica, mid: str) -> None:
    every = {row["mid"] for row in reposts(replica, mid)}
    replica.faults.on("missing_reposts", share=0.4)
    first = ask(replica, f"{M}/api/statuses/repostTimeline?id={mid}&page=1").json()["data"]
    some = {row["mid"] for row in reposts(replica, mid)}
    assert some < every
    assert 0.4 < len(some) / len(every) < 0.8
    assert {row["mid"] for row in reposts(replica, mid)} == some
    assert first["total_number"] == len(every)  # the site still counts them


def test_missing_parents_leave_the_chain(replica: Replica, mid: str) -> None:
    named = {row["mid"] for row in reposts(replica, mid) if "pidstr" in row}
    replica.faults.on("missing_parents")
    rows = reposts(replica, mid)
    assert not any("pid" in row or "pidstr" in row for row in rows)
    assert {row["mid"] for row in rows if "//@" in row["raw_text"]} == named


def test_dead_root(replica: Replica, mid: str) -> None:
    replica.faults.on("dead_root")
    root = reposts(replica, mid)[0]["retweeted_status"]
    assert root["user"] is None
    assert root["mid"] == mid
    assert "此微博已被作者删除" in root["text"]


def test_long_text_fails(replica: Replica, mid: str) -> None:
    replica.faults.on("long_text_fails")
    assert ask(replica, f"{M}/statuses/extend?id={mid}").json()["ok"] == 0
    assert ask(replica, f"{M}/statuses/show?id={mid}").json()["ok"] == 1


def test_pinned_first(replica: Replica) -> None:
    plain = [card["mblog"]["mid"] for card in ask(replica, TIMELINE).json()["data"]["cards"]]
    replica.faults.on("pinned_first")
    cards = ask(replica, TIMELINE).json()["data"]["cards"]
    assert cards[0]["profile_type_id"].startswith("proweibotop_")
    assert (cards[0]["mblog"]["mblogtype"], cards[0]["mblog"]["title"]["text"]) == (2, "置顶")
    assert cards[0]["mblog"]["mid"] < min(plain)
    assert [card["mblog"]["mid"] for card in cards[1:]] == plain


def test_pics_as_object(replica: Replica, mid: str) -> None:
    show = f"{M}/statuses/show?id={mid}"
    assert isinstance(ask(replica, show).json()["data"]["pics"], list)
    replica.faults.on("pics_as_object")
    assert list(ask(replica, show).json()["data"]["pics"]) == ["0", "1"]


def test_comments_closed(replica: Replica, mid: str) -> None:
    replica.faults.on("comments_closed")
    assert ask(replica, f"{M}/comments/hotflow?id={mid}&mid={mid}&max_id_type=0").json() == {"ok": 0}


def test_hollow_comments_lead_on_to_what_they_hid(replica: Replica, mid: str) -> None:
    url = f"{M}/comments/hotflow?id={mid}&mid={mid}&max_id_type=0"
    rows = ask(replica, url).json()["data"]["data"]
    replica.faults.on("hollow_comments", times=1)
    hollow = ask(replica, url).json()["data"]
    assert hollow["data"] == []
    assert hollow["max_id"] != 0
    assert ask(replica, f"{url}&max_id={hollow['max_id']}").json()["data"]["data"] == rows


def test_jammer_is_noise_no_reader_sees(replica: Replica) -> None:
    clean = Selector(ask(replica, THREAD).text("gbk"))
    replica.faults.on("jammer")
    page = Selector(ask(replica, THREAD).text("gbk"))
    assert page.css("td.t_f .jammer")
    assert page.css('td.t_f span[style="display:none"]')
    page.css(".jammer, [style='display:none']").drop()
    texts = [cell.xpath("string()").get() for cell in page.css("td.t_f")]
    assert texts == [cell.xpath("string()").get() for cell in clean.css("td.t_f")]


def test_locked_and_anonymous_floors(replica: Replica) -> None:
    replica.faults.on("locked_floors", share=0.5)
    replica.faults.on("anonymous_floors", share=0.5)
    page = Selector(ask(replica, THREAD).text("gbk"))
    assert 0 < len(page.css(".locked")) < 10
    assert len(page.css("td.t_f")) == 10 - len(page.css(".locked"))
    assert 0 < page.css(".pls .authi::text").getall().count("匿名") < 10


@pytest.mark.parametrize(
    ("path", "zoned", "bare"),
    [
        ("/feed.xml", "Sat, 21 Nov 2026 19:00:00 +0800", "<pubDate>2026-11-21 19:00:00</pubDate>"),
        ("/atom.xml", "2026-11-21T19:00:00+08:00", "<published>2026-11-21T19:00:00</published>"),
        ("/feed.json", "2026-11-21T19:00:00+08:00", '"date_published":"2026-11-21T19:00:00"'),
    ],
)
def test_no_timezone(replica: Replica, path: str, zoned: str, bare: str) -> None:
    assert zoned in ask(replica, NEWS + path).text()
    replica.faults.on("no_timezone")
    page = ask(replica, NEWS + path).text()
    assert zoned not in page
    assert bare in page
