"""The labelled sets, read from the data folder, with one split over all of them.

The sets share texts (hotel reviews stand in two of them), so a row's part is decided by its text
alone: the same text is on the same side in every set, and no score is flattered by a copy.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import lzma
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEST, DEV = 2, 1  # of ten parts
EMOTIONS = ("angry", "fear", "happy", "neutral", "sad", "surprise")
DOMAINS = ("phone", "camera", "car", "notebook", "shampoo")
POLARITIES = ("negative", "neutral", "positive")
_LETTERS = re.compile(r"[\W_]+")
_SIGN = {"-1": "negative", "0": "neutral", "1": "positive"}


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. `label` is the class; `extra` what the task needs besides (aspects, a term)."""

    origin: str
    text: str
    label: str
    extra: Any = None


@dataclass(frozen=True, slots=True)
class Split:
    train: list[Row]
    dev: list[Row]
    test: list[Row]

    @property
    def all(self) -> list[Row]:
        return [*self.train, *self.dev, *self.test]


def folder() -> Path:
    """The data folder: TINGFENG_DATA, else ``../shared/data`` beside the repository.

    Raises `FileNotFoundError` with what to set.
    """
    path = Path(os.environ.get("TINGFENG_DATA") or Path(__file__).parents[3] / "shared" / "data")
    if not path.is_dir():
        raise FileNotFoundError(
            f"{path}: no data folder; set TINGFENG_DATA to the one with the labelled sets"
        )
    return path


def part(text: str) -> int:
    """0..9, the part of the split a text falls into, whatever its punctuation, emoticons and blanks."""
    bare = _LETTERS.sub("", re.sub(r"\[[^\[\]\s]{1,8}\]", "", text)).lower()
    return (
        hashlib.sha1((bare or text).encode("utf-8", "replace"), usedforsecurity=False).digest()[0] * 10 // 256
    )


def split(rows: Sequence[Row]) -> Split:
    """Rows by part, each text kept once within a set and label."""
    parts: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    for row in {(row.origin, row.text, row.label, str(row.extra)): row for row in rows}.values():
        number = part(row.text)
        parts[2 if number < TEST else 1 if number < TEST + DEV else 0].append(row)
    return Split(*parts)


def table(name: str) -> Iterator[dict[str, str]]:
    """The rows of a packed CSV of the data folder."""
    path = folder() / name
    opened = lzma.open if path.suffix == ".xz" else gzip.open
    with opened(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def polarity() -> list[Row]:
    """Reviews and posts labelled positive or negative, by set; `extra` is a review's category."""
    sets = {
        "weibo100k": ("weibo_senti_100k_dev/dev.csv.gz", "weibo_senti_100k_sample/sample.csv.gz"),
        "weibo2018": ("weibo2018/train.csv.gz",),
        "hotel": ("chnsenticorp_htl_all/reviews.csv.gz",),
        "waimai": ("waimai_10k/reviews.csv.gz",),
        "shopping": ("online_shopping_10_cats/reviews.csv.gz",),
    }
    return [
        Row(origin, row["text"], "positive" if row["label"] == "1" else "negative", row.get("cat"))
        for origin, files in sets.items()
        for name in files
        for row in table(name)
        if row["text"].strip()
    ]


def emotion() -> list[Row]:
    """SMP2020: six emotions of everyday ("usual") and pandemic ("virus") posts, training parts."""
    return [
        Row(origin, row["text"], row["label"])
        for origin in ("usual", "virus")
        for row in table(f"smp2020_ewect/{origin}_train.csv.gz")
        if row["text"].strip()
    ]


def cars() -> list[Row]:
    """Car forum sentences; `extra` is {subject: polarity}."""
    found: dict[str, dict[str, str]] = {}
    for row in table("bdci_car_2018/train.csv.gz"):
        found.setdefault(row["content"], {})[row["subject"]] = _SIGN[row["sentiment_value"]]
    return [Row("bdci", text, "", aspects) for text, aspects in found.items()]


def makeup() -> list[Row]:
    """Make-up reviews; `extra` is {category: polarity} of the first opinion of each category."""
    names = {"正面": "positive", "负面": "negative", "中性": "neutral"}
    rows = []
    path = folder() / "zhijiang_makeup_opinion" / "reviews.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            review = json.loads(line)
            aspects: dict[str, str] = {}
            for opinion in review["opinions"]:
                aspects.setdefault(opinion["category"], names[opinion["polarity"]])
            rows.append(Row("makeup", review["text"], "", aspects))
    return rows


def terms() -> list[Row]:
    """Clauses with a marked term; `label` its polarity, `extra` (domain, term, offset)."""
    return [
        Row(domain, row["text"], row["polarity"].lower(), (row["aspect"], int(row["aspect_offset"])))
        for domain in DOMAINS
        for row in table(f"absa_chinese/{domain}_train.csv.gz")
    ]
