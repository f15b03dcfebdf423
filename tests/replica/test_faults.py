"""Every fault does over HTTP what its title says, for whom and as often as it was switched on."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import timedelta
from http.client import IncompleteRead, RemoteDisconnected
from time import monotonic

import pytest

from core.errors import UsageError
from replica.faults import Faults, table
from replica.server import Replica
from replica.trouble import AFTER, BEFORE
from replica.world.model import World
from tests.replica.asking import (
    BBS,
    CONFIG,
    FORUM,
    NEWS,
    SEARCH,
    THREAD,
    TIMELINE,
    M,
    W,
    ask,
)
from tests.sites import LOGIN, NOW, get, visitor


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


def test_a_fault_may_be_for_those_who_ask_too_often_in_a_minute() -> None:
    time = iter((0.0, 10.0, 20.0, 30.0, 65.0, 91.0))
    faults = Faults(clock=lambda: next(time))
    faults.on("captcha", per_minute=3)
    assert [bool(faults.striking("m.weibo.cn/", "none")) for _ in range(6)] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]


def test_a_fault_may_last_from_one_moment_of_the_sites_to_another(world: World) -> None:
    moments = [NOW + timedelta(hours=hours) for hours in range(5)]
    clock = iter(moments)
    replica = Replica(world, clock=lambda: next(clock))
    switch = replica.faults.on("unavailable", since=moments[1], until=moments[3])
    assert [replica.ask(CONFIG, headers=LOGIN).status for _ in moments] == [200, 503, 503, 200, 200]
    assert switch.seen == 2


def test_a_damaged_gzip_body_says_that_it_is_packed_and_cannot_be_unpacked(replica: Replica) -> None:
    replica.faults.on("gzip_error")
    page = ask(replica, TIMELINE)
    assert page.headers["content-encoding"] == "gzip"
    with pytest.raises((zlib.error, EOFError, OSError)):
        gzip.decompress(page.body)


def test_a_fault_nobody_knows_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no fault 'captchas'.*captcha"):
        Faults().on("captchas")


def test_the_log_says_which_fault_struck(replica: Replica) -> None:
    replica.faults.on("bad_gateway", times=1)
    ask(replica, CONFIG)
    ask(replica, CONFIG)
    assert [(entry.status, entry.fault) for entry in replica.log] == [(502, "bad_gateway"), (200, None)]
