"""头/腰/尾/KOC: tiers of accounts by followers, read from ``tiers.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

from core.project import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Accounts with `followers` or more, up to the next tier."""

    id: str
    title: Title
    followers: int


@cache
def tiers() -> tuple[Tier, ...]:
    """Largest first."""
    data = tomllib.loads(resources.files("mining").joinpath("tiers.toml").read_text("utf-8"))
    found = msgspec.convert(data["tier"], list[Tier])
    return tuple(sorted(found, key=lambda tier: -tier.followers))


def tier_of(followers: int | None) -> Tier | None:
    """The tier of an account; None when its followers are unknown."""
    if followers is None:
        return None
    return next((tier for tier in tiers() if followers >= tier.followers), None)
