"""The run ledger: what was asked, what came, what stood in the way."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from web.site import Site


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/runs", response_class=HTMLResponse)
    def runs(request: Request) -> HTMLResponse:
        return site.render(request, "runs.html", runs=site.store.runs(), coverage=site.store.coverage())

    @routes.get("/runs/{run_id}", response_class=HTMLResponse)
    def run(request: Request, run_id: str) -> HTMLResponse:
        found = next((one for one in site.store.runs() if one.id == run_id), None)
        if found is None:
            raise HTTPException(404, "There is no such run.")
        return site.render(request, "run.html", run=found, coverage=site.store.coverage(run_id))

    return routes
