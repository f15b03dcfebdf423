"""How much one query may ask."""

from __future__ import annotations

from index.query.fields import Spot
from index.query.outline import Clause, Joined, Outline
from index.query.tree import And, Literal, Near, Node, Not, Or

MAX_LENGTH = 8_000  # characters; a sign is a clause to Elasticsearch, which takes 8,192 on a small heap
MAX_TERMS = 1_000
MAX_BRACKETS = 100  # open at once
MAX_DEPTH = 20  # levels of AND, OR and NOT that are left; both engines bound theirs
SAVED_DEPTH = 10  # brackets that a saved search inside another counts for


def depth(tree: Node) -> int:
    """Levels of AND, OR and NOT; brackets that change nothing count nothing."""
    if isinstance(tree, And | Or):
        return 1 + max(map(depth, tree.parts))
    return 1 + depth(tree.part) if isinstance(tree, Not) else 0


def size(tree: Node) -> int:
    """Characters to look for, a field counting as one."""
    match tree:
        case And(parts) | Or(parts):
            return sum(map(size, parts))
        case Not(part):
            return size(part)
        case Literal(text):
            return len(text)
        case Near(first, second):
            return len(first.text) + len(second.text)
    return 1


def folds(outline: Outline, query: str, *, on_top: bool = True) -> bool:
    """Whether copies are folded; raises `QueryError` where that is asked of a part of the query."""
    match outline:
        case Clause():
            if outline.folds and not on_top:
                spot = Spot(query, outline.position or 0)
                raise spot.error(
                    f"{outline.text} at character {spot.number} folds the whole result;"
                    " join it to the rest by AND, outside of OR and NOT",
                    f"第 {spot.number} 个字符处的 {outline.text} 对整个结果折叠；"
                    "请用 AND 与其余部分相连，不要放在 OR 或 NOT 之下",
                )
            return outline.folds
        case Joined(parts, either):
            found = [folds(part, query, on_top=on_top and not either) for part in parts]
            return any(found)
    return folds(outline.part, query, on_top=False)
