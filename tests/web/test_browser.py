"""The pages in a real Chromium: drawn, usable narrow and wide, nothing foreign loaded, hostile text not run."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from core.home import Home
from index.store import Store
from tests.web.conftest import PROJECT, ROOT
from web.app import create_app

pytestmark = pytest.mark.browser
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATHS = [
    "/",
    "/search?q=刹车",
    "/brand/lanshi",
    "/topics",
    f"/cascade/{ROOT}",
    "/kol?days=0",
    "/sources",
    "/runs",
]


@pytest.fixture(scope="module")
def address(filled: tuple[Home, Store]) -> Iterator[str]:
    home, store = filled
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(home, store, PROJECT), log_level="warning"))
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
    page.wait_for_function("document.querySelectorAll('article.post').length > 0")
    assert page.evaluate("window.kept") == 1
    assert "北曜" in page.locator("article.post").first.inner_text()
    page.wait_for_selector("[data-chart] canvas")
    assert open_page.errors == []


def test_the_other_language_is_one_click_away_and_stays(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/kol?days=0")
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
    page.wait_for_function("document.getElementById('tree-tip').textContent.includes('车评老周')")


def test_a_number_opens_to_its_evidence(open_page: Watched, address: str) -> None:
    page = open_page.page
    page.goto(address + "/brand/lanshi?days=0")
    page.locator(".figure details.evidence summary").first.click()
    page.locator(".figure details.evidence[open] a").first.click()
    assert page.locator("article.post").count() >= 1
