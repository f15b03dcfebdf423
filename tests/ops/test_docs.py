"""The pages made from the code are what the code would make now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ops import docs

ROOT = Path(__file__).parents[2]


def test_the_command_line_page_is_up_to_date() -> None:
    assert (docs.DOCS / "cli.md").read_text("utf-8") == docs.cli(), "run: python -m ops.docs"


def test_the_crawling_page_is_up_to_date() -> None:
    text = (docs.DOCS / "crawling.md").read_text("utf-8")
    assert text == docs.crawling(text), "run: python -m ops.docs"


@pytest.mark.parametrize(("page", "language"), docs.LIBRARY.items())
def test_the_library_page_names_every_column(page: str, language: str) -> None:
    text = (docs.DOCS / page).read_text("utf-8")
    assert text == docs.library(text, language), "run: python -m ops.docs"


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
