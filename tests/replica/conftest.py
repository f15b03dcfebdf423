"""One running replica for the tests that break nothing; a fresh switchboard for each of those that do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from replica.server import Replica
from replica.world.model import World
from tests.sites import MAKER, serve, small_world


@pytest.fixture(scope="session")
def world() -> World:
    return small_world()


@pytest.fixture(scope="session")
def _running(world: World) -> Iterator[Replica]:
    with serve(world) as replica:
        yield replica


@pytest.fixture
def replica(_running: Replica) -> Iterator[Replica]:
    _running.faults.off()
    _running.log.clear()
    yield _running
    _running.faults.off()


@pytest.fixture(scope="session")
def mid(world: World) -> str:
    """The number of the post at the root of the cascade."""
    return next(post.id for post in world.posts if post.author == MAKER).removeprefix("weibo:")
