"""What becomes of a post that is seen again.

- The record fetched later wins, field by field, unless it does not know the field.
- Of two texts where one is a cut of the other, the whole one stays, with what was read from it.
- The parent that is known with more confidence stays.
- An account known by its id stays beside a sighting without one: the two are not mixed, they may be two.
- The near-duplicate group stays while the text does.
- An edited text replaces the one before it; a post that was gone is back once it is seen later.
- Tags stay where whoever read the post anew did not ask the project's rules.

Merging the same record twice changes nothing, so ingest may be repeated. (Of a post told to be of one account, then of
another, and of the first again, what only its first sighting knew comes back with it.)
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from core.models import AnnotatedPost, Annotation, Author, Engagement, Post

_CUT = re.compile(r"(?:\s*(?:\.{3,}|…+|全文|展开))+\s*$")
_PROVENANCE = ("fetched_at", "run_id", "parser_version")
_COUNTERS = ("reposts", "comments", "likes", "views")
TAGGED = "tags"  # in `Annotation.models` where tag rules were asked, whatever they said


def merge(old: AnnotatedPost, new: AnnotatedPost) -> AnnotatedPost:
    """The record to keep of two of one id; of records fetched at once, `new` counts as the later."""
    newer, older = (new, old) if _not_before(new.post.fetched_at, old.post.fetched_at) else (old, new)
    text_from = _whole_text(newer, older)
    other = older if text_from is newer else newer
    parent_from = _surer_parent(newer.post, older.post)
    post = replace(
        _filled(newer.post, older.post),
        text=text_from.post.text,
        topics=text_from.post.topics or other.post.topics,
        mentions=text_from.post.mentions or other.post.mentions,
        urls=text_from.post.urls or other.post.urls,
        media=newer.post.media or older.post.media,
        parent_id=parent_from.parent_id,
        parent_confidence=parent_from.parent_confidence,
        author=_author(newer.post.author, older.post.author),
        engagement=_engagement(newer.post.engagement, older.post.engagement),
        **_standing(newer.post, older.post),
    )
    return AnnotatedPost(post=post, annotation=_annotation(old, new, text_from))


def changed(old: AnnotatedPost, merged: AnnotatedPost) -> bool:
    """Whether the post says something new; merely having been seen again does not count."""
    if old.annotation != merged.annotation:
        return True
    seen = {name: getattr(merged.post, name) for name in _PROVENANCE}
    return replace(old.post, **seen) != merged.post


def _not_before(a: datetime | None, b: datetime | None) -> bool:
    return b is None or (a is not None and a >= b)


def _filled(newer: Post, older: Post) -> Post:
    """`newer` with what only `older` knows."""
    gaps: dict[str, Any] = {
        name: getattr(older, name)
        for name in Post.__struct_fields__
        if getattr(newer, name) is None and getattr(older, name) is not None
    }
    return replace(newer, **gaps) if gaps else newer


def _whole_text(newer: AnnotatedPost, older: AnnotatedPost) -> AnnotatedPost:
    edited, before = newer.post.edited_at, older.post.edited_at
    if edited is not None and (before is None or edited > before):
        return newer
    if before is not None and edited != before and newer.post.fetched_at == older.post.fetched_at:
        return older  # of two seen at once, the edit is what came last
    stem, whole = (_CUT.sub("", item.post.text) for item in (newer, older))
    return older if len(whole) > len(stem) and whole.startswith(stem) else newer


def _standing(newer: Post, older: Post) -> dict[str, Any]:
    """Whether the post is gone: the later word of a tombstone and of having been seen."""
    marked = older if _not_before(older.gone_at, newer.gone_at) and older.gone_at else newer
    if _seen_since(marked, newer):
        return {"gone": None, "gone_at": None}
    other = older if marked is newer else newer
    # the site said more at another time, and the post was not seen again in between
    vague = marked.gone == "missing" and other.gone is not None and not _seen_since(other, newer)
    return {"gone": other.gone if vague else marked.gone, "gone_at": marked.gone_at}


def _seen_since(marked: Post, newer: Post) -> bool:
    return bool(marked.gone_at and newer.fetched_at and newer.fetched_at > marked.gone_at)


def _surer_parent(newer: Post, older: Post) -> Post:
    if newer.parent_id is None or older.parent_id is None:
        return older if newer.parent_id is None else newer
    return older if (older.parent_confidence or 0.0) > (newer.parent_confidence or 0.0) else newer


def _author(newer: Author | None, older: Author | None) -> Author | None:
    if newer is None or older is None:
        return newer or older
    if newer.id == older.id and (newer.id or newer.name == older.name):
        return profile(newer, older)
    return older if older.id and not newer.id else newer


def profile(newer: Author, older: Author) -> Author:
    """The account as `newer` knows it, with what only `older` knows."""
    gaps: dict[str, Any] = {
        name: getattr(older, name) for name in Author.__struct_fields__ if getattr(newer, name) is None
    }
    return replace(newer, **gaps)


def _engagement(newer: Engagement, older: Engagement) -> Engagement:
    """Counter by counter, each with its own cap."""
    gaps = [name for name in _COUNTERS if getattr(newer, name) is None and getattr(older, name) is not None]
    if not gaps:
        return newer
    values: dict[str, Any] = {name: getattr(older, name) for name in gaps}
    capped = {*newer.capped, *(name for name in older.capped if name in gaps)}
    return replace(newer, **values, capped=tuple(name for name in _COUNTERS if name in capped))


def _annotation(old: AnnotatedPost, new: AnnotatedPost, text_from: AnnotatedPost) -> Annotation:
    """The reading of the text that stays; of one text read twice, the later reading."""
    read, before = new.annotation, old.annotation
    if old.post.text != new.post.text:
        return text_from.annotation
    if before.duplicate_group is not None:
        read = replace(read, duplicate_group=before.duplicate_group)
    if TAGGED in before.models and TAGGED not in read.models:
        read = replace(read, tags=before.tags, models={**read.models, TAGGED: before.models[TAGGED]})
    return read
