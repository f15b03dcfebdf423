"""Story 1: a forum thread, a nurse's video, a blogger's repost, and a maker who answers late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from replica.world.boards import Boards
from replica.world.cascade import Spark
from replica.world.chronicle import Draft
from replica.world.forums import CAR
from replica.world.model import Label
from replica.world.people import Person
from replica.world.press import BLOG, NEWS, Press
from replica.world.stage import Pool, Stage
from replica.world.stories.plan import Plan
from replica.world.talk import Context, goods

TOPIC = "澜石S7车机黑屏"
_BRAND = "lanstone"
_BOTH = (("配置", "negative"), ("安全性", "negative"))
_NEGATIVE = Label(sentiment="negative", brand=_BRAND, product="s7")
_TOLD = replace(_NEGATIVE, aspects=_BOTH)  # names both the screen and the brake
_SIGNS = {"配置": ("车机", "屏", "仪表", "死机", "3.1.4"), "安全性": ("刹车", "踏板", "安全")}
_POSITIVE = Label(sentiment="positive", brand=_BRAND, product="s7")
_MEDIA = Label(sentiment="negative", brand=_BRAND, product="s7", voice="media")
_PUBLIC = {"car": 5.0, "life": 2.0, "family": 1.5, "work": 1.0, "humor": 0.6, "beauty": 0.5}
_ANGER: Pool = (
    ("flaw.re.neg", "negative", 6), ("flaw.re.neu", "neutral", 2), ("flaw.re.pos", "positive", 0.7),
    ("re.doubt", None, 0.5), ("re.angry", "negative", 1),
)  # fmt: skip
_STATEMENT: Pool = (
    ("flaw.re.statement", "negative", 8),
    ("re.angry", "negative", 1),
    ("flaw.re.pos", "positive", 0.8),
)
_SORRY: Pool = (
    ("flaw.re.apology", "positive", 6),
    ("flaw.re.neg", "negative", 0.8),
    ("re.warm", "positive", 0.6),
)
_CHEER: Pool = (("flaw.re.cheer", "negative", 6), ("re.warm", None, 1))


def tell(stage: Stage, boards: Boards, press: Press) -> Plan:
    """Writes the story; days are counted from the world's first."""
    plan = Plan(id="flaw", directions={
        "volume": "rises", "negative_share": "rises", "negative_share_after_apology": "falls",
        "aspect:配置": "falls", "aspect:安全性": "falls", "recovery": "partial",
    })  # fmt: skip
    _on_the_forum(stage, boards, plan)
    first = _first_voices(stage)
    main = _spread(stage, plan)
    _media(stage, press, plan)
    _official(stage, press, plan)
    _everybody(stage)
    _aftermath(stage, boards, plan)
    plan.posts += [*first, main]
    return plan


def _on_the_forum(stage: Stage, boards: Boards, plan: Plan) -> None:
    writer = boards.someone(CAR, "s7")
    plan.began_at = stage.clock.at(34, 22, 10)
    text = f"{stage.say('flaw.thread.title')}\n{stage.say('flaw.thread.body')}"
    thread = boards.open(CAR, 2, writer, plan.began_at, text, _TOLD)
    early: Pool = (
        ("flaw.same", "negative", 5), ("flaw.defend", "positive", 2.2), ("flaw.quarrel", "negative", 2),
        ("flaw.tech", "neutral", 1.2), ("forum.car.re.fight", None, 0.6), ("forum.car.re.help", None, 0.8),
    )  # fmt: skip
    boards.grow(thread, stage.size(74, 18), early, pace=30, owns="s7", brand=_BRAND)
    keeper = boards.someone(CAR, "s7")
    text = f"{stage.say('flaw.thread2.title')}\n{stage.say('flaw.thread2.body')}"
    count = boards.open(
        CAR, 2, keeper, stage.clock.at(36, 13, 5), text, Label(sentiment="neutral", brand=_BRAND)
    )
    count.sticky = True
    counting: Pool = (
        ("flaw.report", "negative", 5),
        ("flaw.same", "negative", 2),
        ("flaw.quarrel", "negative", 0.8),
    )
    boards.grow(count, stage.size(70, 16), counting, pace=60, owns="s7", brand=_BRAND)
    plan.posts += [thread.floors[0], count.floors[0]]


def _first_voices(stage: Stage) -> list[Draft]:
    """A few owners on Weibo before anybody listens."""
    drafts = []
    for person in stage.people("owns:s7", stage.size(12, 3)):
        moment = stage.clock.draw(person, 35, 40.4)
        drafts.append(_owner(stage, person, moment, "flaw.owner.neg", _NEGATIVE))
    return drafts


def _owner(stage: Stage, person: Person, moment: datetime, section: str, label: Label) -> Draft:
    context = stage.talk.context("s7", person)
    more = {"positive": "flaw.add.pos", "neutral": "flaw.add.neu"}.get(label.sentiment or "", "flaw.add.neg")
    text = stage.told(person, section, more, {**context, "town": person.town}, label.sentiment)
    if not any(call in text for call in goods()["s7"].calls) or stage.rng.random() < 0.3:
        text += f"#{TOPIC}#"
    if label is _NEGATIVE:
        named = [aspect for aspect, signs in _SIGNS.items() if any(sign in text for sign in signs)]
        label = replace(label, aspects=tuple((aspect, "negative") for aspect in named))
    return stage.post(person, moment, text, label)


def _spread(stage: Stage, plan: Plan) -> Draft:
    """The nurse's post: friends for a night, then the bridge."""
    cast, clock = stage.cast, stage.clock
    arong, laohe, zhijian, pangda = cast["arong"], cast["laohe"], cast["zhijian"], cast["pangda"]
    root = stage.post(arong, clock.at(40, 21, 40), stage.say("flaw.spark"), _TOLD)
    root.media = ("video",)
    friends = stage.people("local", 6)
    words = stage.words(_ANGER, brand=_BRAND)
    for person in friends:
        moment = clock.after(root.at, person, 0.8, 0.8)
        if moment is not None and moment < clock.at(41, 12):
            stage.chronicle.repost(person, moment, words(person)[0], root)
    plan.broke_out_at = clock.at(41, 12, 26)
    sparks = [
        Spark(laohe, plan.broke_out_at, stage.say("flaw.bridge"), 0.50, _NEGATIVE),
        Spark(zhijian, clock.at(41, 15, 10), stage.say("flaw.zhijian"), 0.13, _NEGATIVE, through=laohe),
        Spark(pangda, clock.at(41, 19, 5), stage.say("flaw.pangda"), 0.10, _NEGATIVE, through=laohe),
        Spark(cast["lvshi"], clock.at(42, 20, 15), stage.say("flaw.lawyer"), 0.05, _NEGATIVE, through=laohe),
    ]
    later = root.at
    root.at = plan.broke_out_at  # what is not of the friends comes after the bridge woke the crowd
    stage.spread.grow(root, stage.size(480, 60), words, _PUBLIC, sparks=sparks)
    root.at = later
    comments: Pool = (*_ANGER, ("re.tag", None, 0.5))
    stage.spread.discuss(
        root, stage.size(100, 20), stage.words(comments, bare=0, brand=_BRAND), _PUBLIC, pace=6
    )
    plan.roots.append(root)
    plan.key_spreaders = (laohe, zhijian, pangda, cast["lvshi"])
    plan.true_kols = (laohe, zhijian)
    return root


def _media(stage: Stage, press: Press, plan: Plan) -> None:
    cast, clock = stage.cast, stage.clock
    for key, day, hour, minute, section, size in (
        ("cheqiandeng", 41, 18, 2, "flaw.cheqiandeng", 110),
        ("nanjiang_news", 42, 9, 30, "flaw.nanjiang", 80),
        ("yixian", 42, 11, 15, "flaw.cheqiandeng", 24),
    ):
        root = stage.post(cast[key], clock.at(day, hour, minute), stage.say(section), _MEDIA)
        stage.spread.grow(root, stage.size(size, 6), stage.words(_ANGER, brand=_BRAND), _PUBLIC)
        stage.spread.discuss(
            root, stage.size(size // 4, 3), stage.words(_ANGER, bare=0, brand=_BRAND), _PUBLIC
        )
        plan.roots.append(root)
    tags = ("汽车", "澜石")
    press.publish(NEWS, clock.at(41, 19, 40), "news.flaw.first", {}, tags, _MEDIA)
    press.publish(BLOG, clock.at(42, 8, 12), "news.flaw.blog", {}, ("座舱",), _NEGATIVE)


def _official(stage: Stage, press: Press, plan: Plan) -> None:
    """Cheer in the middle of it, the late statement, the letter."""
    cast, clock = stage.cast, stage.clock
    neutral = Label(sentiment="neutral", brand=_BRAND, voice="marketing")
    cheer = stage.post(cast["lanstone"], clock.at(41, 10, 0), stage.say("flaw.official.cheer"), neutral)
    statement = stage.post(cast["lanstone"], clock.at(44, 20, 32), stage.say("flaw.statement"), neutral)
    letter = stage.post(cast["lanstone_care"], clock.at(49, 10, 18), stage.say("flaw.apology"), neutral)
    statement.media = letter.media = ("image",)
    for root, size, talk, pool in (
        (cheer, 30, 44, _CHEER), (statement, 140, 70, _STATEMENT), (letter, 120, 50, _SORRY),
    ):  # fmt: skip
        stage.spread.grow(root, stage.size(size, 8), stage.words(pool, brand=_BRAND), _PUBLIC)
        stage.spread.discuss(root, stage.size(talk, 6), stage.words(pool, bare=0, brand=_BRAND), _PUBLIC)
    plan.roots += [statement, letter]
    plan.posts += [statement, letter, cheer]
    tags = ("汽车", "澜石")
    press.publish(NEWS, clock.at(45, 8, 5), "news.flaw.statement", {}, tags, _MEDIA)
    press.publish(
        NEWS,
        clock.at(50, 7, 50),
        "news.flaw.apology",
        {},
        tags,
        Label(sentiment="positive", brand=_BRAND, voice="media"),
    )


def _everybody(stage: Stage) -> None:
    """What owners and lookers-on write of their own, week by week."""
    neutral = Label(sentiment="neutral", brand=_BRAND, product="s7")
    looker = Label(sentiment="negative", brand=_BRAND, product="s7")
    sour = Label(sentiment="negative", brand=_BRAND, product="s7", sarcastic=True)
    for section, label, count, first, last in (
        ("flaw.owner.neg", _NEGATIVE, 70, 41.5, 44), ("flaw.owner.neg", _NEGATIVE, 60, 44, 49.4),
        ("flaw.owner.neg", _NEGATIVE, 44, 49.5, 60), ("flaw.owner.neu", neutral, 40, 41.6, 56),
        ("flaw.sarcasm", sour, 14, 41.8, 50), ("flaw.looker", looker, 70, 41.5, 47), ("flaw.looker", looker, 14, 50, 60), ("flaw.owner.recover", _POSITIVE, 70, 50, 60.4),
    ):  # fmt: skip
        like = "car" if section == "flaw.looker" else "owns:s7"
        for person in stage.people(like, stage.size(count, 2)):
            draft = _owner(stage, person, stage.clock.draw(person, first, last), section, label)
            if stage.rng.random() < 0.25:
                stage.spread.discuss(draft, stage.rng.randint(1, 4), stage.words(_ANGER, bare=0), _PUBLIC)


def _aftermath(stage: Stage, boards: Boards, plan: Plan) -> None:
    cast, clock = stage.cast, stage.clock
    arong = stage.post(cast["arong"], clock.at(52, 21, 4), stage.say("flaw.arong.later"), _POSITIVE)
    laohe = stage.post(cast["laohe"], clock.at(53, 12, 30), stage.say("flaw.laohe.later"), _POSITIVE)
    for root, size in ((arong, 70), (laohe, 54)):
        stage.spread.grow(root, stage.size(size, 6), stage.words(_SORRY, brand=_BRAND), _PUBLIC)
        stage.spread.discuss(
            root, stage.size(size // 3, 3), stage.words(_SORRY, bare=0, brand=_BRAND), _PUBLIC
        )
    text = f"{stage.say('flaw.thread3.title')}\n{stage.say('flaw.thread3.body')}"
    thread = boards.open(CAR, 2, boards.someone(CAR, "s7"), clock.at(51, 20, 44), text, _POSITIVE)
    slots: Context = {"car": "小石头"}
    after: Pool = (
        ("flaw.owner.recover", "positive", 3), ("flaw.owner.neu", "neutral", 1.5), ("flaw.quarrel", "negative", 0.6),
        ("forum.car.re.help", None, 0.8), ("flaw.defend", "positive", 0.5),
    )  # fmt: skip
    boards.grow(thread, stage.size(34, 8), after, pace=14, owns="s7", brand=_BRAND, context=slots)
    plan.posts += [arong, laohe, thread.floors[0]]
    plan.ended_at = clock.at(56) + timedelta(hours=12)
