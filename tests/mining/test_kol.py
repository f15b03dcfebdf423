"""What a KOL list promises: observed influence, nothing later than asked, reasons that can be checked."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from core.errors import QueryError
from core.models import AnnotatedPost, Author, Engagement, Kind, Post
from core.project import EMPTY, Brand, Title
from core.records import to_json
from mining.candidate import KolCandidate
from mining.kol import Kol, KolReport, contract
from tests.mining.posts import NOON, at, person, read, repost, root
from tests.mining.stores import stored

UNTIL = NOON + timedelta(days=1)


def started(number: int, by: str, text: str = "星途到店实拍", **facts: object) -> Post:
    minute = float(facts.pop("minute", number))  # type: ignore[arg-type]
    made = root(text, by=by, key=f"weibo:{number}", minute=minute)
    return structs.replace(made, **facts)  # type: ignore[arg-type]


def crowd(start: int, size: int, *, under: int, root_number: int, text: str = "") -> list[Post]:
    return [
        repost(start + n, f"路人{start + n}", text, parent=under, root_id=f"weibo:{root_number}")
        for n in range(size)
    ]


def found(posts: list[Post], query: str = "星途", *, until: datetime = UNTIL, **options: object) -> KolReport:
    store = stored([read(post) for post in posts])
    return Kol(**options).candidates(store, query, until=until)  # type: ignore[arg-type]


def names(report: KolReport) -> list[str | None]:
    return [candidate.author.name for candidate in report.candidates]


def of(report: KolReport, name: str) -> KolCandidate:
    return next(candidate for candidate in report.candidates if candidate.author.name == name)


WORLD = [
    started(1, "大号"),
    *crowd(100, 12, under=1, root_number=1),
    repost(50, "桥", "看看", parent=1, root_id="weibo:1"),
    *crowd(200, 9, under=50, root_number=1),
    started(2, "小号"),
    *crowd(300, 2, under=2, root_number=2),
    started(3, "无人理"),
    started(4, "别的话题", "今天天气"),
    *crowd(400, 30, under=4, root_number=4),
]


def test_those_who_caused_most_lead_and_silence_and_other_subjects_stay_away() -> None:
    report = found(WORLD)
    assert names(report) == ["大号", "桥", "小号"]
    big, bridge, _ = report.candidates
    assert (big.findings["branch"].value, big.findings["direct"].value) == (22, 13)
    assert (bridge.findings["branch"].value, bridge.findings["direct"].value) == (9, 9)
    assert 0 <= report.candidates[-1].score <= bridge.score <= big.score <= 1


def test_what_stands_below_a_matching_post_counts_and_what_stands_above_does_not() -> None:
    posts = [
        started(1, "大号", "今天天气"),
        repost(2, "桥", "星途也这样", parent=1),
        *crowd(100, 5, under=2, root_number=1),
        *crowd(200, 7, under=1, root_number=1),
    ]
    report = found(posts)
    assert names(report) == ["桥"]
    assert report.candidates[0].findings["branch"].value == 5


def test_own_reposts_do_not_count_and_one_repost_counts_once_a_person() -> None:
    posts = [
        started(1, "大号"),
        repost(2, "大号", "再顶", parent=1),
        repost(3, "甲", parent=2),
        repost(4, "乙", parent=3),
    ]
    report = found(posts)
    assert of(report, "大号").findings["branch"].value == 2
    assert of(report, "大号").findings["direct"].value == 1
    assert of(report, "甲").findings["branch"].value == 1


def test_somebody_known_from_chains_alone_is_a_candidate_without_a_profile() -> None:
    posts = [started(1, "大号")] + [
        repost(10 + n, f"路人{n}", f"第{n}个//@走失:好车啊真不错", root_id="weibo:1") for n in range(6)
    ]
    lost = of(found(posts), "走失")
    assert lost.findings["direct"].value == 6
    assert (lost.author.id, lost.tier, lost.findings["followers"].value) == (None, None, None)
    assert lost.evidence
    assert set(lost.evidence) <= {f"weibo:{10 + n}" for n in range(6)}


def late(*, after: timedelta) -> list[Post]:
    """A loud later life of the small account."""
    more = [
        *crowd(1000, 40, under=2, root_number=2),
        started(900, "小号"),
        *crowd(2000, 40, under=900, root_number=900),
    ]
    return [structs.replace(post, published_at=UNTIL + after) for post in more]


def test_nothing_at_or_after_until_is_used() -> None:
    before = found(WORLD)
    assert to_json(before) == to_json(found([*WORLD, *late(after=timedelta(0))]))
    assert names(found([*WORLD, *late(after=timedelta(-1e-3 / 86_400))])) != names(before)


def test_counters_and_followers_seen_later_are_not_used() -> None:
    def seen(moment: datetime) -> KolCandidate:
        author = person("大号", followers=800_000)
        met = Engagement(reposts=5000, comments=70, likes=9)
        posts = [
            started(1, "大号", author=author, engagement=met, fetched_at=moment),
            *crowd(100, 3, under=1, root_number=1),
        ]
        return found(posts).candidates[0]

    early, late_ = seen(UNTIL), seen(UNTIL + timedelta(seconds=1))
    assert (early.tier, early.findings["followers"].value) == ("head", 800_000)
    assert early.findings["reposts_caused"].value > 4000
    assert any("5,000" in reason.zh for reason in early.reasons)
    assert (late_.tier, late_.findings["followers"].value) == (None, None)
    assert late_.findings["reposts_caused"].value < 4


def test_since_gives_credit_only_for_what_came_in_the_span() -> None:
    old = [structs.replace(post, published_at=NOON - timedelta(days=30)) for post in WORLD[:13]]
    fresh = [
        started(1, "大号", published_at=NOON - timedelta(days=30)),
        *crowd(500, 4, under=1, root_number=1),
    ]
    store = stored([read(post) for post in [*old, *fresh]])
    report = Kol().candidates(store, "星途", since=NOON, until=UNTIL)
    assert of(report, "大号").findings["branch"].value == 4
    assert of(report, "大号").findings["posts"].value == 1


def test_older_reposts_weigh_less() -> None:
    old = [started(1, "旧人", minute=-60 * 24 * 300), *crowd(100, 9, under=1, root_number=1)]
    old = [structs.replace(post, published_at=NOON - timedelta(days=300)) for post in old]
    new = [started(2, "新人"), *crowd(200, 8, under=2, root_number=2)]
    report = found([*old, *new])
    caused = {name: of(report, name).findings["reposts_caused"].value for name in ("旧人", "新人")}
    assert caused["旧人"] == pytest.approx(9 * 2 ** (-301 / 90), rel=0.01)
    assert names(report) == ["新人", "旧人"]


def test_reasons_come_in_both_languages_with_posts_that_show_them() -> None:
    posts = [started(n, "大号", f"星途第{n}集") for n in range(1, 4)]
    for n in range(1, 4):
        posts += crowd(100 * n, 5, under=n, root_number=n)
    posts += [started(9, "大号", "别的")]
    best = found(posts).candidates[0]
    told = {reason.finding.formula: reason for reason in best.reasons}
    assert told["kol_branch"].zh == "带动 15 条转发，其中直接 15 条，参与互动 15 人"
    assert told["kol_branch"].en == "caused 15 reposts, 15 of them direct; 15 people reacted"
    assert "3" in told["kol_h_index"].zh
    assert "75%" in told["kol_fit"].en
    for reason in best.reasons:
        assert reason.finding.value is not None
        assert reason.evidence
        assert set(reason.evidence) <= {post.id for post in posts}
    assert {"kol_followers", "kol_authenticity"}.isdisjoint(told)


def test_copied_and_hasty_engagement_costs_score_and_is_said() -> None:
    honest = [started(1, "真号"), *crowd(100, 35, under=1, root_number=1)]
    honest = [
        honest[0],
        *(structs.replace(post, text=f"第{n}个人自己的话呀") for n, post in enumerate(honest[1:])),
    ]
    bought = [
        started(2, "水号"),
        *crowd(200, 35, under=2, root_number=2, text="这个产品真的太好用了强烈推荐"),
    ]
    bought = [
        bought[0],
        *(structs.replace(post, published_at=at(2 + n / 10)) for n, post in enumerate(bought[1:])),
    ]
    report = found([*honest, *bought])
    fake = of(report, "水号")
    assert fake.findings["copies"].value == pytest.approx(34 / 35, abs=1e-6)
    assert fake.findings["early"].value == 1.0
    assert fake.findings["authenticity"].value < 0.3
    assert fake.score < of(report, "真号").score
    assert fake.reasons[-1].zh.startswith("需核实")


def test_comments_count_for_the_post_they_stand_under() -> None:
    comments = [repost(10 + n, f"评{n}", "怎么卖", kind=Kind.COMMENT, parent=1) for n in range(4)]
    best = found([started(1, "大号"), *comments, repost(30, "甲", parent=1)]).candidates[0]
    assert best.findings["engagement_median"].note == "not enough data: 1 < 3"
    assert best.findings["activity"].value > 0
    assert best.findings["branch"].value == 1


def test_forum_answers_are_influence_too() -> None:
    thread = started(1, "楼主", kind=Kind.THREAD, platform="discuz")
    answers = [repost(10 + n, f"层{n}", "同问", kind=Kind.REPLY, thread_id="weibo:1") for n in range(4)]
    answers = [structs.replace(post, platform="discuz") for post in answers]
    best = found([thread, *answers]).candidates[0]
    assert best.findings["branch"].value == 4
    assert best.reasons[0].en.startswith("caused 4 answers")


def test_what_somebody_said_of_the_subject_and_how() -> None:
    feelings = ["negative", "negative", "positive", "negative", "neutral"]
    rows = [read(started(n, "大号", f"星途第{n}集"), feelings[n - 1]) for n in range(1, 6)]
    rows += [read(post) for post in crowd(100, 3, under=1, root_number=1)]
    best = Kol().candidates(stored(rows), "星途", until=UNTIL).candidates[0]
    assert (best.history.positive, best.history.neutral, best.history.negative) == (1, 1, 3)
    assert best.history.first_at == at(1)
    assert best.findings["stance"].value == -0.5
    assert "正面 1 条，中性 1 条，负面 3 条" in next(
        r.zh for r in best.reasons if r.finding.formula == "kol_stance"
    )


def test_public_only_and_left_out() -> None:
    public = Author(id="weibo:77", name="大号", public=True, followers=10**6)
    posts = [structs.replace(WORLD[0], author=public), *WORLD[1:]]
    assert names(found(posts, public_only=True)) == ["大号"]
    assert names(found(posts, left_out=("大号",))) == ["桥", "小号"]


def test_the_json_is_the_contract() -> None:
    data = contract(found(WORLD))
    first = data["candidates"][0]
    assert {"author", "score", "reasons", "evidence"} <= set(first)
    assert set(first["author"]) == {"id", "name", "followers", "verified_type", "public"}
    assert first["evidence"][0] == "weibo:1"
    assert to_json(data)


def test_everything_nothing_and_a_query_that_cannot_be_read() -> None:
    assert "别的话题" in names(found(WORLD, ""))
    assert found([]).candidates == ()
    assert found(WORLD, "没人提过").candidates == ()
    with pytest.raises(QueryError):
        found(WORLD, "(星途")


def test_a_hostile_name_neither_breaks_nor_widens_the_query() -> None:
    author = Author(id=None, name='" OR author:"小号')
    posts = [
        structs.replace(started(1, "x"), author=author),
        *crowd(100, 3, under=1, root_number=1),
        *WORLD[24:27],
    ]
    odd = found(posts).candidates[0]
    assert odd.findings["fit"].value is None
    assert odd.author.name == author.name


def test_answers_do_not_depend_on_the_order_of_posts() -> None:
    rows: list[AnnotatedPost] = [read(post) for post in WORLD]
    one = Kol().candidates(stored(rows), "星途", until=UNTIL)
    other = Kol().candidates(stored(reversed(rows)), "星途", until=UNTIL)
    assert to_json(one) == to_json(other)


def test_followers_who_never_react_are_doubted() -> None:
    posts: list[Post] = []
    for account in range(10):
        followers = 900_000 + 1000 * account
        for n in range(3):
            number = 10 * account + n + 1
            author = person(f"号{account}", followers=followers)
            posts.append(started(number, "x", f"星途第{number}篇", author=author, fetched_at=UNTIL))
            size = 1 if account == 0 else 15 + 2 * account + n
            posts += [
                structs.replace(post, published_at=at(200))
                for post in crowd(1000 * number, size, under=number, root_number=number)
            ]
    report = found(posts)
    bought = of(report, "号0")
    assert bought.findings["rate_z"].value < -3
    assert bought.findings["authenticity"].value < 1 == of(report, "号5").findings["authenticity"].value
    assert "互动率比粉丝相近的 10 个账号低" in bought.reasons[-1].zh


def test_a_query_may_name_what_the_project_knows() -> None:
    title = Title(zh="星途", en="Xingtu")
    project = dataclasses.replace(EMPTY, brands=(Brand(id="xt", title=title, names=("星途",)),))
    named = found(WORLD, "brand:xt within:30d", project=project)
    assert names(named) == names(found(WORLD))
    assert named.posts == found(WORLD).posts > 0


def advert(number: int, minute: float, text: str) -> Post:
    return started(
        number,
        "广告号",
        text,
        minute=minute,
        urls=(f"http://example.com/{number}",),
        engagement=Engagement(reposts=0, comments=0),
        fetched_at=at(minute),
    )


def test_an_account_that_posts_like_a_spammers_is_said_to_be_checked() -> None:
    """The same advert with a link again and again, which nobody answers; seven posts say nothing yet."""
    adverts = [advert(500 + n, n / 4, "星途 全场特价 http://example.com/s 速抢") for n in range(30)]
    reached = crowd(700, 3, under=500, root_number=500)
    candidate = of(found([*adverts, *reached]), "广告号")
    spam = candidate.findings["spam"]
    assert spam.n == 30
    assert spam.value is not None
    assert spam.value >= 0.5
    reason = next(reason for reason in candidate.reasons if reason.finding == spam)
    assert "重复" in reason.zh
    assert "repeat" in reason.en
    rarer = of(found([*adverts, *reached], spam_rate=0.001), "广告号").findings["spam"].value
    assert rarer is not None
    assert rarer < spam.value
    few = of(found([*adverts[:7], *reached]), "广告号")
    assert few.findings["spam"].value is None
    assert all(reason.finding.formula != "kol_spam" for reason in few.reasons)
