"""Why a slice came short, by name, and what that says of how much there was to be had."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from core.models import Coverage
from core.project import Title
from crawlers.manners.blocks import BLOCKS


class End(StrEnum):
    """Where the walk of a slice ended."""

    EARLY = "early"  # nobody knows how much more the site would have shown
    SITE = "site"  # the site shows no more
    WHOLE = "whole"  # nothing lacks: it is what it was, or its parts are slices of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason that is no refusal; with `lost`, the next crawl asks for what lacks again."""

    title: Title
    end: End
    lost: bool = False


def _catalogue() -> dict[str, Reason]:
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return msgspec.convert(rows, dict[str, Reason])


REASONS: dict[str, Reason] = _catalogue()
_WALLS = frozenset({"visitor_limit", "members_only"})
"""Blocks beyond which this reader sees nothing, so that what came before them is all."""


def title_of(name: str) -> Title | None:
    """What people call a reason or a block; None for one that nobody named, like ``http_451``."""
    named = BLOCKS.get(name) or REASONS.get(name)
    return named.title if named else None


def is_fine(name: str) -> bool:
    """Whether nothing lacks in spite of the reason."""
    return name in REASONS and REASONS[name].end is End.WHOLE


def is_lost(name: str) -> bool:
    """Whether what lacks is to be asked for again, where no refusal was noted."""
    return REASONS[name].lost if name in REASONS else name == "unreachable" or name.startswith("http_")


def reachable(line: Coverage) -> int | None:
    """How many the site shows of a slice to who asks: all that came, where the walk met its end; else unknown."""
    if line.because is None or line.because in _WALLS:
        return line.got
    reason = REASONS.get(line.because)
    return line.got if reason is not None and reason.end is End.SITE else None
