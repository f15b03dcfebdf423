"""Every reason why a slice came short has its words in both languages, and says what was reachable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.models import Coverage, Run
from crawlers.question import is_whole
from crawlers.reasons import REASONS, End, is_fine, is_lost, reachable, title_of
from crawlers.registry import asked_of
from crawlers.state.readings import Line

CRAWLERS = Path(__file__).parents[2] / "crawlers"
GIVEN_AS = {"problem", "broken", "rest"}  # keywords whose values become reasons


def reasons_in(path: Path) -> Iterator[str]:
    """The literal reasons that a module gives: to `because`, and by the keywords that lead there."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        is_because = isinstance(node.func, ast.Attribute) and node.func.attr == "because"
        given = node.args[1:] if is_because else [one.value for one in node.keywords if one.arg in GIVEN_AS]
        for value in given:
            for part in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_every_reason_that_is_given_has_its_words() -> None:
    given = {reason for path in CRAWLERS.rglob("*.py") for reason in reasons_in(path)}
    assert {"saturated", "past_the_end", "stopped"} <= given
    for name in sorted(given):
        title = title_of(name)
        assert title is not None, name
        assert title.zh
        assert title.en


# (because, got) → reachable; may the next crawl begin where this one did
CASES = [
    (None, 7, 7, True),
    ("not_shown", 7, 7, True),
    ("saturated", 1000, 1000, False),
    ("visitor_limit", 10, 10, True),  # this reader sees no more
    ("max_pages", 7, None, False),
    ("stopped", 0, None, False),
    ("split", 10, None, True),
    ("captcha", 7, None, True),  # what a block keeps away is noted as refused besides
    ("unreachable", 7, None, False),
    ("http_451", 7, None, False),
]


@pytest.mark.parametrize(("because", "got", "shown", "whole"), CASES)
def test_what_was_reachable(because: str | None, got: int, shown: int | None, whole: bool) -> None:
    assert reachable(Coverage(source="weibo", slice="hot", expected=None, got=got, because=because)) == shown
    assert is_whole([Line(got=got, because=because)]) == whole


def test_a_refused_slice_is_asked_for_again() -> None:
    assert not is_whole([Line(because="captcha", refused=True)])


def test_nothing_that_lacks_nothing_is_asked_for_again() -> None:
    fine = {name for name, reason in REASONS.items() if reason.end is End.WHOLE}
    assert fine == {name for name in REASONS if is_fine(name)}
    assert not any(map(is_lost, fine))


# given → shown in Beijing
ASKED = [
    ({"since": "2026-11-20T16:00:00+00:00"}, {"since": "2026-11-21 00:00"}),
    ({"since": "2026-11-21"}, {"since": "2026-11-21 00:00"}),
    ({"since": "30d", "until": "last"}, {"since": "30d", "until": "last"}),
    ({"search": ["澜石", "2026-11-21"], "hot": True}, {"search": "澜石;2026-11-21", "hot": "True"}),
    ({"nothing_it_knows": 3}, {"nothing_it_knows": "3"}),
]


@pytest.mark.parametrize(("given", "told"), ASKED)
@pytest.mark.parametrize("source", ["weibo", "import"])
def test_a_run_says_what_it_was_asked_in_the_project_s_zone(
    source: str, given: dict[str, object], told: dict[str, str]
) -> None:
    run = Run(id="r", source=source, asked=given, started_at=datetime(2026, 11, 29, tzinfo=UTC))
    shown = asked_of(run, ZoneInfo("Asia/Shanghai"))
    assert shown == (told if source == "weibo" else {name: ";".join(value) if isinstance(value, list) else str(value) for name, value in given.items()})  # fmt: skip
