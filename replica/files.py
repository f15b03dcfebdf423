"""Any file of posts as a world: what it lacks to be a site (ids, threads, titles) is made up."""

from __future__ import annotations

import hashlib
import lzma
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec.structs import replace

from core.errors import UsageError
from core.ids import mid_at, moment_of_mid, post_id
from core.models import Author, Post
from core.records import from_builtins
from replica.boards import articles_of, boards_of
from replica.ties import native
from replica.world.model import World

_FIRST_INVENTED = 9_900_000_000  # uids from here on are nobody's
_INVENTED = 100_000_000
_LATER = timedelta(minutes=5)  # between the last post and the moment the sites are looked at


def read_posts(path: Path) -> list[Post]:
    """The posts of a JSONL file in import format, also packed as ``.xz``; only `text` is required.

    Raises `UsageError` naming the line it cannot read.
    """
    with _open(path) as lines:
        return [_post(line, number, path) for number, line in enumerate(lines, 1) if line.strip()]


def _open(path: Path) -> IO[bytes]:
    try:
        return lzma.open(path) if path.suffix == ".xz" else path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error}); give a JSONL file of posts") from error


def _post(line: bytes, number: int, path: Path) -> Post:
    try:
        row: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
        row.setdefault("platform", "weibo")
        row.setdefault("kind", "post")
        row.setdefault("id", f"{row['platform']}:line{number}")
        row = {name: value for name, value in row.items() if value is not None}
        return from_builtins(row, Post)
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}, line {number}: not a post ({error}); `text` is required") from error


def world_from_posts(posts: Iterable[Post], *, now: datetime | None = None) -> World:
    """A world of those posts, seen at `now` (five minutes after the last of them by default).

    Weibo posts get a 16-digit mid and their authors a number where they have none; forum posts are
    gathered into threads by `thread_id`, articles by the host of their url.
    """
    given = list(posts)
    if now is None:
        times = [post.published_at for post in given if post.published_at]
        now = max(times, default=datetime(2026, 1, 1, tzinfo=UTC)) + _LATER
    numbered = _number([_timed(post, now) for post in given])
    forums, threads, numbered = boards_of(numbered)
    sites, articles, numbered = articles_of(numbered)
    numbered.sort(key=lambda post: post.published_at or now)
    return World(now=now, posts=numbered, forums=forums, threads=threads, sites=sites, articles=articles)


def _timed(post: Post, now: datetime) -> Post:
    if post.published_at is not None:
        return post
    return replace(post, published_at=moment_of_mid(native(post.id)) or now)


class Numbers:
    """Gives out mids, each once, and invented uids, the same for the same name."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._next: defaultdict[int, int] = defaultdict(int)
        self._uids: dict[str, int] = {}
        self._given: set[int] = set()

    def mid(self, at: datetime) -> str:
        """A mid of that second that nobody has."""
        second = int(at.timestamp())
        while True:
            mid = mid_at(at, self._next[second])
            self._next[second] += 1
            if mid not in self._taken:
                return mid

    def uid(self, name: str) -> int:
        """A uid that is nobody's, drawn from `name`; the next free one where two names meet."""
        found = self._uids.get(name)
        if found is None:
            digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
            offset = int.from_bytes(digest, "big") % _INVENTED
            while offset in self._given:
                offset = (offset + 1) % _INVENTED
            self._given.add(offset)
            found = self._uids[name] = _FIRST_INVENTED + offset
        return found


def _number(posts: Sequence[Post]) -> list[Post]:
    """The posts with ids the sites could have given out; references follow."""
    numbers = Numbers(native(post.id) for post in posts if post.platform == "weibo")
    renamed = dict(_renamed(posts, numbers))
    return [_with_ids(post, renamed, numbers) for post in posts]


def _renamed(posts: Sequence[Post], numbers: Numbers) -> Iterator[tuple[str, str]]:
    for post in posts:
        if post.platform == "weibo" and moment_of_mid(native(post.id)) is None:
            assert post.published_at is not None
            yield post.id, post_id("weibo", numbers.mid(post.published_at))


def _with_ids(post: Post, renamed: dict[str, str], numbers: Numbers) -> Post:
    if post.platform != "weibo":
        return post

    def known(reference: str | None) -> str | None:
        return renamed.get(reference, reference) if reference is not None else None

    return replace(
        post,
        id=renamed.get(post.id, post.id),
        root_id=known(post.root_id),
        parent_id=known(post.parent_id),
        quoted_id=known(post.quoted_id),
        author=_with_uid(post.author, numbers),
    )


def _with_uid(author: Author | None, numbers: Numbers) -> Author | None:
    if author is None or (author.id is None and author.name is None):
        return None
    if author.id is not None and native(author.id).isdecimal():
        return author
    return replace(author, id=post_id("weibo", numbers.uid(author.id or author.name or "")))
