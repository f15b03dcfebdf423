"""Every sentence the code says to a person exists in Chinese: the code is walked, the catalog compared."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import TingfengError
from core.language import translate

ROOT = Path(__file__).parents[2]
FOLDERS = ("core", "crawlers", "nlp", "index", "mining", "web", "ops")
LOGGED = {"core", "index"}  # a crawl has a log of its own; these warnings reach a person's terminal
NAMELESS = {"id", "zh", "en", "N"}  # headings that are the same in both languages
SPEAKERS = {"say", "tell", "_tell", "Progress", "HTTPException"}


def error_names() -> set[str]:
    """Names of the error tree's classes in the whole tree, found by their bases."""
    names = {TingfengError.__name__}
    classes = [
        node
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    grown = True
    while grown:
        found = {c.name for c in classes if any(isinstance(b, ast.Name) and b.id in names for b in c.bases)}
        grown = not found <= names
        names |= found
    # a query's errors carry their Chinese themselves, see index/query
    return names - {"QueryError"}


def sources() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def template(node: ast.expr) -> str | None:
    """The English template of a literal or an f-string: values become {}."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub("%[sdr]", "{}", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)  # type: ignore[misc]
    if isinstance(node, ast.IfExp):
        return template(node.body)
    return None


def command_help(path: Path, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Docstrings of the functions that become commands: what --help says."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "add_command":
            name = node.args[2]
            assert isinstance(name, ast.Name)
            yield ast.get_docstring(functions[name.id]) or "", f"{path.relative_to(ROOT)}:{node.lineno}"


def speaks(path: Path, name: str, errors: set[str]) -> bool:
    """Whether what a call of this name is given reaches a person."""
    room = path.relative_to(ROOT).parts[0]
    return (
        name in errors
        or name in SPEAKERS
        or (name in {"warning", "exception"} and room in LOGGED)
        or (name == "ValueError" and path.parent == ROOT / "core" / "project")  # becomes a ProjectError
    )


def sentences() -> Iterator[tuple[str, str]]:
    errors = error_names()
    for path in sources():
        tree = ast.parse(path.read_text("utf-8"))
        yield from command_help(path, tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name == "table" and path.parent.name == "commands":
                for heading in ast.walk(node.args[0]):
                    text = template(heading) if isinstance(heading, ast.Constant) else None
                    if text and text not in NAMELESS:
                        yield text, f"{path.relative_to(ROOT)}:{node.lineno}"
            if speaks(path, name, errors):
                for argument in node.args[:2]:
                    text = template(argument)
                    if text and any(c.isalpha() for c in text) and " " in text:
                        yield text, f"{path.relative_to(ROOT)}:{node.lineno}"


@pytest.mark.parametrize(("text", "where"), sorted(set(sentences())))
def test_the_catalog_has_its_chinese(text: str, where: str) -> None:
    example = text.replace("{}", "«x»")
    chinese = translate(example, "zh")
    assert chinese != example, f"{where}: add this sentence to core/catalog.toml: {text!r}"
    assert chinese.count("«x»") == text.count("{}"), f"{where}: the Chinese loses a value of {text!r}"


def test_the_catalog_holds_nothing_that_nobody_says() -> None:
    entries = tomllib.loads((ROOT / "core" / "catalog.toml").read_text("utf-8"))["sentence"]
    trees = [ast.parse(path.read_text("utf-8")) for path in sources()]
    written = {
        template(node)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr | ast.Constant)
    }
    said = written | {text for text, _ in sentences()}
    assert [entry["en"] for entry in entries if "by" not in entry and entry["en"] not in said] == []
