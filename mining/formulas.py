"""The formulas behind every number, read from ``formulas.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

from core.project import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One published or derived way to count.

    `sure` says how far the source was seen: V its own text, S second-hand, M from memory, D derived here.
    Below `minimum_n` a finding has no value (0: a plain count, for which none is an answer). `unit`: posts, share, score, seconds, people, layers, …
    """

    id: str
    title: Title
    definition: Title
    source: str
    sure: str
    unit: str
    minimum_n: int = 1


@cache
def formulas() -> dict[str, Formula]:
    """Every formula by id, in the order of the file."""
    data = tomllib.loads(resources.files("mining").joinpath("formulas.toml").read_text("utf-8"))
    rows = [msgspec.convert({"id": key, **row}, Formula) for key, row in data.items()]
    return {row.id: row for row in rows}


def formula(formula_id: str) -> Formula:
    """The formula of this id; raises `KeyError` when there is none."""
    return formulas()[formula_id]
