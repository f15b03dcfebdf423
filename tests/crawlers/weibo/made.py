"""What of the small world is on Weibo, and a crowd that writes about one thing."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.ids import mid_at
from core.models import Author, Kind, Post
from replica.world.model import Account, World
from tests.sites import MAKER, NOW, STAR, small_world

WORLD = small_world()
WEIBO = [post for post in WORLD.posts if post.platform == "weibo"]
ROOT = next(post for post in WEIBO if post.kind is Kind.POST and post.author == MAKER)
MID = ROOT.id.removeprefix("weibo:")
REPOSTS = {post.id: post for post in WEIBO if post.kind is Kind.REPOST}
COMMENTS = {post.id: post for post in WEIBO if post.kind is Kind.COMMENT}
TARTS = {post.id: post for post in WEIBO if "蛋挞" in post.text}
STARS = {post.id: post for post in WEIBO if post.author == STAR}


def crowd(hits: dict[str, int], *, since: datetime, span: timedelta) -> World:
    """A world whose authors at these places wrote so many posts about 桂花 each, evenly over the span."""
    posts: list[Post] = []
    accounts = {}
    for number, (place, count) in enumerate(hits.items()):
        author = Author(id=f"weibo:99000009{number:02d}", name=f"闻香{number}", followers=100)
        accounts[author.id or ""] = Account(author=author, location=place)
        for at in range(count):
            moment = since + span * (at + 0.5) / count
            posts.append(
                Post(
                    id=f"weibo:{mid_at(moment, number * 10_000 + at)}",
                    platform="weibo",
                    kind=Kind.POST,
                    text=f"桂花开了 {place} {at}",
                    author=author,
                    published_at=moment.replace(microsecond=0),
                )
            )
    posts.sort(key=lambda post: (post.published_at or NOW, post.id))
    return World(now=NOW, posts=posts, accounts=accounts)
