"""``tingfeng search``: the posts of a query, or what is to be said of the query itself."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import UsageError
from core.language import chosen, say
from core.project import Project
from core.records import post_json, to_builtins
from ops.options import (
    HomeOption,
    JsonOption,
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
from ops.output import Progress, emit_json, local, named, one_line, table, tell

if TYPE_CHECKING:
    from index.query import Query
    from index.store import Hit, Sort, Store

_SHOWN, _MOST = 20, 10_000  # posts


def register(app: typer.Typer) -> None:
    add_command(
        app, "search", search, example="tingfeng search '刹车 (异响 OR 失灵) platform:weibo' --since 7d"
    )


def search(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help=say("The query; an empty one matches every post."))
    ],
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help=say("At most so many (20; all of them for --export).")),
    ] = None,
    offset: Annotated[int, typer.Option("--offset", min=0, help=say("Pass over so many."))] = 0,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="CURSOR", help=say("Go on behind the page that gave this cursor.")),
    ] = None,
    sort: Annotated[str, typer.Option("--sort", help="newest | oldest | engaged | relevant")] = "newest",
    fold: Annotated[bool, typer.Option("--fold", help=say("Show one post of each near-duplicates."))] = False,
    count: Annotated[bool, typer.Option("--count", help=say("Only count."))] = False,
    similar: Annotated[
        str | None,
        typer.Option("--similar", metavar="POST_ID", help=say("The matching posts most like this one.")),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help=say("Write them to .jsonl, .csv, .parquet or .xlsx.")),
    ] = None,
    lint: Annotated[
        bool, typer.Option("--lint", help=say("Say what one might regret in the query."))
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help=say("Say the query in words."))] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help=say("Count each clause and show a few posts."))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find posts by words, "phrases", AND OR NOT ( ) and fields."""
    from index.address import open_store
    from index.query import Query, parse
    from index.store import Sort

    views = {"--count": count, "--similar": similar, "--export": export}
    views |= {"--lint": lint, "--explain": explain, "--preview": preview}
    if len(asked := [name for name, given in views.items() if given]) > 1:
        raise UsageError(f"{asked[0]} and {asked[1]} are different answers; ask for one of them.")
    if sort not in tuple(Sort):
        raise UsageError(f"--sort {sort!r} is unknown; use newest, oldest, engaged or relevant.")
    if limit is not None and limit > _MOST and export is None:
        raise UsageError(
            f"--limit {limit} is more than {_MOST}; go on with --after, or write to --export FILE."
        )
    place = resolve_home(home)
    listening = resolve_project(project, place)
    now = datetime.now(UTC)
    typed = parse(query, listening, now=now)
    span = resolve_span(since, until, listening)
    parsed = typed.within(*span)
    if fold:
        parsed = Query.all_of(parsed, parse("duplicate:folded"))
    if explain:
        _explain(parsed, query, listening, as_json)
        return
    with closing(open_store(resolve_store_address(store), place)) as opened:
        if lint:
            _lint(opened, query, listening, now, as_json)
        elif preview:
            _preview(opened, typed, query, span, listening, as_json)
        elif similar is not None:
            _similar(opened, similar, parsed, limit or _SHOWN, listening, as_json)
        elif export is not None:
            from index.exporting import export as write

            progress = Progress("posts")
            done = write(
                opened, parsed, export,
                home=place, project=listening, at=now, sort=Sort(sort), limit=limit,
                language=chosen(), progress=progress,
            )  # fmt: skip
            progress.end()
            if as_json:
                emit_json({"query": query, "path": done.path, "posts": done.posts})
            else:
                tell(f"{done.posts} posts written to {done.path}.")
        elif count:
            total = opened.count(parsed)
            if as_json:
                emit_json({"query": query, "total": total, "posts": [], "cursor": None})
            else:
                typer.echo(total)
        else:
            _posts(opened, parsed, query, Sort(sort), limit or _SHOWN, offset, after, listening, as_json)


def _posts(
    store: Store,
    parsed: Query,
    query: str,
    sort: Sort,
    limit: int,
    offset: int,
    after: str | None,
    project: Project,
    as_json: bool,
) -> None:
    from index.highlighting import hit_json

    total = store.count(parsed)
    page = store.search(parsed, sort=sort, limit=limit, offset=offset, after=after)
    if as_json:
        hits = [hit_json(hit, parsed) for hit in page.hits]
        emit_json({"query": query, "total": total, "posts": hits, "cursor": page.cursor})
        return
    tell(f"{total} posts match.")
    _table(page.hits, project, folded=parsed.folded)
    if page.cursor is not None:
        tell(f"There are more: --after {page.cursor}")


def _table(hits: tuple[Hit, ...], project: Project, *, folded: bool = False) -> None:
    rows = [
        (
            *_row(hit, project),
            *((hit.spread.posts, len(hit.spread.platforms)) if folded and hit.spread else ()),
        )
        for hit in hits
    ]
    if not rows:
        return
    if folded:
        table(("time", "platform", "author", "sentiment", "text", "id", "copies", "platforms"), rows)
    else:
        table(("time", "platform", "author", "sentiment", "text", "id"), rows)


def _row(hit: Hit, project: Project) -> tuple[object, ...]:
    post, felt = hit.item.post, hit.item.annotation.sentiment
    return (
        local(post.published_at, project.zone),
        post.platform,
        post.author.name if post.author else None,
        named("sentiment", felt.label) if felt else None,
        one_line(post.text),
        post.id,
    )


def _similar(store: Store, post_id: str, parsed: Query, limit: int, project: Project, as_json: bool) -> None:
    from index.similar import similar

    found = similar(store, post_id, within=parsed, limit=limit)
    if as_json:
        posts = [post_json(one.item) | {"shared": one.shared} for one in found]
        emit_json({"post": post_id, "posts": posts})
        return
    rows = [
        (
            local(one.item.post.published_at, project.zone),
            one.item.post.platform,
            " ".join(one.shared),
            one_line(one.item.post.text),
            one.item.post.id,
        )
        for one in found
    ]
    if rows:
        table(("time", "platform", "shared words", "text", "id"), rows)
    else:
        tell("No other post shares enough of its words.")


def _explain(parsed: Query, query: str, project: Project, as_json: bool) -> None:
    from index.query import explain

    if as_json:
        told = {language: explain(parsed, language, zone=project.zone) for language in ("zh", "en")}
        emit_json({"query": query, **told})
    else:
        typer.echo(explain(parsed, chosen(), zone=project.zone))


def _lint(store: Store, query: str, project: Project, now: datetime, as_json: bool) -> None:
    from index.linting import lint

    remarks = lint(query, project, store, now=now)
    if as_json:
        emit_json({"query": query, "remarks": remarks})
        return
    for remark in remarks:
        typer.echo(remark.zh if chosen() == "zh" else remark.message)
    if not remarks:
        tell("Nothing to regret was found.")


def _preview(
    store: Store,
    typed: Query,
    query: str,
    span: tuple[datetime | None, datetime | None],
    project: Project,
    as_json: bool,
) -> None:
    from index.highlighting import hit_json
    from index.previewing import preview

    found = preview(store, typed, *span)
    if as_json:
        told = to_builtins(found) | {"hits": [hit_json(hit, typed) for hit in found.hits]}
        emit_json({"query": query, **told})
        return
    rows = [(part.text, ("-" if part.denied else "") + f"{part.count:,}") for part in found.parts]
    table(("clause", "posts"), [*rows, (say("the whole query"), f"{found.count:,}")])
    if found.uncounted:
        tell(f"{found.uncounted} more clauses were not counted.")
    tell(f"{found.count} of {found.posts} posts match.")
    _table(found.hits, project)
