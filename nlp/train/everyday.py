"""Words everybody knows that the segmenter's dictionary lacks (微博, 好用, 副驾): ``nlp/models/everyday.txt``.

    python -m nlp.train.everyday

They are looked for as new words are (`nlp.newwords`), in public sets of reviews and posts up to 2020: a word is kept
that stands in `COMMON` texts of two kinds, or in one of `OFTEN` texts of one kind. Sets the finder is measured on are not
among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from nlp.newwords import EVERYDAY, new_words, texts_with
from nlp.segment import Segmenter
from nlp.train import data

COMMON = 30
OFTEN = 500
_LEAST = 15  # texts of a kind that is asked alone
_POSTS = ("weibo100k", "weibo2018", "usual", "virus")
_KINDS = dict.fromkeys(_POSTS, "posts") | dict.fromkeys(data.DOMAINS, "goods")


def everyday(sets: Mapping[str, Iterable[str]]) -> list[str]:
    """The words, sorted; `sets` are texts by kind."""
    segmenter = Segmenter()
    told: dict[str, Counter[str]] = {}
    often: set[str] = set()
    for kind, texts in sets.items():
        rows = list(dict.fromkeys(texts))
        found = [one.word for one in new_words(rows, segmenter.cut, segmenter.knows)]
        for word, at in texts_with(found, rows).items():
            told.setdefault(word, Counter())[kind] = len(at)
            if len(at) >= max(_LEAST, len(rows) / OFTEN):
                often.add(word)
    return sorted(often | {word for word, of in told.items() if len(of) > 1 and of.total() >= COMMON})


def main() -> None:
    sets: dict[str, list[str]] = {}
    for row in (*data.polarity(), *data.emotion(), *data.cars(), *data.makeup(), *data.terms()):
        sets.setdefault(_KINDS.get(row.origin, row.origin), []).append(row.text)
    EVERYDAY.write_text("".join(f"{word}\n" for word in everyday(sets)), "utf-8")


if __name__ == "__main__":
    main()
