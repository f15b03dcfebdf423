"""The run ledger: what was asked, what came, what stood in the way, and whether collection is in order."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from crawlers.reasons import reachable
from crawlers.registry import asked_of
from crawlers.registry import sources as registered
from web import collection
from web.site import Site


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/runs", response_class=HTMLResponse)
    def runs(request: Request, source: str | None = None) -> HTMLResponse:
        now = datetime.now(UTC)
        health = collection.health(site.home, now)
        return site.render(
            request,
            "runs.html",
            now=now,
            source=source,
            sources=list(registered()),
            health=health,
            signs=health.of(source) if source else health.signs,
            entries=collection.entries(site.home, site.store, source=source),
        )

    @routes.get("/runs/{run_id}", response_class=HTMLResponse)
    def run(request: Request, run_id: str) -> HTMLResponse:
        found = collection.entry(site.home, site.store, run_id)
        if found is None:
            raise HTTPException(404, "There is no such run.")
        entry, coverage = found
        facts = registered().get(entry.run.source)
        return site.render(
            request,
            "run.html",
            now=datetime.now(UTC),
            entry=entry,
            asked=asked_of(entry.run, site.project.zone),
            is_short=collection.is_short,
            reachable=reachable,
            coverage=coverage,
            promised=facts.promised if facts else (),
        )

    return routes
