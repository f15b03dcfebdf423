"""Many texts at once as an array of code points: a call for each text costs more than the work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.texts import BLANKS, INVISIBLE, PLAIN, canonical, fold

Codes = NDArray[np.uint32]
NOTHING = 0xFFFFFFFF  # what a table of code points says of those that are taken out
JOINT = "\x1e"  # stands between two texts
_SLOW = re.compile(f"[^{PLAIN}]|{JOINT}")


def codes_of(text: str) -> Codes:
    """The code points of a text, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def text_of(codes: Codes) -> str:
    """The text of code points."""
    return codes.tobytes().decode("utf-32-le")


def mapped(text: str, table: Codes) -> Codes:
    """The code points of a text by a table, without those it says `NOTHING` of."""
    codes = table[codes_of(text)]
    kept: Codes = codes[codes != NOTHING]
    return kept


def single_blanks(codes: Codes) -> Codes:
    """The code points with one space for each run of them."""
    blank = codes == ord(" ")
    blank[1:] &= blank[:-1].copy()
    blank[:1] = False
    kept: Codes = codes[~blank]
    return kept


def canonical_all(texts: Sequence[str]) -> list[str]:
    """`core.texts.canonical` of each text."""
    spelled = [text.replace("…", "...") for text in texts]
    slow = {at: canonical(text) for at, text in enumerate(spelled) if _SLOW.search(text)}
    for at in slow:
        spelled[at] = ""
    if not spelled:
        return []
    codes = single_blanks(mapped(JOINT.join(spelled), _table()))
    found = [text.strip(" ") for text in text_of(codes).split(JOINT)]
    for at, text in slow.items():
        found[at] = text
    return found


@cache
def _table() -> Codes:
    """What `canonical` makes of each plain character, blanks one by one."""
    plain = [chr(code) for code in range(0x1F650) if not _SLOW.match(chr(code))]
    table = np.full(0x1F650, NOTHING, dtype=np.uint32)
    for old, new in zip(plain, fold(JOINT.join(plain)).split(JOINT), strict=True):
        if not INVISIBLE.fullmatch(new):
            table[ord(old)] = ord(" " if BLANKS.fullmatch(new) else new)
    table[ord(JOINT)] = ord(JOINT)
    return table
