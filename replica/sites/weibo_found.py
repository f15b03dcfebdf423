"""What a Weibo search finds: all its words in the shown text, newest first, cut down by the filters."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from core.models import Kind, Post
from replica.lists import Listed
from replica.provinces import PROVINCES, city_number
from replica.search import Wanted
from replica.sites.weibo_status import Statuses

_KEPT = 64  # searches whose results stay at hand


class Found:
    """The results of searches; those of the last few stay at hand, since pages come one by one."""

    def __init__(self, statuses: Statuses) -> None:
        self._statuses = statuses
        self._shelf = statuses.shelf
        self._lists: OrderedDict[Wanted, Listed] = OrderedDict()
        self._texts: list[tuple[str, Post]] | None = None

    def posts(self, wanted: Wanted) -> Sequence[Post]:
        """Posts and reposts that match, the newest first, or the most engaged first when `hot`."""
        found = self._matching(replace(wanted, since=None, until=None)).between(wanted.since, wanted.until)
        posts: Sequence[Post] = found
        if self._shelf.edited:  # a word may have been edited in or out
            terms = [term.lower() for term in wanted.terms]
            texts = ((post, self._statuses.chains.text(post).lower()) for post in found)
            posts = [post for post, text in texts if all(term in text for term in terms)]
        if wanted.hot:
            return sorted(posts, key=self._heat, reverse=True)
        return posts

    def _matching(self, wanted: Wanted) -> Listed:
        listed = self._lists.get(wanted)
        if listed is None:
            listed = self._shelf.find(wanted) or self._read(wanted)
            self._lists[wanted] = listed
            if len(self._lists) > _KEPT:
                self._lists.popitem(last=False)
        else:
            self._lists.move_to_end(wanted)
        return listed

    def _read(self, wanted: Wanted) -> Listed:
        matching = {post.id: post for text, post in self._all() if self._matches(wanted, text, post)}
        return Listed(self._shelf, matching.values())

    def _all(self) -> list[tuple[str, Post]]:
        """Every post in every wording it ever had, whatever the moment."""
        if self._texts is None:
            posts = self._shelf.listed("weibo").all
            self._texts = [(self._statuses.chains.text(post).lower(), post) for post in posts]
            self._texts += [(text.lower(), post) for text, post in self._shelf.wordings()]
        return self._texts

    def _matches(self, wanted: Wanted, text: str, post: Post) -> bool:
        if not all(term.lower() in text for term in wanted.terms):
            return False
        if wanted.original and post.kind is Kind.REPOST:
            return False
        if wanted.media and wanted.media not in post.media:
            return False
        if wanted.links and not (post.urls or "http" in text):
            return False
        if wanted.province and self._province(post) != wanted.province:
            return False
        if wanted.city is not None and city_number(self._location(post)) != wanted.city:
            return False
        return not (wanted.omitted and _drawn(post.id, wanted.seed) < wanted.omitted)

    def _province(self, post: Post) -> str:
        """Of the author's profile, not of the address a post was sent from."""
        first = self._location(post).split()
        return first[0] if first and first[0] in PROVINCES.values() else "其他"

    def _location(self, post: Post) -> str:
        account = self._shelf.accounts.get((post.author and post.author.id) or "")
        return (account.location or "") if account else ""

    def _heat(self, post: Post) -> int:
        counts = self._statuses.counts(post)
        return counts.reposts + counts.comments + counts.likes


def _drawn(post_id: str, seed: int) -> float:
    digest = hashlib.blake2b(f"{seed}:similar:{post_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
