"""Signs that something is not in order: of which kinds they are, and how they read."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from core.project import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A kind of sign; `person` where nothing gets better until a person acts."""

    name: str
    person: bool
    title: Title
    advice: Title
    formula: Title


Called = Callable[[str], str]
"""What people call a block, or another reason why a slice came short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing not in order with a source (or one job of it); `values` fill the texts of its symptom.

    `block` is the code of the block or reason behind it, which whoever shows it calls by its name.
    """

    symptom: Symptom
    source: str
    job: str | None = None
    block: str | None = None
    values: Mapping[str, Title] = field(default_factory=dict)

    def title(self, language: str, called: Called) -> str:
        """What is wrong."""
        return self._filled(self.symptom.title, language, called)

    def advice(self, language: str, called: Called) -> str:
        """What to do."""
        return self._filled(self.symptom.advice, language, called)

    def _filled(self, text: Title, language: str, called: Called) -> str:
        told = {name: value.of(language) for name, value in self.values.items()}
        block = called(self.block) if self.block else "–"
        return text.of(language).format(source=self.source, block=block, **told)


@cache
def symptoms() -> Mapping[str, Symptom]:
    """All kinds of signs by name, from `signs.toml`."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {name: msgspec.convert({"name": name, **facts}, Symptom) for name, facts in data.items()}


def sign(
    name: str, source: str, *, job: str | None = None, block: str | None = None, **values: object
) -> Sign:
    """A sign of that symptom; `values` that are no titles are the same in every language."""
    told = {
        key: value if isinstance(value, Title) else Title(zh=str(value), en=str(value))
        for key, value in values.items()
    }
    return Sign(symptom=symptoms()[name], source=source, job=job, block=block, values=told)
