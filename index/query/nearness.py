"""``a NEAR/5 b``: what may stand on the sides, and the pairs they make."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.errors import QueryError
from index.query.fields import Spot
from index.query.outline import Clause, Joined, Outline
from index.query.tree import Literal, Near, Node, Prefix, Word, any_of
from index.tokens import canonical

DISTANCE = 10  # of a NEAR without a number
MAX_DISTANCE = 100
MAX_PAIRS = 400  # of one NEAR between brackets of words
OPERATOR = re.compile(r"(O?)NEAR(?:/(.*))?")


@dataclass(frozen=True, slots=True)
class Joint:
    """One NEAR as written."""

    text: str
    spot: Spot
    distance: int
    ordered: bool


def read_joint(text: str, spot: Spot) -> Joint:
    """The distance and order of a ``NEAR/5`` or ``ONEAR/5``; raises `QueryError`."""
    match = OPERATOR.fullmatch(unicodedata.normalize("NFKC", text))
    assert match is not None
    number = str(DISTANCE) if match[2] is None else match[2]
    if not (number.isascii() and number.isdigit() and len(number) < 4 and int(number) <= MAX_DISTANCE):
        raise spot.error(
            f"{text} at character {spot.number} wants a distance from 0 to {MAX_DISTANCE}, as in {match[1]}NEAR/5;"
            " to search for the text itself, put it in quotes",
            f"第 {spot.number} 个字符处的 {text} 需要 0 到 {MAX_DISTANCE} 的距离，写作 {match[1]}NEAR/5；"
            "如要搜索这段文字本身，请加引号",
        )
    return Joint(text, spot, int(number), bool(match[1]))


def sides(part: Outline, joint: Joint) -> tuple[Literal, ...]:
    """The words and phrases one side stands for; raises `QueryError` for anything else."""
    leaves = list(_leaves(part))
    found = [leaf.node for leaf in leaves if isinstance(leaf, Clause) and isinstance(leaf.node, Literal)]
    if len(found) == len(leaves):
        return tuple(dict.fromkeys(found))
    raise wrong_side(joint, *_fault(leaves))


def _leaves(part: Outline) -> Iterator[Outline]:
    if isinstance(part, Joined) and part.either:
        for one in part.parts:
            yield from _leaves(one)
    else:
        yield part


def _fault(leaves: Iterable[Outline]) -> tuple[str, str]:
    """What stands there and cannot."""
    for leaf in leaves:
        if not isinstance(leaf, Clause) or isinstance(leaf.node, Literal):
            continue
        match leaf.node:
            case Word():
                kind, zh = "a whole word", "整词"
            case Prefix():
                kind, zh = "a beginning", "词头"
            case _:
                kind, zh = ("a field", "字段") if leaf.field else ("another NEAR", "另一个 NEAR")
        return f"{leaf.text} is {kind}", f"{leaf.text} 是{zh}"
    return "a bracket with AND or NOT cannot stand there", "那里不能放带 AND 或 NOT 的括号"


def wrong_side(joint: Joint, fault: str, zh: str) -> QueryError:
    number = joint.spot.number
    return joint.spot.error(
        f"{joint.text} at character {number} joins words, phrases, or brackets of them with OR; {fault}",
        f"第 {number} 个字符处的 {joint.text} 只能连接词、短语，或用 OR 连起来的一组；{zh}",
    )


def pairs(first: tuple[Literal, ...], joint: Joint, second: tuple[Literal, ...]) -> Node:
    """Any of the first near any of the second; raises `QueryError` where that cannot be meant."""
    if len(first) * len(second) > MAX_PAIRS:
        raise joint.spot.error(
            f"{joint.text} at character {joint.spot.number} makes {len(first) * len(second)} pairs;"
            f" {MAX_PAIRS} are accepted: shorten its brackets",
            f"第 {joint.spot.number} 个字符处的 {joint.text} 组成 {len(first) * len(second)} 对，"
            f"上限是 {MAX_PAIRS}；请缩短两边的括号",
        )
    spelled = {canonical(side.text): side.text for side in first}
    for side in second:
        if canonical(side.text) in spelled:
            raise joint.spot.error(
                f"{side.text} stands on both sides of {joint.text} at character {joint.spot.number};"
                " write two different words",
                f"第 {joint.spot.number} 个字符处的 {joint.text} 两边都有 {side.text}；请写两个不同的词",
            )
    return any_of([Near(one, other, joint.distance, joint.ordered) for one in first for other in second])
