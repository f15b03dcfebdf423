"""What rises, with hot-list ranks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from core.errors import UsageError
from mining.topics import Topics
from web.site import Site, period_of

WINDOWS = (6, 24, 72, 168)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/topics", response_class=HTMLResponse)
    def topics(request: Request, q: str = "", window: int = 24, at: str = "") -> HTMLResponse:
        chosen = window if window in WINDOWS else 24
        moment = _end_of_day(at, site) if at else period_of(request).until
        finder = Topics(
            window_h=chosen,
            history_days=max(7, chosen // 8),
            zone=site.project.timezone,
            project=site.project,
        )
        report = finder.rising(site.store, moment, query=q, limit=30)
        return site.render(request, "topics.html", report=report, q=q, window=chosen, windows=WINDOWS, at=at)

    return routes


def _end_of_day(text: str, site: Site) -> datetime:
    """The end of a day in the project's zone; raises `UsageError` on what is no date."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date; write 2026-11-01.") from error
    return datetime.combine(day + timedelta(days=1), time(), site.project.zone)
