"""Tags: what the rules of a project say of posts, new ones at ingest and stored ones by back-fill.

A back-fill asks the store for the posts that lack a tag they should bear, and for those that bear one they
should not, and writes them so. What is written drops out of both questions, so a back-fill that was stopped
goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from core.models import AnnotatedPost
from core.project import Project
from index.matching import matches
from index.query import EVERYTHING, Equals, Node, Query, parse_rule
from index.query.tree import all_of, fields, negation
from index.store import Batch, Sort, Store
from index.store.merge import TAGGED

_BATCH = 500  # posts
_MOST = 10_000  # different tags of a store that are looked at
_ALL = Query("", EVERYTHING)
_VERSION = "1"  # of how rules are asked


class Tagger:
    """The tag rules of a project, ready to be asked. Raises `QueryError` where one cannot be read."""

    def __init__(self, project: Project) -> None:
        self._rules = {rule.id: parse_rule(rule, project).tree for rule in project.tags}
        # Whether a rule asks for a near-duplicate group, which is known only after all else.
        self.asks_groups = any("duplicate" in fields(rule) for rule in self._rules.values())

    def tagged(self, item: AnnotatedPost) -> AnnotatedPost:
        """The post with the tags the rules give it; as it is where there are no rules."""
        if not self._rules:
            return item
        return with_tags(item, [tag for tag, rule in self._rules.items() if matches(rule, item)])


def with_tags(item: AnnotatedPost, tags: Sequence[str]) -> AnnotatedPost:
    """The post with these tags and no others, and a note that rules were asked."""
    read = item.annotation
    return replace(
        item,
        annotation=replace(read, tags=tuple(sorted(tags)), models={**read.models, TAGGED: _VERSION}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TagState:
    """One tag as a store has it. `query` is None of a tag that no rule of the project gives any more."""

    tag: str
    query: str | None
    owner: str | None
    version: int | None
    tagged: int
    to_add: int
    to_remove: int


def tag_states(store: Store, project: Project) -> list[TagState]:
    """The project's tags in its order, then those that only the store knows."""
    rules = {rule.id: rule for rule in project.tags}
    asked = [(tag, _questions(tag, tree)) for tag, tree in _trees(store, project).items()]
    counts = iter(store.counts([query for _, questions in asked for query in questions]))
    states = []
    for tag, _ in asked:
        rule = rules.get(tag)
        tagged, to_add, to_remove = next(counts), next(counts), next(counts)
        states.append(
            TagState(
                tag=tag,
                query=rule.query if rule else None,
                owner=rule.owner if rule else None,
                version=rule.version if rule else None,
                tagged=tagged,
                to_add=to_add,
                to_remove=to_remove,
            )
        )
    return states


@dataclass(frozen=True, slots=True)
class Applied:
    """How many posts were given tags, and how many lost them; a post counts once a tag."""

    added: int
    removed: int


def apply_tags(
    store: Store,
    project: Project,
    tags: Sequence[str] | None = None,
    *,
    progress: Callable[[int], None] | None = None,
) -> Applied:
    """Gives stored posts the tags that the rules say, these or all; `progress` is told the posts done so far."""
    done = added = 0
    for tag, tree in _trees(store, project).items():
        if tags is not None and tag not in tags:
            continue
        _, lacking, surplus = _questions(tag, tree)
        for question, adds in ((lacking, True), (surplus, False)):
            for posts in _pages(store, question):
                store.write(Batch(posts=[_changed(item, tag, adds) for item in posts]))
                done += len(posts)
                added += len(posts) if adds else 0
                if progress is not None:
                    progress(done)
    store.flush()
    return Applied(added=added, removed=done - added)


def _trees(store: Store, project: Project) -> dict[str, Node | None]:
    """The rule of each tag, None for a tag in the store that has none."""
    trees: dict[str, Node | None] = {rule.id: parse_rule(rule, project).tree for rule in project.tags}
    for found in store.summary(_ALL, ["tag"], counters=(), limit=_MOST).values["tag"]:
        trees.setdefault(found.value, None)
    return trees


def _questions(tag: str, tree: Node | None) -> tuple[Query, Query, Query]:
    """For the posts that bear a tag, that lack it, and that should not bear it."""
    bears = Equals("tag", tag)
    if tree is None:
        return Query("", bears), Query("", all_of([bears, negation(bears)])), Query("", bears)
    return (
        Query("", bears),
        Query("", all_of([tree, negation(bears)])),
        Query("", all_of([bears, negation(tree)])),
    )


def _pages(store: Store, query: Query) -> Iterator[list[AnnotatedPost]]:
    """A result batch by batch; each is written, and so leaves the result, before the next is asked for."""
    cursor: str | None = None
    while True:
        page = store.search(query, sort=Sort.OLDEST, limit=_BATCH, after=cursor)
        if page.hits:
            yield page.items
        cursor = page.cursor
        if cursor is None:
            return


def _changed(item: AnnotatedPost, tag: str, adds: bool) -> AnnotatedPost:
    others = [one for one in item.annotation.tags if one != tag]
    return with_tags(item, [*others, tag] if adds else others)
