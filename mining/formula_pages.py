"""docs/formulas.md and docs/formulas.zh.md, written from ``formulas.toml``.

Run ``python -m mining.formula_pages`` in the checkout after an edit; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from core.project import Title
from mining.bases import BASES
from mining.formulas import Formula, formulas

PAGES = {"en": Path("docs/formulas.md"), "zh": Path("docs/formulas.zh.md")}

_TITLE = Title(zh="口径与公式", en="Formulas and bases")
_INTRO = Title(
    zh="产品里的每个数字都带着公式编号、口径、样本量 N、采集覆盖和背后的帖子。样本不足“最少 N”时只说“数据不足”，不给数字。"
    "本页由 `mining/formulas.toml` 生成，请改那个文件，再运行 `python -m mining.formula_pages`。",
    en="Every number of the product carries its formula id, base, N, coverage and the posts behind it. Below"
    ' "least N" it says "not enough data" and gives no number. This page is written from'
    " `mining/formulas.toml`; edit that file, then run `python -m mining.formula_pages`.",
)
_BASES = Title(zh="口径", en="Bases")
_SURE = Title(
    zh="把握：**V** 见于发布者原文；**S** 转述；**M** 凭记忆，未核实；**D** 本系统定义或推导。",
    en="How sure: **V** read in the publisher's own text; **S** second-hand; **M** from memory, unverified;"
    " **D** defined or derived here.",
)
_LABELS = {
    "zh": ("定义", "来源", "把握", "单位", "最少 N"),
    "en": ("Definition", "Source", "How sure", "Unit", "Least N"),
}
_GROUPS: tuple[tuple[str, Title], ...] = (
    ("volume", Title(zh="口碑", en="Word of mouth")),
    ("burst_z", Title(zh="话题", en="Topics")),
    ("cascade_parent", Title(zh="传播路径", en="Cascades")),
    ("kol_score", Title(zh="KOL", en="KOL")),
    ("reading_accuracy", Title(zh="判读准确度", en="How well posts are read")),
)


def page(language: str) -> str:
    """The page in ``zh`` or ``en``, as Markdown."""
    lines = [f"# {_TITLE.of(language)}", "", _INTRO.of(language), "", f"## {_BASES.of(language)}", ""]
    lines += [f"- {text.of(language)}" for text in BASES.values()]
    lines += ["", _SURE.of(language)]
    headings = dict(_GROUPS)
    for each in formulas().values():
        if each.id in headings:
            lines += ["", f"## {headings[each.id].of(language)}"]
        lines += ["", *_entry(each, language)]
    return "\n".join(lines) + "\n"


def _entry(each: Formula, language: str) -> list[str]:
    definition, source, sure, unit, least = _LABELS[language]
    return [
        f"### {each.title.of(language)} · `{each.id}`",
        "",
        f"- {definition}: {_plain(each.definition.of(language))}",
        f"- {source}: {_plain(each.source)}",
        f"- {sure}: {each.sure} · {unit}: {each.unit} · {least}: {each.minimum_n}",
    ]


def _plain(text: str) -> str:
    """Markdown would take these signs for its own."""
    return text.replace("*", r"\*").replace("|", r"\|").replace("<", "&lt;")


def write() -> None:
    """Writes both pages into the checkout that is the current directory."""
    for language, path in PAGES.items():
        path.write_text(page(language), "utf-8")


if __name__ == "__main__":
    write()
