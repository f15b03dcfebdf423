"""Stories 3 to 6: the banyan, the joke, the price cut, and who could carry the next launch."""

from __future__ import annotations

from dataclasses import replace

from replica.world.boards import Boards
from replica.world.forums import CAR
from replica.world.model import Label
from replica.world.people import Person
from replica.world.press import NEWS, Press
from replica.world.stage import Pool, Stage
from replica.world.stories.plan import Plan

_TREE = {"local": 5.0, "life": 3.0, "family": 1.0, "food": 1.0, "travel": 0.6}
_LAUGH = {"humor": 5.0, "exam": 2.0, "work": 2.0, "life": 2.0, "car": 0.8, "pet": 0.6}
_BUY = {"car": 6.0, "money": 1.5, "life": 1.0, "family": 0.8}
_TREE_WORDS: Pool = (("place.re", None, 7), ("re.sad", None, 1), ("re.warm", None, 1), ("re.tag", None, 0.4))
_JOKES: Pool = (("meme.re", None, 7), ("re.laugh", None, 2), ("meme.line", None, 1.2), ("re.tag", None, 0.6))
_CUT: Pool = (("cut.re", None, 7), ("re.car", None, 2), ("re.doubt", None, 0.6), ("re.tag", None, 0.5))
_CAR_RE: Pool = (
    ("re.car", None, 6),
    ("re.agree", None, 1.4),
    ("re.ask", None, 1),
    ("re.tag", None, 0.6),
    ("re.laugh", None, 0.8),
)
_JUDGED = ("positive", "negative")
_PRICE = ("价", "降", "保值", "便宜", "亏")
_PLACE = Label(sentiment=None, brand=None)


def place(stage: Stage, press: Press) -> Plan:
    """The banyan of Lanshi Street, days 33 to 37: the name of the brand, nothing of the brand."""
    cast, clock = stage.cast, stage.clock
    plan = Plan(id="place", directions={"volume:澜石": "rises", "volume:lanstone": "flat"})
    plan.began_at, plan.broke_out_at, plan.ended_at = clock.at(32, 3, 20), clock.at(32, 9), clock.at(37)
    for key, day, hour, section, size in (
        ("jiangwan_gov", 32, 6, "place.gov", 40), ("nanjiang_news", 32, 8, "place.news", 150),
        ("laojie", 32, 11, "place.kol", 110), ("foshan_eat", 32, 13, "place.eat", 34),
        ("tree_club", 33, 8, "place.club", 40), ("lingnan", 33, 17, "place.news2", 80),
    ):  # fmt: skip
        root = stage.post(cast[key], clock.at(day, hour, 12), stage.say(section), _PLACE)
        stage.spread.grow(root, stage.size(size, 5), stage.words(_TREE_WORDS), _TREE)
        stage.spread.discuss(root, stage.size(size // 4, 3), stage.words(_TREE_WORDS, bare=0), _TREE)
        plan.roots.append(root)
    plan.key_spreaders = (cast["nanjiang_news"], cast["laojie"])
    for section, like, count, first, last in (
        ("place.memory", "local", 60, 32.3, 37), ("place.confused", "car", 12, 32.4, 34),
        ("place.jam", "local", 14, 32.25, 35), ("place.game", "exam", 12, 0, 60), ("place.kid", "family", 12, 0, 60),
    ):  # fmt: skip
        for person in stage.people(like, stage.size(count, 2)):
            more = "place.add" if section == "place.memory" else ""
            text = stage.told(person, section, more) if more else stage.said(person, section)
            if section == "place.memory" and stage.rng.random() < 0.4:
                text += "#澜石街道老榕树#"
            plan.posts.append(stage.post(person, clock.draw(person, first, last), text, _PLACE))
    for _ in range(stage.size(16, 3)):
        seller = cast["metal_a"]
        stage.post(seller, clock.draw(seller), stage.said(seller, "place.metal"), Label(voice="marketing"))
    press.publish(NEWS, clock.at(33, 18, 20), "news.tree", {}, ("民生", "澜石街道"))
    return plan


def meme(stage: Stage, press: Press) -> Plan:
    """The joke wave, days 43 to 52."""
    cast, clock = stage.cast, stage.clock
    plan = Plan(id="meme", directions={"volume:黑屏": "rises", "complaint_share:黑屏": "falls"})
    plan.began_at, plan.broke_out_at, plan.ended_at = clock.at(43, 14), clock.at(43, 20), clock.at(53)
    for key, day, hour, section, size in (
        ("adai", 43, 14, "meme.root", 230), ("xiaohua", 43, 20, "meme.root2", 110), ("sheng", 44, 11, "meme.root3", 60),
    ):  # fmt: skip
        root = stage.post(cast[key], clock.at(day, hour, 8), stage.say(section), Label(brand=None))
        stage.spread.grow(root, stage.size(size, 8), stage.words(_JOKES), _LAUGH)
        stage.spread.discuss(root, stage.size(size // 5, 3), stage.words(_JOKES, bare=0), _LAUGH)
        plan.roots.append(root)
    plan.key_spreaders = (cast["adai"], cast["xiaohua"], cast["sheng"])
    for section, count, last in (("meme.line", 80, 52), ("meme.aside", 16, 52)):
        for person in stage.people("humor", stage.size(count, 3)):
            text = stage.told(person, section, "meme.add")
            draft = stage.post(person, clock.draw(person, 43.7, last), text, Label(brand=None))
            plan.posts.append(draft)
            if stage.rng.random() < 0.3:
                stage.spread.discuss(draft, stage.rng.randint(1, 3), stage.words(_JOKES, bare=0), _LAUGH)
    press.publish(NEWS, clock.at(47, 10, 5), "news.meme", {}, ("网络", "我黑屏了"))
    return plan


def pricecut(stage: Stage, boards: Boards, press: Press) -> Plan:
    """The competitor's price cut, days 9 to 16."""
    cast, clock = stage.cast, stage.clock
    plan = Plan(id="pricecut", directions={
        "share_of_voice:beiyao": "rises", "aspect:价格:owners": "falls", "aspect:价格:buyers": "rises",
    })  # fmt: skip
    plan.began_at = plan.broke_out_at = clock.at(9, 10)
    plan.ended_at = clock.at(16)
    ad = Label(sentiment="positive", brand="beiyao", product="y6", voice="marketing")
    news = Label(sentiment="neutral", brand="beiyao", product="y6", voice="media")
    for key, hour, section, size, label in (
        ("beiyao", 10, "cut.official", 60, ad), ("xinwan", 11, "cut.news", 110, news),
        ("caijing_lao", 14, "cut.caijing", 70, news), ("laohe", 20, "cut.laohe", 90, news),
    ):  # fmt: skip
        root = stage.post(cast[key], clock.at(9, hour, 20), stage.say(section), label)
        stage.spread.grow(root, stage.size(size, 5), stage.words(_CUT, brand="beiyao"), _BUY)
        stage.spread.discuss(root, stage.size(size // 3, 3), stage.words(_CUT, bare=0, brand="beiyao"), _BUY)
        plan.roots.append(root)
    plan.key_spreaders = (cast["xinwan"], cast["laohe"])
    for section, sentiment, count, last in (
        ("cut.owner.neg", "negative", 48, 14), ("cut.buyer.pos", "positive", 44, 15.5),
        ("cut.buyer.neu", "neutral", 26, 15.5), ("cut.joke", None, 10, 13),
    ):  # fmt: skip
        plain = Label(sentiment=sentiment, brand="beiyao", product="y6")
        on_price = replace(plain, aspects=(("价格", sentiment or ""),) if sentiment in _JUDGED else ())
        like = "owns:y6" if section == "cut.owner.neg" else "car"
        for person in stage.people(like, stage.size(count, 2)):
            more = f"cut.add.{section.rpartition('.')[2]}"
            more = more if stage.teller.has(more) else "cut.add.neu"
            text = stage.told(person, section, more, stage.talk.context("y6", person), sentiment)
            label = on_price if any(sign in text for sign in _PRICE) else plain
            draft = stage.post(person, clock.draw(person, 9.5, last), text, label)
            plan.posts.append(draft)
            if stage.rng.random() < 0.3:
                stage.spread.discuss(draft, stage.rng.randint(1, 3), stage.words(_CUT, bare=0), _BUY)
    press.publish(NEWS, clock.at(9, 17, 30), "news.cut", {}, ("汽车", "北曜"), news)
    _on_the_board(stage, boards)
    return plan


def _on_the_board(stage: Stage, boards: Boards) -> None:
    clock = stage.clock
    who = boards.someone(CAR, "y6")
    slots = stage.talk.context("y6", who)
    text = f"降了两万六，上周提车的我是不是全国最惨？\n{stage.say('cut.owner.neg', slots)}"
    thread = boards.open(CAR, 3, who, clock.at(9, 19, 40), text, Label(sentiment="negative", brand="beiyao"))
    pool: Pool = (
        ("cut.owner.neg", "negative", 3), ("cut.buyer.pos", "positive", 2), ("cut.re", None, 2),
        ("forum.car.re.fight", None, 1), ("forum.car.re.pick", None, 1),
    )  # fmt: skip
    boards.grow(thread, stage.size(42, 8), pool, pace=14, owns="y6", brand="beiyao", context=slots)


def candidates(stage: Stage) -> Plan:
    """Sixty days of the voices one could hire: three bridges that fit, one with bought followers."""
    cast = stage.cast
    plan = Plan(id="candidates", directions={"next_hop:true_kols": "high", "next_hop:false_kols": "low"})
    plan.true_kols = plan.key_spreaders = (cast["luying"], cast["naiba"], cast["xiaolu"])
    plan.false_kols = (cast["atai"],)
    plan.began_at, plan.ended_at = stage.clock.at(0), stage.clock.now
    for key, section, count, low, high in (
        ("luying", "kol.luying", 11, 7, 36), ("naiba", "kol.naiba", 11, 7, 32), ("xiaolu", "kol.xiaolu", 11, 7, 32),
        ("atai", "kol.atai", 22, 0, 2),
    ):  # fmt: skip
        who = cast[key]
        likes = {"car": 3.0, **dict.fromkeys(who.likes, 3.0), "life": 1.0}
        for _ in range(stage.size(count, 5, 0.5)):
            root = stage.post(who, stage.clock.draw(who), stage.said(who, section, _slots(stage, who)))
            size = stage.size(stage.rng.randint(low, high), 0, 0.5)
            to_root = 0.95 if key == "atai" else 0.52
            stage.spread.grow(root, size, stage.words(_CAR_RE, bare=0.35), likes, to_root=to_root)
            stage.spread.discuss(root, size // 3, stage.words(_CAR_RE, bare=0), likes)
            if key == "atai":
                root.likes = stage.rng.randint(2600, 9400)
            plan.roots.append(root)
    return plan


def _slots(stage: Stage, who: Person) -> dict[str, str | tuple[str, ...]]:
    good = who.owns or stage.rng.choice(("s7", "y6", "t3"))
    return stage.talk.context(good, who)
