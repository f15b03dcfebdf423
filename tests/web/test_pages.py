"""Every page answers, in both languages, with its numbers' evidence; hostile text stays text."""

from __future__ import annotations

import hashlib
import html
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote_plus

import openpyxl
import pytest
from starlette.testclient import TestClient

from core.home import Home
from core.models import AnnotatedPost, Annotation, Kind, Post
from core.project import EMPTY
from index.address import open_store
from index.facets import NUMBERS
from index.query.choices import CHOICES
from index.store import Batch, Interval, Sort, Store
from tests.web.conftest import PROJECT, ROOT
from web.app import create_app
from web.asking import SPLITS
from web.facets import FIELDS
from web.language import catalog, name_of

PAGES = [
    "/", "/search", "/search?q=刹车&sort=engaged", "/search?q=刹车 NOT 失灵&days=7&interval=hour&by=topic",
    "/search?q=platfrom:weibo", "/search?q=duplicate:folded&sort=relevant&by=none", "/search/check?q=刹车 -失灵", "/search/words?q=刹车",
    "/search/clusters?q=澜石", "/search/numbers?q=刹车", f"/search/similar?post={ROOT}",
    "/posts?ids=" + ROOT, "/brand/lanshi", "/brand/lanshi?days=0", "/topics", "/topics?window=72&at=2026-11-20", f"/cascade/{ROOT}",
    f"/cascade/{ROOT}?shape=sail", "/kol", "/kol?q=刹车&public=false&days=0", "/sources", "/schedule", "/runs", "/runs?source=weibo", "/runs/weibo-test", "/coverage", "/coverage?source=weibo&days=0",
]  # fmt: skip
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
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


@pytest.mark.parametrize("path", ["/search/export?kind=csv&limit=two", "/topics?window=day"])
def test_a_wrong_value_in_the_address_is_told_on_a_page(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept-language": "zh"})
    assert answer.status_code == 400
    assert path.rpartition("=")[0].rpartition("&")[2].rpartition("?")[2] in answer.text
    assert 'href="/"' in answer.text
    assert "网址" in answer.text


def test_hostile_text_is_shown_not_run(client: TestClient) -> None:
    post = "weibo:5300000000000002"
    for path in ("/search?q=hacked", "/search/check?q=hacked", "/search?q=window", f"/posts?ids={post}"):
        text = client.get(path).text.replace("<mark>", "").replace("</mark>", "")
        assert "window.hacked" in text
        assert "<script>window.hacked" not in text
        assert "<img src=x" not in text
        assert "{{7*7}}" in text


def test_numbers_name_their_formula_base_and_posts(client: TestClient) -> None:
    text = client.get("/brand/lanshi", headers={"accept-language": "en"}).text
    assert "nsr_pn" in text
    assert "nsr_all" in text
    assert 'href="/posts?ids=' in text
    assert "cleaned voices" in text


def test_the_brand_page_says_what_is_felt_and_leads_to_the_posts(client: TestClient) -> None:
    """Aspects in the reader's language, all emotions and voice classes, how sure; each number with its query."""
    for language, aspect, title in (("en", "power", "Share called unsure"), ("zh", "动力", "拿不准的占比")):
        text = client.get("/brand/lanshi?days=0", headers={"accept-language": language}).text
        assert f">{aspect}</a></th>" in text
        assert title in text
        for field in ("sentiment", "emotion", "voice"):
            for value in CHOICES[field]:
                assert f">{name_of(field, value, language)}</th>" in text, value
    found = re.findall(r'<a href="(/search\?q=[^"]+)">([0-9,]+)</a>', text)
    asked = [(html.unescape(url), count) for url, count in found]
    for clause in (
        "aspect:动力:positive",
        "sentiment:negative",
        "emotion:",
        "voice:organic",
        "platform:weibo",
    ):
        url, count = next(one for one in asked if clause in unquote_plus(one[0]))
        total = re.search(r'role="status"><b>([0-9,]+)</b>', client.get(url).text)
        assert total is not None, clause
        here, there = (int(number.replace(",", "")) for number in (count, total[1]))
        assert 0 < here <= there, clause  # a search counts copies, too
        assert here == there or "duplicate%3Afolded" in url, clause


def test_the_words_an_opinion_was_read_from_are_marked(client: TestClient) -> None:
    text = client.get("/brand/lanshi?days=0", headers={"accept-language": "en"}).text
    assert re.search(r'<blockquote class="voice said-positive">\s*<p>[^<]*<mark>[^<]*动力[^<]*</mark>', text)


def test_the_kol_list_can_be_taken_away(client: TestClient) -> None:
    answer = client.get("/kol.xlsx", params={"q": "刹车", "days": "0"}, headers={"accept-language": "zh"})
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert any("车评老周" in str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row)


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/api/wom?brand=lanshi", {"brands", "base"}),
        ("/api/topics", {"topics", "window_h"}),
        (f"/api/cascade/{ROOT}", {"root", "nodes", "metrics", "key_spreaders"}),
        ("/api/kol?q=刹车", {"candidates"}),
    ],
)
def test_the_same_answers_as_json(client: TestClient, path: str, keys: set[str]) -> None:
    assert keys <= set(client.get(path).json())


@pytest.mark.parametrize("path", ["/api/kol?until=soon", "/api/wom?brand=nobody"])
def test_wrong_input_over_json_is_a_client_error_with_a_reason(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("127.0.0.1:8321", 200), ("localhost:8321", 200), ("LOCALHOST", 200), ("[::1]:8321", 200),
        ("testserver", 200), ("evil.example", 421), ("evil.example:8321", 421), ("127.0.0.1.evil.example", 421),
        ("127.0.0.1@evil.example", 421), ("", 421), ("[::1", 421),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/api/count", "/static/site.css", "/search/export?kind=csv"])
def test_only_this_machines_own_addresses_are_answered(
    client: TestClient, path: str, host: str, status: int
) -> None:
    answer = client.get(path, headers={"host": host, "accept-language": "en"})
    assert answer.status_code == status
    assert ("must send one of them as Host" in answer.text) is (status == 421)


def test_an_empty_store_without_a_project_still_shows_every_page(tmp_path: Path) -> None:
    home = Home(tmp_path)
    store = open_store(None, home)
    try:
        with TestClient(create_app(home, store, EMPTY)) as client:
            for path in (
                "/",
                "/search",
                "/search?q=x",
                "/search/check?q=x",
                "/topics",
                "/kol",
                "/sources",
                "/runs",
            ):
                assert client.get(path).status_code == 200, path
    finally:
        store.close()


NAMES = {
    "platform", "source", "kind", "sentiment", "emotion", "voice", "intent", "verified", "lang", "has",
    "gone", "base", "opinion", "mention", "tier", "outcome", "standing", "block", "field", "interval",
}  # fmt: skip
COMPOSED = (
    "topics.kind_",
    "accuracy.ask_",
    "accuracy.what_",
    "accuracy.by_",
    "runs.",
    "schedule.",
    "search.form_",
    "search.formula_",
    "search.group_",
    "search.number_",
)
SINGLE = {
    *(f"search.{sort}" for sort in Sort), "search.words", "search.clusters", "search.numbers",
    "cascade.radial", "cascade.sail", "post.reposts", "post.comments", "post.likes", "post.views",
}  # fmt: skip


def test_every_sentence_exists_in_both_languages_and_is_used() -> None:
    sources = [*ROOM.glob("templates/*.html"), *ROOM.rglob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    used = set(re.findall(r"""t\('([a-z]+\.[a-z_0-9]+)'[,)]""", text)) | set(
        re.findall(r"""'(nav\.[a-z]+)'""", text)
    )
    used |= set(re.findall(r"""sentence\("([a-z]+\.[a-z_]+)\"""", text))
    known = catalog()
    assert used <= set(known), used - set(known)
    for key, texts in known.items():
        assert set(texts) == {"zh", "en"}, key
        assert all(texts.values()), key
    composed = SINGLE | {key for key in known if key.startswith(COMPOSED)}
    unused = {key for key in known if key.split(".")[0] not in NAMES} - used - composed
    assert not unused


def test_what_the_page_names_has_names() -> None:
    known = catalog()
    for field, values in CHOICES.items():
        assert {f"{field}.{value}" for value in values} <= set(known), field
    assert {f"field.{name}" for name in (*FIELDS, *SPLITS, *NUMBERS)} <= set(known)
    assert {f"interval.{interval}" for interval in Interval} <= set(known)


def test_vendored_files_are_those_of_the_checksums() -> None:
    folder = ROOM / "static" / "vendor"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_each_post_of_a_path_that_went_is_marked(tmp_path: Path) -> None:
    roots = {"root_id": "weibo:1", "parent_id": "weibo:1"}
    posts = [
        Post(id="weibo:1", platform="weibo", kind=Kind.POST, text="新车", published_at=NOON),
        Post(id="weibo:2", platform="weibo", kind=Kind.REPOST, text="转", published_at=NOON, **roots),
        Post(
            id="weibo:3", platform="weibo", kind=Kind.REPOST, text="发", published_at=NOON, gone="complaint",
            gone_at=NOON, **roots,
        ),
    ]  # fmt: skip
    store = open_store(None, Home(tmp_path))
    store.write(Batch(posts=[AnnotatedPost(post=post, annotation=Annotation()) for post in posts]))
    with TestClient(create_app(Home(tmp_path), store, EMPTY)) as client:
        page = client.get("/cascade/weibo:1", headers={"accept-language": "en"}).text
        nodes = client.get("/api/cascade/weibo:1").json()["nodes"]
    assert "1 of them are gone from the site" in page
    assert page.count("gone: after a complaint") == 1, "in the picture's data, at its own node"
    assert {node["id"]: node["gone"] for node in nodes} == {
        "weibo:1": None,
        "weibo:2": None,
        "weibo:3": "complaint",
    }
