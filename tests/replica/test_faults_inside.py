"""The faults that act inside a site: what lists, searches and pages then show."""

from __future__ import annotations

import pytest
from parsel import Selector

from replica.server import Replica
from tests.replica.asking import (
    NEWS,
    SEARCH,
    THREAD,
    TIMELINE,
    M,
    S,
    ask,
    mids,
    reposts,
)


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
