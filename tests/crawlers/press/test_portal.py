"""What the portals' data promises: every site is whole, aged in both languages, and finds its own articles."""

from __future__ import annotations

import pytest

from core.errors import UsageError
from core.models import Kind
from core.project import SourceUse
from crawlers import registry
from crawlers.reading.jsonp import NotJson, read_jsonp
from crawlers.sources.portal.comments import APIS
from crawlers.sources.portal.comments.page import province_of
from crawlers.sources.portal.sites import fill, site_of, sites
from replica.truth import reachable
from replica.world.model import World
from replica.world.portals import OFFICIAL, PORTALS, publish
from tests.sites import NOW


def test_the_age_of_the_source_is_that_of_its_sites() -> None:
    age = registry.source("portal").age
    assert age is not None
    assert age.zh == " ".join(f"{site.title.zh}：{site.age.zh}" for site in sites().values())
    assert age.en == " ".join(f"{site.title.en}: {site.age.en}" for site in sites().values())


def test_each_site_has_a_reader_for_its_comments_and_calls_that_can_be_filled() -> None:
    known = dict.fromkeys(
        ("id", "url", "channel", "comment_id", "doc", "client_id", "source_id", "cursor", "parent"), "1"
    )
    for site in sites().values():
        assert site.comments is not None
        assert site.comments.api in APIS
        for call in site.comments.calls.values():
            assert fill(call, {**known, "page": 2, "offset": 20}).url.startswith("http")
        if site.lists is not None:
            for call in filter(None, (site.lists.first, site.lists.next)):
                assert fill(call, {"channel": site.lists.channel, "page": 2, "offset": 20}).url


def test_an_article_s_address_tells_its_portal_and_its_id() -> None:
    world = publish(World(now=NOW, posts=[]), size=0.2)
    for post in world.posts:
        if post.platform == "portal" and post.kind is Kind.ARTICLE:
            site = site_of(post.url or "")
            assert post.id == f"portal:{site.name}:{site.native(post.url or '')}"
    assert {portal.name for portal in PORTALS} == set(sites())


def test_the_truth_knows_what_lists_and_accounts_can_reach() -> None:
    world = publish(World(now=NOW, posts=[]), size=0.2)
    lists = reachable(world, SourceUse(name="portal", arguments={"lists": "sina;netease:cm_guonei"}))
    assert {post_id.split(":")[1] for post_id in lists} == {"sina", "netease"}
    one = reachable(world, SourceUse(name="wechat", arguments={"accounts": OFFICIAL[0].number}))
    every = reachable(world, SourceUse(name="wechat", arguments={}))
    assert one < every == {post.id for post in world.posts if post.platform == "wechat"}


@pytest.mark.parametrize(
    "url", ["https://news.sina.com.cn/", "https://www.thepaper.cn/about", "mailto:a@b.example"]
)
def test_what_is_no_article_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        site_of(url)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":[1]}',
        b'\xef\xbb\xbf{"a":[1]}',
        b'var data={"a":[1]};',
        b'cb_1({"a":[1]});',
        b'/**/ typeof cb === "function" && cb({"a":[1]})\n',
    ],
)
def test_json_is_cut_out_of_any_script(body: bytes) -> None:
    assert read_jsonp(body) == {"a": [1]}


def test_json_in_gbk_is_read() -> None:
    assert read_jsonp('cb(["跟贴"])'.encode("gb18030")) == ["跟贴"]


@pytest.mark.parametrize(
    ("body", "block"),
    [
        (b"", "empty_answer"),
        (b"<html></html>", "not_json"),
        (b"no", "not_json"),
        (b'cb({"a":', "truncated_json"),
        (b'cb({"a":}', "truncated_json"),
    ],
)
def test_what_came_instead_of_json_is_named(body: bytes, block: str) -> None:
    with pytest.raises(NotJson) as caught:
        read_jsonp(body)
    assert caught.value.block == block


@pytest.mark.parametrize(
    ("place", "province"),
    [
        ("江苏苏州", "江苏"),
        ("湖南省株洲市某县", "湖南"),
        ("IP属地：黑龙江", "黑龙江"),
        ("中国湖北武汉", "湖北"),
        ("内蒙古自治区", "内蒙古"),
        ("日本", "日本"),
        ("", None),
        (None, None),
    ],
)
def test_places_become_provinces(place: str | None, province: str | None) -> None:
    assert province_of(place) == province
