"""Which encoding a text file is in, judged on the whole of it."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import NamedTuple

_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8_BROKEN_PER_GOOD = 0.25  # in GB18030 text read as UTF-8 nearly every character is broken


class Encoding(NamedTuple):
    """A codec's name, and whether every byte of the file was valid in it."""

    name: str
    clean: bool


def encoding_of(path: Path) -> Encoding:
    """UTF-8 or UTF-16 by their byte order mark; else UTF-8 where the file is that, even with some broken
    bytes in it; else GB18030. Reads the file once or twice, in pieces. Raises `OSError`.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return Encoding(name, _broken(path, name)[0] == 0)
    broken, good = _broken(path, "utf-8")
    if broken <= good * _UTF8_BROKEN_PER_GOOD:
        return Encoding("utf-8", broken == 0)
    return Encoding("gb18030", _broken(path, "gb18030")[0] == 0)


def _broken(path: Path, name: str) -> tuple[int, int]:
    """How many pieces of the file are not valid in this encoding, and how many characters beyond ASCII are."""
    decoder = codecs.getincrementaldecoder(name)("replace")
    written = "\ufffd".encode(name)  # the sign for a broken piece, where the file itself holds it
    broken = good = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            text = decoder.decode(chunk, not chunk)
            if not text.isascii():
                bad = text.count("\ufffd") - chunk.count(written)
                broken += bad
                good += len(text) - len(text.encode("ascii", "ignore")) - bad
            if not chunk:
                return broken, good
