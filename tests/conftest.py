"""Options of the whole suite."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# times are never asserted, and what decides a landing draws the same examples each time
settings.register_profile("tingfeng", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("tingfeng")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases", action="store_true", help="record what parsers read now as what they must read"
    )
