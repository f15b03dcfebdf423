"""Whether an account writes like a spammer's: boosted trees over what is known of it, each pull told in words.

A feature that is unknown pulls nowhere: at its nodes both ways are gone, in the shares in which the
training accounts went them (Friedman 2001, section 8.2), so that one model reads a full profile and a
handful of posts alike.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.project import Title
from nlp.habits import Account
from nlp.model import MODELS
from nlp.priors import at_rate
from nlp.voice import RULES

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
FEATURES = tuple(each.name for each in fields(Account))
MOST_REASONS = 3
_PULL = 0.15  # of the log-odds; what moves them less is no reason


@dataclass(frozen=True, slots=True)
class Trees:
    """Regression trees in one table of nodes, whose sum is the log-odds of spam.

    feature : (N,), -1 at a leaf; threshold : (N,), at most it goes left; left, right : (N,);
    value : (N,), the mean of the leaves below, as training accounts fell; share : (N,), of a node's
    training accounts those that went left; roots : (T,); usual : (F,), medians of people's accounts;
    base : the log-odds before any tree; facts : the card.
    """

    feature: I32
    threshold: F32
    left: I32
    right: I32
    value: F32
    share: F32
    roots: I32
    usual: F32
    base: float
    facts: Mapping[str, Any]

    def pulls(self, known: F32) -> tuple[float, F32]:
        """The log-odds of an account and (F,) what each feature added to them; NaN is unknown."""
        nodes, weights = self.roots, np.ones(len(self.roots), dtype=np.float32)
        pulls = np.zeros(len(known), dtype=np.float32)
        start = self.base + float(self.value[nodes].sum())
        while True:
            inner = self.feature[nodes] >= 0
            if not inner.any():
                return start + float(pulls.sum()), pulls
            nodes, weights = nodes[inner], weights[inner]
            given = known[self.feature[nodes]]
            told = ~np.isnan(given)
            to_left = np.where(told, given <= self.threshold[nodes], self.share[nodes])
            below = []
            for children, part in ((self.left, to_left), (self.right, 1 - to_left)):
                at = part > 0
                child, weight = children[nodes[at]], (weights * part)[at].astype(np.float32)
                moved = weight * (self.value[child] - self.value[nodes[at]])
                np.add.at(pulls, self.feature[nodes[at]], moved * told[at])
                below.append((child, weight))
            nodes, weights = (np.concatenate(part) for part in zip(*below, strict=True))


@dataclass(frozen=True, slots=True)
class AccountReading:
    """`spam`: the probability that the account is a spammer's, at the reader's base rate; `habits`: the features
    that spoke most for the likelier answer of the trees, each with its value, strongest first, and `reasons`
    the same in words."""

    spam: float
    habits: tuple[tuple[str, float], ...]
    reasons: tuple[Title, ...]


class Accounts:
    """Reads accounts by the shipped trees, or by others.

    `rate`: the share of spammers among the accounts that are read, in (0, 1); None takes the stated one
    (`rules/accounts.toml`). The trees learned from accounts of which half are spammers'.
    """

    def __init__(self, trees: Trees | None = None, *, rate: float | None = None) -> None:
        self.trees = trees or shipped()
        self.rate = base_rate() if rate is None else rate

    def read(self, account: Account) -> AccountReading:
        """Whether it is a spammer's, with reasons; near the base rate where little is known."""
        known = row(account)
        odds, pulls = self.trees.pulls(known)
        learned = 1 / (1 + np.exp(-self.trees.base))
        habits = self._habits(known, pulls if odds > 0 else -pulls)
        return AccountReading(
            spam=at_rate(float(1 / (1 + np.exp(-odds))), float(learned), self.rate),
            habits=habits,
            reasons=tuple(title for habit in habits if (title := habit_title(*habit, self.trees))),
        )

    def _habits(self, known: F32, pulls: F32) -> tuple[tuple[str, float], ...]:
        """The features that pulled most, one of a kind."""
        found: dict[str, tuple[str, float]] = {}
        for at in np.argsort(-pulls, kind="stable").tolist():
            if pulls[at] < _PULL or len(found) == MOST_REASONS:
                break
            habit = FEATURES[at], float(known[at])
            if habit_title(*habit, self.trees) is not None:
                found.setdefault(_words()[habit[0]]["kind"], habit)
        return tuple(found.values())


def habit_title(name: str, value: float, trees: Trees | None = None) -> Title | None:
    """A feature and its value as a reason people read; None where the value is the usual one."""
    usual = (trees or shipped()).usual[FEATURES.index(name)]
    return _title(_words()[name], value, float(usual))


def row(account: Account) -> F32:
    """(F,) the features in the order of `FEATURES`, NaN where unknown."""
    return np.array(
        [np.nan if (value := getattr(account, name)) is None else value for name in FEATURES],
        dtype=np.float32,
    )


def _title(words: Mapping[str, str], value: float, usual: float) -> Title | None:
    """The feature in words; None where its number, as it is written, is the usual one."""
    if words["unit"] == "yes":
        return (
            Title(zh=words["zh"], en=words["en"])
            if value > 0
            else Title(zh=words["zh_no"], en=words["en_no"])
        )
    form = {"share": "{:.0%}", "count": "{:,.0f}", "ratio": "{:,.2g}", "rate": "{:,.1f}"}[words["unit"]]
    told, middle = form.format(value), form.format(usual)
    if told == middle:
        return None
    return Title(zh=f"{words['zh']} {told}（一般 {middle}）", en=f"{words['en']}: {told} (usually {middle})")


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads((RULES / "accounts.toml").read_text("utf-8"))


def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = _told()["feature"]
    return words


def base_rate() -> float:
    """The share of spammers among accounts that is reckoned with unless another is stated."""
    return float(_told()["base_rate"])


@cache
def shipped() -> Trees:
    """The trees that come with the product."""
    return load_trees(MODELS / "accounts.npz")


_ARRAYS = ("feature", "threshold", "left", "right", "value", "share", "roots", "usual")


def save_trees(path: Path, trees: Trees) -> None:
    header = {"features": FEATURES, "base": trees.base, "facts": trees.facts}
    np.savez_compressed(
        path,
        header=np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), dtype=np.uint8),
        **{name: getattr(trees, name) for name in _ARRAYS},
    )


def load_trees(path: Path) -> Trees:
    """The trees of a file; raises `FileNotFoundError` where there is none or it knows other features."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: the model is missing; make it with: python -m nlp.train")
    with np.load(path) as stored:
        header = json.loads(stored["header"].tobytes())
        if tuple(header["features"]) != FEATURES:
            raise FileNotFoundError(
                f"{path}: made for other features; make it anew with: python -m nlp.train"
            )
        arrays = {name: stored[name] for name in _ARRAYS}
    return Trees(**arrays, base=header["base"], facts=header["facts"])
