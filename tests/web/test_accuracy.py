"""The page where posts are judged: what is said there is kept, and stands beside every chart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from core.home import Home
from core.models import AnnotatedPost, Annotation, Kind, Post, Sentiment
from index.address import open_store
from index.ingest.judgements import Judgement, append, file_of, read_judgements
from index.store import Batch, Store
from tests.web.conftest import PROJECT, ROOT
from web.app import create_app

FORM = {"content-type": "application/x-www-form-urlencoded", "accept-language": "en"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def client(filled: tuple[Home, Store], home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(home, filled[1], PROJECT), follow_redirects=False) as found:
        yield found


def sent(client: TestClient, where: str, form: dict[str, str], **headers: str) -> int:
    answer = client.post(where, content=urlencode(form), headers={**FORM, **headers})
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/accuracy?")
    return answer.status_code


def test_a_project_is_judged_on_the_page(client: TestClient, home: Home) -> None:
    path = file_of(home, PROJECT.id)
    for page in ("/", "/brand/lanshi"):
        assert (
            'not enough judged yet. <a href="/accuracy">Judge 30 posts</a>'
            in client.get(page, headers=FORM).text
        )
    assert "No post waits" in client.get("/accuracy", headers=FORM).text
    assert sent(client, "/accuracy/draw", {}) == 303
    known = read_judgements(path)
    assert len(known.drawn) >= 90
    first = known.open()[0]
    assert first in client.get("/accuracy").text
    assert (
        sent(client, "/accuracy/judge", {"post": first, "label": "negative", "by": "ann", "at": "0"}) == 303
    )
    told = read_judgements(path).judged[first]
    assert (told.label, told.by, told.aspects) == ("negative", "ann", {})
    assert first not in client.get("/accuracy").text
    assert "Judge 29 posts" in client.get("/", headers=FORM).text
    for post in known.open()[1:60]:
        form = {
            "post": post,
            "label": known.drawn[post].said,
            "by": "",
            "aspect:power": "positive",
            "aspect:x": "",
        }
        assert sent(client, "/accuracy/judge", form) == 303
    assert read_judgements(path).judged[post].aspects == {"power": "positive"}
    for page in ("/", "/brand/lanshi", "/search?q=刹车", f"/cascade/{ROOT}"):
        text = client.get(page, headers=FORM).text
        assert text.count("· N 60)") >= text.count(" data-chart=") > 0


def test_a_judgement_is_told_beside_the_reading_and_can_be_changed(client: TestClient, home: Home) -> None:
    sent(client, "/accuracy/draw", {})
    known = read_judgements(file_of(home, PROJECT.id))
    first, second = known.open()[:2]
    said = known.drawn[first].said
    other = next(label for label in ("positive", "negative") if label != said)
    for label, told in ((other, "where it was read as"), (said, "as it was read:")):
        page = client.post(
            "/accuracy/judge",
            content=urlencode({"post": first, "label": label, "by": "ann"}),
            headers=FORM,
            follow_redirects=True,
        ).text
        assert told in page
        assert f'name="post" value="{second}"' in page
    anew = client.get("/accuracy", params={"post": first}, headers=FORM).text
    assert f"Judge anew: ann said {said}" in anew
    assert f'name="post" value="{first}"' in anew
    known = read_judgements(file_of(home, PROJECT.id))
    assert known.judged[first].label == said
    assert first in known.corrections()  # the store may bear what was said before
    assert "1 of 108" not in anew
    assert client.get("/accuracy", params={"post": "weibo:nobody"}).status_code == 200


READ = [
    (0.912, {"language": "linear-9"}, None, ["negative 91%", "the fast tier", "<code>linear-9</code>"]),
    (0.55, {"language": "linear-9+encoder-2"}, None, ["negative 55% · unsure", "the fast tier and the second"]),
    (0.9, {"language": "linear-9"}, "negative", ["negative 90%", "checked by a person"]),
    (0.9, {"language": "linear-9"}, "positive", ["a person says positive; counted from the next ingest"]),
    (1.0, {"language": "linear-9", "sentiment": "human"}, "negative", ["corrected by a person", "the rest: <code>linear-9"]),
    (0.8, {"language": "linear-9", "sentiment": "rules-20260101T000000"}, None, ["a rule learned from corrections"]),
]  # fmt: skip


@pytest.mark.parametrize(("confidence", "models", "said", "shown"), READ)
def test_a_post_tells_how_surely_and_by_whom_it_was_read(
    home: Home, confidence: float, models: dict[str, str], said: str | None, shown: list[str]
) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    felt = Sentiment(label="negative", score=-0.8, confidence=confidence, evidence=("失望",))
    post = Post(id="weibo:1", platform="weibo", kind=Kind.POST, text="很失望", published_at=at)
    item = AnnotatedPost(post=post, annotation=Annotation(sentiment=felt, models=models))
    if said:
        append(file_of(home, PROJECT.id), [Judgement(post.id, said, "ann", at)])
    with closing(open_store(None, home)) as store:
        store.write(Batch(posts=[item]))
        store.flush()
        with TestClient(create_app(home, store, PROJECT)) as client:
            for path in ("/posts?ids=weibo:1", "/search?q=失望"):
                text = " ".join(client.get(path, headers=FORM).text.split())
                assert [part for part in shown if part not in text] == []
                assert "<dd>失望</dd>" in text


WRONG = [
    ({"post": "weibo:nobody", "label": "negative"}, 400),
    ({"label": "negative"}, 400),
    ({"post": "FIRST", "label": "angry"}, 400),
    ({"post": "FIRST", "label": "negative", "by": "x" * 70_000}, 413),
]


@pytest.mark.parametrize(("form", "status"), WRONG)
def test_a_form_that_says_nothing_usable_keeps_nothing(
    client: TestClient, home: Home, form: dict[str, str], status: int
) -> None:
    sent(client, "/accuracy/draw", {})
    first = read_judgements(file_of(home, PROJECT.id)).open()[0]
    form = {name: first if value == "FIRST" else value for name, value in form.items()}
    assert sent(client, "/accuracy/judge", form) == status
    assert read_judgements(file_of(home, PROJECT.id)).judged == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://testserver"}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_no_other_site_can_judge(
    client: TestClient, home: Home, headers: dict[str, str], status: int
) -> None:
    assert sent(client, "/accuracy/draw", {}, **headers) == status
    assert file_of(home, PROJECT.id).exists() is (status == 303)


@pytest.mark.parametrize("query", ["?at=5", "?at=9999", "?at=-3", "?at=1&by=" + "x" * 200, "?at=x"])
def test_every_place_of_the_page_answers(client: TestClient, query: str) -> None:
    sent(client, "/accuracy/draw", {})
    assert client.get("/accuracy" + query).status_code == (400 if query == "?at=x" else 200)
