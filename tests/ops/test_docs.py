"""The pages made from the code are what the code would make now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawlers import registry
from crawlers.registry import Source
from ops import docs, source_pages

ROOT = Path(__file__).parents[2]


def test_the_command_line_page_is_up_to_date() -> None:
    assert (docs.DOCS / "cli.md").read_text("utf-8") == docs.cli(), "run: python -m ops.docs"


def test_the_crawling_page_is_up_to_date() -> None:
    text = (docs.DOCS / "crawling.md").read_text("utf-8")
    assert text == docs.crawling(text), "run: python -m ops.docs"


def test_every_source_has_a_page_that_is_up_to_date() -> None:
    made = source_pages.pages()
    assert {path.name for path in (docs.DOCS / "sources").glob("*.md")} == set(made), (
        "run: python -m ops.docs"
    )
    for name, text in made.items():
        assert (docs.DOCS / "sources" / name).read_text("utf-8") == text, f"{name}; run: python -m ops.docs"


@pytest.mark.parametrize("source", registry.sources().values(), ids=registry.sources().keys())
def test_a_page_tells_everything_of_its_source(source: Source) -> None:
    page = source_pages.pages()[f"{source.name}.md"]
    facts = [source.title, source.description, source.robots, source.terms, source.needs.note]
    for text in [*facts, *(one.help for one in source.arguments.values())]:
        assert text.zh.replace("|", "\\|") in page
        assert text.en.replace("|", "\\|") in page
    for name in (*source.promised, *source.arguments, *source.expectations.fill, *source.hosts):
        assert f"`{name}`" in page


@pytest.mark.parametrize(("page", "language"), docs.LIBRARY.items())
def test_the_library_page_names_every_column(page: str, language: str) -> None:
    text = (docs.DOCS / page).read_text("utf-8")
    assert text == docs.library(text, language), "run: python -m ops.docs"


@pytest.mark.parametrize(("page", "language"), docs.IMPORTING.items())
def test_the_importing_page_names_every_known_file(page: str, language: str) -> None:
    text = (docs.DOCS / page).read_text("utf-8")
    assert text == docs.importing(text, language), "run: python -m ops.docs"


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
