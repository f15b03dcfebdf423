"""The schedule: when each job is due, how it went last, and why it waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from crawlers.health import WAITS
from web import collection
from web.site import Site

_MISSED = timedelta(days=7)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/schedule", response_class=HTMLResponse)
    def schedule(request: Request) -> HTMLResponse:
        now = datetime.now(UTC)
        return site.render(
            request,
            "schedule.html",
            now=now,
            jobs=collection.jobs(site.home),
            missed=collection.missed(site.home, now - _MISSED),
            revisits=collection.revisits(site.home),
            waits=WAITS,
        )

    return routes
