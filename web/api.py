"""The same answers as the command line's ``--json``, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from core.errors import UsageError
from core.project import Project
from mining import cascade as cascades
from mining import kol as kols
from mining.kol import Kol
from mining.topics import Topics
from mining.wom import WordOfMouth
from web import search_api
from web.answers import answer, moment
from web.site import Site


def router(site: Site) -> APIRouter:
    """All that begins with ``/api``: the search, and what is mined."""
    routes = APIRouter(prefix="/api")
    routes.include_router(search_api.router(site))

    @routes.get("/wom")
    def wom(brand: str, since: str | None = None, until: str | None = None) -> Response:
        report = WordOfMouth(site.project).report(
            site.store, brand, since=moment(since, site.project), until=_until(until, site.project)
        )
        return answer(report)

    @routes.get("/topics")
    def topics(q: str = "", until: str | None = None, limit: int = 20) -> Response:
        finder = Topics(zone=site.project.timezone)
        return answer(finder.rising(site.store, _until(until, site.project), query=q, limit=limit))

    @routes.get("/cascade/{root_id:path}")
    def cascade(root_id: str) -> Response:
        stored = site.store.cascade(root_id)
        if not stored:
            raise UsageError(f"No post of {root_id} is in the store; crawl it with its reposts first.")
        return answer(cascades.contract(cascades.reconstruct((item.post for item in stored), root_id)))

    @routes.get("/kol")
    def kol(q: str = "", since: str | None = None, until: str | None = None, limit: int = 50) -> Response:
        report = Kol(left_out=site.project.brand_accounts).candidates(
            site.store,
            q,
            since=moment(since, site.project),
            until=_until(until, site.project),
            limit=limit,
        )
        return answer(kols.contract(report))

    return routes


def _until(given: str | None, project: Project) -> datetime:
    return moment(given, project) or datetime.now(UTC)
