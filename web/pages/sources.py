"""What can be collected, on which terms, and how each source takes it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from crawlers.manners.standing import Standing
from crawlers.registry import sources as registered
from crawlers.state.ledger import Entry
from web import collection
from web.site import Site

_FILLED_RUNS = 5  # of which the fields of a source are shown


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/sources", response_class=HTMLResponse)
    def sources(request: Request) -> HTMLResponse:
        now = datetime.now(UTC)
        entries = collection.entries(site.home, site.store, limit=2000)
        last: dict[str, Entry] = {}
        for entry in entries:
            last.setdefault(entry.run.source, entry)
        standings: dict[str, dict[str, Standing]] = {}
        for key, standing in collection.standings(site.home).items():
            standings.setdefault(key.partition("@")[0].partition("/")[0], {})[key] = standing
        return site.render(
            request,
            "sources.html",
            now=now,
            sources=list(registered().values()),
            last=last,
            standings=standings,
            filled=_filled(entries),
            overrides={use.name: use.robots_override for use in site.project.sources if use.robots_override},
            health=collection.health(site.home, now),
        )

    return routes


def _filled(entries: list[Entry]) -> dict[str, Counter[str]]:
    """By source, posts of its last runs with each promised field; "*" counts all."""
    runs: Counter[str] = Counter()
    found: dict[str, Counter[str]] = {}
    for entry in entries:
        if entry.filled.get("*") and runs[entry.run.source] < _FILLED_RUNS:
            runs[entry.run.source] += 1
            found.setdefault(entry.run.source, Counter()).update(entry.filled)
    return found
