"""What every portal's comment API shows: the comments under an article, and the fields they have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.models import Post
from replica.shelf import Shelf
from replica.sites.feed import BEIJING
from replica.ties import native, published


class Talk:
    """The comments of one article as they stand: all by time with the newest first, and who answers whom."""

    def __init__(
        self, tops: Sequence[Post] = (), answers: Mapping[str, Sequence[Post]] | None = None
    ) -> None:
        self.tops = tops
        self.answers = answers or {}
        below = [answer for row in self.answers.values() for answer in row]
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


NOTHING = Talk()


def talk_of(shelf: Shelf, portal: str, key: str) -> Talk | None:
    """The comments of an article; None where there is no such article."""
    article_id = f"portal:{portal}:{key}"

    def read() -> Talk:
        tops = list(shelf.listed(f"comments:{article_id}").posts)
        return Talk(tops, {top.id: [*shelf.listed(f"answers:{top.id}").posts][::-1] for top in tops})

    return shelf.kept(f"talk:{article_id}", read) if article_id in shelf.posts else None


def number_of(post: Post | None) -> str:
    return native(post.id)[1:] if post else "0"


def uid_of(post: Post) -> str:
    return native(post.author.id) if post.author and post.author.id else "0"


def nick_of(post: Post | None) -> str:
    return (post and post.author and post.author.name) or ""


def likes_of(post: Post) -> int:
    return post.engagement.likes or 0


def place_of(post: Post) -> str:
    """广东某市 of 广东; abroad there are no towns."""
    return f"{post.region}某市" if post.region and post.region != "海外" else post.region or ""


def clock_of(post: Post) -> str:
    return f"{published(post).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def unix_of(post: Post) -> int:
    return int(published(post).timestamp())


def page_of(posts: Sequence[Post], page: int, size: int) -> list[Post]:
    return list(posts[max(page - 1, 0) * size : page * size]) if page > 0 else []
