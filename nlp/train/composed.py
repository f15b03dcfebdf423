"""Sentences put together of templates and short reviews: negation that turns a word around, praise not meant.

Labelled sets hold few of either, and a sum of words cannot read them; the encoder can, once it has seen enough.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.train import data

TABLE = Path(__file__).with_name("composed.toml")
TURNED, IRONIC = 12_000, 6_000  # sentences of each
SHORT = range(4, 25)  # characters of a review that is put beside an opener
SLOT = re.compile(r"\{(\w+)\}")


def composed(rows: Sequence[data.Row], seed: int = 0) -> list[data.Row]:
    """Rows of origin "composed" in a random order, labels even: `rows` lend their short reviews."""
    table = tomllib.loads(TABLE.read_text("utf-8"))
    rng = np.random.default_rng(seed)
    said = {**_turned(table, rng), **_ironic(table["ironic"], rows, rng)}
    found = [data.Row("composed", text, label) for text, label in said.items()]
    return [found[at] for at in rng.permutation(len(found)).tolist()]


def _drawn(among: Sequence[str], rng: np.random.Generator) -> str:
    return among[int(rng.integers(len(among)))]


def _turned(table: Mapping[str, Any], rng: np.random.Generator) -> dict[str, str]:
    said = {}
    for number in range(TURNED):
        label = ("positive", "negative")[number % 2]
        said[_filled(_drawn(table["turned"][label], rng), table["slots"], rng)] = label
    return said


def _filled(template: str, slots: Mapping[str, Sequence[str]], rng: np.random.Generator) -> str:
    """Each slot filled by one of its words, the same word where a slot of praise stands twice."""
    good = _drawn(slots["good"], rng)

    def fill(slot: re.Match[str]) -> str:
        return good if slot[1] == "good" else _drawn(slots[slot[1]], rng)

    return SLOT.sub(fill, template)


def _ironic(
    table: Mapping[str, Sequence[str]], rows: Sequence[data.Row], rng: np.random.Generator
) -> dict[str, str]:
    """Blame behind an opener of praise stays blame, praise behind the same opener praise."""
    said = {}
    for label in ("positive", "negative"):
        short = sorted(
            {
                row.text.strip().rstrip("。！!，,")
                for row in rows
                if row.label == label
                and row.origin in ("hotel", "waimai", "shopping")
                and len(row.text) in SHORT
            }
        )
        for _ in range(IRONIC // 2):
            text, opens = _drawn(short, rng), rng.random() < 0.7
            word = _drawn(table["openers" if opens else "closers"], rng)
            said[word + text if opens else text + word] = label
    return said
