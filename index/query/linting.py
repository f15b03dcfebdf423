"""What an analyst would regret in a query, told before it runs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.project import Project
from index.facets import FACETS, KEYWORDS
from index.query import EVERYTHING, Clause, Equals, Literal, Near, Node, Outline, Prefix, Query, parse
from index.query.outline import Joined, clauses, tree_of
from index.query.previewing import COUNTED
from index.store import Store
from index.tokens import canonical

COMMON = 0.10  # of all posts: a word by itself that finds more needs context
NEARLY_ALL = 0.95
ENOUGH = 20  # posts below which shares say nothing
_LISTED = 200  # values of a field among which a likely one is looked for
_UNLISTED = ("author", "account")  # too many to list


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to look at again, in English and Chinese; `position` and `length` in the text where known."""

    code: str
    message: str
    zh: str
    position: int | None = None
    length: int | None = None


def lint(
    text: str, project: Project | None = None, store: Store | None = None, *, now: datetime | None = None
) -> list[Remark]:
    """What is to be said of a query, in the order of its text; raises `core.errors.QueryError`.

    Codes: ``one-character``, ``mixed``, ``duplicate``, ``contained``, ``near-contained``; with a store also
    ``unknown-value``, ``nothing``, ``nearly-all``, ``common``, ``empty`` and ``uncounted``.
    """
    query = parse(text, project, now=now)
    if query.outline is None:
        return []
    remarks = [*_of_clauses(query.outline), *_of_joints(query.outline, text)]
    if store is not None:
        remarks += _of_counts(query, store)
    return sorted(remarks, key=lambda remark: (remark.position is None, remark.position or 0, remark.code))


def _at(clause: Clause, code: str, message: str, zh: str) -> Remark:
    return Remark(code, message, zh, clause.position, len(clause.text))


# --- What is written ---------------------------------------------------------------------------------


def _of_clauses(outline: Outline) -> Iterator[Remark]:
    for clause, _ in clauses(outline):
        match clause.node:
            case Literal(word, quoted=False) if len(sign := canonical(word)) == 1 and sign.isalnum():
                yield _at(
                    clause,
                    "one-character",
                    f"{word} is one character and stands inside many other words;"
                    f" write a longer word, or w:{word} for the word alone",
                    f"{word} 只有一个字，许多别的词里也有它；请写更长的词，或用 w:{word} 只找这个词",
                )
            case Prefix(start) if len(start) == 1:
                yield _at(
                    clause,
                    "one-character",
                    f"{clause.text} finds every word that begins with {start}; write more of the word",
                    f"{clause.text} 会找到以 {start} 开头的所有词；请多写几个字",
                )
            case _:
                yield from _of_nearness(clause)


def _of_nearness(clause: Clause) -> Iterator[Remark]:
    for near in getattr(clause.node, "parts", (clause.node,)):
        if not isinstance(near, Near) or near.ordered:
            return
        first, second = canonical(near.first.text), canonical(near.second.text)
        if first in second or second in first:
            inner, outer = sorted((near.first.text, near.second.text), key=len)
            yield _at(
                clause,
                "near-contained",
                f"{inner} stands inside {outer}, so that {outer} alone is near itself; write words that differ",
                f"{outer} 里已含 {inner}，单独一个 {outer} 就算相邻；请写互不包含的词",
            )
            return


def _of_joints(outline: Outline, text: str) -> Iterator[Remark]:
    if isinstance(outline, Joined):
        if outline.either and any(map(_bare_and, outline.parts)):
            yield _mixed(outline, text)
        parts = list(_flat(outline.parts, outline.either))
        yield from _duplicates(parts, text)
        yield from _contained(parts, either=outline.either)
        for part in parts:
            yield from _of_joints(part, text)
    elif not isinstance(outline, Clause):
        yield from _of_joints(outline.part, text)


def _flat(parts: Iterable[Outline], either: bool) -> Iterator[Outline]:
    """The parts with those of brackets that change nothing."""
    for part in parts:
        if isinstance(part, Joined) and part.either is either:
            yield from _flat(part.parts, either)
        else:
            yield part


def _bare_and(part: Outline) -> bool:
    return isinstance(part, Joined) and not part.either and not part.bracketed


def _span(outline: Outline) -> tuple[int, int]:
    """Where the first of its clauses begins and the last ends."""
    found = [(c.position or 0, (c.position or 0) + len(c.text)) for c, _ in clauses(outline)]
    return found[0][0], found[-1][1]


def _mixed(joined: Joined, text: str) -> Remark:
    begin, end = _span(joined)
    spelled = []
    for part in joined.parts:
        first, last = _span(part)
        spelled.append(f"({text[first:last]})" if _bare_and(part) else text[first:last])
    reading = " OR ".join(spelled)
    shown = f": {reading}" if len(reading) <= 80 else ""
    zh_shown = f"：{reading}" if shown else ""
    return Remark(
        "mixed",
        f"OR stands beside AND without brackets, and AND binds first{shown}; write the brackets you mean",
        f"OR 与 AND 并列而没有括号，AND 先结合{zh_shown}；请按您的意思加上括号",
        begin,
        end - begin,
    )


def _spelled(part: Outline) -> Node:
    """What part it is, words as they are compared."""
    tree = tree_of(part)
    return Literal(canonical(tree.text)) if isinstance(tree, Literal) else tree


def _duplicates(parts: Sequence[Outline], text: str) -> Iterator[Remark]:
    seen: set[Node] = set()
    for part in parts:
        node = _spelled(part)
        if node in seen:
            begin, end = _span(part)
            yield Remark(
                "duplicate",
                f"{text[begin:end]} stands here twice; remove one",
                f"{text[begin:end]} 写了两遍；请删去一个",
                begin,
                end - begin,
            )
        seen.add(node)


def _contained(parts: Sequence[Outline], *, either: bool) -> Iterator[Remark]:
    """Of two words one of which holds the other, OR needs the shorter only and AND the longer."""
    words = {
        canonical(part.node.text): part
        for part in parts
        if isinstance(part, Clause) and isinstance(part.node, Literal)
    }
    for word, clause in words.items():
        for other, beside in words.items():
            if other == word or not (other in word if either else word in other):
                continue
            yield _at(
                clause,
                "contained",
                f"{clause.text} adds nothing: whatever holds {clause.text if either else beside.text}"
                f" holds {beside.text if either else clause.text}; remove it",
                f"{clause.text} 不起作用：含 {clause.text if either else beside.text} 的都含"
                f" {beside.text if either else clause.text}；请删去",
            )
            break


# --- What the store holds ----------------------------------------------------------------------------


def _of_counts(query: Query, store: Store) -> Iterator[Remark]:
    every = Query("", EVERYTHING)
    found = [pair for pair in clauses(query.told) if pair[0].node != EVERYTHING]
    counted = found[:COUNTED]
    posts, matching, *numbers = store.counts(
        [every, query, *(Query(clause.text, clause.node) for clause, _ in counted)]
    )
    if not posts:
        return
    alone = set(map(id, _alone(query.told)))
    likely = _likely([c for (c, _), n in zip(counted, numbers, strict=True) if n == 0], store, every)
    for (clause, under_not), number in zip(counted, numbers, strict=True):
        if number == 0:
            yield _nothing(clause, likely, under_not=under_not)
        elif posts >= ENOUGH and number >= NEARLY_ALL * posts:
            yield _nearly_all(clause, number, posts, under_not=under_not)
        elif posts >= ENOUGH and id(clause) in alone and number > COMMON * posts:
            yield _at(
                clause,
                "common",
                f"{clause.text} by itself is in {number} of {posts} posts; add words that say what of it you mean",
                f"{posts} 帖中有 {number} 帖含 {clause.text}；请再加几个词，说明您要其中的什么",
            )
    if len(counted) > 1 and matching == 0 and 0 not in numbers:
        yield Remark(
            "empty",
            "each clause is found, but all together match no post; loosen one",
            "每一条都有帖子，合起来却一帖也没有；请放宽其中一条",
        )
    if len(found) > COUNTED:
        yield Remark(
            "uncounted",
            f"only the first {COUNTED} of {len(found)} clauses were counted",
            f"共 {len(found)} 条，只统计了前 {COUNTED} 条",
        )


def _alone(outline: Outline) -> Iterator[Clause]:
    """The words that find posts by themselves, whatever else is in the query."""
    if isinstance(outline, Clause) and isinstance(outline.node, Literal):
        yield outline
    elif isinstance(outline, Joined) and outline.either:
        for part in outline.parts:
            yield from _alone(part)


def _likely(missing: Sequence[Clause], store: Store, every: Query) -> dict[str, list[str]]:
    """The commonest values of the fields whose value was not found."""
    fields = {
        clause.node.field
        for clause in missing
        if isinstance(clause.node, Equals) and clause.node.field in FACETS
    }.difference(_UNLISTED)
    if not fields:
        return {}
    values = store.summary(every, sorted(fields), limit=_LISTED).values
    return {field: [value.value for value in found] for field, found in values.items()}


def _nothing(clause: Clause, likely: dict[str, list[str]], *, under_not: bool) -> Remark:
    if isinstance(clause.node, Equals) and clause.node.field in KEYWORDS:
        there = likely.get(clause.node.field, [])
        near = difflib.get_close_matches(clause.node.value, there, n=1, cutoff=0.5) or there[:5]
        hint, zh_hint = (
            (f"; there are {', '.join(near)}", f"；有的是 {'、'.join(near)}") if near else ("", "")
        )
        return _at(
            clause,
            "unknown-value",
            f"{clause.text} never occurs{hint}",
            f"{clause.text} 从未出现{zh_hint}",
        )
    if under_not:
        return _at(
            clause,
            "nothing",
            f"{clause.text} takes nothing away: no post matches it; remove it",
            f"{clause.text} 什么也没有排除：没有帖子符合它；请删去",
        )
    return _at(
        clause,
        "nothing",
        f"no post matches {clause.text}; look at how it is written",
        f"没有帖子符合 {clause.text}；请看看写法",
    )


def _nearly_all(clause: Clause, number: int, posts: int, *, under_not: bool) -> Remark:
    if under_not:
        return _at(
            clause,
            "nearly-all",
            f"{clause.text} matches {number} of {posts} posts, so that without it hardly any are left",
            f"{posts} 帖中有 {number} 帖符合 {clause.text}，排除后所剩无几",
        )
    return _at(
        clause,
        "nearly-all",
        f"{clause.text} matches {number} of {posts} posts and narrows nothing; remove it",
        f"{posts} 帖中有 {number} 帖符合 {clause.text}，起不到筛选作用；请删去",
    )
