"""A parsed query, and how several become one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from index.query.outline import Clause, Joined, Outline, outline_of, unplaced
from index.query.tree import EVERYTHING, After, Before, Node, all_of


@dataclass(frozen=True, slots=True)
class Query:
    """`text` as a person would type it, `tree` as a store reads it, `outline` as it is told to people.

    `folded` (``duplicate:folded``): a search shows one post of each near-duplicate group.
    """

    text: str
    tree: Node
    folded: bool = False
    outline: Outline | None = field(default=None, compare=False, repr=False)

    @property
    def told(self) -> Outline:
        """The outline; where nobody typed the query, one like its tree."""
        return self.outline or outline_of(self.tree)

    def within(self, since: datetime | None, until: datetime | None) -> Query:
        """This query for posts published from `since` (inclusive) to `until` (exclusive), aware times."""
        span: list[Query] = []
        for name, node, moment in (("after", After, since), ("before", Before, until)):
            if moment is not None:
                text, tree = f"{name}:{_spell(moment)}", node(moment.astimezone(UTC))
                span.append(Query(text, tree, outline=Clause(text, tree, field=name)))
        return Query.all_of(self, *span)

    @staticmethod
    def all_of(*queries: Query) -> Query:
        """The posts all of these queries find."""
        asking = {query.text.strip(): query for query in queries if query.tree != EVERYTHING or query.folded}
        if len(asking) == 1:
            return next(iter(asking.values()))
        # A "#" on each side of a blank would read as a topic; no topic goes over the end of a line.
        blank = "\n" if any(mark in text for mark in "#＃" for text in asking) else " "
        parts = tuple(unplaced(query.told) for query in asking.values())
        return Query(
            blank.join(map(_bracketed, asking)),
            all_of([query.tree for query in queries]),
            any(query.folded for query in queries),
            Joined(parts, either=False) if parts else None,
        )


def _spell(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bracketed(text: str) -> str:
    """`text` as one operand; a lone word or field needs no brackets."""
    alone = text[:1] not in "-－" and not any(sign.isspace() or sign in '()"（）|｜“”「」' for sign in text)
    return text if alone else f"({text})"
