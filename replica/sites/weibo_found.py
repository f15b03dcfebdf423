"""What a Weibo search finds: all its words in the shown text, newest first, cut down by the filters."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zlib import crc32

from core.models import Kind, Post
from replica.shelf import WRITTEN, Listed
from replica.sites.weibo_status import Statuses

_KEPT = 64  # searches whose results stay at hand

PROVINCES = {
    11: "北京", 12: "天津", 13: "河北", 14: "山西", 15: "内蒙古", 21: "辽宁", 22: "吉林", 23: "黑龙江",
    31: "上海", 32: "江苏", 33: "浙江", 34: "安徽", 35: "福建", 36: "江西", 37: "山东", 41: "河南",
    42: "湖北", 43: "湖南", 44: "广东", 45: "广西", 46: "海南", 50: "重庆", 51: "四川", 52: "贵州",
    53: "云南", 54: "西藏", 61: "陕西", 62: "甘肃", 63: "青海", 64: "宁夏", 65: "新疆", 71: "台湾",
    81: "香港", 82: "澳门", 100: "其他", 400: "海外",
}  # fmt: skip
_CITIES = {"广州": 1, "深圳": 3, "浦东新区": 15, "浦东": 15, "徐汇区": 4, "黄浦区": 1, "海淀区": 8}


def city_number(location: str | None) -> int | None:
    """The number of the city a profile names, within its province; the well-known ones are Weibo's own."""
    _, _, city = (location or "").partition(" ")
    return (_CITIES.get(city) or 1 + crc32(city.encode()) % 9) if city else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One search. `omitted` is the share of similar posts left out, drawn by `seed`."""

    words: str
    since: datetime | None = None
    until: datetime | None = None
    original: bool = False
    hot: bool = False
    media: str | None = None  # image, video
    links: bool = False
    province: str | None = None
    city: int | None = None
    omitted: float = 0.0
    seed: int = 0

    @property
    def terms(self) -> list[str]:
        return self.words.split()


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
        if self._shelf.history.world.edits:  # a word may have been edited in or out
            terms = [term.lower() for term in wanted.terms]
            texts = ((post, self._statuses.chains.text(post).lower()) for post in found)
            posts = [post for post, text in texts if all(term in text for term in terms)]
        if wanted.hot:
            return sorted(posts, key=self._heat, reverse=True)
        return posts

    def _matching(self, wanted: Wanted) -> Listed:
        listed = self._lists.get(wanted)
        if listed is None:
            matching = {post.id: post for text, post in self._all() if self._matches(wanted, text, post)}
            listed = Listed(self._shelf, matching.values())
            self._lists[wanted] = listed
            if len(self._lists) > _KEPT:
                self._lists.popitem(last=False)
        else:
            self._lists.move_to_end(wanted)
        return listed

    def _all(self) -> list[tuple[str, Post]]:
        """Every post in every wording it ever had, whatever the moment."""
        if self._texts is None:
            world = self._shelf.history.world
            written = [p for p in world.posts if p.platform == "weibo" and p.kind in WRITTEN]
            self._texts = [(self._statuses.chains.text(post).lower(), post) for post in written]
            for post in written:
                for edit in world.edits.get(post.id, ()):
                    self._texts.append((edit.before.lower(), post))
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
