"""Texts that one turn decides: negated blame (没有什么不满意的), praise denied (谈不上好吃)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.clean import own_end

RULES = Path(__file__).parent / "rules" / "turns.toml"


def turned(texts: Sequence[str]) -> NDArray[np.bool_]:
    """(D,) whether a turn may decide the text's own part: it is short and has a cue of `rules/turns.toml`."""
    longest, cue = _cues()
    own = (text[: own_end(text)] if len(text) > longest else text for text in texts)
    return np.array([len(text) <= longest and cue.search(text) is not None for text in own], dtype=bool)


@cache
def _cues() -> tuple[int, re.Pattern[str]]:
    told = tomllib.loads(RULES.read_text("utf-8"))
    negated = f"(?:{_either(told['negators'])})(?:{_either(told['between'])})*(?:{_either(told['blame'])})"
    return told["longest"], re.compile(f"{negated}|{_either(told['phrases'])}")


def _either(phrases: Iterable[str]) -> str:
    """An alternation, the longest phrase first."""
    return "|".join(map(re.escape, sorted(phrases, key=len, reverse=True)))
