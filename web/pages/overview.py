"""The first page: what happened to our brand, what rises, is collection healthy."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from index.query import parse
from mining.topics import Topics
from mining.wom import WordOfMouth
from web.charts import days_chart
from web.language import language_of, name_of
from web.pages.brand import volume_chart
from web.site import Site, period_of


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/", response_class=HTMLResponse)
    def overview(request: Request) -> HTMLResponse:
        period = period_of(request)
        language = language_of(request)
        finder = WordOfMouth(site.project)
        reports = [
            finder.report(site.store, brand.id, since=period.since, until=period.until)
            for brand in site.project.brands
            if not brand.competitor
        ]
        everything = parse("").within(period.since, None)
        buckets = site.store.histogram(everything, by="platform", zone=site.project.timezone)
        platforms = sorted({b.value for b in buckets if b.value})
        return site.render(
            request,
            "overview.html",
            period=period,
            reports=[(report, volume_chart(report, language)) for report in reports],
            total=site.store.count(everything),
            platforms=days_chart(
                [(b.start, b.value or "", b.count) for b in buckets],
                {one: name_of("platform", one, language) for one in platforms},
            ),
            topics=Topics(zone=site.project.timezone).rising(site.store, period.until, limit=6),
            runs=site.store.runs()[:6],
        )

    return routes
