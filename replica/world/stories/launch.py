"""Story 2: a cushion's launch, its lottery, two paid accounts with an army, two small true voices."""

from __future__ import annotations

from datetime import timedelta

from replica.world.boards import Boards
from replica.world.chronicle import Draft
from replica.world.forums import CLUB, LAB
from replica.world.model import Label
from replica.world.people import Person
from replica.world.press import NEWS, Press
from replica.world.stage import Pool, Stage
from replica.world.stories.plan import Plan

_BRAND = "huajianji"
_AD = Label(sentiment="positive", brand=_BRAND, product="chunxin", voice="marketing")
_ARMY = Label(sentiment="positive", brand=_BRAND, product="chunxin", voice="spam")
_PUBLIC = {"beauty": 6.0, "life": 1.0, "family": 0.8, "show": 0.8, "work": 0.6, "exam": 0.4}
_LUCKY = {"lottery": 5.0, "beauty": 2.0, "life": 1.0, "family": 0.6, "exam": 0.6}
_TRUE: Pool = (
    ("launch.re.true", "positive", 7), ("re.beauty", None, 2), ("re.tag", None, 1), ("re.agree", None, 0.6),
    ("re.ask", None, 0.6),
)  # fmt: skip
_PAID: Pool = (("launch.re.paid", "negative", 3), ("re.beauty", None, 1), ("re.warm", None, 0.6))
_DRAW: Pool = (("launch.re.lottery", None, 8), ("re.tag", None, 2))


def tell(stage: Stage, boards: Boards, press: Press) -> Plan:
    """Writes the story between day 16 and day 31."""
    cast, clock = stage.cast, stage.clock
    plan = Plan(id="launch", directions={
        "volume": "rises", "voice:spam": "rises", "second_hop:true_kols": "rises", "second_hop:false_kols": "flat",
    })  # fmt: skip
    plan.began_at, plan.broke_out_at, plan.ended_at = clock.at(16, 20), clock.at(20, 10), clock.at(31)
    plan.true_kols = plan.key_spreaders = (cast["doukou"], cast["aman"])
    plan.false_kols = (cast["lulu"], cast["vivi"])
    army = _muster(stage)
    plan.water_army = army
    plan.roots.append(_lottery(stage, army))
    plan.roots += _paid(stage, army)
    plan.roots += _true(stage)
    _everybody(stage, boards)
    press.publish(
        NEWS,
        clock.at(27, 9, 10),
        "news.launch",
        {},
        ("美妆", "花间记"),
        Label(sentiment="neutral", brand=_BRAND, voice="media"),
    )
    return plan


def _muster(stage: Stage) -> list[Person]:
    """Accounts with hardly a follower and names off the same mould."""
    rng = stage.rng
    return [
        stage.cast.add(
            name=f"{rng.choice(('momo', '用户', 'coco', '小仙女', 'mumu', '甜甜'))}{rng.randint(10_000, 9_999_999)}",
            followers=rng.randint(0, 18),
            likes=("army",),
            style="bubbly",
            key=f"army{number}",
        )
        for number in range(stage.size(76, 24))
    ]


def _lottery(stage: Stage, army: list[Person]) -> Draft:
    cast, clock = stage.cast, stage.clock
    teaser = stage.post(cast["huajianji"], clock.at(16, 20, 0), stage.say("launch.teaser"), _AD)
    root = stage.post(cast["huajianji"], clock.at(20, 10, 0), stage.say("launch.lottery"), _AD)
    root.media = ("image",) * 9
    stage.spread.grow(root, stage.size(330, 40), stage.words(_DRAW, bare=0.5), _LUCKY, pace=5, to_root=0.9)
    _march(stage, root, stage.rng.sample(army, len(army) * 2 // 3))
    stage.spread.discuss(root, stage.size(70, 8), stage.words(_DRAW, bare=0), _LUCKY)
    stage.spread.grow(teaser, stage.size(18, 3), stage.words((("re.beauty", None, 1),)), _PUBLIC)
    stage.post(cast["huajianji"], clock.at(27, 20, 5), stage.say("launch.winners"), _AD)
    return root


def _march(stage: Stage, root: Draft, people: list[Person]) -> None:
    """Near-identical raves within minutes; the first of each text is what the rest copy."""
    first: dict[str, Draft] = {}
    lines = [stage.say("launch.army") for _ in range(5)]

    def words(_: Person) -> tuple[str, Label | None]:
        return stage.rng.choice(lines) + stage.say("launch.army.tail"), _ARMY

    for draft in stage.spread.burst(root, people, words, within_s=420):
        stem = draft.own[:8]
        if stem in first:
            draft.copy_of = first[stem]
        first.setdefault(stem, draft)
        draft.likes = 0


def _paid(stage: Stage, army: list[Person]) -> list[Draft]:
    cast, clock = stage.cast, stage.clock
    roots = []
    for key, day, hour, section, size in (
        ("lulu", 20, 12, "launch.paid.lulu", 12), ("vivi", 20, 18, "launch.paid.vivi", 9),
        ("lulu", 22, 19, "launch.paid.lulu", 10), ("vivi", 23, 12, "launch.paid.vivi", 7),
    ):  # fmt: skip
        root = stage.post(cast[key], clock.at(day, hour, 3), stage.say(section), _AD)
        root.media = ("image",) * 9
        _march(stage, root, stage.rng.sample(army, len(army) * 3 // 5))
        first: list[Draft] = []
        for person in stage.rng.sample(army, len(army) // 3):
            moment = root.at + timedelta(seconds=stage.rng.randint(30, 600))
            copied = stage.chronicle.comment(person, moment, stage.say("launch.army"), root)
            copied.label, copied.likes = _ARMY, 0
            copied.copy_of = next((d for d in first if d.text == copied.text), None)
            first.append(copied)
        stage.spread.grow(root, stage.size(size, 3), stage.words(_PAID), _PUBLIC, to_root=0.97)
        stage.spread.discuss(root, stage.size(16, 3), stage.words(_PAID, bare=0), _PUBLIC)
        root.likes = stage.rng.randint(5200, 9800)  # bought too
        roots.append(root)
    return roots


def _true(stage: Stage) -> list[Draft]:
    """The small accounts whose readers pass things on."""
    cast, clock = stage.cast, stage.clock
    mixed = Label(sentiment="neutral", brand=_BRAND, product="chunxin")
    roots = []
    for key, day, hour, section, size in (
        ("doukou", 21, 21, "launch.true.first", 95), ("shasha", 22, 8, "launch.shasha", 20),
        ("aman", 23, 20, "launch.aman", 70), ("doukou", 24, 21, "launch.true.second", 80),
        ("doukou", 29, 20, "launch.true.third", 120),
    ):  # fmt: skip
        root = stage.post(cast[key], clock.at(day, hour, 17), stage.say(section), mixed)
        root.media = ("image",) * 4
        stage.spread.grow(
            root, stage.size(size, 10), stage.words(_TRUE, bare=0.3, brand=_BRAND), _PUBLIC, to_root=0.5
        )
        stage.spread.discuss(
            root, stage.size(size // 3, 4), stage.words(_TRUE, bare=0, brand=_BRAND), _PUBLIC
        )
        roots.append(root)
    return roots


def _everybody(stage: Stage, boards: Boards) -> None:
    """Buyers, doubters, waiters; and what the forums make of it."""
    for section, sentiment, count, first, last in (
        ("launch.ugc.pos", "positive", 70, 22, 38), ("launch.ugc.neg", "negative", 48, 21.5, 36),
        ("launch.ugc.neu", "neutral", 40, 20.5, 34),
    ):  # fmt: skip
        label = Label(sentiment=sentiment, brand=_BRAND, product="chunxin")
        for person in stage.people("beauty", stage.size(count, 2)):
            more = section.replace("ugc", "add")
            text = stage.told(person, section, more, stage.talk.context("chunxin", person), sentiment)
            draft = stage.post(person, stage.clock.draw(person, first, last), text, label)
            if stage.rng.random() < 0.3:
                stage.spread.discuss(draft, stage.rng.randint(1, 4), stage.words(_TRUE, bare=0), _PUBLIC)
    pool: Pool = (
        ("launch.re.true", "positive", 2),
        ("forum.bea.re", None, 4),
        ("launch.ugc.neg", "negative", 1.4),
    )
    for host, board, day in ((CLUB, 2, 23), (LAB, 4, 24), (LAB, 6, 25)):
        who = boards.someone(host)
        moment = stage.clock.draw(who, day, day + 1)
        context = stage.talk.context("chunxin", who)
        text = stage.say(
            "launch.ugc.neg" if board == 6 else "forum.bea.review",
            {**stage.talk.clauses("chunxin"), **context},
        )
        if "\n" not in text:
            text = f"春信气垫的评论区，你们信吗？\n{text}"
        thread = boards.open(host, board, who, moment, text, Label(sentiment="neutral", brand=_BRAND))
        boards.grow(thread, stage.size(24, 5), pool, pace=10, brand=_BRAND, context=context)
