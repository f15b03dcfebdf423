"""Records as they lie in ``post.body``: MessagePack packed by zstd, to a fifth of its size.

Most of a record is field names, so a record that has them all is given to zstd as a dictionary. It lies in
the database, because without it nothing could be read. The near-duplicate group lies beside the record, in
``post.origin``: records are packed before it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import zstandard
from msgspec.structs import force_setattr, replace

from core.models import AnnotatedPost, Annotation, Author, Emotion, Engagement, Kind, Post, Sentiment
from core.records import from_json

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AnnotatedPost).decode
_LARGEST = 64 * 1024 * 1024  # bytes; a record that claims more is damaged


def dictionary() -> bytes:
    """What records have in common, for a new database."""
    at = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    post = Post(
        id="weibo:5100000000000001",
        platform="weibo",
        kind=Kind.REPOST,
        text="//@",
        author=Author(id="weibo:p-0123456789abcdef", name="用户01234567", followers=100, public=False),
        published_at=at,
        engagement=Engagement(reposts=0, comments=0, likes=0),
        url="https://m.weibo.cn/status/",
        fetched_at=at,
    )
    emotion = dict.fromkeys(("angry", "fear", "happy", "neutral", "sad", "surprise"), 0.0123)
    annotation = Annotation(
        words=("的", ",", "了", "。", "是", "我"),
        sentiment=Sentiment(label="positive", score=0.9, confidence=0.9),
        emotion=Emotion(label="happy", scores=emotion),
        models={"engine": "rjieba", "general": "linear-1"},
    )
    plain = AnnotatedPost(post=Post(id="", platform="", kind=Kind.POST, text=""), annotation=Annotation())
    return _encode(plain) + _encode(AnnotatedPost(post=post, annotation=annotation))


class Bodies:
    """Packs and unpacks with one dictionary; not to be shared between threads."""

    def __init__(self, common: bytes) -> None:
        self.common = common
        known = zstandard.ZstdCompressionDict(common, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        self._packing = zstandard.ZstdCompressor(level=-1, dict_data=known)  # half the time of 1, as small
        self._unpacking = zstandard.ZstdDecompressor(dict_data=known)

    def pack(self, item: AnnotatedPost) -> bytes:
        """The record without its group."""
        if item.annotation.duplicate_group is not None:
            item = replace(item, annotation=replace(item.annotation, duplicate_group=None))
        return self._packing.compress(_encode(item))

    def unpack(self, body: bytes, origin: str | None) -> AnnotatedPost:
        """The record in its group; raises `zstandard.ZstdError` or `msgspec.DecodeError` when it is damaged."""
        item = _decode(self._unpacking.decompress(body, max_output_size=_LARGEST))
        if origin is not None:  # nobody else has this record yet; copying it would take as long as reading it
            force_setattr(item.annotation, "duplicate_group", origin or item.post.id)
        return item

    def unpack_json(self, body: bytes, _: str | None) -> AnnotatedPost:
        """The record as versions before 300 packed it."""
        return from_json(self._unpacking.decompress(body, max_output_size=_LARGEST), AnnotatedPost)


def origin_of(post_id: str, group: str | None) -> str | None:
    """A group as ``post.origin`` holds it: empty where the post began it itself, None where there is none."""
    return "" if group == post_id else group


def origins(ids: Sequence[str], groups: Sequence[str | None]) -> list[str | None]:
    """The same of many posts."""
    return ["" if group == post_id else group for post_id, group in zip(ids, groups, strict=True)]
