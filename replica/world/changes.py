"""What happens to posts after they were written: some are edited, some go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from core.models import Kind, Post
from replica.world.model import Edit, Removal, World

_EDITED = (Kind.POST, Kind.THREAD, Kind.REPLY, Kind.ARTICLE)  # a repost's words stay in the chains below it
_REMOVED = (Kind.POST, Kind.REPOST, Kind.COMMENT, Kind.THREAD, Kind.REPLY, Kind.ARTICLE)
_BY = ("author", "site", "hidden")
_BY_SHARES = (60, 25, 15)
_SHORT = 8  # characters below which a text had more, above which it had less, before it was edited


def unsettle(world: World, *, edited: float = 0.02, removed: float = 0.03, seed: int | None = None) -> World:
    """The same world in which those shares of the posts are edited and removed before `world.now`.

    Edits come after minutes to a day, removals mostly within a day. The roots of the stories stay as they
    are. Drawn by `seed`, the world's own by default.
    """
    rng = Random(f"tingfeng changes {world.seed if seed is None else seed}")
    kept = {post_id for story in world.stories for post_id in (*story.root_ids, *story.post_ids)}
    edits: dict[str, tuple[Edit, ...]] = {}
    removals: dict[str, Removal] = {}
    for post in world.posts:
        if post.id in kept or post.published_at is None:
            continue
        if post.kind in _REMOVED and rng.random() < removed:
            at = _later(rng, post.published_at, median_h=8.0, spread=1.6)
            by = "author" if post.kind is Kind.COMMENT else rng.choices(_BY, _BY_SHARES)[0]
            if at < world.now:
                removals[post.id] = Removal(at=at, by=by)
        if post.kind in _EDITED and rng.random() < edited:
            at = _later(rng, post.published_at, median_h=1.0, spread=1.2)
            if at < world.now:
                edits[post.id] = (Edit(at=at, before=_draft(post)),)
    return replace(world, edits=edits, removals=removals)


def _later(rng: Random, moment: datetime, *, median_h: float, spread: float) -> datetime:
    seconds = max(60.0, rng.lognormvariate(0.0, spread) * median_h * 3600)
    return moment + timedelta(seconds=int(seconds))


def _draft(post: Post) -> str:
    """What a text said before: without its last part, or, where it is short, with one more word."""
    head, line, text = post.text.rpartition("\n")
    shorter = _without_end(text)
    return f"{head}{line}{shorter}" if shorter else f"{post.text}（待补充）"


def _without_end(text: str) -> str:
    if len(text) < _SHORT:
        return ""
    cut = max((text.rfind(mark, 0, len(text) - 1) for mark in "，。！？ "), default=-1)
    return text[: cut + 1].strip() if cut > 0 else ""
