"""The language of a post, by its script and small tables (`nlp/rules/languages.toml`); a whole batch in numpy.

Tags are BCP 47's: zh (simplified, or no telling), zh-Hant, yue, en, ja, ko, ug, bo, …; und where no letter says.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from opencc import OpenCC

from core.codes import codes_of
from core.texts import simplified

TABLES = Path(__file__).parent / "rules" / "languages.toml"
UNKNOWN = "und"
_NONE, _HAN, _TRADITIONAL, _SIMPLIFIED, _CANTONESE, _LATIN, _FIRST = range(7)  # classes of characters
_COMMON = range(0x4E00, 0xA000)
_HAN_LETTERS = 4  # a Han character says about as much as four letters
_SYLLABLE_LETTERS = {"kana": 2, "ko": 2.5}
_ADDRESS = re.compile(
    r"(?:https?://|www\.|t\.cn/)[!-~]+|[@＠][\w\-·]{1,30}|\[[^\[\]\s]{1,8}\]", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_MANY_WORDS = 4  # Latin words from which a text none of whose words is known counts as English


class _Tables:
    """`classes` gives each code point its class; `names` says what the classes from `_FIRST` on are."""

    def __init__(self) -> None:
        data = tomllib.loads(TABLES.read_text("utf-8"))
        scripts = data["scripts"] | {name: data["shared"][name] for name in ("arabic", "cyrillic", "kana")}
        self.names = tuple(scripts)
        self.classes = np.full(0x110000, _NONE, dtype=np.uint8)
        for number, spans in enumerate(scripts.values(), _FIRST):
            self._fill(spans, number)
        self._fill(data["shared"]["latin"], _LATIN)
        self.classes[[0xD7, 0xF7]] = _NONE  # × and ÷
        self._fill(data["shared"]["han"], _HAN)
        self.classes[0x20000:0x32000] = _HAN
        self.classes[_with_traditional()] = _SIMPLIFIED
        self.classes[[code for code in simplified() if code in _COMMON]] = _TRADITIONAL
        self.classes[[ord(sign) for sign in data["han"]["yue"]]] = _CANTONESE
        self.letters = {name: {key: frozenset(told) for key, told in data[name].items()} for name in ("arabic", "cyrillic")}  # fmt: skip
        self.latin_letters = {key: frozenset(told) for key, told in data["latin"]["letters"].items()}
        self.latin_words: dict[str, list[str]] = {}
        for name, words in data["latin"]["words"].items():
            for word in words.split():
                self.latin_words.setdefault(word, []).append(name)

    def _fill(self, spans: Sequence[tuple[str, str]], number: int) -> None:
        for first, last in spans:
            self.classes[ord(first) : ord(last) + 1] = number


def _with_traditional() -> list[int]:
    """The common characters that have a traditional form."""
    han = list(map(chr, _COMMON))
    new = OpenCC("s2t").convert("\n".join(han)).split("\n")
    return [ord(old) for old, one in zip(han, new, strict=True) if old != one[0]]


@cache
def _tables() -> _Tables:
    return _Tables()


def languages(texts: Sequence[str]) -> list[str]:
    """The language of each raw text."""
    if not texts:
        return []
    counts = _counted(texts)
    han = counts[:, _HAN : _CANTONESE + 1].sum(axis=1)
    others = counts[:, _FIRST:].sum(axis=1)
    traditional, plain, cantonese = (counts[:, one] for one in (_TRADITIONAL, _SIMPLIFIED, _CANTONESE))
    chinese = (han > 0) & (others == 0) & (han * _HAN_LETTERS >= counts[:, _LATIN])
    told = np.zeros(len(texts), dtype=np.int8)
    told[(traditional > plain) & (traditional * 8 >= han)] = 1
    told[(cantonese > 1) & (cantonese * 15 >= han)] = 2
    letters = counts[:, _HAN:].any(axis=1)
    told[~letters] = 3
    names = ("zh", "zh-Hant", "yue", UNKNOWN)
    out = [names[one] for one in told.tolist()]
    for at in np.flatnonzero(letters & ~chinese).tolist():
        out[at] = _mixed(texts[at], counts[at], out[at])
    return out


def language(text: str) -> str:
    """The language of one raw text."""
    return languages([text])[0]


def _counted(texts: Sequence[str]) -> NDArray[np.int64]:
    """(D, classes) how many characters of each class a text has."""
    tables = _tables()
    wide = _FIRST + len(tables.names)
    found = tables.classes[codes_of("".join(texts))].astype(np.int32)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    found += np.repeat(np.arange(len(texts), dtype=np.int32) * wide, lengths)
    return np.bincount(found, minlength=len(texts) * wide).reshape(-1, wide)


def _mixed(text: str, counts: NDArray[np.int64], chinese: str) -> str:
    """The language of a text that is not plainly Chinese, once addresses, names and emoticons are out."""
    bare = _ADDRESS.sub(" ", text)
    if len(bare) != len(text):
        counts = _counted([bare])[0]
    names = _tables().names
    weights = {
        name: float(count) for name, count in zip(names, counts[_FIRST:].tolist(), strict=True) if count
    }
    for name in weights.keys() & _SYLLABLE_LETTERS.keys():
        weights[name] *= _SYLLABLE_LETTERS[name]
    han = int(counts[_HAN : _CANTONESE + 1].sum())
    kana = int(weights.get("kana", 0)) // _SYLLABLE_LETTERS["kana"]
    if set(weights) == {"kana"} and kana * 3 > han and kana > (2 if han else 1):
        return "ja"  # a sign or two are an ornament, of a Chinese post or of a face like ヽ(ﾟ∀ﾟ)ﾉ
    weights |= {"han": han * float(_HAN_LETTERS), "latin": float(counts[_LATIN])}
    best = max(weights, key=lambda name: weights[name])
    if not weights[best]:
        return UNKNOWN
    if best == "han":
        return chinese
    if best == "kana":
        return "ja" if kana > 2 else UNKNOWN
    if best == "latin":
        found = _of_words(bare)
        return chinese if found == UNKNOWN and han else found
    return _of_letters(bare, best) if best in _tables().letters else best


def _of_letters(text: str, script: str) -> str:
    """The language of a script with most letters of its own."""
    known: dict[str, frozenset[str]] = _tables().letters[script]
    seen = Counter(text.lower())
    return max(known, key=lambda name: (sum(seen[sign] for sign in known[name]), not known[name]))


def _of_words(text: str) -> str:
    """The language of Latin script with most words and letters of its own."""
    tables, votes = _tables(), Counter[str]()
    words = [word.lower() for word in _WORD.findall(text[:2000])]
    for word in words:
        votes.update(tables.latin_words.get(word, ()))
        votes.update(name for name, signs in tables.latin_letters.items() if not signs.isdisjoint(word))
    if votes:
        return max(votes, key=lambda name: (votes[name], name == "en"))
    return "en" if len(words) >= _MANY_WORDS and text.isascii() else UNKNOWN
