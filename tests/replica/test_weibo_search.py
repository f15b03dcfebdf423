"""s.weibo.com: cards, pages, slices of time, and the cap of fifty pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from parsel import Selector

from core.models import Kind
from replica.server import Replica
from replica.sites.weibo_text import BEIJING
from replica.world.model import World
from tests.sites import LOGIN, MAKER, NOW, get

ITEM = '//div[@action-type="feed_list_item"][@mid]'


def ask(replica: Replica, words: str, **arguments: Any) -> Selector:
    query = "".join(f"&{name}={quote(str(value), safe=':')}" for name, value in arguments.items())
    url = f"http://s.weibo.com/weibo?q={quote(words)}&typeall=1&suball=1{query}"
    page = get(replica.proxy, url, headers=LOGIN)
    assert page.status == 200
    return Selector(page.text())


def mids(page: Selector) -> list[str]:
    return page.xpath(f"{ITEM}/@mid").getall()


def pages(page: Selector) -> int:
    return len(page.xpath('//ul[@class="s-scroll"]/li'))


def test_a_card_has_every_datum_where_the_site_puts_it(replica: Replica, world: World) -> None:
    root = next(post for post in world.posts if post.author == MAKER)
    card = ask(replica, "今天开始交付").xpath(ITEM)[0]
    source = card.xpath('(.//div[@class="from"])[1]/a')
    assert card.attrib["mid"] == root.id.removeprefix("weibo:")
    assert source[0].attrib["href"].startswith("//weibo.com/9900000001/")
    assert source[0].xpath("normalize-space()").get() == "11月19日 20:00"
    assert source[1].xpath("text()").get() == "微博 weibo.com"
    assert card.xpath('.//p[@node-type="feed_list_content"]/@nick-name').get() == "青禾汽车"
    assert card.xpath('.//a[@action-type="feed_list_forward"]/text()').get() == "35"
    assert card.xpath('.//a[@action-type="feed_list_comment"]/text()').get() == "100万+"
    assert card.css(".woo-like-count::text").get() == "116398"
    assert card.xpath('.//div[@class="avator"]//svg/@id').get() == "woo_svg_vblue"
    assert "pic_ids=" in (
        card.xpath('.//div[@node-type="feed_list_media_prev"]/div/@action-data').get() or ""
    )
    assert card.css("em.s-color-red::text").get() == "今天开始交付"


def test_a_long_text_comes_cut_and_hidden_whole(replica: Replica) -> None:
    card = ask(replica, "提车三个月").xpath(ITEM)[0]
    cut = card.xpath('.//p[@node-type="feed_list_content"]')
    whole = card.xpath('.//p[@node-type="feed_list_content_full"]')
    assert cut.xpath('.//a[@action-type="fl_unfold"]//text()').get() == "展开"
    assert whole.attrib["style"] == "display: none"
    assert "就说到这里" in (whole.xpath("string()").get() or "")
    assert "就说到这里" not in (cut.xpath("string()").get() or "")


def test_a_repost_carries_its_root(replica: Replica, world: World) -> None:
    root = next(post for post in world.posts if post.author == MAKER)
    card = ask(replica, "个来看热闹").xpath(ITEM)[0]
    inner = card.xpath('.//div[@class="card-comment"]')
    assert inner.xpath('.//div[@node-type="feed_list_forwardContent"]/a[1]/@nick-name').get() == "青禾汽车"
    data = inner.xpath('.//a[@action-type="feed_list_like"]/@action-data').get() or ""
    assert f"mid={root.id.removeprefix('weibo:')}" in data
    assert "//weibo.com/9900000001/" in (inner.xpath('.//p[@class="from"]/a[1]/@href').get() or "")


def test_fifty_pages_are_all_there_is_and_page_51_is_page_1(replica: Replica) -> None:
    first = ask(replica, "蛋挞", page=1)
    assert len(mids(first)) == 10
    assert pages(first) == 50
    assert mids(ask(replica, "蛋挞", page=51)) == mids(first)
    assert mids(ask(replica, "蛋挞", page=50)) != mids(first)


def test_slices_of_time_reach_every_post(replica: Replica, world: World) -> None:
    truth = {p.id for p in world.posts if "蛋挞" in p.text and p.kind is Kind.POST}
    seen: list[str] = []
    start = NOW.astimezone(BEIJING).replace(minute=0) - timedelta(hours=80)
    for since in (start, start + timedelta(hours=41)):
        until = since + timedelta(hours=41)
        scope = f"custom:{since:%Y-%m-%d}-{since.hour}:{until:%Y-%m-%d}-{until.hour}"
        count = pages(ask(replica, "蛋挞", timescope=scope))
        assert count < 50
        for page in range(1, count + 1):
            seen += mids(ask(replica, "蛋挞", timescope=scope, page=page))
    assert len(seen) == len(set(seen))
    assert {f"weibo:{mid}" for mid in seen} == truth


def test_a_page_past_the_last_and_a_word_nobody_wrote_find_nothing(replica: Replica) -> None:
    for page in (ask(replica, "再来一个", page=49), ask(replica, "没有这个词")):
        assert mids(page) == []
        assert page.css(".card-no-result p::text").get() == "抱歉，未找到相关结果。"


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({"scope": "ori"}, 1),
        ({"haspic": 1}, 1),
        ({"hasvideo": 1}, 0),
        ({"region": "custom:31:1000"}, 1),
        ({"region": "custom:11:1000"}, 0),
    ],
)
def test_filters(replica: Replica, arguments: dict[str, Any], wanted: int) -> None:
    assert len(mids(ask(replica, "今天开始交付", **arguments))) == wanted


def test_words_all_count(replica: Replica) -> None:
    assert pages(ask(replica, "蛋挞 再来一个")) == 31


def test_times_are_written_as_search_does(replica: Replica) -> None:
    newest = ask(replica, "蛋挞").xpath(f'({ITEM})[1]//div[@class="from"]/a[1]')
    assert newest.xpath("normalize-space()").get() == "30分钟前"
    old = ask(replica, "提车三个月").xpath(f'({ITEM})[1]//div[@class="from"]/a[1]')
    assert old.xpath("normalize-space()").get() == "2025年10月17日 20:00"


def test_the_hot_list_has_a_page(replica: Replica) -> None:
    page = Selector(get(replica.proxy, "http://s.weibo.com/top/summary", headers=LOGIN).text())
    assert page.css("td.td-02 a::text").getall() == ["青禾E5交付", "下雪了", "省考"]
