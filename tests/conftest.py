"""Options of the whole suite."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from crawlers import runner
from tests.warm import Forked

# times are never asserted, and what decides a landing draws the same examples each time
settings.register_profile("tingfeng", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("tingfeng")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases", action="store_true", help="record what parsers read now as what they must read"
    )


@pytest.fixture(scope="session", autouse=True)
def _warm_crawls() -> Iterator[None]:
    """Crawls need not import everything anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "_start", Forked)
        yield
