"""Every page answers, in both languages, with its numbers' evidence; hostile text stays text."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from starlette.testclient import TestClient

from core.home import Home
from core.project import EMPTY
from index.address import open_store
from index.store import Store
from tests.web.conftest import PROJECT, ROOT
from web.app import create_app
from web.language import catalog

PAGES = [
    "/", "/search", "/search?q=刹车&sort=engaged", "/search?q=刹车 NOT 失灵&days=7&page=2", "/search?q=platfrom:weibo",
    "/posts?ids=" + ROOT, "/brand/lanshi", "/brand/lanshi?days=0", "/topics", "/topics?window=72&at=2026-11-20", f"/cascade/{ROOT}",
    f"/cascade/{ROOT}?shape=sail", "/kol", "/kol?q=刹车&public=false&days=0", "/sources", "/runs", "/runs/weibo-test",
]  # fmt: skip
ROOM = Path(__file__).parents[2] / "web"


@pytest.fixture(scope="module")
def client(filled: tuple[Home, Store]) -> Iterator[TestClient]:
    home, store = filled
    with TestClient(create_app(home, store, PROJECT)) as client:
        yield client


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_in_the_language_asked(client: TestClient, path: str, language: str) -> None:
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert ("总览" in answer.text) is (language == "zh")
    assert ("Overview" in answer.text) is (language == "en")


@pytest.mark.parametrize("path", ["/nothing", "/brand/nobody", "/cascade/weibo:1", "/runs/none"])
def test_what_is_not_there_says_so_and_leads_back(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept-language": "en"})
    assert answer.status_code == 404
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("path", ["/search?page=two", "/topics?window=day"])
def test_a_wrong_value_in_the_address_is_told_on_a_page(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept-language": "zh"})
    assert answer.status_code == 400
    assert path.partition("?")[2].partition("=")[0] in answer.text
    assert 'href="/"' in answer.text
    assert "网址" in answer.text


def test_hostile_text_is_shown_not_run(client: TestClient) -> None:
    for path in ("/search?q=hacked", "/posts?ids=weibo:5300000000000002"):
        text = client.get(path).text
        assert "window.hacked" in text
        assert "<script>window.hacked" not in text
        assert "<img src=x" not in text
        assert "{{7*7}}" in text


def test_a_query_that_cannot_be_read_shows_where(client: TestClient) -> None:
    text = client.get("/search", params={"q": "刹车 platfrom:weibo"}).text
    assert "<mark>" in text
    assert 'role="alert"' in text


def test_numbers_name_their_formula_base_and_posts(client: TestClient) -> None:
    text = client.get("/brand/lanshi", headers={"accept-language": "en"}).text
    assert "nsr_pn" in text
    assert "nsr_all" in text
    assert 'href="/posts?ids=' in text
    assert "cleaned voices" in text


def test_the_kol_list_can_be_taken_away(client: TestClient) -> None:
    answer = client.get("/kol.xlsx", params={"q": "刹车", "days": "0"}, headers={"accept-language": "zh"})
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert any("车评老周" in str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row)


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/api/search?q=刹车", {"query", "total", "posts"}),
        ("/api/wom?brand=lanshi", {"brands", "base"}),
        ("/api/topics", {"topics", "window_h"}),
        (f"/api/cascade/{ROOT}", {"root", "nodes", "metrics", "key_spreaders"}),
        ("/api/kol?q=刹车", {"candidates"}),
    ],
)
def test_the_same_answers_as_json(client: TestClient, path: str, keys: set[str]) -> None:
    assert keys <= set(client.get(path).json())


@pytest.mark.parametrize("path", ["/api/search?q=(", "/api/kol?until=soon", "/api/wom?brand=nobody"])
def test_wrong_input_over_json_is_a_client_error_with_a_reason(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_empty_store_without_a_project_still_shows_every_page(tmp_path: Path) -> None:
    home = Home(tmp_path)
    store = open_store(None, home)
    try:
        with TestClient(create_app(home, store, EMPTY)) as client:
            for path in ("/", "/search?q=x", "/topics", "/kol", "/sources", "/runs"):
                assert client.get(path).status_code == 200, path
    finally:
        store.close()


def test_every_sentence_exists_in_both_languages_and_is_used() -> None:
    sources = [*ROOM.glob("templates/*.html"), *ROOM.rglob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    used = set(re.findall(r"""t\('([a-z]+\.[a-z_]+)'[,)]""", text)) | set(
        re.findall(r"""'(nav\.[a-z]+)'""", text)
    )
    used |= set(re.findall(r"""sentence\("([a-z]+\.[a-z_]+)\"""", text))
    known = catalog()
    assert used <= set(known), used - set(known)
    for key, texts in known.items():
        assert set(texts) == {"zh", "en"}, key
        assert all(texts.values()), key
    groups = {
        "platform",
        "source",
        "kind",
        "sentiment",
        "emotion",
        "voice",
        "base",
        "tier",
        "outcome",
        "block",
    }
    composed = {"search.newest", "search.engaged", "cascade.radial", "cascade.sail"}
    composed |= {f"post.{name}" for name in ("reposts", "comments", "likes", "views")}
    composed |= {key for key in known if key.startswith(("topics.kind_", "runs."))}
    unused = {key for key in known if key.split(".")[0] not in groups} - used - composed
    assert not unused


def test_vendored_files_are_those_of_the_checksums() -> None:
    folder = ROOM / "static" / "vendor"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
