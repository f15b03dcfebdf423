"""The pages of ``docs/`` that are made from the code: ``python -m ops.docs`` writes them, a test compares.

``docs/cli.md`` comes from the commands' own help in both languages; ``docs/crawling.md`` keeps its text and gets the
tables of the sources and the blocks between their marks, ``docs/library.md`` that of a result's columns;
``docs/importing.md`` the list of known files; ``docs/sources/`` has a page for each source.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from core.imports.shapes import shapes
from crawlers import registry
from crawlers.manners import blocks
from crawlers.manners.standing import Condition
from crawlers.reasons import REASONS, End
from index.results.frames import COLUMNS
from ops import source_pages

DOCS = Path(__file__).parents[1] / "docs"
LIBRARY = {"library.md": "en", "library.zh.md": "zh"}
IMPORTING = {"importing.md": "en", "importing.zh.md": "zh"}
_COMMANDS = (
    "demo", "project new", "project check", "source list", "source new", "source check", "source record", "crawl",
    "standing", "identity add", "identity list",
    "identity remove", "import", "ingest", "annotate", "reannotate", "accuracy", "search", "count",
    "series", "tags", "tags apply", "wom", "topics", "words", "copies", "voices", "cascade", "kol", "serve", "schedule run", "schedule once",
    "schedule list", "schedule plan", "schedule pause", "schedule resume", "runs", "erase", "doctor",
)  # fmt: skip


def cli() -> str:
    """``docs/cli.md``."""
    parts = [
        "# Command line 命令行\n",
        "Made by `python -m ops.docs` from the commands' own help. 由 `python -m ops.docs` 从命令自己的帮助生成。\n",
    ]
    pages = {language: _helps(language) for language in ("en", "zh")}
    for command in _COMMANDS:
        parts.append(f"## tingfeng {command}\n")
        parts.extend(f"```text\n{pages[language][command]}\n```\n" for language in ("en", "zh"))
    return "\n".join(parts)


def _helps(language: str) -> dict[str, str]:
    """Every command's help, by one process a language: help is worded when the command line is loaded."""
    script = (
        "import sys\nfrom ops.cli import run\n"
        f"for name in {_COMMANDS!r}:\n"
        "    print('\\x1e' + name, flush=True)\n    run([*name.split(), '--help'])\n"
    )
    environment = {**os.environ, "TINGFENG_LANG": language, "COLUMNS": "100", "TERM": "dumb"}
    told = subprocess.run(  # noqa: S603  our own script
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    sections = (section.partition("\n") for section in told.split("\x1e")[1:])
    return {
        name: "\n".join(line.rstrip() for line in text.strip().splitlines()) for name, _, text in sections
    }


def crawling(text: str) -> str:
    """``docs/crawling.md`` with its tables made anew."""
    sources = source_pages.links(registry.sources().values())
    made = {"sources": sources, "blocks": _blocks(), "standings": _standings(), "reasons": _reasons()}
    for mark, content in made.items():
        text = _between(text, mark, content)
    return text


def _blocks() -> str:
    rows = ["| block | | what to do |\n|---|---|---|"]
    for name, block in blocks.BLOCKS.items():
        title, advice = block.title, block.advice
        rows.append(f"| `{name}` | {title.en}<br>{title.zh} | {advice.en}<br>{advice.zh} |")
    return "\n".join(rows) + "\n"


def _reasons() -> str:
    """Why a slice came short without a refusal, and what is known then of how many were reachable."""
    ends = {
        End.SITE: "all that came<br>已得的全部",
        End.EARLY: "unknown<br>未知",
        End.WHOLE: "–",
    }
    rows = ["| because 原因 | | reachable 可得 | asked again 下次再取 |\n|---|---|---|---|"]
    for name, reason in REASONS.items():
        title, again = reason.title, "yes 是" if reason.lost else ""
        rows.append(f"| `{name}` | {title.en}<br>{title.zh} | {ends[reason.end]} | {again} |")
    return "\n".join(rows) + "\n"


def _standings() -> str:
    """What each block does to a standing."""
    rows = [
        "| block 拦截 | at first 起初 | met more often 再次 | pause 暂停 | disabled 停用 |\n|---|---|---|---|---|"
    ]
    for name, block in blocks.BLOCKS.items():
        if (rule := block.standing) is None:
            continue
        slow, closed = rule.becomes is Condition.SLOW, rule.becomes is Condition.DISABLED
        after = (
            "at once 立即" if closed else f"after {rule.pauses} pauses 次暂停后" if rule.pauses < 100 else ""
        )
        more = f"paused after {rule.strikes} 次后暂停" if slow else ""
        if rule.in_a_row:
            more = f"paused after {rule.strikes} pages in a row 连续 {rule.strikes} 页后暂停"
        rows.append(
            f"| `{name}` | {rule.becomes.value} | {more} "
            f"| {'' if closed else f'{rule.pause_s / 60:g} min, 2×'} | {after} |"
        )
    return "\n".join(rows) + "\n"


def library(text: str, language: str) -> str:
    """``docs/library.md`` or ``docs/library.zh.md`` with the table of columns made anew."""
    heads = "| 列 | 类型 | |" if language == "zh" else "| column | type | |"
    rows = [f"| `{column.name}` | {column.type} | {column.title.of(language)} |" for column in COLUMNS]
    return _between(text, "columns", "\n".join([heads, "|---|---|---|", *rows]) + "\n")


def importing(text: str, language: str) -> str:
    """``docs/importing.md`` or ``docs/importing.zh.md`` with the list of known shapes made anew."""
    known = sorted(shapes(), key=lambda shape: shape.id)
    lines = [f"- {shape.title.of(language)} (`{shape.id}`)" for shape in known if shape.refuse is None]
    return _between(text, "shapes", "\n".join(lines) + "\n")


def _between(text: str, mark: str, content: str) -> str:
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    return pattern.sub(lambda match: f"{match[1]}{content}{match[2]}", text)


def main() -> None:
    """Writes the made pages."""
    (DOCS / "cli.md").write_text(cli(), "utf-8")
    path = DOCS / "crawling.md"
    path.write_text(crawling(path.read_text("utf-8")), "utf-8")
    made = source_pages.pages()
    for old in (DOCS / "sources").glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (DOCS / "sources").mkdir(exist_ok=True)
        (DOCS / "sources" / name).write_text(text, "utf-8")
    for make, names in ((library, LIBRARY), (importing, IMPORTING)):
        for page, language in names.items():
            path = DOCS / page
            path.write_text(make(path.read_text("utf-8"), language), "utf-8")


if __name__ == "__main__":
    main()
