"""Whose voice a post is and which purchase stage it shows: phrase rules, found in one pass.

Rules are data (`nlp/rules/*.toml`): precise phrases, so that what they do name can be trusted. Where none
speaks, what a learned head hears in the words (`nlp.hearing`) does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import Any

import numpy as np

from core.models import Author, Post, Voice
from core.project import Project, Title
from nlp.clean import Cleaned, clean
from nlp.features import I64
from nlp.match import Phrases, text_at

RULES = Path(__file__).parent / "rules"


@dataclass(frozen=True, slots=True)
class VoiceReading:
    """The voice and what spoke for it: reasons as `nlp.because` words them; none of an organic one."""

    voice: Voice
    because: tuple[str, ...] = ()


_ORGANIC = VoiceReading(Voice.ORGANIC)


@dataclass(frozen=True, slots=True)
class _Rule:
    voice: Voice
    weight: float
    because: str


@cache
def _rules(name: str) -> dict[str, Any]:
    return tomllib.loads((RULES / f"{name}.toml").read_text("utf-8"))


@dataclass(slots=True)
class Manner:
    """Reads voice and intent of batches for a project, whose own accounts it knows."""

    project: Project
    _phrases: Phrases = field(default_factory=Phrases)
    _rules: list[_Rule] = field(default_factory=list)
    _accounts: list[tuple[frozenset[int], _Rule]] = field(default_factory=list)
    _told: frozenset[int] = frozenset()  # kinds of accounts that some rule speaks of
    _own: frozenset[str] = frozenset()
    _own_rule: _Rule | None = None
    _line: float = 1.0
    _stages: dict[int, tuple[str, bool]] = field(default_factory=dict)  # owner → (stage, speaks for it)
    _else: int = -1  # owner of the phrases by which somebody else buys

    def __post_init__(self) -> None:
        self._own = frozenset(name for brand in self.project.brands for name in brand.accounts)
        voice = _rules("voice")
        self._line = voice["line"]
        for entry in voice["rule"]:
            for phrase in entry["phrases"]:
                self._phrases.add(phrase, len(self._rules))
            self._rules.append(_rule(entry))
        for entry in voice["account"]:
            if entry.get("own_brand"):
                self._own_rule = _rule(entry)
            else:
                self._accounts.append((frozenset(entry["verified_types"]), _rule(entry)))
        self._told = frozenset(chain.from_iterable(kinds for kinds, _ in self._accounts))
        owner = len(self._rules)
        for stage, entry in _rules("intent")["stage"].items():
            for key in ("phrases", "not"):
                for phrase in entry.get(key, ()):
                    self._phrases.add(phrase, owner)
                self._stages[owner] = (stage, key == "phrases")
                owner += 1
        self._else = owner
        for phrase in _of_others():
            self._phrases.add(phrase, owner)
        self._phrases.build(overlapping=True)

    def find(self, cleaned: Cleaned, rows: I64) -> list[set[int]]:
        """For each text the numbers of the rules whose phrases stand in it."""
        out: list[set[int]] = [set() for _ in range(len(rows) - 1)]
        found = self._phrases.find(cleaned.joined, overlapping=True)
        for match, text in zip(found, text_at(rows, [match[0] for match in found]), strict=True):
            out[text].update(match[2])
        return out

    def voice(self, rules: Collection[int], author: Author | None) -> VoiceReading:
        """The voice that rules found in a text and its author speak for."""
        told = author is not None and (author.verified_type in self._told or author.name in self._own)
        if not rules and not told:
            return _ORGANIC
        spoken = [self._rules[number] for number in rules if number < len(self._rules)]
        if author is not None:
            spoken += [rule for kinds, rule in self._accounts if author.verified_type in kinds]
            if self._own_rule and author.name in self._own:
                spoken.append(self._own_rule)
        if not spoken:
            return _ORGANIC
        totals: dict[Voice, float] = {}
        for rule in spoken:
            totals[rule.voice] = totals.get(rule.voice, 0.0) + rule.weight
        voice = max(totals, key=lambda name: totals[name])
        if totals[voice] < self._line:
            return _ORGANIC
        return VoiceReading(voice, tuple(rule.because for rule in spoken if rule.voice is voice))

    def firmly(self, rules: Iterable[int]) -> tuple[Voice, bool]:
        """The voice that rules found in a text speak for, and whether one of them decides it alone."""
        told = [self._rules[number] for number in rules if number < len(self._rules)]
        voice = self.voice([number for number in rules if number < len(self._rules)], None).voice
        return voice, any(rule.voice is voice and rule.weight >= self._line for rule in told)

    def read(self, post: Post) -> VoiceReading:
        """The voice of a post with the reasons for it; needs no model."""
        cleaned = clean([post.text])
        rows = np.array([0, len(cleaned.joined)], dtype=np.int64)
        return self.voice(self.find(cleaned, rows)[0], post.author)

    def intent(self, rules: Collection[int], voice: Voice) -> str | None:
        """The latest purchase stage a text shows and nothing in it takes back.

        None for sellers and news, and where somebody else buys.
        """
        if not rules:
            return None
        told = [self._stages[number] for number in rules if number in self._stages]
        if not told or self._else in rules or voice.value in _rules("intent")["nobody"]["voices"]:
            return None
        for stage in _rules("intent")["order"]:
            if (stage, True) in told and (stage, False) not in told:
                return str(stage)
        return None


def _rule(entry: dict[str, Any]) -> _Rule:
    return _Rule(Voice(entry["voice"]), float(entry["weight"]), f"rule:{entry['id']}")


def rule_titles() -> dict[str, Title]:
    """How each rule is said as a reason, by its id."""
    voice = _rules("voice")
    return {
        entry["id"]: Title(zh=entry["zh"], en=entry["en"]) for entry in (*voice["rule"], *voice["account"])
    }


def heard_rules() -> dict[str, dict[str, float]]:
    """The base rates of voices, and from which probability a voice is said that was only heard."""
    told: dict[str, dict[str, float]] = _rules("voice")["heard"]
    return told


def _of_others() -> Iterable[str]:
    told = _rules("intent")["else"]
    yield from told["phrases"]
    yield from map("".join, product(told["people"], told["between"], told["doing"]))
