"""What one batch means for a store: the same merging for both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.models import AnnotatedPost, Author, Coverage, Engagement
from index.store.arrived import known
from index.store.merge import changed, merge, profile

_NOTHING = Engagement()
SURE_NATIVE = 5  # characters from which the bare number of an account is told from other numbers


@dataclass(slots=True)
class Plan:
    """`new` and `known` are whole records to write, by id; `changed` of the known say something else."""

    new: dict[str, AnnotatedPost] = field(default_factory=dict)
    known: dict[str, AnnotatedPost] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)


def plan(posts: Iterable[AnnotatedPost], stored: Mapping[str, AnnotatedPost]) -> Plan:
    """What to write so that `posts`, one after the other, are merged into what is `stored` of them."""
    result = Plan()
    for item in posts:
        post_id = item.post.id
        if post_id in stored:
            result.known[post_id] = merge(result.known.get(post_id, stored[post_id]), item)
        else:
            before = result.new.get(post_id)
            result.new[post_id] = item if before is None else merge(before, item)
    result.known = {key: item for key, item in result.known.items() if item != stored[key]}
    result.changed = {key for key, item in result.known.items() if changed(stored[key], item)}
    return result


def snapshots(posts: Iterable[AnnotatedPost]) -> dict[tuple[str, datetime], Engagement]:
    """The counters each post was seen with, by id and time; nothing where time or counters are unknown."""
    found: dict[tuple[str, datetime], Engagement] = {}
    for item in posts:
        post = item.post
        if post.fetched_at is not None and post.engagement != _NOTHING:
            found[post.id, post.fetched_at] = post.engagement
    return found


def founders(posts: Iterable[AnnotatedPost]) -> dict[str, bytes]:
    """The near-duplicate groups that begin in a batch, with the signatures they begin with."""
    found: dict[str, bytes] = {}
    for post_id, group, signature in known(posts):
        if group == post_id and signature is not None:
            found.setdefault(post_id, signature)
    return found


def profiles(posts: Iterable[AnnotatedPost], authors: Iterable[Author]) -> dict[str, Author]:
    """The accounts a batch tells of, by id; later ones know better."""
    found: dict[str, Author] = {}
    seen = (item.post.author for item in posts)
    for author in (*seen, *authors):
        if author is not None and author.id is not None:
            known = found.get(author.id)
            found[author.id] = author if known is None else profile(author, known)
    return found


def naming(slices: Iterable[Coverage], accounts: Iterable[str]) -> list[Coverage]:
    """The slices that name one of these accounts, by the number or pseudonym the site or we gave it."""
    natives = [native for key in accounts if len(native := key.rpartition(":")[2]) >= SURE_NATIVE]
    return [one for one in slices if any(native in one.slice for native in natives)]
