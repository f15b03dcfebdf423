"""Raw posts to the text the models read: one pass over a whole batch, most of it in C.

A batch is joined, folded and masked as one string, because a call per post costs more than the work.
Emoticons such as ``[爱你]`` become one private-use character each, so that every later step sees a
single symbol instead of a bracketed word; `Cleaned.spell` turns them back.
"""

from __future__ import annotations

import html
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from opencc import OpenCC

from core.codes import JOINT, NOTHING, codes_of, mapped, single_blanks, text_of
from core.texts import ODD, own_text

LINE = "\n"  # stands between two posts when all other control characters are gone; `JOINT` until then
CHAIN = "\U000ffffd"  # one's own words end here, what others said before begins
_PRIVATE = 0xF0000  # plane 15 is private use: no post means anything by it
_URL = re.compile(r"(?:https?://|www\.|t\.cn/)[!-~]+")
_MENTION = re.compile(r"@[\w\-·]{1,30}:?")
EMOTICON = re.compile(r"(\[[^\[\]\s]{1,8}\])")  # a group, so that a split keeps them
_INVISIBLE = (0xAD, 0x34F, 0x61C, 0x115F, 0x180E, 0xFEFF)
_INVISIBLE_RUNS = ((0x200B, 0x2010), (0x202A, 0x202F), (0x2060, 0x2070), (0xFE00, 0xFE10))
EDGE = "\ufdd0"  # no character: texts lose it


def _table() -> NDArray[np.uint32]:
    """Code point → code point: lower case, simplified, blanks and what cannot be text to space, half width."""
    table = np.arange(0x110000, dtype=np.uint32)
    for code in range(0x2000):
        lower = chr(code).lower()
        if len(lower) == 1:
            table[code] = ord(lower)
    han = [chr(code) for code in range(0x3400, 0xA000)]
    simplified = OpenCC("t2s").convert(LINE.join(han)).split(LINE)
    for old, new in zip(han, simplified, strict=True):
        if len(new) == 1:
            table[ord(old)] = ord(new)
    blanks = [*range(0x21), 0x7F, *range(0x80, 0xA1), *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F]
    table[[*blanks, 0x1680, 0x205F, 0x3000]] = ord(" ")
    table[0xFF01:0xFF5F] = table[0x21:0x7F]
    table[[*_INVISIBLE, *(code for run in _INVISIBLE_RUNS for code in range(*run))]] = NOTHING
    table[0xD800:0xF900] = ord(" ")  # surrogates and the private use of the basic plane
    table[_PRIVATE:] = ord(" ")
    table[ord(JOINT)] = ord(LINE)
    table[ord(CHAIN)] = ord(CHAIN)
    return table


_TABLE = _table()


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The texts of a batch as the models read them.

    `joined` is `texts` joined by line feeds; no text holds one. `emoticons` spells the private-use
    characters that occur.
    """

    texts: list[str]
    joined: str
    emoticons: dict[str, str] = field(default_factory=dict)

    def spell(self, word: str) -> str:
        """`word` with an emoticon's symbol written out again."""
        return self.emoticons.get(word, word)


@lru_cache(1 << 16)
def symbol(emoticon: str) -> str:
    """The private-use character that stands for an emoticon; the same in every process."""
    return chr(_PRIVATE + zlib.crc32(emoticon.encode("utf-8", "replace")) % 0xFFFE)


def normal(text: str) -> str:
    """A text in NFKC but for what the tables of code points do later; twice is as good as once."""
    text = text.replace("…", "...")
    if ODD.search(text):
        text = unicodedata.normalize("NFKC", text.replace(EDGE, ""))
    return text


def fold_all(joined: str) -> str:
    """A text in NFKC, lower case, simplified, with blanks and invisible characters evened out."""
    return _fold(normal(joined))


def _fold(joined: str) -> str:
    return text_of(mapped(joined, _TABLE))


def clean(texts: Sequence[str], *, emoticons: bool = True, normalised: bool = False) -> Cleaned:
    """The cleaned batch: entities, URLs and @names out, folded, the repost chain set off by `CHAIN`.

    A bare repost (nothing of one's own before ``//@``) has no mark: the chain is what it says.
    `emoticons` False drops them, as the stripped half of a measurement wants. `normalised` texts have been
    through `normal`.
    """
    marked = [
        _mark(text) if "//" in text or "&" in text or JOINT in text or CHAIN in text else text
        for text in (texts if normalised else map(normal, texts))
    ]
    joined = _fold(JOINT.join(marked))
    if "://" in joined or "www." in joined or "t.cn/" in joined:
        joined = _URL.sub(" ", joined)
    if "@" in joined:
        joined = _MENTION.sub(" ", joined)
    spelled: dict[str, str] = {}
    if "[" in joined:
        parts = EMOTICON.split(joined)  # half the time of a replacement by a call for each
        signs = {emoticon: symbol(emoticon) if emoticons else "" for emoticon in dict.fromkeys(parts[1::2])}
        parts[1::2] = [signs[emoticon] for emoticon in parts[1::2]]
        joined = "".join(parts)
        spelled = {sign: emoticon for emoticon, sign in signs.items()} if emoticons else {}
    if "  " in joined:
        joined = text_of(single_blanks(codes_of(joined)))
    return Cleaned(joined.split(LINE), joined, spelled)


def own_end(text: str) -> int | None:
    """Where one's own words end and a repost chain begins; None where it is all one's own, or all chain."""
    start = text.find("//@") if "//" in text else -1
    return start if start > 0 and own_text(text) else None


def _mark(text: str) -> str:
    """The text without entities, `CHAIN` before the reposts it repeats."""
    if "&" in text:
        text = normal(html.unescape(text))
    if JOINT in text or CHAIN in text:
        text = text.replace(JOINT, " ").replace(CHAIN, " ")
    start = own_end(text)
    return text if start is None else text[:start] + CHAIN + text[start + 2 :]
