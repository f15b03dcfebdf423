"""Search: the query read while it is typed, its posts, what they are made of, and what goes out as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from core.errors import QueryError, StoreAway, TingfengError, UsageError
from core.language import told
from core.project import Title
from index.facets import NUMBERS
from index.query import Query, explain
from index.query.linting import lint
from index.query.previewing import preview
from index.results.clustering import keyword_clusters
from index.results.significance import significant_words
from index.results.similar import similar
from index.store import Interval, Sort, Summary
from web import facets, hits, timeline
from web.asking import SPLITS, UNDIVIDED, Asked, read_asked
from web.charts import Chart
from web.downloads import MOST, TYPES, download
from web.language import language_of, sentence
from web.refining import Condition, added, conditions, spelled, without
from web.site import Site

PAGE = 20
_EXAMPLES = 5
_WORDS, _SIMILAR = 30, 8


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    _whole(routes, site)
    _pieces(routes, site)
    return routes


def _whole(routes: APIRouter, site: Site) -> None:
    """The page, what is said of its query while it is typed, and its posts as a file."""

    @routes.get("/search", response_class=HTMLResponse)
    def search(request: Request, add: str = "", take: str = "") -> Response:
        asked = read_asked(request, site)
        try:
            if add or take:
                return RedirectResponse(asked.address(q=_changed(asked, add, take)), 303)
            answer = _answer(site, asked, language_of(request))
        except TingfengError as error:
            return _page(request, site, asked, **_failed(error, asked, language_of(request)))
        return _page(request, site, asked, error=None, status=200, **answer)

    @routes.get("/search/check", response_class=HTMLResponse)
    def check(request: Request) -> HTMLResponse:
        """What the query means, what is odd about it, and how much it would find."""
        asked, language = read_asked(request, site), language_of(request)
        values: dict[str, object] = {"error": None, "status": 200}
        try:
            typed = asked.read(asked.text)
            found = preview(site.store, typed, asked.period.since, None, limit=_EXAMPLES)
            values |= {
                "explanation": explain(typed, language, zone=site.project.zone),
                "remarks": lint(asked.text, site.project, site.store, now=asked.now),
                "preview": found,
                "examples": hits.shown(asked.query(), found.hits),
            }
        except TingfengError as error:
            values = _failed(error, asked, language)
        return _part(request, site, "search_check.html", asked, **values)

    @routes.get("/search/export")
    def export(request: Request, kind: str, limit: int = MOST) -> Response:
        asked = read_asked(request, site)
        return download(
            site, request, asked.query(), kind,
            sort=asked.sort, limit=limit, language=language_of(request), at=datetime.now(UTC),
        )  # fmt: skip


def _pieces(routes: APIRouter, site: Site) -> None:
    """What is asked for when the page stands."""

    @routes.get("/search/words", response_class=HTMLResponse)
    def words(request: Request) -> HTMLResponse:
        asked = read_asked(request, site)
        found = significant_words(site.store, asked.query(), limit=_WORDS)
        return _part(request, site, "search_words.html", asked, found=found, clause=spelled)

    @routes.get("/search/clusters", response_class=HTMLResponse)
    def clusters(request: Request) -> HTMLResponse:
        asked = read_asked(request, site)
        found = keyword_clusters(site.store, asked.query())
        ids = [one for cluster in found.clusters for one in cluster.examples]
        known = {item.post.id: item for item in site.store.get(ids)}
        return _part(request, site, "search_clusters.html", asked, found=found, known=known)

    @routes.get("/search/numbers", response_class=HTMLResponse)
    def numbers(request: Request) -> HTMLResponse:
        asked = read_asked(request, site)
        found = site.store.summary(asked.query())
        return _part(request, site, "search_numbers.html", asked, found=found, counters=list(NUMBERS))

    @routes.get("/search/similar", response_class=HTMLResponse)
    def alike(request: Request, post: str) -> HTMLResponse:
        asked = read_asked(request, site)
        found = similar(site.store, post, limit=_SIMILAR)
        posts = hits.plain([one.item for one in found])
        pairs = [(post, one.shared) for post, one in zip(posts, found, strict=True)]
        return _part(request, site, "search_similar.html", asked, found=pairs, post=post)


def _changed(asked: Asked, add: str, take: str) -> str:
    """The query's text after a click."""
    typed = asked.read(asked.text)
    if add:
        return added(typed, asked.text, add)
    return without(typed, asked.text, take, asked.read)


def _answer(site: Site, asked: Asked, language: str) -> dict[str, object]:
    """One page of hits; the first with its count, facets and histogram: three questions to the store."""
    typed, query = asked.read(asked.text), asked.query()
    page = site.store.search(query, sort=asked.sort, limit=PAGE, after=asked.after)
    answer: dict[str, object] = {
        "found": hits.shown(query, page.hits),
        "more": page.cursor and asked.address(after=page.cursor),
        "bound": conditions(typed),
        "folded": query.folded,
    }
    if asked.after is None:
        summary = site.store.summary(query, facets.FIELDS, counters=("engagement",), limit=facets.LISTED)
        answer |= {
            "summary": summary,
            "facets": _facets(site, summary, conditions(typed), language),
            **_timeline(site, asked, query, language),
        }
    return answer


def _facets(site: Site, summary: Summary, bound: tuple[Condition, ...], language: str) -> list[facets.Facet]:
    authors = site.store.authors(value.value for value in summary.values["account"])
    return facets.facets(summary, bound, site.project, authors, language)


def _timeline(site: Site, asked: Asked, query: Query, language: str) -> dict[str, object]:
    project = site.project
    found = timeline.timeline(site.store, query, by=asked.by, interval=asked.interval, zone=project.timezone)

    def name(value: str | None) -> str:
        if value == timeline.OTHERS:
            return sentence("search.others", language)
        if asked.by is None:
            return sentence("overview.posts", language)
        return facets.label_of(asked.by, value, project, language)

    chart: Chart = timeline.chart(found, asked.by, project.zone, name)
    return {"chart": chart, "interval": found.interval, "cut": found.cut}


def _failed(error: TingfengError, asked: Asked, language: str) -> dict[str, object]:
    """An error as the page tells it; of a query, with the place. A query half typed is no failure."""
    mark = None
    if isinstance(error, QueryError):
        mark = {"before": asked.text[: error.position], "at": asked.text[error.position :]}
        status = 200
    else:
        status = 400 if isinstance(error, UsageError) else 503 if isinstance(error, StoreAway) else 500
    return {"error": told(error, language), "mark": mark, "status": status}


def _page(request: Request, site: Site, asked: Asked, **values: Any) -> HTMLResponse:
    language = language_of(request)
    read: dict[str, Any] = {"explanation": None, "remarks": (), "preview": None, "examples": ()}
    if values["error"] is None and asked.text.strip():
        typed = asked.read(asked.text)
        # what is odd by itself; the store is asked for the rest when the page stands
        read |= {
            "explanation": explain(typed, language, zone=site.project.zone),
            "remarks": lint(asked.text, site.project, now=asked.now),
        }
    return site.render(
        request, "search.html",
        asked=asked, sorts=list(Sort), intervals=list(Interval), splits=SPLITS, undivided=UNDIVIDED,
        formats=list(TYPES), most=MOST, shortcuts=_shortcuts(site), **read, **values,
    )  # fmt: skip


def _shortcuts(site: Site) -> list[tuple[str, list[tuple[str, Title, str]]]]:
    """What the project calls by name: the clause of each, its title, and what it stands for."""
    project = site.project
    groups = {
        "saved": [(f"saved:{one.id}", one.title, one.query) for one in project.queries],
        "brand": [(f"brand:{one.id}", one.title, one.query()) for one in project.brands],
        "list": [(f"list:{one.id}", one.title, ", ".join(one.accounts)) for one in project.lists],
        "tag": [(f"tag:{one.id}", one.title, one.query) for one in project.tags],
    }
    return [(name, entries) for name, entries in groups.items() if entries]


def _part(request: Request, site: Site, template: str, asked: Asked, **values: Any) -> HTMLResponse:
    """A piece for a page that stands; a page of its own for a browser without scripts."""
    alone = "hx-request" not in request.headers or request.headers.get("hx-request-type") == "full"
    return site.render(
        request, "search_part.html" if alone else template, part=template, asked=asked, **values
    )
