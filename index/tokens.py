"""Text to the token strings both stores index, and what it means that a text contains a phrase.

It means a substring. `canonical` takes away what nobody takes for a difference: case, width, and
traditional or simplified (`core.texts.fold`), invisible characters, and how much white space there is.
A literal query matches where its canonical form is a substring of the post's: 小米SU7 is not 小米 SU7,
and 5.1 is not 5、1.

`literal` spells the canonical form as tokens, one a character: the character and its successor, or, at
the end and before a space, the character alone. Neighbouring tokens therefore give the canonical form
back, so a phrase of tokens is a substring, and tokens by their first character are one-character words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from core.codes import canonical_all
from core.texts import BLANKS as BLANKS
from core.texts import INVISIBLE as INVISIBLE
from core.texts import canonical as canonical

_MOST = 1 << 17  # words remembered
VERSION = 2  # a store written with other tokens must be rebuilt


def literal(text: str) -> str:
    """The tokens of a text for the `lit` field, separated by spaces."""
    return spelled(canonical(text))


def spelled(line: str) -> str:
    """The tokens of a text in canonical form."""
    return " ".join(_spelled(line))


def _spelled(text: str) -> list[str]:
    tokens: list[str] = []
    for run in text.split(" ") if text else ():
        tokens.extend(map(str.__add__, run, run[1:]))
        tokens.append(run[-1])
    return tokens


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase of tokens to look up in `lit`; when `open` the last one is a prefix."""

    tokens: tuple[str, ...]
    open: bool


def pattern(text: str) -> Pattern:
    """What to look up for a literal query; no tokens at all for blank text."""
    wanted = canonical(text)
    tokens = tuple(_spelled(wanted))
    if len(wanted.rpartition(" ")[2]) > 1:  # the last pair says all; what follows it is free
        return Pattern(tokens[:-1], open=False)
    return Pattern(tokens, open=bool(tokens))


def words(tokens: Iterable[str]) -> str:
    """The tokens of an annotation's words for the `words` field, folded, one a word, no punctuation."""
    return " ".join(filter(None, map(_word, tokens)))


@lru_cache(maxsize=1 << 16)
def _word(word: str) -> str:
    return _said(canonical(word))


def _said(word: str) -> str:
    found = word.replace(" ", "")
    return "" if is_punctuation(found) else found


class Spelling:
    """`words` of many posts at once, which remembers how words are spelled; not to be shared between threads."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def words(self, posts: Sequence[Sequence[str]]) -> list[str]:
        """The same as `words` of each."""
        if len(self._known) > _MOST:
            self._known = {}
        new = list(set(chain.from_iterable(posts)) - self._known.keys())
        self._known.update(zip(new, map(_said, canonical_all(new)), strict=True))
        spelled = self._known.__getitem__
        return [" ".join(filter(None, map(spelled, told))) for told in posts]


def is_punctuation(text: str) -> bool:
    """Whether there is nothing in a text that one would look for without being asked twice."""
    return all(
        (character.isascii() and not character.isalnum()) or unicodedata.category(character)[0] in "PZC"
        for character in text
    )
