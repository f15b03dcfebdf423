from __future__ import annotations

from datetime import UTC, datetime

import pytest

from replica.world import generate
from replica.world.model import World

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    """The world of the demo."""
    return generate(7, now=NOW)


@pytest.fixture(scope="session")
def small() -> World:
    return generate(11, now=NOW, posts=1800)
