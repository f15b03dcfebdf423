"""What can be collected, on which terms."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from crawlers.registry import sources as registered
from web.site import Site


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/sources", response_class=HTMLResponse)
    def sources(request: Request) -> HTMLResponse:
        last = {run.source: run for run in reversed(site.store.runs())}
        return site.render(request, "sources.html", sources=list(registered().values()), last=last)

    return routes
