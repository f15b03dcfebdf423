"""The queries of tag rules, which mean the same for a post on every day."""

from __future__ import annotations

from core.project import Project, TagRule
from index.query.fields import Spot
from index.query.outline import Clause, Outline, clauses
from index.query.parsing import parse
from index.query.query import Query


def parse_rule(rule: TagRule, project: Project) -> Query:
    """The query of a tag rule, which means the same for a post on every day.

    Raises `QueryError`, also where the rule asks for tags, for folding, or for a time that moves.
    """
    query = parse(rule.query, project)
    for clause in _written_out(query.told):
        if clause.field == "tag" or clause.folds:
            raise Spot(rule.query, clause.position or 0).error(
                f"{clause.text} cannot stand in the rule of a tag; ask for words and fields of the post",
                f"标签的规则里不能写 {clause.text}；请写词和帖子的字段",
            )
    return query


def _written_out(outline: Outline) -> list[Clause]:
    found: list[Clause] = []
    for clause, _ in clauses(outline):
        found += [clause, *(_written_out(clause.inner) if clause.inner else ())]
    return found
