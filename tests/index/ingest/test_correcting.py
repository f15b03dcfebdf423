"""What a person said of a post outlives every later reading, and leaves with the post when it is erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.home import Home
from core.models import Annotation, AspectOpinion, Sentiment
from core.project import EMPTY, TagRule, Title
from core.pseudonyms import load_key
from index.erasure.erasing import erase
from index.erasure.whereabouts import find_posts
from index.ingest.correcting import HUMAN, Corrections, apply_corrections, with_rules
from index.ingest.ingesting import ingest
from index.ingest.judgements import Drawn, Judgement, Rule, Rules, append, file_of, read_judgements
from index.ingest.reannotating import reannotate
from index.query import parse
from index.reference import ReferenceStore
from index.store import Store
from tests.index.landed import land
from tests.index.readers import glad, gloomy

AT = datetime(2026, 11, 20, tzinfo=UTC)
POST = "weibo:5"


def judged(label: str, said: str = "positive", post: str = POST, **aspects: str) -> list[Drawn | Judgement]:
    return [
        Drawn("d1", 0, post, "weibo", said, 0.8, "linear-1"),
        Judgement(post, label, "ann", AT, aspects),
    ]


def feeling(store: Store, post: str = POST) -> tuple[str, float, str | None]:
    (item,) = store.get([post])
    assert item.annotation.sentiment is not None
    read = item.annotation.sentiment
    return read.label, read.confidence, item.annotation.models.get("sentiment")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    load_key(found.key)
    land(found, runs=2, posts=30)
    return found


def test_a_correction_made_after_ingest_reaches_the_store_and_stays(home: Home) -> None:
    store = ReferenceStore()
    ingest(home, store, workers=0, reader=glad)
    assert feeling(store) == ("positive", 0.9, None)
    path = file_of(home, EMPTY.id)
    append(path, judged("negative"))
    assert apply_corrections(store, EMPTY, path) == 1
    assert apply_corrections(store, EMPTY, path) == 0
    human = ("negative", 1.0, HUMAN)
    assert feeling(store) == human
    land(home, runs=1, posts=30, first=2)  # seen again
    for _ in range(2):
        ingest(home, store, workers=0, reader=glad)
        assert feeling(store) == human
    reannotate(home, store, workers=0, reader=gloomy)
    assert feeling(store) == human
    store.clear()
    ingest(home, store, workers=0, reader=glad)
    assert feeling(store) == human


def test_a_judgement_that_agrees_corrects_nothing_until_a_reading_differs(home: Home) -> None:
    store = ReferenceStore()
    append(file_of(home, EMPTY.id), judged("positive"))
    ingest(home, store, workers=0, reader=glad)
    assert feeling(store) == ("positive", 0.9, None)
    reannotate(home, store, workers=0, reader=gloomy)
    assert feeling(store)[0] == "negative"
    assert apply_corrections(store, EMPTY, file_of(home, EMPTY.id)) == 1
    assert feeling(store) == ("positive", 1.0, HUMAN)


def test_tags_follow_a_correction(home: Home) -> None:
    title = Title(zh="投诉", en="complaint")
    project = replace(EMPTY, tags=(TagRule(id="bad", title=title, query="sentiment:negative"),))
    store = ReferenceStore()
    ingest(home, store, project, workers=0, reader=glad)
    append(file_of(home, project.id), judged("negative"))
    apply_corrections(store, project, file_of(home, project.id))
    assert [item.post.id for item in store.scan(parse("tag:bad"))] == [POST]


READ = Annotation(
    words=("动力", "绝了"),
    sentiment=Sentiment(label="positive", score=0.8, confidence=0.8, evidence=("绝了",)),
    aspects=(
        AspectOpinion(aspect="power", target=None, polarity="positive", confidence=0.7, evidence="动力"),
    ),
    models={"language": "linear-1"},
)


def test_aspects_are_corrected_and_kept_where_no_model_finds_them(home: Home) -> None:
    append(file_of(home, EMPTY.id), judged("negative", power="negative", price="positive"))
    found = Corrections(file_of(home, EMPTY.id)).corrected(POST, READ)
    assert [(one.aspect, one.polarity, one.evidence) for one in found.aspects] == [
        ("power", "negative", "动力"),
        ("price", "positive", ""),
    ]
    assert found.models == {"language": "linear-1", "sentiment": HUMAN, "aspects": HUMAN}
    assert found.sentiment is not None
    assert (found.sentiment.score, found.sentiment.evidence) == (-1.0, ())


@pytest.mark.parametrize(
    ("rules", "label"),
    [
        ([Rule("绝了", "positive", "negative", 0.8)], "negative"),
        ([Rule("绝了", "neutral", "negative", 0.8)], "positive"),
        ([Rule("刹车", "positive", "negative", 0.8)], "positive"),
        ([Rule("动力", "positive", "neutral", 0.7), Rule("绝了", "positive", "negative", 0.8)], "neutral"),
    ],
)
def test_the_first_rule_that_fits_speaks(rules: list[Rule], label: str) -> None:
    made = Rules(AT, rules)
    found = with_rules(READ, made)
    assert found.sentiment is not None
    assert found.sentiment.label == label
    assert (found.models.get("sentiment") == made.version) is (label != "positive")


def test_a_torn_line_loses_itself_alone(home: Home) -> None:
    path = file_of(home, EMPTY.id)
    append(path, judged("negative"))
    with path.open("ab") as file:
        file.write(b'{"type":"judgement","post":"weibo:6","la')
    append(path, judged("neutral", post="weibo:7"))
    assert set(read_judgements(path).judged) == {POST, "weibo:7"}


def test_judgements_keep_no_text_and_leave_with_an_erased_post(home: Home) -> None:
    store = ReferenceStore()
    ingest(home, store, workers=0, reader=glad)
    path = file_of(home, EMPTY.id)
    append(path, [*judged("negative"), *judged("neutral", post="weibo:51")])
    (item,) = store.get([POST])
    assert item.post.text not in path.read_text("utf-8")
    erase(home, store, EMPTY, find_posts(home, store, [POST]), at=AT, reader=glad)
    assert f'"{POST}"' not in path.read_text("utf-8")
    assert set(read_judgements(path).judged) == {"weibo:51"}
