"""Coverage: what each slice was expected to give, gave, and why it came short."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from crawlers.reasons import reachable
from web import collection
from web.site import Site, period_of

_LINES = 500


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/coverage", response_class=HTMLResponse)
    def coverage(request: Request, source: str | None = None) -> HTMLResponse:
        period = period_of(request, default=7)
        lines = collection.latest(site.home, site.store, period.since)
        chosen = [line for line in lines if source in (None, line.source)]
        return site.render(
            request,
            "coverage.html",
            period=period,
            is_short=collection.is_short,
            reachable=reachable,
            source=source,
            reach=collection.reach(lines),
            lines=chosen[:_LINES],
            more=max(0, len(chosen) - _LINES),
        )

    return routes
