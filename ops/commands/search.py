"""``tingfeng search``: the posts of a query, or what is to be said of the query itself."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import UsageError
from core.home import Home
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
    from index.store import Hit, Store

_SHOWN, _MOST = 20, 10_000  # posts

_LIMIT = say("At most so many (20; all of them for --export).")
_AFTER = say("Go on behind the page that gave this cursor.")
_EXPORT = say("Write them to .jsonl, .csv, .parquet or .xlsx.")
_SIMILAR = say("The matching posts most like this one.")
_QUERY = say("The query; an empty one matches every post.")
QueryArgument = Annotated[str, typer.Argument(metavar="QUERY", help=_QUERY)]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help=_LIMIT)]
OffsetOption = Annotated[int, typer.Option("--offset", min=0, help=say("Pass over so many."))]
AfterOption = Annotated[str | None, typer.Option("--after", metavar="CURSOR", help=_AFTER)]
SortOption = Annotated[str, typer.Option("--sort", help="newest | oldest | engaged | relevant")]
FoldOption = Annotated[bool, typer.Option("--fold", help=say("Show one post of each near-duplicates."))]
CountOption = Annotated[bool, typer.Option("--count", help=say("Only count."))]
SimilarOption = Annotated[str | None, typer.Option("--similar", metavar="POST_ID", help=_SIMILAR)]
ExportOption = Annotated[Path | None, typer.Option("--export", metavar="FILE", help=_EXPORT)]
LintOption = Annotated[bool, typer.Option("--lint", help=say("Say what one might regret in the query."))]
ExplainOption = Annotated[bool, typer.Option("--explain", help=say("Say the query in words."))]
PreviewOption = Annotated[
    bool, typer.Option("--preview", help=say("Count each clause and show a few posts."))
]


def register(app: typer.Typer) -> None:
    add_command(
        app, "search", search, example="tingfeng search '刹车 (异响 OR 失灵) platform:weibo' --since 7d"
    )


def search(
    query: QueryArgument,
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = None,
    offset: OffsetOption = 0,
    after: AfterOption = None,
    sort: SortOption = "newest",
    fold: FoldOption = False,
    count: CountOption = False,
    similar: SimilarOption = None,
    export: ExportOption = None,
    lint: LintOption = False,
    explain: ExplainOption = False,
    preview: PreviewOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find posts by words, "phrases", AND OR NOT ( ) and fields."""
    from index.address import open_store

    views = {"--count": count, "--similar": similar, "--export": export}
    views |= {"--lint": lint, "--explain": explain, "--preview": preview}
    _check([name for name, given in views.items() if given], sort, limit, export)
    place = resolve_home(home)
    asked = _asked(query, resolve_project(project, place), since, until, fold=fold, as_json=as_json)
    if explain:
        _explain(asked)
        return
    with closing(open_store(resolve_store_address(store), place)) as opened:
        if lint:
            _lint(opened, asked)
        elif preview:
            _preview(opened, asked)
        elif similar is not None:
            _similar(opened, asked, similar, limit or _SHOWN)
        elif export is not None:
            _export(opened, asked, export, place, sort, limit)
        elif count:
            _count(opened, asked)
        else:
            _posts(opened, asked, sort, limit or _SHOWN, offset, after)


def _check(views: list[str], sort: str, limit: int | None, export: Path | None) -> None:
    from index.store import Sort

    if len(views) > 1:
        raise UsageError(f"{views[0]} and {views[1]} are different answers; ask for one of them.")
    if sort not in tuple(Sort):
        raise UsageError(f"--sort {sort!r} is unknown; use newest, oldest, engaged or relevant.")
    if limit is not None and limit > _MOST and export is None:
        raise UsageError(
            f"--limit {limit} is more than {_MOST}; go on with --after, or write to --export FILE."
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query: `text` as written, `typed` as read, `whole` within its span and folded where that was asked."""

    text: str
    typed: Query
    whole: Query
    project: Project
    span: tuple[datetime | None, datetime | None]
    now: datetime
    as_json: bool


def _asked(
    text: str, project: Project, since: str | None, until: str | None, *, fold: bool, as_json: bool
) -> _Asked:
    from index.query import Query, parse

    now = datetime.now(UTC)
    typed, span = parse(text, project, now=now), resolve_span(since, until, project)
    whole = typed.within(*span)
    if fold:
        whole = Query.all_of(whole, parse("duplicate:folded"))
    return _Asked(text, typed, whole, project, span, now, as_json)


def _count(store: Store, asked: _Asked) -> None:
    total = store.count(asked.whole)
    if asked.as_json:
        emit_json({"query": asked.text, "total": total, "posts": [], "cursor": None})
    else:
        typer.echo(total)


def _posts(store: Store, asked: _Asked, sort: str, limit: int, offset: int, after: str | None) -> None:
    from index.results.highlighting import hit_json
    from index.store import Sort

    query = asked.whole
    total = store.count(query)
    page = store.search(query, sort=Sort(sort), limit=limit, offset=offset, after=after)
    if asked.as_json:
        hits = [hit_json(hit, query) for hit in page.hits]
        emit_json({"query": asked.text, "total": total, "posts": hits, "cursor": page.cursor})
        return
    tell(f"{total} posts match.")
    _table(page.hits, asked.project, folded=query.folded)
    if page.cursor is not None:
        tell(f"There are more: --after {page.cursor}")


def _export(store: Store, asked: _Asked, path: Path, home: Home, sort: str, limit: int | None) -> None:
    from index.exports.exporting import export
    from index.store import Sort

    progress = Progress("posts")
    done = export(
        store, asked.whole, path,
        home=home, project=asked.project, at=asked.now, sort=Sort(sort), limit=limit,
        language=chosen(), progress=progress,
    )  # fmt: skip
    progress.end()
    if asked.as_json:
        emit_json({"query": asked.text, "path": done.path, "posts": done.posts})
    else:
        tell(f"{done.posts} posts written to {done.path}.")


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


def _similar(store: Store, asked: _Asked, post_id: str, limit: int) -> None:
    from index.results.similar import similar

    found = similar(store, post_id, within=asked.whole, limit=limit)
    if asked.as_json:
        posts = [post_json(one.item) | {"shared": one.shared} for one in found]
        emit_json({"post": post_id, "posts": posts})
        return
    rows = [
        (
            local(one.item.post.published_at, asked.project.zone),
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


def _explain(asked: _Asked) -> None:
    from index.query import explain

    zone = asked.project.zone

    if asked.as_json:
        told = {language: explain(asked.whole, language, zone=zone) for language in ("zh", "en")}
        emit_json({"query": asked.text, **told})
    else:
        typer.echo(explain(asked.whole, chosen(), zone=zone))


def _lint(store: Store, asked: _Asked) -> None:
    from index.query.linting import lint

    remarks = lint(asked.text, asked.project, store, now=asked.now)
    if asked.as_json:
        emit_json({"query": asked.text, "remarks": remarks})
        return
    for remark in remarks:
        typer.echo(remark.zh if chosen() == "zh" else remark.message)
    if not remarks:
        tell("Nothing to regret was found.")


def _preview(store: Store, asked: _Asked) -> None:
    from index.query.previewing import preview
    from index.results.highlighting import hit_json

    found = preview(store, asked.typed, *asked.span)
    if asked.as_json:
        told = to_builtins(found) | {"hits": [hit_json(hit, asked.typed) for hit in found.hits]}
        emit_json({"query": asked.text, **told})
        return
    rows = [(part.text, ("-" if part.denied else "") + f"{part.count:,}") for part in found.parts]
    table(("clause", "posts"), [*rows, (say("the whole query"), f"{found.count:,}")])
    if found.uncounted:
        tell(f"{found.uncounted} more clauses were not counted.")
    tell(f"{found.count} of {found.posts} posts match.")
    _table(found.hits, asked.project)
