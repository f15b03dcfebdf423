"""The search page: what is asked is answered, what is clicked is asked, what is taken away is whole."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from core.home import Home
from core.models import AnnotatedPost, Annotation, Author, Kind, Post, Voice
from core.project import EMPTY
from index.address import open_store
from index.exports.ledger import Ledger
from index.query import parse
from index.store import Batch, Store
from tests.web.conftest import PROJECT, ROOT
from web.app import create_app

PARTIAL = {"hx-request": "true", "hx-request-type": "partial", "accept-language": "en"}


@pytest.fixture(scope="module")
def client(filled: tuple[Home, Store]) -> Iterator[TestClient]:
    home, store = filled
    with TestClient(create_app(home, store, PROJECT), headers={"accept-language": "en"}) as client:
        yield client


def asked_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


# --- typing ------------------------------------------------------------------------------------------


def test_a_query_is_explained_counted_and_warned_of_before_it_runs(client: TestClient) -> None:
    text = client.get("/search/check", params={"q": "刹车 -抽将 a OR 贵"}, headers=PARTIAL).text
    assert "<!doctype" not in text
    assert "contain “刹车”" in text
    assert "OR stands beside AND without brackets" in text
    assert "takes nothing away" in text
    assert "one character" in text
    assert re.search(r"抽将</span> <b>0</b>", text)
    assert re.search(r"\d+ of 34\d posts of all time match", text)
    assert "<mark>刹车</mark>" in text


def test_the_window_of_a_preview_is_stated(client: TestClient, filled: tuple[Home, Store]) -> None:
    text = client.get("/search/check", params={"q": "刹车", "days": "7"}, headers=PARTIAL).text
    assert "of the last 7 days match" in text
    assert "of all time" not in text


@pytest.mark.parametrize("path", ["/search", "/search/check"])
def test_a_query_that_cannot_be_read_shows_where(client: TestClient, path: str) -> None:
    answer = client.get(path, params={"q": "刹车 platfrom:<b>weibo"})
    assert answer.status_code == 200
    assert "刹车 <mark>platfrom:&lt;b&gt;weibo</mark>" in answer.text
    assert "did you mean platform:" in answer.text
    assert 'role="alert"' in answer.text


def test_a_piece_asked_for_without_scripts_is_a_whole_page(client: TestClient) -> None:
    for name in ("check", "words", "clusters", "numbers"):
        assert "<!doctype html>" in client.get(f"/search/{name}?q=刹车").text
        assert "<!doctype html>" not in client.get(f"/search/{name}?q=刹车", headers=PARTIAL).text


def test_a_piece_that_fails_is_a_notice_in_its_place(client: TestClient) -> None:
    answer = client.get("/search/similar?post=weibo:none", headers=PARTIAL)
    assert answer.status_code == 400
    assert "is not in the store" in answer.text
    assert "<!doctype" not in answer.text


# --- clicking ----------------------------------------------------------------------------------------


def test_every_facet_shown_leads_to_as_many_posts_as_it_says(client: TestClient) -> None:
    text = client.get("/search?q=澜石").text
    found = re.findall(
        r'name="add" value="([^"-][^"]*)" aria-pressed="false"><span class="label">[^<]*</span><span class="count">(\d+)',
        text,
    )
    assert len({clause.partition(":")[0] for clause, _ in found}) >= 6
    for clause, count in found:
        clause = clause.replace("&#34;", '"')
        leads = client.get("/search", params={"q": "澜石", "add": clause}, follow_redirects=False)
        assert leads.status_code == 303
        query = asked_of(leads.headers["location"])["q"]
        assert client.get("/api/count", params={"q": query}).json()["count"] == int(count), clause


def test_a_condition_is_added_shown_and_taken_out(client: TestClient) -> None:
    params = {"q": "澜石 OR 北曜", "sort": "engaged", "days": "30", "add": "sentiment:negative"}
    address = client.get("/search", params=params, follow_redirects=False).headers["location"]
    assert asked_of(address) == {"q": "(澜石 OR 北曜) sentiment:negative", "sort": "engaged", "days": "30"}
    text = client.get(address).text
    assert 'name="take" value="sentiment:negative" aria-pressed="true"' in text
    back = client.get(address + "&take=sentiment:negative", follow_redirects=False).headers["location"]
    assert parse(asked_of(back)["q"]).tree == parse("澜石 OR 北曜").tree


def test_what_the_project_names_is_one_click_away(client: TestClient) -> None:
    text = client.get("/search").text
    for clause in ("saved:brakes", "brand:lanshi", "list:circle", "tag:complaint"):
        assert f'name="add" value="{clause}"' in text
        answer = client.get("/search", params={"q": "", "add": clause})
        assert f'name="take" value="{clause}"' in answer.text


def test_the_order_says_its_formula(client: TestClient) -> None:
    text = client.get("/search?q=刹车&sort=engaged").text
    assert "reposts + comments + likes, unknown as 0" in text
    assert text.index("车评老周</b>") < text.index("海风里") if "海风里" in text else True
    assert "BM25" in client.get("/search?q=刹车&sort=relevant").text


def test_pages_follow_each_other_without_a_gap(client: TestClient) -> None:
    ids: list[str] = []
    address = "/search?q=刹车"
    while address:
        text = client.get(address).text
        ids += re.findall(r"<code>(weibo:\d+)</code>", text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(ids) == len(set(ids)) == client.get("/api/count?q=刹车").json()["count"]


def test_a_wrong_cursor_is_told_on_the_page(client: TestClient) -> None:
    answer = client.get("/search?q=刹车&after=nonsense")
    assert answer.status_code == 400
    assert "begin with the first page" in answer.text


def test_copies_are_folded_with_their_number_and_spread(client: TestClient) -> None:
    text = client.get("/search?q=太吓人了 duplicate:folded").text
    assert re.search(r"<b>\d+ near-duplicates</b> · \d+ authors · Weibo · \d{4}-", text)
    assert 'name="take" value="duplicate:folded"' in text


def test_hits_say_what_found_them(client: TestClient) -> None:
    text = client.get("/search?q=北曜").text
    assert "<mark>北曜</mark>" in text
    assert ">literal</span>" in text
    assert ">word</span>" in client.get("/search?q=w:北曜").text
    assert ">field</span>" in client.get("/search?q=kind:repost").text


def test_a_long_text_is_cut_around_what_was_found(client: TestClient) -> None:
    text = client.get("/search?q=尾巴上的词").text
    assert '<span class="cut">' in text
    assert text.count("<mark>尾巴上的词</mark>") == 2


def test_similar_posts_share_words_and_are_no_copies(client: TestClient) -> None:
    text = client.get(f"/search/similar?post={ROOT}", headers=PARTIAL).text
    assert "shares" in text or "No post is similar enough" in text


@pytest.mark.parametrize(
    ("interval", "label"),
    [
        ("month", r"\d{4}-\d\d-01"),
        ("week", r"\d{4}-\d\d-\d\d"),
        ("hour", r"\d{4}-\d\d-\d\d \d\d:00"),
        ("", r"\d{4}-\d\d-\d\d"),
    ],
)
def test_a_span_of_the_histogram_asks_for_its_posts(client: TestClient, interval: str, label: str) -> None:
    text = client.get("/search", params={"q": "澜石", "interval": interval, "by": "none"}).text
    rows = re.findall(rf'name="add" value="([^"]+)" class="link">({label})</button></th><td>(\d+)</td>', text)
    assert rows
    for clauses, _, count in [*rows[:4], *rows[-4:]]:
        assert client.get("/api/count", params={"q": f"澜石 {clauses}"}).json()["count"] == int(count)


# --- files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/search/export?q=刹车&kind=", "/api/export?q=刹车&kind="])
@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "xlsx"])
def test_a_result_goes_out_whole_and_is_noted(
    client: TestClient, filled: tuple[Home, Store], path: str, kind: str
) -> None:
    answer = client.get(path + kind)
    name = re.fullmatch(
        r'attachment; filename="(tingfeng-\d{8}T\d{6}-[0-9a-f]{6}\.\w+)"',
        answer.headers["content-disposition"],
    )
    assert name
    assert name[1].endswith(kind)
    found = {item.post.id for item in filled[1].scan(parse("刹车"))}
    assert set(_ids(answer.content, kind)) == found
    (entry,) = [entry for entry in Ledger(filled[0]) if entry.file.name == name[1]]
    assert set(Ledger(filled[0]).ids(entry)) == found
    assert not entry.file.exists()


def _ids(content: bytes, kind: str) -> list[str]:
    if kind == "jsonl":
        return [json.loads(line)["id"] for line in content.splitlines()]
    if kind == "csv":
        return [row["id"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    if kind == "parquet":
        ids: list[str] = pq.read_table(io.BytesIO(content))["id"].to_pylist()
        return ids
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [str(row[0].value) for row in sheet.iter_rows(min_row=2)]


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("kind=exe", 400, "format 'exe' is unknown"),
        ("kind=../csv", 400, "is unknown"),
        ("kind=csv&limit=0", 400, "is not from 1 to"),
        ("kind=csv&limit=1000000", 400, "is not from 1 to"),
    ],
)
def test_a_file_that_cannot_be_is_refused(client: TestClient, path: str, status: int, sentence: str) -> None:
    for route in ("/search/export?", "/api/export?"):
        answer = client.get(route + path)
        assert answer.status_code == status
        assert sentence in answer.text.replace("&#39;", "'")


def test_another_site_gets_no_file(client: TestClient) -> None:
    for origin, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        answer = client.get("/search/export?q=刹车&kind=csv", headers={"sec-fetch-site": origin})
        assert answer.status_code == status


def test_a_hit_says_why_it_has_its_voice(tmp_path: Path) -> None:
    """By what is kept with it, and by the copies it stands for; a person's post that is reposted has no reasons."""
    same, reposted = "这款面霜真的好用到想囤货推荐给大家", "面霜涂完第二天脸就肿了，大家小心"
    told: list[tuple[str, Voice, str | None, tuple[str, ...]]] = [
        *[(same, Voice.SPAM, "x:0", ("copies:spam:6",))] * 6,
        *[(reposted, Voice.ORGANIC, "x:6", ())] * 6,
        ("面霜转发抽奖送出一份", Voice.SPAM, None, ("rule:lottery",)),
        ("面霜好用", Voice.FAN, None, ()),
    ]
    rows = [
        AnnotatedPost(
            post=Post(id=f"x:{n}", platform="x", kind=Kind.POST, text=text, author=Author(id=f"x:u{n}")),
            annotation=Annotation(voice=voice, duplicate_group=group, because=because),
        )
        for n, (text, voice, group, because) in enumerate(told)
    ]
    store = open_store(None, Home(tmp_path))
    store.write(Batch(posts=rows))
    with TestClient(create_app(Home(tmp_path), store, EMPTY)) as client:
        for language, words, copied in (
            ("en", "repost-to-win lottery", "6 accounts published the same words"),
            ("zh", "转发抽奖</span>", "6 个账号发布同样的话"),
        ):
            page = client.get("/search?q=duplicate:folded", headers={"accept-language": language}).text
            assert page.count(words) == 1
            assert page.count(copied) == 1
    store.close()
