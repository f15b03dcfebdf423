"""What people say of goods: an opinion is put together from fragments, and its truth is kept."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import TypeAlias

import msgspec

from replica.world.grammar import Teller
from replica.world.model import Label
from replica.world.people import Person
from replica.world.style import say

Context: TypeAlias = "dict[str, str | tuple[str, ...]]"

# our section names -> the aspects of the car and cosmetics packs
CAR = {
    "space": "空间", "power": "动力", "fuel": "油耗", "handling": "操控", "comfort": "舒适性",
    "features": "配置", "safety": "安全性", "interior": "内饰", "looks": "外观", "price": "价格", "service": "",
}  # fmt: skip  # the car pack has no aspect for service
BEAUTY = {
    "effect": "功效", "feel": "使用体验", "price": "价格", "shipping": "物流", "smell": "气味",
    "package": "包装", "genuine": "真伪", "service": "服务", "ingredient": "成分", "overall": "整体",
}  # fmt: skip
POLARITY = {"pos": "positive", "neg": "negative", "neu": "neutral"}
_STAGES = ("aware", "interested", "buying", "bought", "leaving")
_BRANDS = {
    "lanstone": "澜石",
    "beiyao": "北曜",
    "qiyue": "启岳",
    "huajianji": "花间记",
    "subai": "素白",
    "wuyu": "雾屿",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """Something that is talked of; see goods.toml."""

    brand: str
    made: str  # car, base, lip, skin
    formal: str
    calls: tuple[str, ...]
    rivals: tuple[str, ...]
    weight: int

    @property
    def domain(self) -> str:
        return "car" if self.made == "car" else "beauty"


@cache
def goods() -> Mapping[str, Good]:
    rows = tomllib.loads(files("replica.world").joinpath("goods.toml").read_text("utf-8"))
    return {name: msgspec.convert(row, Good) for name, row in rows.items()}


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    label: Label


class Talk:
    """Speaks for people about goods."""

    def __init__(self, rng: Random, teller: Teller) -> None:
        self._rng = rng
        self._teller = teller

    def context(self, good_id: str, person: Person | None = None) -> Context:
        """Slots for fragments about that good, held against one of its rivals."""
        good = goods()[good_id]
        rival = goods()[self._rng.choice(good.rivals)]
        names = (
            {"car": "car", "rival": "rival"} if good.made == "car" else {"car": "item", "rival": "rivalitem"}
        )
        context: Context = {
            names["car"]: self._rng.choice(good.calls),
            names["rival"]: rival.calls,
            "brandname": _BRANDS[good.brand],
        }
        if good.domain == "beauty":
            for side in ("win", "lose"):
                context[f"beauty_{side}"] = self._teller.say(f"beauty.{side}.{good.made}")
        if person is not None:
            context["town"] = person.town
        return context

    def pick(self, person: Person, domain: str) -> str:
        """The good somebody would speak of: mostly their own."""
        if domain == "car" and person.owns and self._rng.random() < 0.8:
            return person.owns
        ids = [name for name, good in goods().items() if good.domain == domain]
        return self._rng.choices(ids, [goods()[name].weight for name in ids])[0]

    def opinion(self, person: Person, good_id: str, mood: str | None = None) -> Said:
        """Two or three aspects of a good, sometimes with a but."""
        good = goods()[good_id]
        rng, say_ = self._rng, self._teller.say
        mood = mood or rng.choices(("pos", "neg", "neu"), (52, 36, 12))[0]
        context = self.context(good_id, person)
        aspects = self._aspects(good, mood)
        against = _other(mood) if mood != "neu" and rng.random() < 0.34 else None
        opener = say_(self._opener(person, good), context)
        body = say_(self._section(good, aspects[0], mood), context)
        labels = [(aspects[0], mood)]
        for aspect in aspects[1:2] if person.style.length == "short" else aspects[1:]:
            body += say_("car.and") + say_(self._section(good, aspect, mood), context)
            labels.append((aspect, mood))
        if against:
            aspect = self._aspects(good, against, without=aspects)[0]
            body += say_("car.but" if mood == "pos" else "car.yet") + say_(
                self._section(good, aspect, against), context
            )
            labels.append((aspect, against))
        text = opener + body
        if rng.random() < 0.5 and person.style.length != "short":
            text += "。" + say_(f"{good.domain}.close.{mood}", context)
        table = CAR if good.domain == "car" else BEAUTY
        marked = tuple((table[aspect], POLARITY[polarity]) for aspect, polarity in labels if table[aspect])
        return self._said(person, text, good_id, POLARITY[mood], aspects=marked)

    def remark(self, person: Person, good_id: str, kind: str, sentiment: str = "neutral") -> Said:
        """One whole fragment: ``sarcasm``, ``aftersale``, ``compare.for``, ``intent.buying`` …"""
        good = goods()[good_id]
        section = f"{good.domain}.{kind}"
        if self._teller.has(f"{section}.{good.made}") and self._rng.random() < 0.6:
            section = f"{section}.{good.made}"
        text = self._teller.say(section, self.context(good_id, person))
        stage = kind.removeprefix("intent.")
        intent = stage if stage in _STAGES else None
        return self._said(person, text, good_id, sentiment, intent=intent, sarcastic=kind == "sarcasm")

    def anything(self, person: Person, good_id: str) -> Said:
        """One of the ways to speak of a good, as often as people do."""
        draw = self._rng.random()
        if draw < 0.52:
            return self.opinion(person, good_id)
        if draw < 0.74:
            stages = (
                ("aware", "neutral"),
                ("interested", "neutral"),
                ("buying", "neutral"),
                ("bought", "positive"),
                ("leaving", "negative"),
            )
            stage, sentiment = self._rng.choices(stages, (3, 7, 4, 4, 2))[0]
            return self.remark(person, good_id, f"intent.{stage}", sentiment)
        if draw < 0.80:
            side = self._rng.choice(("for", "against"))
            return self.remark(
                person, good_id, f"compare.{side}", "positive" if side == "for" else "negative"
            )
        if draw < 0.84:
            return self.remark(person, good_id, "sarcasm", "negative")
        if draw < 0.88 and goods()[good_id].domain == "car":
            return self.remark(person, good_id, "aftersale", "negative")
        return self.remark(person, good_id, "daily")

    def clauses(self, good_id: str) -> Context:
        """Slots for long texts: two good sides and two bad ones besides the names."""
        good = goods()[good_id]
        context = self.context(good_id)
        for mood in ("pos", "neg"):
            key = "good" if mood == "pos" else "bad"
            for number, aspect in enumerate(self._aspects(good, mood)[:2], 1):
                context[f"{key}{number}"] = self._teller.say(self._section(good, aspect, mood), context)
        return context

    def _opener(self, person: Person, good: Good) -> str:
        if good.domain == "beauty":
            return "beauty.open"
        owns = person.owns is not None and goods()[person.owns] is good
        return "car.open.owner" if owns or self._rng.random() < 0.5 else "car.open.looker"

    def _aspects(self, good: Good, mood: str, without: Sequence[str] = ()) -> list[str]:
        """Aspects that have fragments of that mood, in chance order; three at most matter."""
        table = CAR if good.domain == "car" else BEAUTY
        skipped = () if good.made in ("car", "base") else ("feel", "package")  # sponges and lids
        known = [
            aspect
            for aspect in table
            if aspect not in skipped
            and aspect not in without
            and self._teller.has(self._section(good, aspect, mood))
        ]
        return self._rng.sample(known, min(3, len(known)))

    def _section(self, good: Good, aspect: str, mood: str) -> str:
        if good.domain == "beauty" and aspect == "effect":
            return f"beauty.effect.{good.made}.{mood}"
        return f"{good.domain}.{aspect}.{mood}"

    def _said(
        self,
        person: Person,
        text: str,
        good_id: str,
        sentiment: str,
        *,
        aspects: tuple[tuple[str, str], ...] = (),
        intent: str | None = None,
        sarcastic: bool = False,
    ) -> Said:
        good = goods()[good_id]
        named = any(call in text for call in good.calls)
        if not named and (named := self._rng.random() < 0.6):
            text = f"{text}#{good.formal}#"
        label = Label(
            sentiment=sentiment,
            aspects=aspects,
            brand=good.brand if named else None,
            product=good_id if named else None,
            intent=intent,
            sarcastic=sarcastic,
        )
        return Said(say(person.style, text, self._rng, mood=sentiment), label)

    def media(self, good_id: str) -> Context:
        """Slots for those who use the whole name."""
        good = goods()[good_id]
        rival = goods()[good.rivals[0]]
        name, other = ("car", "rival") if good.made == "car" else ("item", "rivalitem")
        return {name: good.formal, other: rival.formal, "brandname": _BRANDS[good.brand]}


def _other(mood: str) -> str:
    return "neg" if mood == "pos" else "pos"
