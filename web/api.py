"""The same answers as the command line's ``--json``, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from core.errors import UsageError
from core.project import Project
from core.records import post_json, to_json
from core.times import read_time
from index.query import parse
from index.store import Sort
from mining import cascade as cascades
from mining import kol as kols
from mining.kol import Kol
from mining.topics import Topics
from mining.wom import WordOfMouth
from web.site import Site


def router(site: Site) -> APIRouter:
    """``/api/search``, ``/api/wom``, ``/api/topics``, ``/api/cascade``, ``/api/kol``."""
    routes = APIRouter(prefix="/api")

    @routes.get("/search")
    def search(q: str = "", sort: Sort = Sort.NEWEST, limit: int = 20, offset: int = 0) -> Response:
        query = parse(q, site.project)
        page = site.store.search(query, sort=sort, limit=max(1, min(limit, 1000)), offset=max(0, offset))
        return _json(
            {"query": q, "total": site.store.count(query), "posts": [post_json(item) for item in page.items]}
        )

    @routes.get("/wom")
    def wom(brand: str, since: str | None = None, until: str | None = None) -> Response:
        report = WordOfMouth(site.project).report(
            site.store, brand, since=_moment(since, site.project), until=_until(until, site.project)
        )
        return _json(report)

    @routes.get("/topics")
    def topics(q: str = "", until: str | None = None, limit: int = 20) -> Response:
        finder = Topics(zone=site.project.timezone)
        return _json(finder.rising(site.store, _until(until, site.project), query=q, limit=limit))

    @routes.get("/cascade/{root_id:path}")
    def cascade(root_id: str) -> Response:
        stored = site.store.cascade(root_id)
        if not stored:
            raise UsageError(f"No post of {root_id} is in the store; crawl it with its reposts first.")
        return _json(cascades.contract(cascades.reconstruct((item.post for item in stored), root_id)))

    @routes.get("/kol")
    def kol(q: str = "", since: str | None = None, until: str | None = None, limit: int = 50) -> Response:
        report = Kol(left_out=site.project.brand_accounts).candidates(
            site.store,
            q,
            since=_moment(since, site.project),
            until=_until(until, site.project),
            limit=limit,
        )
        return _json(kols.contract(report))

    return routes


def _json(answer: object) -> Response:
    return Response(to_json(answer), media_type="application/json")


def _moment(given: str | None, project: Project) -> datetime | None:
    if given is None:
        return None
    moment = read_time(given, now=datetime.now(UTC), zone=project.zone)
    if moment is None:
        raise UsageError(f"{given!r} is not a date; write 2026-11-01 or 2026-11-01T08:00.")
    return moment.at


def _until(given: str | None, project: Project) -> datetime:
    return _moment(given, project) or datetime.now(UTC)
