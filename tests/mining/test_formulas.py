"""Every number has a published definition, in both languages, and the docs say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.models import Coverage
from mining.findings import EVIDENCE, Frame, coverage_text, note_title
from mining.formula_pages import PAGES, page
from mining.formulas import formula, formulas

HOUSE = Path(__file__).parents[2]
FRAME = Frame(query="星途", base="all voices", coverage="1/2")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_docs_are_those_of_the_formulas(language: str) -> None:
    written = (HOUSE / PAGES[language]).read_text("utf-8")
    assert written == page(language), "run: python -m mining.formula_pages"


def test_every_formula_is_whole() -> None:
    for each in formulas().values():
        assert each.sure in {"V", "S", "M", "D"}, each.id
        assert each.minimum_n >= 0
        for text in (
            each.title.zh,
            each.title.en,
            each.definition.zh,
            each.definition.en,
            each.source,
            each.unit,
        ):
            assert text.strip(), each.id
        assert re.search(r"[\u4e00-\u9fff]", each.definition.zh), each.id
        assert not re.search(r"[\u4e00-\u9fff]", each.definition.en), each.id


def test_every_formula_is_used_and_every_use_is_a_formula() -> None:
    code = "\n".join(path.read_text("utf-8") for path in sorted((HOUSE / "mining").glob("*.py")))
    used = set(re.findall(r'"([a-z][a-z0-9_]+)"', code))
    made = {f"cascade_{name}" for name in used} | {"cascade_observed", "cascade_inferred", "cascade_missing"}
    told_in_docs_only = {"cascade_parent", "cascade_layer_growth", "cascade_exposure"}
    assert set(formulas()) - used - made == told_in_docs_only - used - made
    for name in re.findall(r'number\(\s*"([a-z0-9_]+)"', code):
        assert formula(name)


def test_a_finding_carries_its_frame_and_no_more_posts_than_can_be_read() -> None:
    finding = FRAME.number("volume", 30, n=30, evidence=[f"weibo:{n % 25}" for n in range(30)])
    assert (finding.query, finding.base, finding.coverage) == ("星途", "all voices", "1/2")
    assert len(finding.evidence) == EVIDENCE == len(set(finding.evidence))


NUMBERS = [
    ("enough", 0.5, 10, 0.5, None, None),
    ("too few", 0.5, 9, None, "not enough data: 9 < 10", "数据不足：9 < 10"),
    ("nothing known", None, 12, None, "unknown", "未知"),
]


@pytest.mark.parametrize(
    ("name", "value", "n", "shown", "note", "zh"), NUMBERS, ids=[row[0] for row in NUMBERS]
)
def test_below_n_a_finding_has_no_value(
    name: str, value: float | None, n: int, shown: float | None, note: str | None, zh: str | None
) -> None:
    finding = FRAME.number("nsr_pn", value, n=n)
    assert (finding.value, finding.note) == (shown, note), name
    told = note_title(finding)
    assert (told.zh if told else None) == zh


def test_an_unknown_formula_cannot_make_a_number() -> None:
    with pytest.raises(KeyError):
        FRAME.number("made_up", 1, n=1)


COVERAGES: list[tuple[list[tuple[int | None, int, str | None]], str | None]] = [
    ([], None),
    ([(10, 10, None)], "10/10"),
    ([(10, 8, "captcha"), (5, 5, None)], "13/15 · captcha ×1"),
    ([(None, 7, None)], "7/?"),
    ([(10, 8, "page_50"), (None, 7, "captcha"), (3, 0, "captcha")], "8/13 + 7/? · captcha ×2 · page_50 ×1"),
]


@pytest.mark.parametrize(("rows", "wanted"), COVERAGES)
def test_coverage_says_got_expected_and_why(
    rows: list[tuple[int | None, int, str | None]], wanted: str | None
) -> None:
    made = [Coverage(source="weibo", slice="q", expected=e, got=g, because=b) for e, g, b in rows]
    assert coverage_text(made) == wanted
