"""Text to the token strings both stores index, and what it means that a text contains a phrase.

The meaning is a substring. `canonical` brings a text into a form in which only what people take for
a difference is left; a literal query matches where its canonical form is a substring of the post's:

- case, width, and traditional or simplified do not matter (`core.texts.fold`); invisible format
  characters and variation selectors are gone;
- every other character is a *sign* of one of four scripts (Han, letters, digits, symbols and emoji)
  or it separates;
- a separator with punctuation in it becomes one ``.``, whatever the marks: 「不错，推荐」 is "不错!推荐";
- white space becomes one space between signs of one script ("Apple Watch") and nothing where the
  script changes, since people write 小米SU7 and 小米 SU7, iPhone15 and iPhone 15 alike.

`literal` spells the canonical form as tokens, one a sign: the sign and its successor where that is
of the same script, else the sign alone. Neighbouring tokens therefore give the canonical form back,
so a phrase of tokens is a substring, and a token's prefix of one sign finds one-character words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from core.texts import fold

VERSION = 1  # a store written with other tokens must be rebuilt
BREAK = "."

_SPACES = {"Zs", "Zl", "Zp", "Cc"}
_HAN = re.compile(
    "[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)  # with 々 and 〇
_SELECTORS = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff]")


def script(character: str) -> str:
    """``H`` Han, ``L`` letter, ``D`` digit, ``S`` symbol; ``_`` space, ``.`` punctuation, "" ignored."""
    category = unicodedata.category(character)
    if category == "Cf" or _SELECTORS.match(character):
        return ""
    if character.isspace() or category in _SPACES:
        return "_"
    if _HAN.match(character):
        return "H"
    if category[0] in "LM":
        return "L"
    if category[0] == "N":
        return "D"
    # Code points Python's tables do not know yet are mostly new emoji.
    return "S" if category[0] == "S" or category == "Cn" else BREAK


class _Scripts(dict[int, str]):
    """`script` for `str.translate`, looked up once a character; ``x`` for what is ignored."""

    def __missing__(self, point: int) -> str:
        name = self[point] = script(chr(point)) or "x"
        return name


_scripts = _Scripts()
_RUN = re.compile(r"H+|L+|D+|S+|[_.]+")


def _runs(text: str) -> list[str]:
    """Runs of signs of one script, with ``" "`` and ``"."`` between them where they separate."""
    signs = fold(text)
    shape = signs.translate(_scripts)
    if "x" in shape:
        signs = "".join(sign for sign, name in zip(signs, shape, strict=True) if name != "x")
        shape = shape.replace("x", "")
    runs: list[str] = []
    last = ""  # the script before a separator
    gap = ""
    for match in _RUN.finditer(shape):
        start, end = match.span()
        kind = shape[start]
        if kind in "_.":
            gap = BREAK if BREAK in shape[start:end] else " "
            continue
        if runs and (gap == BREAK or (gap == " " and kind == last)):
            runs.append(gap)
        runs.append(signs[start:end])
        last, gap = kind, ""
    return runs


def canonical(text: str) -> str:
    """The form in which "contains" is a plain substring test; no separator at either end."""
    return "".join(_runs(text))


def literal(text: str) -> str:
    """The tokens of a text for the `lit` field, separated by spaces."""
    tokens: list[str] = []
    for run in _runs(text):
        if run == " ":
            continue
        if len(run) > 1:
            tokens.extend(map(str.__add__, run, run[1:]))
        tokens.append(run[-1])
    return " ".join(tokens)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase of tokens to look up in `lit`; when `open` the last one is a prefix."""

    tokens: tuple[str, ...]
    open: bool


def pattern(text: str) -> Pattern:
    """What to look up for a literal query; no tokens at all when the text holds no sign."""
    tokens: list[str] = []
    runs = [run for run in _runs(text) if run != " "]
    for run in runs:
        tokens.extend(map(str.__add__, run, run[1:]))
        tokens.append(run[-1])
    if not runs:
        return Pattern((), open=False)
    if len(runs[-1]) > 1:  # the last pair says all; what follows it is free
        return Pattern(tuple(tokens[:-1]), open=False)
    return Pattern(tuple(tokens), open=True)


def words(tokens: tuple[str, ...]) -> str:
    """The tokens of an annotation's words for the `words` field, folded, one token a word."""
    return " ".join(filter(None, map(_word, tokens)))


@lru_cache(maxsize=1 << 16)
def _word(word: str) -> str:
    return canonical(word).replace(" ", "")
