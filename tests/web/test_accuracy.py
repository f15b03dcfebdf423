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
from index.ingest.judgements import Judgement, Judgements, append, file_of, read_judgements
from index.ingest.questions import FIRST, QUESTIONS
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


def answered(question: str, known: Judgements, post: str) -> dict[str, str]:
    """A form that says of a post what was read."""
    read = known.of(question).drawn[post]
    form = {"of": question, "post": post, "by": "ann", "label": read.said}
    return form | {f"part:{part}": label for part, (label, _) in read.parts.items()}


# Each question, and the pages where the project's own figure stands beside a chart of it.
BESIDE = [
    ("sentiment", ["/", "/brand/lanshi", "/search?q=刹车", f"/cascade/{ROOT}"]),
    ("emotion", ["/brand/lanshi", "/search?q=刹车&by=emotion"]),
    ("aspect", ["/brand/lanshi", "/search?q=刹车&by=aspect"]),
    ("intent", ["/search?q=刹车&by=intent"]),
    ("voice", ["/brand/lanshi", "/search?q=刹车&by=voice"]),
    ("brand", ["/", "/brand/lanshi", "/search?q=刹车&by=brand"]),
]


@pytest.mark.parametrize(("question", "pages"), BESIDE)
def test_a_project_is_judged_on_the_page(
    client: TestClient, home: Home, question: str, pages: list[str]
) -> None:
    path, here = file_of(home, PROJECT.id), {"of": question}
    link = f'<a href="/accuracy?of={question}">'
    for page in pages:
        assert f"not enough judged yet. {link}Judge 30 posts</a>" in client.get(page, headers=FORM).text
    assert "No post waits" in client.get("/accuracy", params=here, headers=FORM).text
    assert sent(client, "/accuracy/draw", here) == 303
    known = read_judgements(path)
    waiting = known.of(question).open()
    assert len(waiting) >= 90
    assert f'value="{waiting[0]}"' in client.get("/accuracy", params=here).text
    for post in waiting:
        assert sent(client, "/accuracy/judge", answered(question, known, post)) == 303
    told = read_judgements(path).of(question)
    assert {post: one.all() for post, one in told.judged.items()} == {
        post: {part: label for part, (label, _) in told.drawn[post].all().items()} for post in waiting
    }
    assert {one.by for one in told.judged.values()} == {"ann"}
    assert told.corrections() == {}
    for page in pages:
        assert f"{link}<b>100.0%</b>" in client.get(page, headers=FORM).text
    figures = client.get("/accuracy", params=here, headers=FORM).text
    assert ("Calibration" in figures) is (question in {"sentiment", "emotion", "aspect"})
    assert f"tingfeng accuracy --of {question} --learn" in figures


def test_aspects_are_judged_one_by_one_and_missed_ones_named(client: TestClient, home: Home) -> None:
    path = file_of(home, PROJECT.id)
    sent(client, "/accuracy/draw", {"of": "aspect"})
    known = read_judgements(path).of("aspect")
    post = next(post for post, one in known.drawn.items() if "动力" in one.parts)
    page = client.get("/accuracy", params={"of": "aspect", "post": post}, headers=FORM).text
    assert "Name aspects that were missed" in page
    assert 'name="part:油耗"' in page
    form = {"of": "aspect", "post": post, "part:动力": "none", "part:油耗": "negative", "part:空间": ""}
    answer = client.post("/accuracy/judge", content=urlencode(form), headers=FORM, follow_redirects=True).text
    told = read_judgements(path).of("aspect")
    assert told.judged[post].parts == {"动力": "none", "油耗": "negative"}
    assert set(told.corrections()) == {post}
    shown = " ".join(answer.split())
    assert "power not spoken of</span>" in shown
    assert "where it was read as" in shown


def test_a_judgement_is_told_beside_the_reading_and_can_be_changed(client: TestClient, home: Home) -> None:
    sent(client, "/accuracy/draw", {})
    known = read_judgements(file_of(home, PROJECT.id)).of(FIRST)
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
    assert f'Judge anew: ann said <span class="badge sentiment-{said}">' in anew
    assert f'name="post" value="{first}"' in anew
    known = read_judgements(file_of(home, PROJECT.id)).of(FIRST)
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
    ({"post": "FIRST", "of": "weather", "label": "negative"}, 400),
    ({"post": "FIRST", "of": "emotion", "label": "happy"}, 400),
    ({"post": "ASPECT", "of": "aspect"}, 400),
    ({"post": "ASPECT", "of": "aspect", "part:动力": "fine"}, 400),
    ({"post": "ASPECT", "of": "aspect", "part:动力": "negative", "part:weather": "negative"}, 400),
    ({"post": "ASPECT", "of": "aspect", "part:油耗": "negative"}, 400),
    ({"post": "FIRST", "label": "negative", "by": "x" * 70_000}, 413),
]


@pytest.mark.parametrize(("form", "status"), WRONG)
def test_a_form_that_says_nothing_usable_keeps_nothing(
    client: TestClient, home: Home, form: dict[str, str], status: int
) -> None:
    for question in (FIRST, "aspect"):
        sent(client, "/accuracy/draw", {"of": question})
    known = read_judgements(file_of(home, PROJECT.id))
    posts = {
        "FIRST": known.of(FIRST).open()[0],
        "ASPECT": next(post for post, one in known.of("aspect").drawn.items() if list(one.parts) == ["动力"]),
    }
    form = {name: posts.get(value, value) for name, value in form.items()}
    assert sent(client, "/accuracy/judge", form) == status
    assert all(read_judgements(file_of(home, PROJECT.id)).of(one).judged == {} for one in QUESTIONS)


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


PLACES = [
    ("?at=5", 200),
    ("?at=9999", 200),
    ("?at=-3", 200),
    ("?at=1&by=" + "x" * 200, 200),
    ("?at=x", 400),
    ("?of=voice&at=3", 200),
    ("?of=weather", 400),
]


@pytest.mark.parametrize(("query", "status"), PLACES)
def test_every_place_of_the_page_answers(client: TestClient, query: str, status: int) -> None:
    sent(client, "/accuracy/draw", {})
    assert client.get("/accuracy" + query).status_code == status
