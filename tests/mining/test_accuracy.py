"""A stratified sample stands for its posts, its figures are those of the textbook, and rules prove themselves first."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from core.models import AnnotatedPost, Annotation, AspectOpinion, Emotion, Kind, Post, Sentiment, Voice
from core.project import EMPTY, Brand, Project, Title
from index.ingest.correcting import HUMAN
from index.ingest.judgements import Drawn, Judgement, Judgements, Reading, Rule, Rules, Stratum
from index.ingest.questions import FIRST, QUESTIONS, Said
from mining.accuracy import accuracy_report, wilson
from mining.learning import Example, held_back, learn
from mining.sampling import draw_sample
from tests.mining.stores import stored

AT = datetime(2026, 11, 20, tzinfo=UTC)
LABELS = ("positive", "neutral", "negative")
EMOTIONS = QUESTIONS["emotion"].labels
OURS = Project(
    id="p",
    title=EMPTY.title,
    brands=(Brand(id="lanshi", title=Title(zh="澜石", en="Lanstone"), names=("澜石",)),),
)


def row(number: int, platform: str, label: str, sure: float, text: str = "澜石的车") -> AnnotatedPost:
    post = Post(id=f"{platform}:{number}", platform=platform, kind=Kind.POST, text=text, published_at=AT)
    read = Sentiment(label=label, score=0.0, confidence=sure)
    return AnnotatedPost(post=post, annotation=Annotation(sentiment=read, models={"language": "linear-1"}))


def world(seed: int = 1) -> list[AnnotatedPost]:
    rng = random.Random(seed)
    rows = []
    for number in range(3000):
        platform = "weibo" if rng.random() < 0.95 else "tieba"
        label = rng.choices(LABELS, (90, 8, 2))[0]
        rows.append(row(number, platform, label, rng.uniform(0.5, 1.0)))
    return rows


def drawn(entries: list[Stratum | Drawn]) -> list[Drawn]:
    return [entry for entry in entries if isinstance(entry, Drawn)]


def test_a_sample_sees_every_platform_and_class_and_is_the_same_again() -> None:
    rows = world()
    found = draw_sample(stored(rows), OURS, 100, seed=7, at=AT)
    posts = drawn(found)
    assert 90 <= len(posts) <= 120
    assert {(one.platform, one.said) for one in posts} == {(p, s) for p in ("weibo", "tieba") for s in LABELS}
    assert sum(one.posts for one in found if isinstance(one, Stratum)) == len(rows)
    backwards = stored(reversed(rows))
    assert draw_sample(backwards, OURS, 100, seed=7, at=AT) == found
    assert draw_sample(backwards, OURS, 100, seed=8, at=AT) != found
    more = drawn(draw_sample(backwards, OURS, 100, seed=7, at=AT, known={one.post for one in posts}))
    assert not {one.post for one in more} & {one.post for one in posts}


def rich(number: int) -> AnnotatedPost:
    """A post in which everything is read, most of it the common way."""
    rng = random.Random(number)
    plain = row(number, rng.choice(("weibo", "weibo", "tieba")), "positive", 0.9)
    side = rng.choices(("positive", "negative", "neutral", None), (80, 4, 6, 10))[0]
    power = AspectOpinion(aspect="动力", target=None, polarity=side or "", confidence=0.8, evidence="")
    read = structs.replace(
        plain.annotation,
        emotion=Emotion(label=rng.choices(EMOTIONS, (75, 5, 5, 5, 5, 5))[0], scores={"happy": 0.6}),
        voice=rng.choices(tuple(Voice), (90, 4, 2, 2, 2))[0],
        intent=rng.choices((None, "interest", "bought"), (94, 3, 3))[0],
        aspects=(power,) if side else (),
        brands=rng.choices((("lanshi",), ("beiyao", "lanshi"), ()), (85, 5, 10))[0],
    )
    return structs.replace(plain, annotation=read)


# Of each question the classes that its sample must show, of whatever is rare.
CLASSES = [
    ("emotion", set(EMOTIONS)),
    ("voice", {voice.value for voice in Voice}),
    ("intent", {"none", "interest", "bought"}),
    ("aspect", {"positive", "negative", "neutral", None}),
    ("brand", {"lanshi", "beiyao"}),
]


@pytest.mark.parametrize(("question", "classes"), CLASSES)
def test_each_question_has_a_sample_that_stands_for_all_posts(
    question: str, classes: set[str | None]
) -> None:
    rows = [rich(number) for number in range(1500)]
    found = draw_sample(stored(rows), OURS, 120, question=question, seed=7, at=AT)
    seen: set[str | None] = set()
    for one in drawn(found):
        match question:
            case "brand":
                seen.add(next(iter(one.parts)))
            case "aspect":
                seen.add(next((label for label, _ in one.parts.values()), None))
            case _:
                seen.add(one.said)
    assert seen == classes
    asked = [item for item in rows if question != "brand" or item.annotation.brands]
    assert sum(one.posts for one in found if isinstance(one, Stratum)) == len(asked)
    assert {one.of for one in found} == {question}
    human = [
        structs.replace(
            item, annotation=structs.replace(item.annotation, models={QUESTIONS[question].model: HUMAN})
        )
        for item in rows[:50]
    ]
    assert draw_sample(stored(human), OURS, 10, question=question, seed=7, at=AT) == []


def test_where_strata_are_many_each_gives_one() -> None:
    rows = [row(number, f"site{number % 60}", "positive", 0.9) for number in range(600)]
    found = draw_sample(stored(rows), OURS, 60, seed=7, at=AT)
    assert Counter(one.platform for one in drawn(found)) == {f"site{n}": 1 for n in range(60)}


@pytest.mark.parametrize(
    ("item", "there"),
    [
        (row(1, "weibo", "positive", 0.9), True),
        (row(1, "weibo", "positive", 0.9, "别家的车"), False),
        (row(1, "weibo", "positive", 0.9, " "), False),
        (structs.replace(row(1, "weibo", "positive", 0.9), annotation=Annotation()), False),
    ],
)
def test_only_the_projects_own_posts_that_can_be_judged_are_drawn(item: AnnotatedPost, there: bool) -> None:
    assert bool(drawn(draw_sample(stored([item]), OURS, 10, seed=1, at=AT))) is there


def test_what_a_person_judged_is_not_drawn_again() -> None:
    item = row(1, "weibo", "positive", 0.9)
    human = structs.replace(item, annotation=structs.replace(item.annotation, models={"sentiment": HUMAN}))
    assert draw_sample(stored([human]), OURS, 10, seed=1, at=AT) == []


# Shares and ends as R's binom.wilson and E. B. Wilson's formula give them.
WILSON = [
    (0.5, 10, 0.2366, 0.7634),
    (0.9, 50, 0.7864, 0.9565),
    (1.0, 20, 0.8389, 1.0),
    (0.0, 20, 0.0, 0.1611),
]


@pytest.mark.parametrize(("share", "n", "low", "high"), WILSON)
def test_intervals_are_wilsons(share: float, n: int, low: float, high: float) -> None:
    assert wilson(share, n) == pytest.approx((low, high), abs=1e-4)


def judged(strata: list[tuple[str, str, int, int, int]]) -> Judgements:
    """(platform, said, posts, judged, right) of each stratum; what is wrong is neutral, or negative."""
    known = Judgements()
    for number, (platform, said, posts, size, right) in enumerate(strata):
        known.add(Stratum("d", number, posts))
        for at in range(size):
            post = f"{platform}:{number}-{at}"
            known.add(Drawn("d", number, post, platform, said, 0.9, "linear-1"))
            truth = said if at < right else "neutral" if said != "neutral" else "negative"
            known.add(Judgement(post, truth, "ann", AT))
    return known


def test_a_figure_is_weighted_by_the_posts_each_judgement_stands_for() -> None:
    report = accuracy_report(
        judged([("weibo", "positive", 900, 30, 27), ("weibo", "negative", 100, 30, 15)]), EMPTY
    )
    assert report.accuracy.found.value == pytest.approx(0.9 * 0.9 + 0.1 * 0.5)
    assert report.accuracy.found.n == 60
    low, high = wilson(0.86, (30 * 30 + 30 * (10 / 3)) ** 2 / (30 * 30**2 + 30 * (10 / 3) ** 2))
    assert (report.accuracy.low, report.accuracy.high) == pytest.approx((low, high), abs=1e-6)
    precise = {one.label: one.precision.found.value for one in report.classes}
    assert precise == {"positive": 0.9, "neutral": None, "negative": 0.5}
    recalled = {one.label: one.recall and one.recall.found.value for one in report.classes}
    assert recalled == {"positive": 1.0, "neutral": 0.0, "negative": 1.0}
    assert report.calibration_error.value == pytest.approx(0.9 - 0.86)
    assert (report.corrections, report.covered, report.models) == (18, 1.0, ("linear-1",))


def opined(cases: list[tuple[dict[str, str], dict[str, str], int]]) -> Judgements:
    """Of so many posts of one stratum: the aspects that were read, and those a person tells."""
    known, number = Judgements(), 0
    known.add(Stratum("d", 0, 1000, "aspect"))
    for read, told, count in cases:
        for _ in range(count):
            number += 1
            parts: dict[str, Said] = {part: (label, 0.8) for part, label in read.items()}
            known.add(Drawn("d", 0, f"weibo:{number}", "weibo", "", None, "linear-1", "aspect", parts))
            known.add(Judgement(f"weibo:{number}", "", "ann", AT, of="aspect", parts=told))
    return known


def test_aspects_are_counted_one_by_one_those_missed_too() -> None:
    both = {"power": "positive", "price": "positive"}
    known = opined(
        [
            (both, {"power": "positive", "price": "negative"}, 20),
            ({"power": "negative"}, {"power": "none"}, 20),
            ({}, {"price": "negative"}, 20),
            ({}, {}, 40),
        ]
    )
    report = accuracy_report(known, EMPTY, "aspect")
    assert (report.of, report.counted, report.corrections) == ("aspect", 100, 60)
    assert (report.accuracy.found.value, report.accuracy.found.n) == (0.25, 80)
    assert (report.accuracy.low, report.accuracy.high) == pytest.approx(
        wilson(0.25, 80**2 / (20 * 4 + 40)), abs=1e-6
    )
    told = {
        one.label: (one.precision.found.value, one.recall and one.recall.found.value)
        for one in report.classes
    }
    assert told == {
        "positive": (0.5, 1.0),
        "neutral": (None, None),
        "negative": (0.0, 0.0),
        "there": (pytest.approx(40 / 60), pytest.approx(40 / 60)),
    }
    assert [(one.part, one.accuracy.found.value) for one in report.parts] == [("power", 0.5), ("price", 0.0)]
    assert report.calibration_error.value == pytest.approx(0.8 - 20 / 60)
    assert accuracy_report(known, EMPTY).judged == 0


def test_brands_have_no_recall_and_voices_no_calibration() -> None:
    known = Judgements()
    for question in ("brand", "voice"):
        known.add(Stratum("d", 0, 400, question))
    for number in range(40):
        post, right = f"weibo:{number}", number % 4 > 0
        said: dict[str, Said] = {"lanshi": ("meant", None)}
        known.add(Drawn("d", 0, post, "weibo", "", None, "linear-1", "brand", said))
        known.add(Judgement(post, "", "ann", AT, of="brand", parts={"lanshi": "meant" if right else "none"}))
        known.add(Drawn("d", 0, post, "weibo", "organic", None, "linear-1", "voice"))
        known.add(Judgement(post, "organic" if right else "spam", "ann", AT, of="voice"))
    brands, voices = (accuracy_report(known, EMPTY, question) for question in ("brand", "voice"))
    assert [(one.label, one.precision.found.value, one.recall) for one in brands.classes] == [
        ("meant", 0.75, None)
    ]
    assert (voices.accuracy.found.value, voices.calibration, voices.calibration_error.n) == (0.75, (), 0)
    found = {one.label: one.recall.found.n for one in voices.classes if one.recall}
    assert found == {"organic": 30, "marketing": 0, "media": 0, "fan": 0, "spam": 10}


def test_below_its_n_there_is_no_figure() -> None:
    report = accuracy_report(judged([("weibo", "positive", 900, 29, 27)]), EMPTY)
    assert (report.accuracy.found.value, report.accuracy.low) == (None, None)
    assert report.accuracy.found.note == "not enough data: 29 < 30"
    empty = accuracy_report(Judgements(), EMPTY)
    assert (empty.judged, empty.covered, empty.platforms) == (0, None, ())


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rows = world(3)
    wrong = {item.post.id for item in rows if random.Random(item.post.id).random() < _error(item)}
    truth = 1 - len(wrong) / len(rows)
    held = 0
    for seed in range(200):
        known = Judgements()
        for entry in draw_sample(_Scanned(rows), EMPTY, 100, seed=seed, at=AT):  # type: ignore[arg-type]
            known.add(entry)
            if isinstance(entry, Drawn):
                other = "neutral" if entry.said != "neutral" else "negative"
                known.add(Judgement(entry.post, other if entry.post in wrong else entry.said, "ann", AT))
        report = accuracy_report(known, EMPTY)
        assert report.accuracy.low is not None
        assert report.accuracy.high is not None
        held += report.accuracy.low <= truth <= report.accuracy.high
    assert held >= 180


def _error(item: AnnotatedPost) -> float:
    read = item.annotation.sentiment
    assert read is not None
    return (1 - read.confidence) * (1 if read.label == "positive" else 1.5)


class _Scanned:
    def __init__(self, rows: list[AnnotatedPost]) -> None:
        self._rows = rows

    def scan(self, query: object) -> list[AnnotatedPost]:
        return self._rows


def test_a_later_reading_is_what_is_judged() -> None:
    known = judged([("weibo", "positive", 900, 40, 20)])
    for post, one in known.of(FIRST).judged.items():
        known.add(Reading(post, one.label, 0.8, "linear-2"))
    report = accuracy_report(known, EMPTY)
    assert (report.accuracy.found.value, report.models) == (1.0, ("linear-2",))


def test_judgements_that_taught_the_rules_in_force_do_not_count() -> None:
    known = judged([("weibo", "positive", 900, 200, 100)])
    known.add(Rules(AT + timedelta(hours=1), [Rule("绝了", "positive", "neutral", 0.8)]))
    kept = sum(held_back(post) for post in known.of(FIRST).judged)
    assert 60 < kept < 100
    assert accuracy_report(known, EMPTY).counted == kept
    known.add(Rules(AT + timedelta(hours=2)))
    assert accuracy_report(known, EMPTY).counted == 200


def examples(count: int, *, honest: bool = True) -> list[Example]:
    """Posts with 翻车 that are read positive and are negative, among others that are read right."""
    rng = random.Random(5)
    found = []
    for number in range(count):
        sour = number % 3 == 0
        label = "negative" if sour and (honest or rng.random() < 0.5) else "positive"
        words = {rng.choice(("空间", "座椅", "内饰", "颜色")), "澜石", *(["翻车"] if sour else [])}
        found.append(Example(post=f"weibo:{number}", words=frozenset(words), said="positive", label=label))
    return found


def test_a_word_that_turns_the_meaning_becomes_a_rule_and_proves_it_on_what_it_has_not_seen() -> None:
    lesson = learn(examples(150), {"澜石"})
    assert [(rule.word, rule.said, rule.label) for rule in lesson.rules] == [("翻车", "positive", "negative")]
    assert lesson.helps
    assert lesson.right_after == lesson.held_back == lesson.right_before + lesson.mended
    assert lesson.spoiled == 0
    kept = Counter(held_back(one.post) for one in examples(150))
    assert (lesson.held_back, lesson.learned_from) == (kept[True], kept[False])


@pytest.mark.parametrize("count", [0, 20, 45])
def test_too_few_judgements_teach_nothing(count: int) -> None:
    assert not learn(examples(count)).helps


def test_noise_and_the_projects_own_names_make_no_rules() -> None:
    assert learn(examples(150, honest=False), {"澜石", "翻车"}).rules == ()
    turned = [replace(one, words=frozenset({"澜石"}), label="negative") for one in examples(60)]
    assert learn(turned, {"澜石"}).rules == ()
