"""What the docs promise of the crawlers' public face is there, and nothing of it goes untold."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import scrapy
from msgspec import structs
from scrapy.core.engine import ExecutionEngine
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.settings import Settings

from core.models import Author, Kind, Post
from crawlers import registry, settings, worker
from crawlers.addon import TingfengAddon, rate_settings
from crawlers.coverage import CoverageBook
from crawlers.pipelines import Deduplicate
from crawlers.registry import Rate
from crawlers.spider import SourceSpider

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OURS = {name for name in vars(settings) if name.startswith("TINGFENG_")}
CODE = re.compile(r"`([^`]+)`")


def table(page: str, heading: str) -> list[str]:
    """The first column of the table under a heading."""
    _, _, after = (DOCS / page).read_text("utf-8").partition(f"## {heading}")
    rows = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return [row.split("|")[1] for row in rows]


def test_each_setting_is_read_and_told() -> None:
    read = set(re.findall(r'told\("(TINGFENG_\w+)"', (ROOT / "crawlers" / "config.py").read_text("utf-8")))
    told = {name for cell in table("crawling.md", "Settings 设置") for name in CODE.findall(cell)}
    assert read == OURS
    assert told == OURS


@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("adding_a_source.md", "What the base class gives"),
        ("adding_a_source.zh.md", "基类提供什么"),
    ],
)
def test_what_is_told_of_the_base_class_is_there(page: str, heading: str) -> None:
    told = [name.partition("(")[0] for cell in table(page, heading) for name in CODE.findall(cell)]
    spider = SourceSpider("v2ex", nodes="python")
    assert told
    for name in told:
        assert name in {"began_at", "bookmarks"} or hasattr(spider, name), name
        assert name != "began_at" or isinstance(SourceSpider.began_at, property)
    book = next(
        line for line in (DOCS / page).read_text("utf-8").splitlines() if line.startswith("| `coverage`")
    )
    for name in CODE.findall(book)[1:]:
        assert callable(getattr(CoverageBook, name)), name


def test_the_scaffold_has_no_field_that_is_unknown() -> None:
    text = (ROOT / "ops" / "source_template" / "source.toml").read_text("utf-8")
    for word, value in {"{name}": "riji", "{site}": "https://a.example", "{host}": "a.example"}.items():
        text = text.replace(word, value)
    assert registry.parse(tomllib.loads(text), name="riji").name == "riji"


# --- the addon ------------------------------------------------------------------------------------------


def wired(spider: scrapy.Spider) -> Settings:
    """The settings that the addon leaves for a spider."""
    given = Settings()
    TingfengAddon(cast("Crawler", SimpleNamespace(spider=spider))).update_settings(given)
    return given


def test_a_spider_that_is_not_ours_is_left_alone() -> None:
    plain = Settings()
    found = wired(scrapy.Spider("shell"))
    for name in ("DOWNLOADER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS", "SCHEDULER", "DOWNLOAD_DELAY"):
        assert found[name] == plain[name] or dict(found[name]) == dict(plain[name])


def test_ours_gets_its_manners_in_their_order() -> None:
    found = wired(SourceSpider("v2ex", nodes="python"))
    ours = {
        component.__name__: place
        for component, place in found["DOWNLOADER_MIDDLEWARES"].items()
        if not isinstance(component, str) and place is not None
    }
    order = sorted(ours, key=lambda name: ours[name])
    assert order == [
        "GateMiddleware", "RobotsMiddleware", "BudgetMiddleware", "PaceMiddleware", "BlockDetectionMiddleware",
        "ConditionalMiddleware", "UnpackingMiddleware", "PlainRedirectMiddleware", "IdentityCookiesMiddleware",
    ]  # fmt: skip
    pipelines = sorted(found["ITEM_PIPELINES"].items(), key=lambda one: one[1])
    assert [pipeline.__name__ for pipeline, _ in pipelines] == ["Validate", "Deduplicate", "Land"]
    assert found["SCHEDULER"].__name__ == "Worker"


def test_scrapy_lets_a_worker_say_how_often_it_looks_for_pages() -> None:
    assert worker._LOOK_S < ExecutionEngine._SLOT_HEARTBEAT_INTERVAL


RATE = Rate(delay_s=6.0, jitter=0.5, concurrency=1, daily=100)


@pytest.mark.parametrize(
    ("rate", "given", "at_once", "each"),
    [
        (replace(RATE, scope="source"), {}, 1, 1),
        (RATE, {}, 8, 1),  # each host of an engine waits for itself alone
        (replace(RATE, concurrency=12), {}, 12, 12),
        (replace(RATE, scope="source"), {"CONCURRENT_REQUESTS_PER_DOMAIN": 4}, 4, 1),  # the operator's word
    ],
)
def test_a_rate_becomes_settings(rate: Rate, given: dict[str, int], at_once: int, each: int) -> None:
    told = Settings()
    told.setdict(given, priority="cmdline")
    found = rate_settings(rate, told)
    assert (found["CONCURRENT_REQUESTS"], found["CONCURRENT_REQUESTS_PER_DOMAIN"]) == (at_once, each)
    assert (found["DOWNLOAD_DELAY"], found["DOWNLOAD_DELAY_JITTER"]) == (6.0, 0.5)


# --- the pipelines --------------------------------------------------------------------------------------


def test_a_post_passes_once_and_again_only_when_it_says_more() -> None:
    single = Deduplicate(cast("Crawler", SimpleNamespace(spider=None)))
    post = Post(id="weibo:1", platform="weibo", kind=Kind.POST, text="一句话")
    whole = structs.replace(post, text="一句话，现在是整段")
    assert single.process_item(post) is post
    for again in (post, structs.replace(post, text="短")):
        with pytest.raises(DropItem):
            single.process_item(again)
    assert single.process_item(whole) is whole
    with pytest.raises(DropItem):
        single.process_item(post)
    author = Author(id="weibo:9900000001")
    assert single.process_item(author) is author
    with pytest.raises(DropItem):
        single.process_item(author)
