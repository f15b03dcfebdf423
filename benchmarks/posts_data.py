"""A million real posts for the search benchmarks: reposts of CED, then reviews, cut into words.

Texts and times are the sets' own. Uids are hashed; what no set tells (platform of a review, sentiment) is
drawn by a hash of the post, the same each time. Texts that are asked for twice are told apart by nothing: real
posts repeat.
"""

from __future__ import annotations

import csv
import gzip
import lzma
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle, islice
from pathlib import Path

import msgspec
import rjieba

from benchmarks.cascades_data import data_folder
from core.models import AnnotatedPost, Annotation, Author, Engagement, Kind, Post, Sentiment
from index.facets import digest

_START = datetime(2026, 1, 1, tzinfo=UTC)
_LABELS = ("negative", "neutral", "positive")
_PLATFORMS = ("weibo", "autohome", "shop", "discuz")


class _Row(msgspec.Struct):
    time: float
    text: str
    reposts: list[tuple[str, int, float, str]]


def posts(count: int, *, folder: Path | None = None) -> Iterator[AnnotatedPost]:
    """`count` annotated posts (words and a label, no models), the sets over again when they run out."""
    for number, (text, at) in enumerate(islice(cycle(texts(folder or data_folder())), count)):
        yield _post(number, text, at)


def texts(folder: Path) -> list[tuple[str, datetime | None]]:
    """Every text of the sets with its time, where it has one."""
    return list(chain(_reposts(folder), _reviews(folder)))


def _reposts(folder: Path) -> Iterator[tuple[str, datetime]]:
    decode = msgspec.json.Decoder(_Row).decode
    with lzma.open(folder / "ced_cascades" / "cascades.jsonl.xz") as lines:
        for row in map(decode, lines):
            yield row.text, datetime.fromtimestamp(row.time, UTC)
            for _, _, at, text in row.reposts:
                yield text, datetime.fromtimestamp(at, UTC)


def _reviews(folder: Path) -> Iterator[tuple[str, None]]:
    path = next((folder / "autohome_koubei_tags").glob("*.csv.*"))
    opened = lzma.open if path.suffix == ".xz" else gzip.open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"], None


def _post(number: int, text: str, at: datetime | None) -> AnnotatedPost:
    draw = digest(f"{number}")
    post = Post(
        id=f"weibo:{4_000_000_000_000_000 + number * 977}",
        platform=_PLATFORMS[0] if at else _PLATFORMS[1 + draw % 3],
        kind=Kind.REPOST if at else Kind.REPLY,
        text=text,
        author=Author(id=f"weibo:p-{draw % 300_000:x}", name=f"用户{draw % 300_000:x}", followers=draw % 5_000),
        published_at=at or _START + timedelta(seconds=draw % 31_000_000),
        engagement=Engagement(reposts=draw % 7, comments=draw % 11, likes=draw % 1_009),
        region=("广东", "北京", "上海", "四川", None)[draw % 5],
        fetched_at=_START,
    )
    read = Annotation(
        words=tuple(rjieba.cut(text)),
        sentiment=Sentiment(label=_LABELS[draw % 3], score=0.0, confidence=0.5),
    )
    return AnnotatedPost(post=post, annotation=read)
