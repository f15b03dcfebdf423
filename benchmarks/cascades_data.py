"""Real cascades (CED: Song et al. 2018, thunlp/Chinese_Rumor_Dataset) as posts Weibo could have shown.

Texts, times and trees are the set's own. Uids and nicknames are invented from its uids, the same each
time; nobody's own appear.
"""

from __future__ import annotations

import hashlib
import lzma
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from core.errors import UsageError
from core.ids import post_id
from core.models import Author, Engagement, Kind, Post
from replica.files import Numbers, world_from_posts
from replica.world.model import World

_FILE = Path("ced_cascades") / "cascades.jsonl.xz"
_WORDS = [
    "晨雾",
    "听雨",
    "山栀",
    "半夏",
    "青柠",
    "南风",
    "拾光",
    "云川",
    "木槿",
    "星河",
    "白桦",
    "浅夏",
    "松间",
    "麦田",
    "渡口",
    "长安",
    "秋水",
    "鹿鸣",
    "石榴",
    "远帆",
    "橘子",
    "北岸",
    "暮雪",
    "竹里",
    "小满",
    "蓝调",
    "沉香",
    "七月",
    "海盐",
    "归鸟",
    "夜航",
    "微澜",
]
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_JOINTS = ("", "", "_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """One real tree: the root first, then reposts by time; parents are truth."""

    root: Post
    reposts: tuple[Post, ...]
    label: str  # rumor, non-rumor
    odd: int  # reposts whose parent is later than they are; the set has them, they are kept

    @property
    def posts(self) -> tuple[Post, ...]:
        return (self.root, *self.reposts)


def data_folder() -> Path:
    """The folder of the real data: ``TINGFENG_DATA``, else ``../shared/data``.

    Raises `UsageError` when it is not there.
    """
    folder = Path(os.environ.get("TINGFENG_DATA") or Path("..") / "shared" / "data")
    if not folder.is_dir():
        raise UsageError(f"no data folder at {folder}; set TINGFENG_DATA to the folder of the real data")
    return folder


def read_cascades(
    count: int, *, least: int = 10, most: int = 3000, seed: int = 0, folder: Path | None = None
) -> list[Cascade]:
    """`count` cascades with `least` to `most` reposts, drawn by `seed`; fewer when there are not as many.

    Raises `UsageError` when the set is not there.
    """
    rows = [row for row in _rows(folder or data_folder()) if least <= len(row["reposts"]) <= most]
    rows.sort(key=lambda row: hashlib.blake2b(f"{seed}:{row['id']}".encode()).digest())
    numbers = Numbers()
    return [_cascade(row, numbers) for row in rows[:count]]


def cascade_world(cascades: Iterable[Cascade]) -> World:
    """A world that holds those cascades and nothing else."""
    return world_from_posts(post for cascade in cascades for post in cascade.posts)


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    path = folder / _FILE
    if not path.is_file():
        raise UsageError(f"no cascades at {path}; set TINGFENG_DATA to the folder that holds {_FILE.parent}")
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    with lzma.open(path) as lines:
        for line in lines:
            yield decode(line)


def _cascade(row: dict[str, Any], numbers: Numbers) -> Cascade:
    at = _moment(row["time"])
    root = Post(
        id=post_id("weibo", numbers.mid(at)),
        platform="weibo",
        kind=Kind.POST,
        text=row["text"],
        author=_author(row["uid"], numbers, row.get("user")),
        published_at=at,
        engagement=Engagement(
            reposts=row["reposts_count"], comments=row["comments_count"], likes=row["likes_count"]
        ),
        client=row.get("source") or None,
        media=("image",) if row.get("pics") else (),
    )
    ids = [post_id("weibo", numbers.mid(_moment(time))) for _, _, time, _ in row["reposts"]]
    reposts = tuple(
        Post(
            id=ids[number],
            platform="weibo",
            kind=Kind.REPOST,
            text=text,
            author=_author(uid, numbers),
            published_at=_moment(time),
            root_id=root.id,
            parent_id=root.id if parent < 0 else ids[parent],
            parent_confidence=1.0,
        )
        for number, (uid, parent, time, text) in enumerate(row["reposts"])
    )
    times = [time for _, _, time, _ in row["reposts"]]
    odd = sum(p >= 0 and (p >= n or times[p] > times[n]) for n, (_, p, _, _) in enumerate(row["reposts"]))
    return Cascade(root=root, reposts=reposts, label=row["label"], odd=odd)


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _author(uid: str | int, numbers: Numbers, user: dict[str, Any] | None = None) -> Author:
    number = numbers.uid(str(uid))
    profile = user or {}
    return Author(
        id=post_id("weibo", number),
        name=nickname(number),
        followers=profile.get("followers"),
        verified_type=profile.get("verified_type"),
    )


def nickname(number: int) -> str:
    """An invented nickname that is this number's alone: two words and the number in base 36."""
    digits = ""
    rest = number % 100_000_000
    while rest:
        rest, digit = divmod(rest, 36)
        digits = _DIGITS[digit] + digits
    joint = _JOINTS[number % 4]
    return f"{_WORDS[number % 32]}{joint}{digits or '0'}"
