"""What both stores filter, sort and count by, read off an annotated post in one place.

One table feeds SQLite's columns, the Elasticsearch mapping, the reference evaluator and the docs: a field
added here is known to all of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from core.models import AnnotatedPost, Engagement, Post
from index.query.fields import author_keys, plain_key, topic_keys
from index.tokens import canonical, is_punctuation

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
YEARS = range(1900, 2200)  # a time outside them was misread; it counts as unknown


@dataclass(frozen=True, slots=True)
class Keyword:
    """A field of values that are equal or not.

    `many`: a post may have several. Not `counted`: posts are found by it, but results are not counted by it.
    """

    read: Callable[[AnnotatedPost], tuple[str, ...]]
    many: bool = False
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Number:
    """A field of whole numbers, None where unknown."""

    read: Callable[[AnnotatedPost], int | None]


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _account(item: AnnotatedPost) -> tuple[str, ...]:
    """Who wrote it, once: the id, else the name."""
    author = item.post.author
    return () if author is None else _one(author.id or author.name)


def _verified(item: AnnotatedPost) -> tuple[str, ...]:
    """Weibo's codes by kind: 0 persons, 1 to 8 organisations, 200 and 220 达人, who are not verified."""
    author = item.post.author
    code = None if author is None else author.verified_type
    if code is None:
        return ()
    if code == 0:
        return "yes", "person"
    return ("yes", "organisation") if 1 <= code <= 8 else ("no", "expert") if code in (200, 220) else ("no",)


def _region(item: AnnotatedPost) -> tuple[str, ...]:
    """The place as written and each of its parts: 广东 深圳 is 广东, too."""
    whole = plain_key(item.post.region or "")
    return tuple(dict.fromkeys((whole, *whole.split()))) if whole else ()


@lru_cache(maxsize=1 << 12)
def _host(origin: str) -> str:
    return (urlsplit(origin).hostname or "").removeprefix("www.")


_ORIGIN = re.compile(r"https?://[^/?#\s]+")


def _source(item: AnnotatedPost) -> tuple[str, ...]:
    """The host the post stands on."""
    found = _ORIGIN.match(item.post.url or "")
    return _one(_host(found[0])) if found else ()


def _aspect(item: AnnotatedPost) -> tuple[str, ...]:
    """Each aspect by itself and with its polarity: 刹车, 刹车:negative."""
    keys: dict[str, None] = {}
    for opinion in item.annotation.aspects:
        aspect = plain_key(opinion.aspect)
        keys |= {aspect: None, f"{aspect}:{opinion.polarity}": None}
    return tuple(keys)


def _has(item: AnnotatedPost) -> tuple[str, ...]:
    post = item.post
    edited = post.edited_at is not None or bool(post.edits)
    if not (post.media or post.urls or post.topics or post.mentions or edited):
        return ()
    told = {"link": post.urls, "topic": post.topics, "mention": post.mentions, "edit": edited}
    return tuple(dict.fromkeys((*post.media, *(name for name, there in told.items() if there))))


def _language(item: AnnotatedPost) -> tuple[str, ...]:
    """As it was read; read now where the record is older than that. What is Chinese of any kind is zh, too."""
    return _tags(item.annotation.lang or _language_of(item.post.text))


@lru_cache(maxsize=1 << 8)
def _tags(found: str) -> tuple[str, ...]:
    return ("zh", found.lower()) if found in ("zh-Hant", "yue") else (found,)


def _language_of(text: str) -> str:
    from nlp.language import language  # loads tables that only old records want

    return language(text)


def group(item: AnnotatedPost) -> str:
    """The near-duplicate group: the id of its first post, a post's own where it has none."""
    return item.annotation.duplicate_group or item.post.id


KEYWORDS: dict[str, Keyword] = {
    "platform": Keyword(lambda item: _one(plain_key(item.post.platform))),
    "kind": Keyword(lambda item: (item.post.kind.value,)),
    "source": Keyword(_source),
    "account": Keyword(_account),  # one value a post, to count authors by
    "author": Keyword(
        lambda item: author_keys(item.post), many=True, counted=False
    ),  # id and name, to find them
    "verified": Keyword(_verified, many=True),
    "region": Keyword(_region, many=True),
    "client": Keyword(lambda item: _one(plain_key(item.post.client or ""))),
    "brand": Keyword(lambda item: item.annotation.brands, many=True),
    "product": Keyword(lambda item: item.annotation.products, many=True),
    "aspect": Keyword(_aspect, many=True),
    "sentiment": Keyword(lambda item: _one(s.label if (s := item.annotation.sentiment) else None)),
    "emotion": Keyword(lambda item: _one(e.label if (e := item.annotation.emotion) else None)),
    "intent": Keyword(lambda item: _one(item.annotation.intent)),
    "voice": Keyword(lambda item: _one(v.value if (v := item.annotation.voice) else None)),
    "topic": Keyword(lambda item: topic_keys(item.post), many=True),
    "keyword": Keyword(lambda item: _keywords(item), many=True),
    "lang": Keyword(_language, many=True),
    "has": Keyword(_has, many=True),
    "gone": Keyword(lambda item: ("yes", item.post.gone) if item.post.gone else (), many=True),
    "tag": Keyword(lambda item: item.annotation.tags, many=True),
}
FACETS = tuple(name for name, keyword in KEYWORDS.items() if keyword.counted)
# Ids are looked up, never counted: SQLite keeps a hash of them.
IDS: dict[str, Callable[[AnnotatedPost], str | None]] = {
    "id": lambda item: item.post.id,
    "root": lambda item: item.post.root_id,
    "thread": lambda item: item.post.thread_id,
    "duplicate": group,
}
NUMBERS: dict[str, Number] = {
    "followers": Number(lambda item: item.post.author.followers if item.post.author else None),
    "reposts": Number(lambda item: item.post.engagement.reposts),
    "comments": Number(lambda item: item.post.engagement.comments),
    "likes": Number(lambda item: item.post.engagement.likes),
    "views": Number(lambda item: item.post.engagement.views),
    "engagement": Number(lambda item: total(item.post.engagement)),
}


def _keywords(item: AnnotatedPost) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_keyword, item.annotation.keywords))))


@lru_cache(maxsize=1 << 16)
def _keyword(word: str) -> str:
    """A word in the form in which it is compared, nothing of punctuation."""
    key = canonical(word)
    return "" if is_punctuation(key) else key


def at_of(post: Post) -> int | None:
    """When it was published, in microseconds since 1970, so that both stores break ties alike."""
    at = post.published_at
    return None if at is None or at.year not in YEARS else micros(at)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // _MICROSECOND


def total(engagement: Engagement) -> int:
    """Reposts, comments and likes together, unknown counted as 0."""
    return (engagement.reposts or 0) + (engagement.comments or 0) + (engagement.likes or 0)


def tie(post_id: str) -> int:
    """What breaks ties between posts of one moment: a number from 0 to 2**63 - 1.

    Numbers given by a site grow with time, so of two ids in digits the smaller comes first; its low ten
    bits, and the whole of any other id's, are a hash.
    """
    native = post_id.rpartition(":")[2]
    hashed = digest(post_id)
    if native.isascii() and native.isdigit() and len(native) < 17 and (number := int(native)) < 1 << 53:
        return number << 10 | hashed & 1023
    return hashed


@lru_cache(maxsize=1 << 14)
def digest(text: str) -> int:
    """63 bits of a hash that is the same everywhere."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") >> 1


def brevity(length: int) -> int:
    """How much one mention weighs in a text of so many characters, from 1 to 20.

    BM25's saturation for a word that occurs once, (k1 + 1) / (1 + k1 (1 - b + b length / mean)), in
    sixteenths, with k1 = 0.9, b = 0.4 and a mean of 80 characters (Robertson & Zaragoza 2009).
    """
    return max(1, round(16 * 1.9 / (1 + 0.9 * (0.6 + 0.4 * length / 80))))
