"""What a crawl could have reached in a world, what was public when, and how much of what came is right."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from core.models import Kind, Post
from core.project import SourceUse
from core.texts import fold
from replica.history import History
from replica.ties import published
from replica.world.model import World


def public(history: History, at: datetime) -> dict[str, Post]:
    """By id, every post anybody could read at a moment, in the words and with the counts of that moment."""
    return {post.id: post for post in history.public(at)}


def appeared(history: History, since: datetime, until: datetime) -> dict[str, Post]:
    """By id, every post that could be read at some moment from `since` up to and without `until`, as written last."""
    found = {}
    for post in history.posts.values():
        gone = history.gone_at(post)
        if published(post) < until and (gone is None or gone > max(since, published(post))):
            found[post.id] = post
    return found


def asked(use: SourceUse) -> str:
    """What a source of the project was told to collect, in a few words."""
    return ", ".join(f"{name}={value}" for name, value in use.arguments.items())


def reachable(world: World, use: SourceUse) -> set[str]:
    """Ids of the world's posts that these arguments can lead to.

    Weibo: posts that hold a searched phrase, their roots, and everything below those. Portals: all of those
    whose lists are asked for. WeChat: the accounts that are asked for. Others: all of the host, or of the one
    site there is.
    """
    if use.name == "weibo":
        return _weibo(world, str(use.arguments.get("search", "")).split(";"))
    if use.name == "portal":
        names = {part.strip().partition(":")[0] for part in str(use.arguments.get("lists", "")).split(";")}
        return {
            post.id for post in world.posts if post.platform == "portal" and post.id.split(":")[1] in names
        }
    if use.name == "wechat":
        wanted = str(use.arguments.get("accounts", "all")).split(";")
        official = [one.number for one in world.official if one.number in wanted or wanted == ["all"]]
        hosts = {f"mp.weixin.qq.com/{number}" for number in official}
        return {post_id for post_id, article in world.articles.items() if article.host in hosts}
    host = urlsplit(str(use.arguments.get("url", ""))).hostname or ""
    if use.name == "feed":
        return {post_id for post_id, article in world.articles.items() if article.host == host}
    # a platform of one site has no host in its ids
    prefix = f"{use.name}:{host}:" if host else f"{use.name}:"
    return {post.id for post in world.posts if post.id.startswith(prefix)}


def _weibo(world: World, phrases: Iterable[str]) -> set[str]:
    wanted = [fold(phrase.strip()) for phrase in phrases if phrase.strip()]
    posts = [post for post in world.posts if post.platform == "weibo"]
    roots = {
        post.root_id or post.id
        for post in posts
        if post.kind is not Kind.COMMENT and any(phrase in fold(post.text) for phrase in wanted)
    }
    return {post.id for post in posts if (post.root_id or post.id) in roots}


def edges(world: World, collected: Iterable[Post]) -> tuple[int, int]:
    """(right, observed): reposts whose parent the site named, and how many of those name the true one."""
    truth = {post.id: post.parent_id for post in world.posts}
    right = observed = 0
    for post in collected:
        if post.kind is Kind.REPOST and post.parent_id and post.id in truth:
            observed += 1
            right += truth[post.id] == post.parent_id
    return right, observed
