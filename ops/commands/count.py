"""``tingfeng count``: the numbers of a result in place of its posts."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import UsageError
from core.language import say
from core.project import Project
from core.records import to_builtins
from ops.options import (
    HomeOption,
    JsonOption,
    LimitOption,
    ProjectOption,
    SinceOption,
    StoreOption,
    UntilOption,
    add_command,
    resolve_home,
    resolve_project,
    resolve_span,
    resolve_store_address,
)
from ops.output import emit_json, named, table, tell

if TYPE_CHECKING:
    from index.query import Query
    from index.store import Store


def register(app: typer.Typer) -> None:
    add_command(app, "count", count, example="tingfeng count 澜石 --histogram day --by sentiment --since 30d")


def count(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help=say("The query; an empty one matches every post."))
    ],
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="FIELD", help=say("The most frequent values of a field.")),
    ] = None,
    histogram: Annotated[
        str | None,
        typer.Option(
            "--histogram",
            metavar="INTERVAL",
            help=say("Posts by minute, hour, day, week or month; also --by."),
        ),
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help=say("Words it says more often than the rest."))
    ] = False,
    clusters: Annotated[
        bool, typer.Option("--clusters", help=say("What kinds of things are said in it."))
    ] = False,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Count a result: posts, authors and engagement, or values, a histogram, words, clusters."""
    from index.address import open_store
    from index.query import parse

    if words + clusters + bool(by or histogram) > 1:
        raise UsageError(
            "--words, --clusters and --by or --histogram are different answers; ask for one of them."
        )
    place = resolve_home(home)
    listening = resolve_project(project, place)
    span = resolve_span(since, until, listening)
    parsed = parse(query, listening, now=datetime.now(UTC)).within(*span)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        if words:
            _words(opened, parsed, parse("").within(*span), query, limit, as_json)
        elif clusters:
            _clusters(opened, parsed, query, as_json)
        elif histogram:
            _histogram(opened, parsed, query, histogram, by, listening, as_json)
        elif by:
            _values(opened, parsed, query, by, limit, as_json)
        else:
            _stats(opened, parsed, query, as_json)


def _stats(store: Store, parsed: Query, query: str, as_json: bool) -> None:
    found = store.summary(parsed)
    if as_json:
        emit_json(
            {"query": query, "posts": found.posts, "authors": found.authors, "counters": found.counters}
        )
        return
    tell(f"{found.posts} posts match, by {found.authors} authors.")
    rows = [
        (say(name), one.n, one.sum, one.p50, one.p90, one.p99, one.max)
        for name, one in found.counters.items()
    ]
    table(("counter", "known of", "sum", "p50", "p90", "p99", "max"), rows)


def _values(store: Store, parsed: Query, query: str, by: str, limit: int, as_json: bool) -> None:
    found = store.summary(parsed, [by], counters=(), limit=limit)
    values = found.values[by]
    if as_json:
        emit_json({"query": query, "total": found.posts, "by": by, "values": values})
        return
    tell(f"{found.posts} posts match.")
    table(("value", "posts"), [(named(by, one.value), one.count) for one in values])


def _histogram(
    store: Store, parsed: Query, query: str, interval: str, by: str | None, project: Project, as_json: bool
) -> None:
    from index.store import Interval
    from index.store.spans import filled

    if interval not in tuple(Interval):
        raise UsageError(f"--histogram {interval!r} is unknown; use minute, hour, day, week or month.")
    width, zone = Interval(interval), project.timezone
    buckets = filled(store.histogram(parsed, by=by, interval=width, zone=zone), width, zone)
    if as_json:
        emit_json({"query": query, "by": by, "interval": interval, "zone": zone, "buckets": buckets})
        return
    if by is None:
        table(("time", "posts"), [(one.start, one.count) for one in buckets])
    else:
        rows = [(one.start, named(by, one.value), one.count) for one in buckets]
        table(("time", "value", "posts"), rows)


def _words(store: Store, parsed: Query, against: Query, query: str, limit: int, as_json: bool) -> None:
    from index.results.significance import significant_words

    found = significant_words(store, parsed, against=against, limit=limit)
    if as_json:
        emit_json({"query": query, **to_builtins(found)})
        return
    tell(f"{found.n} posts were held against {found.rest} others by the {found.measure}.")
    if found.note is not None:
        tell("There is not enough data.")
        return
    rows = [(one.word, one.count, one.background, one.score, one.effect) for one in found.words]
    table(("word", "posts", "in the rest", "G2", "log odds ratio"), rows)


def _clusters(store: Store, parsed: Query, query: str, as_json: bool) -> None:
    from index.results.clustering import keyword_clusters

    found = keyword_clusters(store, parsed)
    if as_json:
        emit_json({"query": query, **to_builtins(found)})
        return
    tell(f"{found.n} of {found.total} posts were grouped: {found.method}.")
    if found.note is not None:
        tell("There is not enough data.")
        return
    rows = [
        (" ".join(one.words), one.size, f"{one.share:.1%}", " ".join(one.examples)) for one in found.clusters
    ]
    table(("words", "posts", "share", "examples"), rows)
