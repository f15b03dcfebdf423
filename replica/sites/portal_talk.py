"""What every portal's comment API shows: the comments under an article, and the fields they have in common."""

from __future__ import annotations

from collections.abc import Sequence

from core.models import Post
from replica.shelf import Shelf
from replica.sites.feed import BEIJING
from replica.ties import native, published


class Talk:
    """The comments of one article as they stand: all by time with the newest first, and who answers whom."""

    def __init__(self, shelf: Shelf, article_id: str) -> None:
        tops = list(shelf.listed(f"comments:{article_id}").posts)
        self.answers = {top.id: list(reversed(shelf.listed(f"answers:{top.id}").posts)) for top in tops}
        self.tops = tops
        below = [answer for answers in self.answers.values() for answer in answers]
        self.all = sorted([*tops, *below], key=lambda post: (published(post), post.id), reverse=True)
        self._by_id = {post.id: post for post in self.all}

    def above(self, post: Post) -> list[Post]:
        """The comments above one, the first asked first."""
        chain: list[Post] = []
        at = post
        while (parent := self._by_id.get(at.parent_id or "")) is not None:
            chain.append(parent)
            at = parent
        return chain[::-1]

    def parent(self, post: Post) -> Post | None:
        return self._by_id.get(post.parent_id or "")


def talk_of(shelf: Shelf, portal: str, key: str) -> Talk | None:
    article_id = f"portal:{portal}:{key}"
    return (
        shelf.kept(f"talk:{article_id}", lambda: Talk(shelf, article_id))
        if article_id in shelf.posts
        else None
    )


def number_of(post: Post) -> str:
    return native(post.id)[1:]


def uid_of(post: Post) -> str:
    return native(post.author.id) if post.author and post.author.id else "0"


def nick_of(post: Post) -> str:
    return (post.author and post.author.name) or ""


def place_of(post: Post) -> str:
    """广东某市 of 广东; abroad there are no towns."""
    return f"{post.region}某市" if post.region and post.region != "海外" else post.region or ""


def clock_of(post: Post) -> str:
    return f"{published(post).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def unix_of(post: Post) -> int:
    return int(published(post).timestamp())


def page_of(posts: Sequence[Post], page: int, size: int) -> list[Post]:
    return list(posts[max(page - 1, 0) * size : page * size]) if page > 0 else []
