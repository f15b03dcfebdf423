from __future__ import annotations

import hashlib
from collections import Counter

from core.models import Kind, Post
from replica.world.model import World


def by_id(world: World) -> dict[str, Post]:
    return {post.id: post for post in world.posts}


def test_what_an_old_board_shows_fits_its_charset(world: World) -> None:
    old = {forum.host for forum in world.forums if forum.charset == "gbk"}
    assert old == {"bbs.cheyou.example"}
    shown = [thread.title for thread in world.threads.values() if thread.host in old]
    for post in world.posts:
        if post.id.split(":")[1] in old:
            shown += [post.text, (post.author and post.author.name) or ""]
    assert len(shown) > 500
    for text in shown:
        assert text.encode("gbk").decode("gbk") == text
        assert text.encode("gb18030").decode("gb18030") == text


def test_every_floor_stands_in_its_thread(world: World) -> None:
    posts = by_id(world)
    boards = {(forum.host, board.number) for forum in world.forums for board in forum.boards}
    floors = 0
    for thread in world.threads.values():
        assert thread.id.endswith(f":t{thread.number}")
        assert (thread.host, thread.board) in boards
        assert thread.views > len(thread.post_ids)
        opening = posts[thread.post_ids[0]]
        assert opening.kind is Kind.THREAD
        assert opening.text.startswith(f"{thread.title}\n")
        assert opening.engagement.comments == len(thread.post_ids) - 1
        for floor, post_id in enumerate(thread.post_ids, 1):
            post = posts[post_id]
            assert (post.floor, post.thread_id, post.root_id) == (floor, thread.id, opening.id)
        floors += len(thread.post_ids)
    assert floors == sum(post.kind in (Kind.THREAD, Kind.REPLY) for post in world.posts)


def test_people_quote_and_quarrel(world: World) -> None:
    posts = by_id(world)
    replies = [post for post in world.posts if post.kind is Kind.REPLY]
    quoting = [post for post in replies if posts[post.parent_id or ""].kind is Kind.REPLY]
    assert 0.15 < len(quoting) / len(replies) < 0.45
    pairs = Counter(
        frozenset((post.author.id, posts[post.parent_id or ""].author.id))  # type: ignore[union-attr]
        for post in quoting
        if post.author
    )
    assert max(pairs.values()) >= 2


def test_articles_are_named_by_their_address(world: World) -> None:
    posts = by_id(world)
    assert set(world.articles) == {post.id for post in world.posts if post.kind is Kind.ARTICLE}
    for post_id, article in world.articles.items():
        post = posts[post_id]
        assert post.url is not None
        digest = hashlib.sha1(post.url.encode(), usedforsecurity=False).hexdigest()
        assert post_id == f"feed:{digest[:16]}"
        assert post.text == "\n".join((article.title, *article.body))
        assert post.url.startswith(f"https://{article.host}/")
    held = Counter(article.host for article in world.articles.values())
    assert set(held) == {site.host for site in world.sites}
    assert max(held.values()) <= 100  # what a feed lists
