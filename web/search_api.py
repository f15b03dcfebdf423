"""What the search page shows, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from core.errors import UsageError
from core.records import post_json, to_builtins
from index.facets import NUMBERS
from index.query import Query, explain, parse
from index.query.linting import lint
from index.query.previewing import preview
from index.results.clustering import keyword_clusters
from index.results.highlighting import hit_json
from index.results.significance import significant_words
from index.results.similar import similar
from index.store import Interval, Sort
from index.store.relevance import FORMULA
from index.store.spans import filled
from web.answers import answer, bounded, moment
from web.downloads import MOST, download
from web.language import language_of
from web.site import Site

HITS, SKIPPED = 1_000, 10_000  # of one page of results; deeper goes the cursor
VALUES, WORDS, SIMILAR, EXAMPLES = 1_000, 200, 100, 20
CLUSTERS = (2, 30)
FACETS = "platform,kind,sentiment,emotion,voice,brand,topic"


def router(site: Site) -> APIRouter:
    """The routes; each takes the query as ``q``, and posts published from ``since`` to ``until`` where given."""
    routes = APIRouter()
    _posts(routes, site)
    _numbers(routes, site)
    _query(routes, site)
    return routes


def _asked(site: Site, q: str, since: str | None, until: str | None) -> Query:
    typed = parse(q, site.project, now=datetime.now(UTC))
    return typed.within(moment(since, site.project), moment(until, site.project))


def _posts(routes: APIRouter, site: Site) -> None:
    """The posts themselves."""

    @routes.get("/search")
    def search(
        q: str = "", since: str | None = None, until: str | None = None, sort: Sort = Sort.NEWEST,
        limit: int = 20, offset: int = 0, cursor: str | None = None, fold: bool = False, highlights: bool = False,
    ) -> Response:  # fmt: skip
        query = _asked(site, q, since, until)
        if fold:
            query = Query.all_of(query, parse("duplicate:folded"))
        limit, offset = bounded("limit", limit, 1, HITS), bounded("offset", offset, 0, SKIPPED)
        page = site.store.search(query, sort=sort, limit=limit, offset=offset, after=cursor)
        posts = [hit_json(hit, query, highlights=highlights) for hit in page.hits]
        return answer({"query": q, "total": site.store.count(query), "posts": posts, "cursor": page.cursor})

    @routes.get("/similar")
    def alike(
        post: str, q: str = "", since: str | None = None, until: str | None = None,
        limit: int = 20, copies: bool = False,
    ) -> Response:  # fmt: skip
        limit = bounded("limit", limit, 1, SIMILAR)
        found = similar(site.store, post, within=_asked(site, q, since, until), limit=limit, copies=copies)
        return answer(
            {"post": post, "posts": [post_json(one.item) | {"shared": one.shared} for one in found]}
        )

    @routes.get("/export")
    def export(
        request: Request, kind: str, q: str = "", since: str | None = None, until: str | None = None,
        sort: Sort = Sort.NEWEST, limit: int = MOST,
    ) -> Response:  # fmt: skip
        return download(
            site, request, _asked(site, q, since, until), kind,
            sort=sort, limit=limit, language=language_of(request), at=datetime.now(UTC),
        )  # fmt: skip


def _numbers(routes: APIRouter, site: Site) -> None:
    """What a result is made of."""

    @routes.get("/count")
    def count(q: str = "", since: str | None = None, until: str | None = None) -> Response:
        return answer({"query": q, "count": site.store.count(_asked(site, q, since, until))})

    @routes.get("/histogram")
    def histogram(
        q: str = "", since: str | None = None, until: str | None = None,
        by: str | None = None, interval: Interval = Interval.DAY, empty: bool = True,
    ) -> Response:  # fmt: skip
        zone = site.project.timezone
        buckets = site.store.histogram(_asked(site, q, since, until), by=by, interval=interval, zone=zone)
        whole = filled(buckets, interval, zone) if empty else buckets
        return answer({"query": q, "by": by, "interval": interval, "zone": zone, "buckets": whole})

    @routes.get("/facets")
    def facets(
        q: str = "", since: str | None = None, until: str | None = None,
        fields: str = FACETS, counters: str = "engagement", limit: int = 10,
    ) -> Response:  # fmt: skip
        found = site.store.summary(
            _asked(site, q, since, until),
            _listed(fields),
            counters=_counters(counters),
            limit=bounded("limit", limit, 1, VALUES),
        )
        return answer({"query": q, **to_builtins(found)})

    @routes.get("/words")
    def words(
        q: str = "", since: str | None = None, until: str | None = None, against: str = "", limit: int = 20
    ) -> Response:
        rest = _asked(site, against, since, until)
        found = significant_words(
            site.store, _asked(site, q, since, until), against=rest, limit=bounded("limit", limit, 1, WORDS)
        )
        return answer({"query": q, "against": against, **to_builtins(found)})

    @routes.get("/clusters")
    def clusters(
        q: str = "", since: str | None = None, until: str | None = None, k: int | None = None
    ) -> Response:
        number = None if k is None else bounded("k", k, *CLUSTERS)
        return answer(
            {"query": q, **to_builtins(keyword_clusters(site.store, _asked(site, q, since, until), k=number))}
        )


def _query(routes: APIRouter, site: Site) -> None:
    """What is to be said of the query itself."""

    @routes.get("/lint")
    def linted(q: str = "", counted: bool = True) -> Response:
        remarks = lint(q, site.project, site.store if counted else None, now=datetime.now(UTC))
        return answer({"query": q, "remarks": remarks})

    @routes.get("/explain")
    def explained(q: str = "") -> Response:
        typed = parse(q, site.project, now=datetime.now(UTC))
        told = {language: explain(typed, language, zone=site.project.zone) for language in ("zh", "en")}
        formulas = {Sort.ENGAGED: "reposts + comments + likes", Sort.RELEVANT: FORMULA}
        return answer({"query": q, **told, "sorts": formulas})

    @routes.get("/preview")
    def previewed(
        q: str = "", since: str | None = None, until: str | None = None, examples: int = 5
    ) -> Response:
        typed = parse(q, site.project, now=datetime.now(UTC))
        window = moment(since, site.project), moment(until, site.project)
        found = preview(site.store, typed, *window, limit=bounded("examples", examples, 0, EXAMPLES))
        told = to_builtins(found) | {"hits": [post_json(hit.item) for hit in found.hits]}
        return answer({"query": q, **told})


def _listed(names: str) -> list[str]:
    return list(dict.fromkeys(name for part in names.split(",") if (name := part.strip())))


def _counters(names: str) -> list[str]:
    wanted = _listed(names)
    for name in wanted:
        if name not in NUMBERS:
            raise UsageError(f"no counter is called {name!r}; known are {', '.join(NUMBERS)}.")
    return wanted
