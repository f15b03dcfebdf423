"""Which of the two languages a person reads, and the Chinese of what the code says in English.

The code speaks English; `core/catalog.toml` holds the Chinese of every sentence, keyed by the English
template (``{}`` where a value stands). A test walks the code and fails on a sentence without its Chinese.
"""

from __future__ import annotations

import os
import re
import tomllib
from functools import cache
from importlib.resources import files

from core.errors import QueryError, TingfengError


def chosen() -> str:
    """``zh`` or ``en``: ``TINGFENG_LANG``, else the locale, else English."""
    for name in ("TINGFENG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


@cache
def _catalog() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    entries = tomllib.loads(files("core").joinpath("catalog.toml").read_text("utf-8"))["sentence"]
    plain: dict[str, str] = {}
    patterns: list[tuple[re.Pattern[str], str]] = []
    for entry in entries:
        if "{}" not in entry["en"]:
            plain[entry["en"]] = entry["zh"]
            continue
        literal = [re.escape(part) for part in entry["en"].split("{}")]
        patterns.append((re.compile("(.*?)".join(literal), re.DOTALL), entry["zh"]))
    # the most specific template wins where two would fit
    patterns.sort(key=lambda pair: -len(pair[0].pattern))
    return plain, patterns


def translate(sentence: str, language: str) -> str:
    """`sentence` in `language`; an English sentence the catalog does not know comes back as it is."""
    if language != "zh":
        return sentence
    plain, patterns = _catalog()
    if found := plain.get(sentence):
        return found
    for pattern, chinese in patterns:
        if match := pattern.fullmatch(sentence):
            # a single word is somebody's name for something, even where it is a heading of ours too
            values = [translate(value, language) if " " in value else value for value in match.groups()]
            return chinese.format(*values)
    # "FILE: what is wrong with it"
    head, colon, tail = sentence.partition(": ")
    return f"{head}{colon}{translate(tail, language)}" if colon else sentence


def say(sentence: str) -> str:
    """`sentence` in the language of whoever runs the command."""
    return translate(sentence, chosen())


def told(error: TingfengError, language: str) -> str:
    """An error's message in `language`."""
    if language == "zh" and isinstance(error, QueryError):
        return error.zh
    return translate(str(error), language)
