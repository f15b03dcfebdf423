"""What a project's parts must be beside having their types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.cadence import read_at, read_every
from core.project.model import TIERS, Brand, Product, Project, SourceUse


def check(project: Project) -> None:
    """Raises `ValueError` on what contradicts itself, saying what to do next."""
    _check_id(project.id)
    if project.follower_line < 1:
        raise ValueError("follower_line wants a number from 1; accounts with fewer followers stay pseudonyms")
    if project.language.second_tier not in TIERS:
        raise ValueError(
            f"second_tier {project.language.second_tier!r} is unknown; known are {', '.join(TIERS)}"
        )
    try:
        ZoneInfo(project.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(
            f"timezone {project.timezone!r} is unknown; use a name like Asia/Shanghai"
        ) from error
    for table, entries in (
        ("brand", project.brands),
        ("query", project.queries),
        ("list", project.lists),
        ("tag", project.tags),
    ):
        _check_ids(table, [entry.id for entry in entries])
    _check_ids("product", [product.id for brand in project.brands for product in brand.products])
    for brand in project.brands:
        _check_brand(brand, project)
    for accounts in project.lists:
        if not accounts.accounts or not all(account.strip("@＠ ") for account in accounts.accounts):
            raise ValueError(
                f"list {accounts.id!r} wants accounts; write their names, or ids like weibo:1234567890"
            )
    for tag in project.tags:
        if tag.version < 1:
            raise ValueError(f"tag {tag.id!r}: version wants a number from 1; raise it with every change")
    for use in project.sources:
        _check_cadence(use)


def _check_cadence(use: SourceUse) -> None:
    if use.every is not None and use.at is not None:
        raise ValueError(f"source {use.name!r} has both every and at; keep one of them")
    if use.every is not None and read_every(use.every) is None:
        raise ValueError(
            f"source {use.name!r}: every {use.every!r} is no span from 1m to 31d; write it like 10m, 6h or 1d"
        )
    if use.at is not None and read_at(use.at) is None:
        raise ValueError(
            f"source {use.name!r}: at {use.at!r} is no time of day; write it like 03:00, or 09:00, 18:00"
        )
    if use.budget_s is not None and use.budget_s < 10:
        raise ValueError(f"source {use.name!r}: budget_s wants seconds, 10 at least")


def _check_id(name: str) -> None:
    if not re.fullmatch(r"[\w.-]{1,60}", name):
        raise ValueError(f"id {name!r} is not a name of letters, digits, '.', '_' and '-'")


def _check_ids(table: str, names: Sequence[str]) -> None:
    """Ids are what queries, tags and annotations call an entry by; in any case of letters."""
    seen: set[str] = set()
    for name in names:
        _check_id(name)
        if name.lower() in seen:
            raise ValueError(f"two entries of {table} have the id {name!r}; give each its own")
        seen.add(name.lower())


def _check_brand(brand: Brand, project: Project) -> None:
    _check_named("brand", brand)
    for product in brand.products:
        _check_named("product", product)
    if brand.domain is not None and brand.domain not in project.domains:
        raise ValueError(
            f"brand {brand.id!r}: domain {brand.domain!r} is unknown; known are {', '.join(project.domains)}"
        )
    _check_names(brand)


def _check_named(what: str, one: Brand | Product) -> None:
    if not one.names and not one.ambiguous:
        raise ValueError(f"{what} {one.id!r} has no names; list what people call it")
    if one.ambiguous and not one.context:
        raise ValueError(
            f"{what} {one.id!r} has ambiguous names and no context; list words that stand beside them"
            " where it is meant"
        )
    if one.context and not one.ambiguous:
        raise ValueError(
            f"{what} {one.id!r} has context and no ambiguous names; move the names that need it"
            " from names to ambiguous"
        )
    if both := sorted(set(one.names) & set(one.ambiguous)):
        raise ValueError(f"{what} {one.id!r}: {both[0]!r} stands in names and in ambiguous; keep one of them")


def _check_names(brand: Brand) -> None:
    """Every name becomes a phrase of a query: it needs something to look for and no quotation mark."""
    named: tuple[Brand | Product, ...] = (brand, *brand.products)
    phrases = [phrase for one in named for phrase in (*one.names, *one.ambiguous, *one.context, *one.exclude)]
    for phrase in phrases:
        if any(mark in phrase for mark in '"“”＂') or not any(character.isalnum() for character in phrase):
            raise ValueError(
                f"brand {brand.id!r}: {phrase!r} cannot be searched for; write a name with letters and without quotation marks"
            )
