"""What rises, with hot-list ranks."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mining.topics import Topics
from web.site import Site, period_of

WINDOWS = (6, 24, 72, 168)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/topics", response_class=HTMLResponse)
    def topics(request: Request, q: str = "", window: int = 24) -> HTMLResponse:
        chosen = window if window in WINDOWS else 24
        period = period_of(request)
        finder = Topics(window_h=chosen, history_days=max(7, chosen // 8), zone=site.project.timezone)
        report = finder.rising(site.store, period.until, query=q, limit=30)
        return site.render(
            request, "topics.html", report=report, q=q, window=chosen, windows=WINDOWS, period=period
        )

    return routes
