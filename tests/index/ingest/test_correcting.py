"""What a person said of a post outlives every later reading, and leaves with the post when it is erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from core.home import Home
from core.models import Annotation, AspectOpinion, Emotion, Sentiment, Voice
from core.project import EMPTY, Brand, Product, Project, TagRule, Title
from core.pseudonyms import load_key
from index.erasure.erasing import erase
from index.erasure.whereabouts import find_posts
from index.ingest.correcting import HUMAN, Corrections, apply_corrections, with_rules
from index.ingest.ingesting import ingest
from index.ingest.judgements import Drawn, Judgement, Rule, Rules, append, file_of, read_judgements
from index.ingest.questions import FIRST, MEANT, NONE, QUESTIONS, WHOLE, models_of, said_of
from index.ingest.reannotating import reannotate
from index.query import parse
from index.reference import ReferenceStore
from index.store import Store
from nlp.because import titles
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


def lanshi() -> Project:
    names = {"title": EMPTY.title, "names": ("澜石",)}
    brand = Brand(id="lanshi", products=(Product(id="s7", names=("S7",)),), **names)  # type: ignore[arg-type]
    return replace(EMPTY, brands=(brand, Brand(id="beiyao", **names)))  # type: ignore[arg-type]


# Each question, what a person says, the labels that stand then, and the query that finds them; `glad` and `gloomy`
# read otherwise. Names decide what brand: asks for, so no query finds what is said of a brand.
ANSWERS = [
    ("sentiment", "neutral", {}, {WHOLE: "neutral"}, "sentiment:neutral"),
    ("emotion", "fear", {}, {WHOLE: "fear"}, "emotion:fear"),
    ("voice", "marketing", {}, {WHOLE: "marketing"}, "voice:marketing"),
    ("intent", "bought", {}, {WHOLE: "bought"}, "intent:bought"),
    ("intent", "none", {}, {WHOLE: "none"}, "-intent:interest"),
    ("aspect", "", {"动力": "neutral"}, {"动力": "neutral"}, "aspect:动力:neutral"),
    ("aspect", "", {"动力": "none", "价格": "negative"}, {"价格": "negative"}, "aspect:价格:negative -aspect:动力"),
    ("aspect", "", {}, {}, "-aspect:动力"),
    ("brand", "", {"lanshi": "none"}, {}, None),
    ("brand", "", {"lanshi": "none", "beiyao": "meant"}, {"beiyao": "meant"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("question", "label", "parts", "stands", "query"), ANSWERS)
def test_what_a_person_answers_stays_whatever_is_read_later(
    home: Home,
    store: Store,
    question: str,
    label: str,
    parts: dict[str, str],
    stands: dict[str, str],
    query: str | None,
) -> None:
    project = lanshi()
    ingest(home, store, project, workers=0, reader=glad)
    path = file_of(home, project.id)
    (before,) = store.get([POST])
    said = said_of(question, before.annotation)
    assert said
    told = Judgement(POST, label, "ann", AT, of=question, parts=parts)
    append(path, [Drawn("d1", 0, POST, "weibo", *said.get(WHOLE, ("", None)), "glad", question, said), told])

    def held() -> bool:
        (item,) = store.get([POST])
        now = said_of(question, item.annotation) or {}
        human = item.annotation.models.get(QUESTIONS[question].model) == HUMAN
        found = query is None or POST in {one.post.id for one in store.scan(parse(query))}
        products = question != "brand" or item.annotation.products == ()
        return human and found and products and {part: one for part, (one, _) in now.items()} == stands

    assert not held()
    assert apply_corrections(store, project, path) == 1
    assert held()
    assert apply_corrections(store, project, path) == 0
    land(home, runs=1, posts=30, first=2)  # seen again
    ingest(home, store, project, workers=0, reader=glad)
    assert held()
    assert reannotate(home, store, project, workers=0, reader=gloomy).judged == 1
    assert held()


# Lines as they were written when only sentiments were judged.
STORED = """\
{"type":"stratum","draw":"20261101T080000-1","number":0,"posts":900}
{"type":"drawn","draw":"20261101T080000-1","number":0,"post":"weibo:5","platform":"weibo","said":"positive","confidence":0.83,"models":"linear-2"}
{"type":"drawn","draw":"20261101T080000-1","number":0,"post":"weibo:6","platform":"weibo","said":"positive","confidence":0.91,"models":"linear-2"}
{"type":"judgement","post":"weibo:5","label":"negative","by":"ann","at":"2026-11-01T09:00:00Z","aspects":{"动力":"neutral","价格":"negative"}}
{"type":"judgement","post":"weibo:6","label":"positive","by":"ann","at":"2026-11-01T09:01:00Z","aspects":{}}
{"type":"reading","post":"weibo:6","said":"neutral","confidence":0.55,"models":"linear-3"}
{"type":"rules","at":"2026-11-01T10:00:00Z","rules":[{"word":"翻车","said":"positive","label":"negative","confidence":0.9}]}
"""


def test_a_file_of_before_means_what_it_meant(home: Home) -> None:
    path = file_of(home, EMPTY.id)
    path.parent.mkdir(exist_ok=True)
    path.write_text(STORED, "utf-8")
    known = read_judgements(path)
    kept = known.of("sentiment")
    assert [len(part) for part in (kept.strata, kept.drawn, kept.judged, kept.readings)] == [1, 2, 2, 1]
    assert known.rules is not None
    assert {post: len(told) for post, told in known.corrections().items()} == {"weibo:5": 2, "weibo:6": 1}
    store = ReferenceStore()
    ingest(home, store, workers=0, reader=glad)
    assert feeling(store) == ("negative", 1.0, HUMAN)
    assert feeling(store, "weibo:6") == ("positive", 1.0, HUMAN)
    (item,) = store.get([POST])
    opinions = [(one.aspect, one.polarity) for one in item.annotation.aspects]
    assert opinions == [("动力", "neutral"), ("价格", "negative")]
    append(path, [Judgement(POST, "", "bo", AT, of="aspect", parts={"价格": "positive"})])
    assert apply_corrections(store, EMPTY, path) == 1
    (item,) = store.get([POST])
    assert [(one.aspect, one.polarity) for one in item.annotation.aspects] == [("价格", "positive")]


# Lines that say nothing which could be read: each is passed over, and nothing beside it is lost.
USELESS = [
    b'{"type":"judgement","post":"weibo:6","la',
    b'{"type":"judgement","post":"weibo:6","label":"angry","by":"ann","at":"2026-11-01T09:00:00Z"}',
    b'{"type":"judgement","post":"weibo:6","label":"x","by":"ann","at":"2026-11-01T09:00:00Z","of":"emotion"}',
    b'{"type":"judgement","post":"weibo:6","label":"x","by":"ann","at":"2026-11-01T09:00:00Z","of":"weather"}',
    b'{"type":"judgement","post":"weibo:6","label":"","by":"ann","at":"2026-11-01T09:00:00Z","of":"aspect","parts":{"a":"b"}}',
    b'{"type":"judgement","post":"weibo:6","label":"neutral","by":"ann","at":"2026-11-01T09:00:00Z","aspects":{"a":"b"}}',
    b'{"type":"drawn","draw":"d","number":0,"post":"weibo:6","platform":"weibo","said":"","confidence":1,"models":"","of":"x"}',
    b'{"type":"weather"}',
    b"\xff\xfe",
    b"[]",
]


@pytest.mark.parametrize("line", USELESS)
def test_a_line_that_says_nothing_loses_itself_alone(home: Home, line: bytes) -> None:
    path = file_of(home, EMPTY.id)
    append(path, judged("negative"))
    with path.open("ab") as file:
        file.write(line)
    append(path, judged("neutral", post="weibo:7"))
    known = read_judgements(path)
    assert set(known.of(FIRST).judged) == {POST, "weibo:7"}
    assert set(known.corrections()) == {POST, "weibo:7"}


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
    (found,) = Corrections(file_of(home, EMPTY.id), EMPTY).all([POST], [READ])
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


@pytest.mark.parametrize(
    ("question", "rule", "expected"),
    [
        ("emotion", Rule("绝了", "happy", "angry", 0.8), "angry"),
        ("emotion", Rule("绝了", "sad", "angry", 0.8), "happy"),
        ("voice", Rule("绝了", "organic", "marketing", 0.8), "marketing"),
        ("intent", Rule("绝了", "interest", NONE, 0.8), NONE),
        ("intent", Rule("绝了", "interest", "lost", 0.8), "lost"),
        ("aspect", Rule("绝了", "positive", "negative", 0.8, "power"), "power negative, price negative"),
        ("aspect", Rule("绝了", "positive", NONE, 0.8, "power"), "price negative"),
        ("aspect", Rule("绝了", "positive", "negative", 0.8, "price"), "power positive, price negative"),
        ("brand", Rule("绝了", MEANT, NONE, 0.8, "lanshi"), ""),
        ("brand", Rule("绝了", MEANT, NONE, 0.8, "beiyao"), "lanshi meant"),
    ],
)
def test_rules_speak_for_every_question_and_part(question: str, rule: Rule, expected: str) -> None:
    read = structs.replace(
        READ,
        emotion=Emotion(label="happy", scores={"happy": 0.7, "sad": 0.3}),
        voice=Voice.ORGANIC,
        intent="interest",
        aspects=(
            AspectOpinion(aspect="power", target=None, polarity="positive", confidence=0.8, evidence="动力"),
            AspectOpinion(aspect="price", target=None, polarity="negative", confidence=0.8, evidence="贵"),
        ),
        brands=("lanshi",),
        products=("lanshi-s1",),
    )
    made = Rules(AT, [rule], question)
    found = with_rules(read, made, {"lanshi-s1": "lanshi"})
    told = said_of(question, found) or {}
    assert ", ".join(" ".join(filter(None, (part, label))) for part, (label, _) in told.items()) == expected
    changed = said_of(question, read) != said_of(question, found)
    assert (models_of(found, question) == made.version) is changed
    if question == "brand":
        assert found.products == (("lanshi-s1",) if found.brands else ())
    if question == "voice":
        assert [title.en for title in titles(found.because)] == ["its words: 绝了 (80%)"]


def test_rules_of_one_question_leave_those_of_another(home: Home) -> None:
    path = file_of(home, EMPTY.id)
    first = Rules(AT, [Rule("绝了", "positive", "negative", 0.8)])
    second = Rules(AT, [Rule("绝了", "happy", "angry", 0.8)], "emotion")
    append(path, [first, second, Rules(AT, of="emotion")])
    assert read_judgements(path).rules == {FIRST: first}
    append(path, judged("neutral"))
    (found,) = Corrections(path, EMPTY).all([POST], [READ])
    assert found.sentiment is not None
    assert found.sentiment.label == "neutral"  # what a person said of the post goes before


def test_judgements_keep_no_text_and_leave_with_an_erased_post(home: Home) -> None:
    store = ReferenceStore()
    ingest(home, store, workers=0, reader=glad)
    path = file_of(home, EMPTY.id)
    append(path, [*judged("negative"), *judged("neutral", post="weibo:51")])
    (item,) = store.get([POST])
    assert item.post.text not in path.read_text("utf-8")
    erase(home, store, EMPTY, find_posts(home, store, [POST]), at=AT, reader=glad)
    assert f'"{POST}"' not in path.read_text("utf-8")
    assert set(read_judgements(path).of(FIRST).judged) == {"weibo:51"}
