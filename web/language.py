"""The two languages of the pages: every sentence by its key in ``catalog.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from fastapi import Request

from crawlers.reasons import title_of
from crawlers.registry import sources

LANGUAGES = ("zh", "en")


@cache
def catalog() -> dict[str, dict[str, str]]:
    """key → {zh, en}."""
    data = tomllib.loads(files("web").joinpath("catalog.toml").read_text("utf-8"))
    return {f"{group}.{key}": texts for group, entries in data.items() for key, texts in entries.items()}


def sentence(key: str, language: str, **values: object) -> str:
    """The sentence of `key`; raises `KeyError` on a key the catalog lacks."""
    text = catalog()[key][language]
    return text.format(**values) if values else text


def name_of(group: str, value: str | None, language: str) -> str:
    """What people call a code (a platform, an emotion); the code itself where nobody named it."""
    if value is None:
        return sentence("word.unknown", language)
    if group == "block" and (title := title_of(value)):
        return title.of(language)
    if group == "source" and value in sources():
        return sources()[value].title.of(language)
    entry = catalog().get(f"{group}.{value}")
    return entry[language] if entry else value


def language_of(request: Request) -> str:
    """``?lang=``, else the cookie, else Accept-Language, else Chinese."""
    for wanted in (request.query_params.get("lang"), request.cookies.get("lang")):
        if wanted in LANGUAGES:
            return wanted
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return "zh"
