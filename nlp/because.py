"""Reasons for a voice: kept with a post as short codes, said as sentences.

- ``rule:lottery``: a rule of `rules/voice.toml` that spoke, of phrases or of the account
- ``words:0.93:包邮,现货``: the learned head, its probability, and the words that pulled most
- ``copies:spam:12``: how many accounts published the same words, and what that makes of them
- ``habits:0.97`` with ``habit:repeat_share:0.36``: the account's behaviour, its probability of spam, what shows it
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from typing import Any

from core.project import Title
from nlp.accounts import FEATURES, habit_title
from nlp.voice import RULES, rule_titles


def titles(because: Iterable[str]) -> tuple[Title, ...]:
    """What people read of these codes; a code of a rule that is no more is left out."""
    return tuple(title for code in because if (title := _title(code)) is not None)


def _title(code: str) -> Title | None:
    kind, _, rest = code.partition(":")
    first, _, second = rest.partition(":")
    match kind:
        case "rule":
            return rule_titles().get(rest)
        case "words":
            return _heard(first, second)
        case "copies":
            return _copied(first, second)
        case "habits":
            return Title(
                zh=f"账号发帖习惯像营销号或水军（{first}）",
                en=f"the account posts like a spammer's ({first})",
            )
        case "habit" if first in FEATURES:
            return habit_title(first, float(second))
    return None


def _heard(probability: str, words: str) -> Title:
    share = f"{float(probability):.0%}"
    if not words:
        return Title(zh=f"用词（{share}）", en=f"its wording ({share})")
    return Title(
        zh=f"用词：{words.replace(',', '、')}（{share}）",
        en=f"its words: {words.replace(',', ', ')} ({share})",
    )


def _copied(voice: str, accounts: str) -> Title | None:
    said = copying()["voice"].get(voice)
    if said is None:
        return None
    return Title(
        zh=f"{int(accounts):,} 个账号发布同样的话：{said['zh']}",
        en=f"{int(accounts):,} accounts published the same words: {said['en']}",
    )


@cache
def copying() -> dict[str, Any]:
    """`rules/copying.toml`."""
    return tomllib.loads((RULES / "copying.toml").read_text("utf-8"))
