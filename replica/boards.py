"""Threads and articles out of bare posts, for worlds that come from a file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from msgspec.structs import replace

from core.ids import post_id
from core.models import Author, Kind, Post
from replica.ties import native
from replica.world.model import Article, Board, Forum, Site, Thread

FORUM_PLATFORMS = ("discuz", "discourse")
_TITLE = 40  # characters of a title made of a text
_BOARD = Board(number=1, name="综合讨论", slug="general")
_NUMBER = re.compile(r":t(\d+)$")


def boards_of(posts: Sequence[Post]) -> tuple[tuple[Forum, ...], dict[str, Thread], list[Post]]:
    """Forums and threads of the forum posts, and all posts with ids that fit them."""
    groups: defaultdict[tuple[str, str, str], list[Post]] = defaultdict(list)
    others = []
    for post in posts:
        if post.platform in FORUM_PLATFORMS:
            key = post.thread_id or post.root_id or post.id
            groups[(post.platform, _host(post), key)].append(post)
        else:
            others.append(post)
    numbers = _Numbers(p for group in groups.values() for p in group)
    threads: dict[str, Thread] = {}
    placed: list[Post] = []
    for number, ((platform, host, key), group) in enumerate(groups.items(), 1):
        found = _NUMBER.search(key)
        thread, members = _thread(platform, host, int(found[1]) if found else number, group, numbers)
        threads[thread.id] = thread
        placed.extend(members)
    hosts = dict.fromkeys((platform, host) for platform, host, _ in groups)
    forums = tuple(Forum(host=h, platform=p, title=h, boards=(_BOARD,)) for p, h in hosts)
    return forums, threads, others + placed


class _Numbers:
    """Post and author numbers of forums: those there are stay, others get the next free ones."""

    def __init__(self, posts: Iterable[Post]) -> None:
        taken = [int(native(post.id)) for post in posts if native(post.id).isdecimal()]
        self._post = max(taken, default=1000)
        self._authors: dict[str, int] = {}

    def post(self, post: Post) -> int:
        if native(post.id).isdecimal():
            return int(native(post.id))
        self._post += 1
        return self._post

    def author(self, author: Author | None, platform: str, host: str) -> Author | None:
        if author is None or (author.id is None and author.name is None):
            return None
        known = author.id or author.name or ""
        if author.id is not None and native(author.id).isdecimal():
            return author
        number = self._authors.setdefault(known, 900_001 + len(self._authors))
        return replace(author, id=post_id(platform, host, number))


def _thread(
    platform: str, host: str, number: int, group: list[Post], numbers: _Numbers
) -> tuple[Thread, list[Post]]:
    """One thread and its posts, the opening first, floors counted anew."""
    ordered = sorted(group, key=lambda p: (p.kind is not Kind.THREAD, p.floor or 0, str(p.published_at)))
    ids = {post.id: post_id(platform, host, numbers.post(post)) for post in ordered}
    thread_id = post_id(platform, host, f"t{number}")
    opening = ids[ordered[0].id]
    members = [
        replace(
            post,
            id=ids[post.id],
            kind=Kind.THREAD if floor == 1 else Kind.REPLY,
            thread_id=thread_id,
            root_id=opening,
            parent_id=None if floor == 1 else ids.get(post.parent_id or "", opening),
            quoted_id=ids.get(post.quoted_id or ""),
            floor=floor,
            author=numbers.author(post.author, platform, host),
        )
        for floor, post in enumerate(ordered, 1)
    ]
    title = ordered[0].text.split("\n", maxsplit=1)[0][:_TITLE] or "无标题"
    if not members[0].text.startswith(title + "\n"):
        members[0] = replace(members[0], text=f"{title}\n{members[0].text}")
    posted = tuple(post.id for post in members)
    views = ordered[0].engagement.views or 0
    return Thread(
        id=thread_id, host=host, number=number, board=_BOARD.number, title=title, post_ids=posted, views=views
    ), members


def _host(post: Post) -> str:
    """``discuz:HOST:123`` names its host; else the url does."""
    parts = post.id.split(":")
    if len(parts) > 2:
        return parts[1]
    return urlsplit(post.url or "").netloc or f"{post.platform}.files.example"


def articles_of(posts: Sequence[Post]) -> tuple[tuple[Site, ...], dict[str, Article], list[Post]]:
    """Sites and articles of the feed posts; a post without a url gets one."""
    articles: dict[str, Article] = {}
    shown: list[Post] = []
    for post in posts:
        if post.platform != "feed":
            shown.append(post)
            continue
        url = post.url or f"https://news.files.example/{native(post.id)}.html"
        title, _, body = post.text.partition("\n")
        paragraphs = tuple(line for line in (body or title).split("\n") if line.strip())
        articles[post.id] = Article(
            post_id=post.id,
            host=urlsplit(url).netloc,
            title=title[:_TITLE],
            body=paragraphs,
            summary=paragraphs[0][:120] if paragraphs else title,
            tags=post.topics,
        )
        shown.append(replace(post, url=url))
    hosts = dict.fromkeys(article.host for article in articles.values())
    return tuple(Site(host=host, title=host) for host in hosts), articles, shown
