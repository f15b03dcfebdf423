"""What a word-of-mouth report promises: the right base, both formulas, evidence, and no number from too little."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from core.errors import UsageError
from core.models import (
    AnnotatedPost,
    AspectOpinion,
    Author,
    Coverage,
    Emotion,
    Finding,
    Kind,
    Sentiment,
    Voice,
)
from core.project import EMPTY, Brand, Product, Project, Title
from core.records import to_json
from index.query import parse
from index.results.paging import results
from mining.bases import ALL, CLEANED, USER, clauses
from mining.reports import BrandReport
from mining.voices import original_voice
from mining.wom import WordOfMouth
from tests.mining.posts import NOON, at, counted, read, root
from tests.mining.stores import stored


def title(text: str) -> Title:
    return Title(zh=text, en=text)


PROJECT = Project(
    id="cars",
    title=title("车"),
    brands=(
        Brand(
            id="own",
            title=title("星途"),
            names=("星途",),
            products=(Product(id="s7", names=("S7",)),),
            exclude=("星途旅行社",),
            accounts=("星途官方",),
        ),
        Brand(id="rival", title=title("远山"), names=("远山",), competitor=True),
        Brand(id="other", title=title("本家二号"), names=("二号",)),
    ),
)
UNTIL = NOON + timedelta(days=1)


def said(
    key: str,
    text: str,
    feeling: str | None = None,
    *,
    minute: float = 0,
    by: str | None = None,
    kind: Kind = Kind.POST,
    likes: int | None = None,
    root_id: str | None = None,
    **facts: object,
) -> AnnotatedPost:
    post = root(text, key=f"weibo:{key}", by=by or f"人{key}", minute=minute, engagement=counted(likes=likes))
    post = structs.replace(post, kind=kind, root_id=root_id)
    author = facts.pop("author", None)
    if isinstance(author, Author):
        post = structs.replace(post, author=author)
    return read(post, feeling, **facts)


def mixed(
    positive: int, neutral: int, negative: int, *, name: str = "星途", start: int = 0
) -> list[AnnotatedPost]:
    labels = ["positive"] * positive + ["neutral"] * neutral + ["negative"] * negative
    return [
        said(f"{start + number}", f"{name}第{number}句，各说各的话{start}", label, minute=number)
        for number, label in enumerate(labels)
    ]


def own_of(rows: list[AnnotatedPost], **options: object) -> BrandReport:
    report = WordOfMouth(PROJECT, **options).report(stored(rows), "own", until=UNTIL)  # type: ignore[arg-type]
    return report.brands[0]


def by_base(findings: tuple[Finding, ...]) -> dict[str, object]:
    return {finding.base: finding.value for finding in findings}


def test_both_net_sentiments_of_the_published_example() -> None:
    pn, whole = own_of(mixed(80, 100, 20)).nsr
    assert (pn.formula, pn.value, pn.n) == ("nsr_pn", 0.6, 100)
    assert (whole.formula, whole.value, whole.n) == ("nsr_all", 0.3, 200)
    assert pn.base == CLEANED
    assert len(pn.evidence) == 20
    assert pn.query.startswith('("星途" OR "S7") NOT "星途旅行社"') or "星途旅行社" in pn.query


def test_below_its_n_a_number_says_so() -> None:
    brand = own_of(mixed(5, 0, 4))
    assert brand.nsr[0].value is None
    assert brand.nsr[0].note == "not enough data: 9 < 10"
    assert brand.volume[0].value == 9


VOICES = [
    ("an ordinary person", {}, (1, 1, 1)),
    ("an organisation", {"author": Author(id="weibo:9", name="日报", verified_type=3)}, (1, 0, 0)),
    ("a verified person", {"author": Author(id="weibo:9", name="评车人", verified_type=0)}, (1, 1, 1)),
    ("media by its words", {"voice": Voice.MEDIA}, (1, 0, 0)),
    ("the brand itself", {"by": "星途官方"}, (1, 0, 0)),
    ("marketing", {"voice": Voice.MARKETING}, (1, 1, 0)),
    ("spam", {"voice": Voice.SPAM}, (1, 1, 0)),
    ("a fan", {"voice": Voice.FAN}, (1, 1, 1)),
]


@pytest.mark.parametrize(("who", "facts", "wanted"), VOICES, ids=[row[0] for row in VOICES])
def test_whose_voice_counts_in_which_base(
    who: str, facts: dict[str, object], wanted: tuple[int, int, int]
) -> None:
    volume = by_base(own_of([said("1", "星途真好", "positive", **facts)]).volume)  # type: ignore[arg-type]
    assert volume == dict(zip((ALL, USER, CLEANED), wanted, strict=True)), who


def test_copies_and_wordless_reposts_count_once_or_not_among_cleaned_voices() -> None:
    rows = [
        said("1", "星途这车油耗比说明书高两个多", duplicate_group="weibo:1"),
        said("2", "星途这车油耗比说明书高两个多!", duplicate_group="weibo:1", minute=1),
        said("3", "星途星途星途星途星途星途好", minute=2),
        said("4", "星途 星途星途星途星途星途好", minute=3),
        said("5", "转发微博//@甲:星途", kind=Kind.REPOST, minute=4),
        said("6", "星途好", minute=5),
        said("7", "星途好", minute=6),
    ]
    brand = own_of(rows)
    assert by_base(brand.volume) == {ALL: 7, USER: 7, CLEANED: 4}
    assert (brand.main.value, brand.reposts.value, brand.comments.value) == (6, 1, 0)


def test_exclusions_products_and_the_span() -> None:
    rows = [
        said("1", "S7 到货"),
        said("2", "星途旅行社跟团"),
        said("3", "星途明天见", minute=24 * 60),
        said("4", "无关"),
    ]
    assert own_of(rows).volume[0].value == 1


def test_who_is_compared_with_whom() -> None:
    store = stored([])
    ids = {
        asked: [brand.brand for brand in WordOfMouth(PROJECT).report(store, asked, until=UNTIL).brands]
        for asked in ("own", "rival", "other")
    }
    assert ids == {"own": ["own", "rival"], "rival": ["rival", "own", "other"], "other": ["other", "rival"]}


def test_share_of_voice_on_each_basis() -> None:
    rows = [*mixed(6, 0, 0), *mixed(3, 0, 0, name="远山", start=100)]
    rows += [said("500", "远山车主日报", author=Author(id="weibo:9", name="日报", verified_type=3), likes=30)]
    rows += [said(f"6{number}", f"星途说法{number}", likes=1) for number in range(10)]
    shares = {finding.formula: finding for finding in own_of(rows).share_of_voice}
    assert shares["sov_mentions"].value == pytest.approx(16 / 20)
    assert shares["sov_users"].value == pytest.approx(16 / 19, abs=1e-6)
    assert shares["sov_engagement"].value == pytest.approx(10 / 40)
    assert shares["sov_mentions"].n == 20


def opinion(aspect: str, polarity: str, evidence: str, confidence: float = 0.9) -> AspectOpinion:
    return AspectOpinion(
        aspect=aspect, target=None, polarity=polarity, confidence=confidence, evidence=evidence
    )


def test_aspects_carry_different_peoples_own_words() -> None:
    twice = (opinion("油耗", "negative", "费油"), opinion("油耗", "negative", "真费油"))
    rows = [
        said("1", "星途费油，真费油", aspects=twice),
        said("2", "星途 费油，真费油", aspects=twice[:1], by="抄的"),
        said("3", "星途油耗高", aspects=(opinion("油耗", "negative", "油耗高", 0.8),), by="丙"),
        said("4", "星途太费油了吧", aspects=(opinion("油耗", "negative", "费油", 0.7),), by="丙"),
        said("5", "星途省油", aspects=(opinion("油耗", "positive", "省油"),)),
        said("6", "星途内饰好", aspects=(opinion("内饰", "positive", "内饰好"),)),
    ]
    aspects = {aspect.aspect: aspect for aspect in own_of(rows, base=ALL).aspects}
    fuel = aspects["油耗"]
    assert (fuel.positive.value, fuel.negative.value) == (1, 4)
    assert fuel.net.value == pytest.approx(-0.6)
    assert [voice.id for voice in fuel.negative_voices] == ["weibo:1", "weibo:3"]
    assert fuel.negative_voices[0].evidence == "费油"
    assert aspects["内饰"].net.note == "not enough data: 1 < 5"


def test_what_is_read_with_little_confidence_is_called_unsure() -> None:
    rows = []
    for number, confidence in enumerate([0.69, 0.5, *[0.7] * 3, *[0.95] * 5]):
        row = said(f"{number}", f"星途第{number}句", "positive", minute=number)
        felt = Sentiment(label="positive", score=0.8, confidence=confidence)
        rows.append(structs.replace(row, annotation=structs.replace(row.annotation, sentiment=felt)))
    unsure = own_of(rows, base=ALL).unsure
    assert (unsure.value, unsure.n, unsure.evidence) == (0.2, 10, ("weibo:1", "weibo:0"))


def test_emotions_are_counted_by_day_on_the_base() -> None:
    rows = [
        said("1", "星途一", emotion=Emotion(label="angry")),
        said("2", "星途二", emotion=Emotion(label="happy"), minute=1),
        said("3", "星途三", emotion=Emotion(label="happy"), minute=2),
        said("4", "星途四，快来买", emotion=Emotion(label="happy"), voice=Voice.MARKETING),
    ]
    (day,) = own_of(rows, base=CLEANED).by_day.points
    assert (day.posts, day.emotions) == (4, {"angry": 1, "happy": 2})


def test_a_query_can_ask_for_the_posts_of_a_base() -> None:
    company = Author(id="weibo:c", name="某公司", verified_type=2)
    rows = [
        said("1", "星途一句"),
        said("2", "星途二句，官方的", by="星途官方"),
        said("3", "星途三句，媒体说的", voice=Voice.MEDIA),
        said("4", "星途四句，快来买", voice=Voice.MARKETING),
        said("5", "星途五句，公司说的", author=company),
        said("6", "星途六句，抄来抄去的", duplicate_group="weibo:6"),
        said("7", "星途六句，抄来抄去的！", duplicate_group="weibo:6", minute=1),
    ]
    store = stored(rows)
    brand = PROJECT.brands[0]
    own = own_of(rows)
    for base, volume in zip((ALL, USER, CLEANED), own.volume, strict=True):
        text = f"({brand.query()}) {clauses(base, brand.accounts)}"
        assert len(list(results(store, parse(text, PROJECT)))) == volume.value, base


@pytest.mark.parametrize(
    ("text", "evidence", "shown"),
    [
        ("油耗高", "油耗高", "油耗高"),
        ("长" * 300, None, "长" * 279 + "…"),
        ("油耗高" + "长" * 300, "油耗高", "油耗高" + "长" * 276 + "…"),
        ("长" * 300 + "油耗高", "油耗高", "…" + "长" * 60 + "油耗高"),
        ("长" * 277 + "油耗高" + "长" * 300, "油耗高", "…" + "长" * 60 + "油耗高" + "长" * 216 + "…"),
        ("长" * 300, "没有的话", "长" * 279 + "…"),
    ],
)
def test_an_original_voice_shows_what_an_opinion_was_read_from(
    text: str, evidence: str | None, shown: str
) -> None:
    assert original_voice(root(text), evidence=evidence).text == shown


def test_days_are_those_of_the_project_and_platforms_stand_apart() -> None:
    late = said("1", "星途夜", "positive", minute=11 * 60 + 59)
    next_day = said("2", "星途晨", "negative", minute=12 * 60)
    forum = said("3", "星途帖", "neutral")
    forum = structs.replace(forum, post=structs.replace(forum.post, platform="discuz"))
    undated = said("4", "星途无时")
    undated = structs.replace(undated, post=structs.replace(undated.post, published_at=None))
    report = WordOfMouth(PROJECT).report(stored([late, next_day, forum, undated]), "own", until=UNTIL)
    days = [(day.day, day.platform, day.posts, day.positive) for day in report.brands[0].by_day.points]
    assert days == [
        ("2026-03-02", "discuz", 1, 0),
        ("2026-03-02", "weibo", 1, 1),
        ("2026-03-03", "weibo", 1, 0),
    ]
    assert {each.platform: each.volume.value for each in report.brands[0].by_platform} == {
        "weibo": 2,
        "discuz": 1,
    }


def test_words_that_are_this_brands_rather_than_the_others() -> None:
    rows = [
        said(f"{n}", f"星途底盘{n}号话题", words=("底盘", "很好", "星途"), keywords=("底盘", "星途"))
        for n in range(20)
    ]
    rows += [
        said(f"2{n}", f"远山价格{n}号话题", words=("价格", "很好"), keywords=("价格",)) for n in range(20)
    ]
    brand = own_of(rows)
    assert [term.word for term in brand.keywords] == ["底盘"]
    assert [term.word for term in brand.distinct] == ["底盘"]
    assert brand.distinct[0].score.formula == "log_odds"
    assert brand.distinct[0].score.evidence


def test_change_names_the_threads_that_made_it() -> None:
    rows = mixed(10, 0, 0)
    rows = [
        structs.replace(row, post=structs.replace(row.post, published_at=at(-60 - n)))
        for n, row in enumerate(rows)
    ]
    rows.append(said("900", "星途出事了", "negative", minute=1))
    rows += [
        said(f"9{n}", f"星途怎么回事{n}", "negative", minute=2 + n, kind=Kind.REPOST, root_id="weibo:900")
        for n in range(10, 24)
    ]
    report = WordOfMouth(PROJECT).report(stored(rows), "own", since=NOON, until=NOON + timedelta(hours=6))
    change = report.brands[0].change
    assert change is not None
    assert change.volume_before.value == 10
    assert change.volume_change.value == pytest.approx(0.5)
    assert change.nsr_change.value == pytest.approx(-2.0)
    driver = change.drivers[0]
    assert (driver.root_id, driver.now, driver.before) == ("weibo:900", 15, 0)
    assert driver.root is not None
    assert driver.share.value == pytest.approx(3.0)


def test_emotions_coverage_and_json() -> None:
    rows = [
        said(f"{n}", f"星途第{n}天", emotion=Emotion(label="happy" if n % 3 else "angry")) for n in range(12)
    ]
    store = stored(
        rows, coverage=[Coverage(source="weibo", slice="星途", expected=20, got=12, because="captcha")]
    )
    report = WordOfMouth(PROJECT).report(store, "own", until=UNTIL)
    assert report.coverage == "12/20 · captcha ×1"
    brand = report.brands[0]
    assert [(share.label, share.count) for share in brand.emotions] == [("happy", 8), ("angry", 4)]
    assert brand.volume[0].coverage == report.coverage
    assert to_json(report)


def test_nothing_stored_is_a_report_of_none() -> None:
    report = WordOfMouth(PROJECT).report(stored([]), "own", since=NOON, until=UNTIL)
    brand = report.brands[0]
    assert brand.volume[0].value == 0
    assert brand.nsr[0].value is None
    assert brand.aspects == () == brand.keywords
    assert brand.change is not None
    assert brand.change.volume_change.value is None


def test_hostile_text_is_kept_as_text() -> None:
    hostile = '星途<img src=x onerror=alert(1)>"; DROP TABLE'
    voices = own_of([said("1", hostile, likes=5)]).top
    assert voices[0].text == hostile


def test_an_unknown_brand_or_base_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="known are own, rival, other"):
        WordOfMouth(PROJECT).report(stored([]), "none", until=UNTIL)
    with pytest.raises(UsageError, match="no brand"):
        WordOfMouth(EMPTY).report(stored([]), "none", until=UNTIL)
    with pytest.raises(UsageError, match="base"):
        WordOfMouth(PROJECT, base="everyone").report(stored([]), "own", until=UNTIL)
