from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from core.models import Kind
from replica.world.model import World
from replica.world.people import characters

DENIED = tomllib.loads(Path(__file__).with_name("denylist.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def strings(world: World) -> str:
    """Everything that can be read in the world, a line each."""
    found = {post.text for post in world.posts} | {entry.title for entry in world.hot}
    for account in world.accounts.values():
        found |= {account.author.name or "", account.description, account.verified_reason or ""}
    for article in world.articles.values():
        found |= {article.title, *article.body, *article.tags}
    for story in world.stories:
        found |= {story.title.zh, story.what.zh, story.ask.zh}
    found |= {post.client or "" for post in world.posts}
    found |= {post.author.name or "" for post in world.posts if post.author}
    return "\n".join(sorted(found))


def test_there_are_many_named_people() -> None:
    rows = [row for people in characters().values() for row in people]
    assert len(rows) >= 120
    assert len({row["n"] for row in rows}) == len({row["k"] for row in rows}) == len(rows)


def test_the_named_write_more_than_the_crowd(world: World) -> None:
    named = {row["n"] for row in characters()["people"]}
    posts = Counter(p.author.name for p in world.posts if p.kind is Kind.POST and p.author)
    mean = sum(posts[name] for name in named) / len(named)
    others = [count for name, count in posts.items() if name not in named]
    assert mean > 2 * sum(others) / len(others)


def test_identities_are_plainly_invented(world: World) -> None:
    for author_id in world.accounts:
        platform, *native = author_id.split(":")
        if platform == "weibo":
            assert len(native[0]) == 10
            assert native[0].startswith("99")
        else:
            assert native[0].endswith(".example")
    names = [account.author.name for key, account in world.accounts.items() if key.startswith("weibo:")]
    assert len(set(names)) == len(names)


def test_names_can_stand_in_a_chain_and_after_an_at(world: World) -> None:
    for key, account in world.accounts.items():
        if key.startswith("weibo:"):
            name = account.author.name or ""
            assert 2 <= len(name) <= 30
            assert all(letter.isalnum() or letter in "_-·" for letter in name), name


@pytest.mark.parametrize("brand", DENIED["brands"])
def test_no_real_brand_is_named(strings: str, brand: str) -> None:
    assert brand not in strings


def test_no_celebrity_is_named(strings: str) -> None:
    pieces = {strings[at : at + size] for size in (2, 3, 4) for at in range(len(strings) - size + 1)}
    denied = set(DENIED["people"])
    assert not [piece for piece in pieces if hashlib.sha256(piece.encode()).hexdigest()[:16] in denied]


def test_addresses_are_of_reserved_domains_or_weibo(world: World) -> None:
    for post in world.posts:
        host = (post.url or "").split("/")[2]
        assert host == "m.weibo.cn" or host.endswith(".example")
