"""Every day besides the stories: life, goods, voices, papers, adverts, forums, until the world is full."""

from __future__ import annotations

from collections.abc import Callable

from replica.world.boards import Boards
from replica.world.chronicle import Draft
from replica.world.forums import CAR, CLUB, LAB
from replica.world.hot import Topic
from replica.world.model import Label
from replica.world.people import Person
from replica.world.stage import Pool, Stage
from replica.world.style import say
from replica.world.talk import Context, goods

_LIFE_RE: Pool = (("re.life", None, 6), ("re.word", None, 2))
_CAR_RE: Pool = (("re.car", None, 6), ("re.word", None, 2), ("re.tag", None, 0.6))
_BEAUTY_RE: Pool = (("re.beauty", None, 6), ("re.word", None, 2), ("re.tag", None, 0.6))
_POOLS = {"car": _CAR_RE, "beauty": _BEAUTY_RE}
_DRAW: Pool = (("launch.re.lottery", None, 8), ("re.tag", None, 1))
# voice -> its section where it is not kol.KEY; those of the candidates story have their posts there
_SECTIONS = {
    "qichezhongdu": "azhao",
    "xiaohua": "joke",
    "foshan_eat": "foshan",
    "caijing_lao": "caijing",
    "mama_q": "mama",
}
_TOLD = ("luying", "naiba", "xiaolu", "atai")
_SIZES = {"lulu": 2.0, "vivi": 2.0}  # many followers, few readers
_OFFICIAL = {
    "lanstone": "s7", "beiyao": "y6", "qiyue": "t3", "huajianji": "chunxin", "subai": "yunsha", "wuyu": "wuyu_spray",
}  # fmt: skip
_MARKETING = {
    "m_hot1": "mkt.life", "m_car1": "mkt.car", "m_car2": "mkt.car", "m_car3": "mkt.car", "m_bea1": "mkt.beauty",
    "m_bea2": "mkt.beauty", "m_joke1": "mkt.joke", "m_emo1": "mkt.emo", "m_life1": "mkt.life",
}  # fmt: skip
_SELLERS = {"sales_a": "ad.car", "sales_b": "ad.car", "daigou": "ad.beauty", "linjie": "ad.beauty"}


class Everyday:
    """Writes single posts and small cascades by chance."""

    def __init__(self, stage: Stage, topics: list[Topic]) -> None:
        self._stage = stage
        self._topics = [topic for topic in topics if topic.began < stage.clock.now]
        self._kinds: tuple[tuple[Callable[[], None], float], ...] = (
            (self._life, 26), (lambda: self._goods("car"), 27), (lambda: self._goods("beauty"), 23),
            (self._voice, 2.6), (self._media, 1.2), (self._official, 0.8), (self._marketing, 1.6), (self._seller, 1.5),
            (self._lottery, 0.3), (self._hot, 4), (self._spam, 0.7),
        )  # fmt: skip

    def fill(self, posts: int) -> None:
        """Goes on until there are that many posts; the last ones stand alone, to meet the number."""
        kinds, weights = zip(*self._kinds, strict=True)
        while len(self._stage.chronicle) < posts - self._stage.size(150, 60):
            self._stage.rng.choices(kinds, weights)[0]()
        while len(self._stage.chronicle) < posts:
            who = self._someone("life")
            self._stage.post(who, self._stage.clock.draw(who), self._stage.life(who)[0])

    def _someone(self, like: str) -> Person:
        """An ordinary person; the named write more than the rest."""
        stage = self._stage
        pool = stage.cast.fond_of(like)
        if stage.rng.random() < 0.3:
            named = [person for person in stage.cast.role("people") if like in person.likes or like == "life"]
            pool = named or pool
        return stage.rng.choice(pool)

    def _echo(self, root: Draft, pool: Pool, likes: dict[str, float], chance: float = 0.34) -> None:
        """A few comments and reposts, as an ordinary post gets them, mostly none."""
        stage = self._stage
        if stage.rng.random() < chance:
            size = min(12, int(stage.rng.paretovariate(1.3)))
            stage.spread.discuss(root, size, stage.words(pool, bare=0), likes)
        if stage.rng.random() < chance * 0.35:
            size = min(25, int(stage.rng.paretovariate(0.9)))
            stage.spread.grow(root, size, stage.words(pool), likes)

    def _life(self) -> None:
        who = self._someone("life")
        text, topic = self._stage.life(who)
        root = self._stage.post(who, self._stage.clock.draw(who), text)
        fitting = f"re.on.{topic}"
        pool: Pool = ((fitting, None, 6), *_LIFE_RE) if self._stage.teller.has(fitting) else _LIFE_RE
        self._echo(root, pool, {"life": 3.0, who.likes[0]: 2.0}, 0.28)

    def _goods(self, domain: str) -> None:
        stage = self._stage
        who = self._someone(domain)
        good = stage.talk.pick(who, domain)
        said = stage.anew(lambda: stage.talk.anything(who, good))
        root = stage.post(who, stage.clock.draw(who), said.text, said.label)
        self._echo(root, _POOLS[domain], {domain: 4.0, "life": 1.0}, 0.26)

    def _voice(self) -> None:
        stage = self._stage
        who = stage.rng.choice([person for person in stage.cast.role("kol") if person.key not in _TOLD])
        domain = next((like for like in who.likes if like in _POOLS), None)
        context: Context = {"town": who.town}
        if domain is not None:
            good = stage.rng.choice([name for name, good in goods().items() if good.domain == domain])
            context |= stage.talk.context(good, who)
        section = f"kol.{_SECTIONS.get(who.key, who.key)}"
        root = stage.post(who, stage.clock.draw(who), stage.said(who, section, context))
        reach = stage.rng.lognormvariate(2.1, 0.9)
        size = int(min(reach, 60) if who.key not in _SIZES else _SIZES[who.key])
        pool = _POOLS.get(domain or "", _LIFE_RE)
        likes = {who.likes[0]: 4.0, "life": 1.0}
        stage.spread.grow(root, stage.size(size), stage.words(pool), likes)
        stage.spread.discuss(root, stage.size(max(1, size // 3)), stage.words(pool, bare=0), likes)
        if who.key in _SIZES:
            root.likes = stage.rng.randint(1800, 6200)

    def _media(self) -> None:
        stage = self._stage
        who = stage.rng.choice(stage.cast.role("media"))
        kind = next((like for like in who.likes if like in ("car", "beauty", "money")), "life")
        context: Context = {"town": stage.say("home").split()[-1]}
        if kind in _POOLS:
            good = stage.rng.choice([name for name, good in goods().items() if good.domain == kind])
            context |= stage.talk.media(good)
        text = stage.unsaid(lambda: stage.say(f"media.{kind}", context))
        root = stage.post(who, stage.clock.draw(who), text, Label(voice="media"))
        size = int(min(60, stage.rng.lognormvariate(2.0, 1.0)))
        likes = {who.likes[0]: 3.0, "life": 2.0}
        stage.spread.grow(root, stage.size(size, 0), stage.words(_POOLS.get(kind, _LIFE_RE)), likes)
        stage.spread.discuss(root, stage.size(size // 3, 0), stage.words(_LIFE_RE, bare=0), likes)

    def _official(self) -> None:
        stage = self._stage
        who = stage.rng.choice([stage.cast[key] for key in (*_OFFICIAL, "jiangwan_gov", "nanjiang_uni")])
        section = {"jiangwan_gov": "official.local", "nanjiang_uni": "official.uni"}.get(
            who.key, f"official.{who.likes[0]}"
        )
        context = stage.talk.media(_OFFICIAL[who.key]) if who.key in _OFFICIAL else {}
        text = stage.unsaid(lambda: stage.say(section, context))
        brand = goods()[_OFFICIAL[who.key]].brand if who.key in _OFFICIAL else None
        root = stage.post(who, stage.clock.draw(who), text, Label(brand=brand, voice="marketing"))
        self._echo(root, _POOLS.get(who.likes[0], _LIFE_RE), {who.likes[0]: 3.0, "life": 1.0}, 0.9)

    def _marketing(self) -> None:
        """A marketing account; sister accounts post the same words within the hour."""
        stage = self._stage
        who = stage.cast[stage.rng.choice(list(_MARKETING))]
        section = _MARKETING[who.key]
        domain = section.removeprefix("mkt.")
        context: Context = {"town": who.town}
        if domain in _POOLS:
            good = stage.rng.choice([name for name, good in goods().items() if good.domain == domain])
            context |= stage.talk.media(good)
        text = stage.said(who, section, context)
        root = stage.post(who, stage.clock.draw(who), text, Label(voice="marketing"))
        self._echo(root, _POOLS.get(domain, _LIFE_RE), {who.likes[0]: 2.0, "life": 2.0}, 0.6)
        sisters = [
            stage.cast[key] for key, other in _MARKETING.items() if other == section and key != who.key
        ]
        for sister in sisters if stage.rng.random() < 0.4 else ():
            moment = stage.clock.after(root.at, sister, 0.5, 0.6)
            if moment is not None:
                copy = stage.post(sister, moment, text, Label(voice="marketing"))
                copy.copy_of = root

    def _seller(self) -> None:
        stage = self._stage
        who = stage.cast[stage.rng.choice(list(_SELLERS))]
        section = _SELLERS[who.key]
        domain = section.removeprefix("ad.")
        own = {"sales_a": "s7", "sales_b": "y6"}.get(who.key)
        good = own or stage.rng.choice([name for name, good in goods().items() if good.domain == domain])
        text = stage.said(who, section, {**stage.talk.context(good, who)})
        stage.post(who, stage.clock.draw(who), text, Label(brand=goods()[good].brand, voice="marketing"))

    def _lottery(self) -> None:
        stage = self._stage
        voices = [voice for voice in stage.cast.role("kol") if voice.key not in (*_TOLD, *_SIZES)]
        who = stage.rng.choice([*stage.cast.role("marketing"), *voices])
        root = stage.post(
            who,
            stage.clock.draw(who),
            stage.said(who, "ad.lottery", {"town": who.town}),
            Label(voice="marketing"),
        )
        size = stage.size(stage.rng.randint(15, 60))
        stage.spread.grow(
            root, size, stage.words(_DRAW, bare=0.55), {"lottery": 6.0, "life": 1.0}, to_root=0.92
        )

    def _hot(self) -> None:
        """Somebody has a word to say on what is on the list."""
        stage = self._stage
        topic = stage.rng.choice(self._topics)
        day = stage.clock.day_of(topic.began)
        who = self._someone("life")
        moment = stage.clock.draw(who, max(0, day), day + 1)
        if moment < topic.began:
            return

        def make() -> str:
            word = say(who.style, stage.say("re.word"), stage.rng)
            return f"#{topic.title}#{word}" if stage.rng.random() < 0.7 else f"{word} #{topic.title}#"

        self._echo(stage.post(who, moment, stage.unsaid(make)), _LIFE_RE, {"life": 1.0}, 0.2)

    def _spam(self) -> None:
        """Adverts of accounts nobody reads, each text from several."""
        stage = self._stage
        text = stage.unsaid(lambda: stage.say("ad.life", {"town": stage.say("home").split()[-1]}))
        first: Draft | None = None
        for _ in range(stage.rng.choice((1, 1, 2, 3))):
            who = self._someone("lottery")
            draft = stage.post(who, stage.clock.draw(who), text, Label(voice="spam"))
            draft.copy_of = first
            first = first or draft


def threads(stage: Stage, boards: Boards) -> None:
    """The forums' everyday threads."""
    for _ in range(stage.size(38, 8)):
        _car_thread(stage, boards)
    for host, count, boards_of in ((CLUB, 18, (2, 5, 8)), (LAB, 20, (4, 5, 6))):
        for _ in range(stage.size(count, 4)):
            _beauty_thread(stage, boards, host, boards_of)


def _car_thread(stage: Stage, boards: Boards) -> None:
    kind = stage.rng.choices(("show", "help", "pick", "water", "trade"), (4, 5, 4, 4, 1))[0]
    good = stage.rng.choices(("s7", "y6", "t3"), (6, 3, 2))[0]
    who = boards.someone(CAR, good)
    context = stage.talk.clauses(good) | {"town": who.town}
    own_board = {"s7": 2, "y6": 3, "t3": 4}[good]
    board = {"show": own_board, "help": 9 if stage.rng.random() < 0.4 else own_board, "pick": 7}.get(kind, 12)
    text = stage.unsaid(lambda: stage.say(f"forum.car.{kind}", context))
    label = Label(
        sentiment="positive" if kind == "show" else "neutral", brand=goods()[good].brand, product=good
    )
    thread = boards.open(CAR, board, who, stage.clock.draw(who), text, label)
    replies = {"trade": "help"}.get(kind, kind)
    pool: Pool = (
        (f"forum.car.re.{replies}", None, 6),
        ("forum.car.re.fight", None, 0.7),
        ("forum.car.re.water", None, 0.7),
    )
    size = min(60, int(4 + stage.rng.paretovariate(0.9) * 2.4))
    boards.grow(
        thread, size, pool, pace=7, owns=good, context={"car": context["car"], "rival": context["rival"]}
    )


def _beauty_thread(stage: Stage, boards: Boards, host: str, numbers: tuple[int, int, int]) -> None:
    kind = stage.rng.choices(("review", "help", "water"), (5, 4, 3))[0]
    good = stage.talk.pick(stage.cast.crowd[0], "beauty")
    who = boards.someone(host)
    context = stage.talk.clauses(good) | {"town": who.town}
    text = stage.unsaid(lambda: stage.say(f"forum.bea.{kind}", context))
    board = dict(zip(("review", "help", "water"), numbers, strict=True))[kind]
    label = Label(sentiment="neutral", brand=goods()[good].brand, product=good) if kind != "water" else None
    thread = boards.open(host, board, who, stage.clock.draw(who), text, label)
    size = min(50, int(3 + stage.rng.paretovariate(0.9) * 2.2))
    boards.grow(
        thread,
        size,
        (("forum.bea.re", None, 1),),
        pace=7,
        context={"item": context["item"], "town": who.town},
    )
