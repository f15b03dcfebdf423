"""A million real posts for the search benchmarks: reposts of CED among reviews and blog posts, cut into words.

The sets are mixed so that 的 stands in a third of all posts, and evenly, so that any number of them is alike.
Texts are the sets' own, as are the times of CED and the brands, series and aspects of the car reviews. What no
set tells (who wrote a review and when, its mood) is drawn by a hash, the same each time, and annotations have
the shape and size of those `nlp.annotate` makes. Real posts repeat: the same text is one near-duplicate group.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import lzma
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import msgspec
import rjieba
from msgspec.structs import replace

from benchmarks.cascades_data import data_folder
from core.models import (
    AnnotatedPost,
    Annotation,
    AspectOpinion,
    Author,
    Emotion,
    Engagement,
    Kind,
    Post,
    Sentiment,
    Voice,
)
from index.facets import digest

REPOSTS = 0.645  # of all posts; the rest are longer ones, of which two thirds hold 的
_BATCH = 2_000  # posts, as ingest writes them
_START = datetime(2012, 1, 1, tzinfo=UTC)  # most of CED lies in the two years from here
_SPAN_S = 730 * 86_400
_LABELS = ("negative", "neutral", "positive")
_EMOTIONS = ("angry", "fear", "happy", "neutral", "sad", "surprise")
_REVIEWS = {
    "online_shopping_10_cats/reviews.csv.gz": "shop",
    "chnsenticorp_htl_all/reviews.csv.gz": "hotel",
    "waimai_10k/reviews.csv.gz": "waimai",
    "autohome_koubei_tags/koubei_tags.csv.xz": "autohome",
}
_BLOGS = (
    "covid_weibo_hashtag_posts/posts.csv.xz",
    "smp2020_ewect/usual_train.csv.gz",
    "weibo2018/train.csv.gz",
    "weibo_senti_100k_dev/dev.csv.gz",
)


@dataclass(frozen=True, slots=True)
class Text:
    """A row of a set."""

    text: str
    platform: str
    at: datetime | None = None
    brand: str | None = None
    product: str | None = None
    aspect: str | None = None


class _Cascade(msgspec.Struct):
    time: float
    text: str
    reposts: list[tuple[str, int, float, str]]


def posts(count: int, *, folder: Path | None = None) -> Iterator[AnnotatedPost]:
    """`count` annotated posts, the sets over again when they run out."""
    first_of: dict[str, str] = {}
    for number, row in enumerate(islice(mixed(folder or data_folder()), count)):
        yield _post(number, row, first_of)


def batches(count: int) -> Iterator[list[AnnotatedPost]]:
    """The same in lists as ingest writes them."""
    source = posts(count)
    while batch := list(islice(source, _BATCH)):
        yield batch


def bare(items: list[AnnotatedPost]) -> list[AnnotatedPost]:
    """The posts as workers have them: groups are not known yet."""
    return [replace(item, annotation=replace(item.annotation, duplicate_group=None)) for item in items]


def mixed(folder: Path) -> Iterator[Text]:
    """Rows of the sets without end, shuffled, `REPOSTS` of them reposts."""
    draw = random.Random(0)
    short, long = list(_reposts(folder)), [*reviews(folder), *_blogs(folder)]
    draw.shuffle(short)
    draw.shuffle(long)
    kinds = cycle(short), cycle(long)
    while True:
        yield next(kinds[draw.random() >= REPOSTS])


def _reposts(folder: Path) -> Iterator[Text]:
    decode = msgspec.json.Decoder(_Cascade).decode
    with lzma.open(folder / "ced_cascades" / "cascades.jsonl.xz") as lines:
        for row in map(decode, lines):
            yield Text(row.text, "weibo", datetime.fromtimestamp(row.time, UTC))
            for _, _, at, text in row.reposts:
                yield Text(text, "weibo", datetime.fromtimestamp(at, UTC))


def reviews(folder: Path) -> Iterator[Text]:
    """Every review of shops, hotels, meals and cars."""
    for name, platform in _REVIEWS.items():
        for row in table(folder / name):
            yield Text(row["text"], platform, None, row.get("brand"), row.get("series"), row.get("aspect"))


def _blogs(folder: Path) -> Iterator[Text]:
    for name in _BLOGS:
        for row in table(folder / name):
            yield Text(row["text"], "weibo")


def table(path: Path, column: str = "text") -> Iterator[dict[str, str]]:
    """The rows of a packed CSV file that have a text in this column."""
    opened = lzma.open if path.suffix == ".xz" else gzip.open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        yield from (row for row in csv.DictReader(file) if row[column])


def _post(number: int, row: Text, first_of: dict[str, str]) -> AnnotatedPost:
    draw = digest(f"{number}")
    account = f"{draw % 300_000:x}"
    post = Post(
        id=f"{row.platform}:{4_000_000_000_000_000 + number * 977}",
        platform=row.platform,
        kind=Kind.REPOST if row.at else Kind.POST,
        text=row.text,
        author=Author(id=f"{row.platform}:p-{account}", name=f"用户{account}", followers=draw % 5_000),
        published_at=row.at or _START + timedelta(seconds=draw % _SPAN_S),
        engagement=Engagement(reposts=draw % 7, comments=draw % 11, likes=draw % 1_009),
        media=("image",) if draw % 8 == 0 else (),
        region=("广东 深圳", "北京", "上海", "四川 成都", None)[draw % 5],
        url=f"https://{row.platform}.example/status/{number}",
        fetched_at=_START,
        run_id="run-1",
    )
    return AnnotatedPost(post=post, annotation=_annotation(row, post.id, draw, first_of))


def _annotation(row: Text, post_id: str, draw: int, first_of: dict[str, str]) -> Annotation:
    words = tuple(rjieba.cut(row.text))
    signed = len(row.text) > 8  # shorter ones have no signature
    group = first_of.setdefault(row.text, post_id) if signed else None
    label = _LABELS[draw % 3]
    opinion = AspectOpinion(
        aspect=row.aspect or "", target=None, polarity=label, confidence=0.9347, evidence=row.text[:6]
    )
    scores = {name: (draw >> 6 * at) % 997 / 6_000 for at, name in enumerate(_EMOTIONS)}
    return Annotation(
        words=words,
        keywords=tuple(sorted({word for word in words if len(word) > 1}, key=len)[-2:]),
        sentiment=Sentiment(label=label, score=0.7939, confidence=0.9418, evidence=words[:2]),
        emotion=Emotion(label=_EMOTIONS[draw % 6], scores=scores),
        aspects=(opinion,) if row.aspect else (),
        brands=(row.brand,) if row.brand else (),
        products=(row.product,) if row.product else (),
        lang="zh",
        voice=Voice.MARKETING if draw % 10 == 0 else Voice.ORGANIC,
        duplicate_group=group,
        signature=hashlib.shake_128(row.text.encode()).digest(128) if signed else None,
        models={"words": "rjieba", "language": "linear-1"},
    )
