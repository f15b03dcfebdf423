"""The pages in a real Chromium: drawn, usable narrow and wide, nothing foreign loaded, hostile text not run."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.home import Home
from index.store import Store
from tests.web.collecting import RUN
from tests.web.conftest import PROJECT, ROOT
from web.app import REQUEST_BYTES, create_app

pytestmark = pytest.mark.browser
LEGIBILITY = Path(__file__).with_name("legibility.js").read_text("utf-8")
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATHS = [
    "/",
    "/search",
    "/search?q=刹车",
    "/search?q=刹车 sentiment:negative -kind:repost duplicate:folded&sort=relevant&by=topic",
    "/search?q=platfrom:weibo",
    "/search/check?q=刹车 -抽奖",
    "/search/words?q=澜石",
    "/brand/lanshi",
    "/topics",
    f"/cascade/{ROOT}",
    "/kol?days=0",
    "/sources",
    "/schedule",
    "/runs",
    f"/runs/{RUN}",
    "/coverage?days=30",
    "/accuracy",
    "/accuracy?of=aspect",
    "/accuracy?of=emotion",
]


@pytest.fixture(scope="module")
def address(filled: tuple[Home, Store]) -> Iterator[str]:
    home, store = filled
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(home, store, PROJECT)
    config = uvicorn.Config(app, log_level="warning", h11_max_incomplete_event_size=REQUEST_BYTES)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("TINGFENG_TEST_BROWSER") or shutil.which("chromium")
    if not executable:
        if os.environ.get("TINGFENG_REQUIRE_BROWSER"):
            pytest.fail("no Chromium here, and TINGFENG_REQUIRE_BROWSER asks for one")
        pytest.skip("no Chromium here; set TINGFENG_TEST_BROWSER to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        yield browser
        browser.close()


class Watched:
    """A page with all that went wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.foreign: list[str] = []
        self.errors: list[str] = []
        page.on(
            "request",
            lambda r: self.foreign.append(r.url) if not r.url.startswith((address, "data:")) else None,
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda told: self.errors.append(told.text) if told.type == "error" else None)


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    yield Watched(context.new_page(), address)
    context.close()


@contextmanager
def leading(page: Page) -> Iterator[None]:
    """What is done here leads to another page: go on when that one is whole, its scripts among it."""
    page.evaluate("window.left = true")
    yield
    page.wait_for_function("() => !window.left && document.readyState === 'complete'")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PATHS)
def test_pages_are_drawn_and_fit(open_page: Watched, address: str, path: str, width: int) -> None:
    page = open_page.page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    plots = page.locator("[data-chart]")
    for number in range(plots.count()):
        assert plots.nth(number).locator("canvas").count() == 1
    assert open_page.foreign == []
    assert open_page.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", ["/", "/search?q=刹车", "/brand/lanshi?days=0", "/accuracy", f"/posts?ids={ROOT}"]
)
def test_pages_can_be_read_with_weak_eyes_and_used_without_a_mouse(
    browser: Browser, address: str, path: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    for summary in page.locator("details.reading > summary").all()[:2]:
        summary.press("Enter")
    found = page.evaluate(LEGIBILITY)
    assert found["texts"] > 20
    assert found["faults"] == []
    context.close()


def test_hostile_text_does_not_run(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/search?q=hacked")
    page.wait_for_load_state("networkidle")
    assert "window.hacked" in page.locator("article.post").first.inner_text()
    assert page.evaluate("window.hacked") is None


def test_a_search_is_answered_in_place_and_keeps_its_address(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/search")
    page.evaluate("window.kept = 1")
    page.fill("#q", "北曜 异响")
    page.press("#q", "Enter")
    page.wait_for_url("**/search?*%E5%8C%97%E6%9B%9C*")
    page.wait_for_selector("#hits mark")
    assert page.evaluate("window.kept") == 1
    assert "北曜" in page.locator("article.post").first.inner_text()
    page.wait_for_selector("[data-chart] canvas")
    page.go_back()
    page.wait_for_function("() => document.querySelector('#q').value === ''")
    page.wait_for_selector("#found [data-chart] canvas")
    assert open_page.errors == []


def test_typing_is_told_of_once_it_pauses(open_page: Watched, address: str) -> None:
    page = open_page.page
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/search/check" in r.url else None)
    page.clock.install()
    page.goto(address + "/search")
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    page.locator("#q").press_sequentially("brake OR dust paint platfrom:x")
    assert asked == []
    page.clock.resume()
    page.wait_for_selector("#check mark")
    assert page.locator("#check mark").inner_text() == "platfrom:x"
    assert "platform:" in page.locator("#check").inner_text()
    assert len(asked) == 1
    page.fill("#q", "失灵 OR 刹车 异响")
    page.wait_for_selector("#check .mixed")
    assert page.locator("#check .counts li").count() == 3
    assert len(asked) == 2
    page.locator("#check .mixed button").click()
    chosen = "(() => { const q = document.getElementById('q'); return q.value.slice(q.selectionStart, q.selectionEnd) })()"
    assert page.evaluate(chosen) == "失灵 OR 刹车 异响"
    assert page.url.endswith("/search")  # nothing was searched for yet
    assert open_page.errors == []


def test_a_click_on_a_facet_narrows_and_can_be_taken_back(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/search?q=澜石")
    before = page.locator(".total b").first.inner_text()
    page.locator(".facets button[name=add][value='kind:repost']").click()
    page.wait_for_selector(".bound button")
    assert page.input_value("#q") == "澜石 kind:repost"
    assert "kind%3Arepost" in page.url
    assert page.locator(".total b").first.inner_text() != before
    page.locator(".facets button[aria-pressed=true]").first.press("Enter")
    page.wait_for_selector(".bound", state="detached")
    assert page.input_value("#q") == "澜石"
    assert page.locator(".total b").first.inner_text() == before
    assert open_page.errors == []


def test_what_is_chosen_beside_the_picture_is_asked_for_at_once(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/search?q=澜石")
    page.select_option("#sort", "engaged")
    page.wait_for_url("**sort=engaged**")
    page.wait_for_function("() => document.querySelector('article.post').innerText.includes('车评老周')")
    page.select_option("#by", "kind")
    page.wait_for_url("**by=kind**")
    page.select_option("#days", "7")
    page.wait_for_url("**days=7**")
    assert page.input_value("#sort") == "engaged"
    box = page.locator("#found .plot").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 60, box["y"] + box["height"] - 60)
    page.wait_for_selector(".bound button")
    assert "after:" in page.input_value("#q")
    assert open_page.errors == []


def test_more_hits_similar_ones_and_words_come_on_demand(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/search?q=澜石")
    page.locator("a.more").click()
    page.wait_for_function("() => document.querySelectorAll('#hits > article.post').length === 40")
    page.locator("a.more").wait_for()
    page.locator("article.post footer a", has_text="相似帖子").first.click()
    page.wait_for_selector("article.post .likes")
    for name in ("words", "numbers"):
        page.locator(f".insight[hx-get*='/search/{name}'] summary").click()
        page.wait_for_selector(f".insight[hx-get*='/search/{name}'] table")
    assert page.url.endswith("/search?q=澜石") or "%" in page.url
    assert open_page.errors == []


def test_a_query_of_eight_thousand_characters_goes_all_the_way(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/search")
    query = " OR ".join(f"刹车失灵第{number}次" for number in range(500))
    assert 4_000 < len(query) < 8_000
    page.fill("#q", query + " OR 异响")
    page.press("#q", "Enter")
    page.wait_for_function("() => document.querySelector('#found').dataset.query.length > 4000")
    assert "异响" in page.locator("article.post").first.inner_text()
    page.wait_for_selector("#check .counts li")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert open_page.errors == []


def test_without_scripts_the_page_is_a_plain_form(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(address + "/search")
    page.fill("#q", "刹车 OR 失灵 异响")
    page.click("button.go")
    expect(page.locator("#hits mark").first).to_be_visible()
    assert "OR 与 AND 并列" in page.locator("#check").inner_text()
    page.select_option("#sort", "engaged")
    page.click("button.go")
    page.wait_for_url("**sort=engaged**")
    page.locator(".facets button[name=add]").first.click()
    expect(page.locator(".bound button")).to_have_count(1)
    page.locator("button[formaction]").click()
    expect(page.locator(".preview")).to_have_count(1)
    context.close()


def test_the_other_language_is_one_click_away_and_stays(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/kol?days=0")
    with leading(page):
        page.click("a.language")
    assert page.locator("h1").inner_text() == "Candidate KOLs"
    page.goto(address + "/runs")
    assert page.locator("h1").inner_text() == "Collection runs"


def test_the_tree_is_drawn_and_names_who_is_pointed_at(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(f"{address}/cascade/{ROOT}")
    page.wait_for_load_state("networkidle")
    inked = """() => { const c = document.querySelector('canvas.tree');
      const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
      let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }"""
    assert page.evaluate(inked) > 500
    box = page.locator("canvas.tree").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("() => document.getElementById('tree-tip').textContent.includes('车评老周')")


def test_posts_are_judged_by_keys(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/accuracy")
    with leading(page):
        page.click("form[action='/accuracy/draw'] button")
    page.fill("input[name=by]", "1s")  # keys that mean something elsewhere
    assert page.locator(".notice").count() == 0
    page.locator("h1").click()
    shown = page.locator(".judge blockquote").inner_text()
    with leading(page):
        page.keyboard.press("s")
    assert page.locator(".judge blockquote").inner_text() != shown
    with leading(page):
        page.keyboard.press("b")
    with leading(page):
        page.keyboard.press("3")
    assert "负面" in page.locator(".notice").inner_text()
    with leading(page):
        page.locator(".notice a").click()
    assert page.locator(".judge blockquote").inner_text() == shown
    with leading(page):
        page.keyboard.press("1")
    assert "正面" in page.locator(".notice").inner_text()
    assert open_page.errors == []


def test_aspects_are_judged_by_keys_one_after_the_other(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/accuracy?of=aspect")
    with leading(page):
        page.click("form[action='/accuracy/draw'] button")
    while page.locator("fieldset.ask").count() == 0:
        with leading(page):
            page.keyboard.press("s")
    asked = page.locator("fieldset.ask").count()
    page.locator("summary", has_text="补上漏掉的属性").press("Enter")
    page.locator(".missed select").first.select_option("negative")
    page.locator("h1").click()
    for _ in range(asked):
        assert page.locator("fieldset.ask:not(:has(:checked))").count() > 0
        page.keyboard.press("4")
    assert page.locator("fieldset.ask [value=none]:checked").count() == asked
    with leading(page):
        page.keyboard.press("Enter")
    told = page.locator(".notice").inner_text()
    assert told.count("没有谈到") >= asked
    assert "负面" in told
    assert open_page.errors == []


def test_a_day_of_a_brand_can_be_asked_for(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/brand/lanshi?days=0")
    page.wait_for_selector("[data-chart=moods] canvas")
    box = page.locator("[data-chart=moods]").bounding_box()
    assert box
    page.locator("[data-chart=moods]").scroll_into_view_if_needed()
    box = page.locator("[data-chart=moods]").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/search?**")
    assert "before:" in page.input_value("#q")
    expect(page.locator("article.post").first).to_be_visible()


def test_without_scripts_the_numbers_of_a_brand_are_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.goto(address + "/brand/lanshi?days=0")
    rows = page.locator("#emotions .parted tbody tr")
    assert rows.count() == 6
    assert all(any(sign.isdigit() for sign in text) for text in rows.all_inner_texts())
    page.locator("#emotions .twin summary").click()
    page.locator("#emotions .twin tbody button").first.click()
    expect(page.locator("article.post").first).to_be_visible()
    page.go_back()
    page.locator("#aspects tbody a[href*=search]").first.click()
    expect(page.locator("article.post").first).to_be_visible()
    context.close()


def test_a_number_opens_to_its_evidence(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/brand/lanshi?days=0")
    page.locator(".figure details.evidence summary").first.click()
    page.locator(".figure details.evidence[open] a").first.click()
    expect(page.locator("article.post").first).to_be_visible()
