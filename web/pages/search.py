"""Search: a query, its count, its days, its posts."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from core.errors import QueryError
from core.language import told
from index.query import Query, parse
from index.store import Sort
from web.charts import SENTIMENTS, Chart, days_chart
from web.language import language_of, name_of
from web.site import Site, period_of

PAGE = 20


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/search", response_class=HTMLResponse)
    def search(request: Request, q: str = "", sort: str = Sort.NEWEST, page: int = 1) -> HTMLResponse:
        period = period_of(request, default=0)
        chosen = Sort(sort) if sort in tuple(Sort) else Sort.NEWEST
        page = max(1, page)
        # htmx asks for the results alone
        template = "search_results.html" if request.headers.get("hx-request") else "search.html"
        try:
            query = parse(q, site.project).within(period.since, None)
        except QueryError as error:
            mark = {"before": q[: error.position], "at": q[error.position :]}
            return site.render(
                request,
                template,
                q=q,
                sort=chosen,
                period=period,
                error=told(error, language_of(request)),
                mark=mark,
                status=200,
            )
        total = site.store.count(query)
        return site.render(
            request,
            template,
            q=q,
            sort=chosen,
            period=period,
            error=None,
            total=total,
            page=page,
            pages=-(-total // PAGE),
            found=site.store.search(query, sort=chosen, limit=PAGE, offset=(page - 1) * PAGE).items,
            chart=_chart(site, query, language_of(request)),
        )

    return routes


def _chart(site: Site, query: Query, language: str) -> Chart:
    buckets = site.store.histogram(query, by="sentiment", zone=site.project.timezone)
    names = {label: name_of("sentiment", label, language) for label in SENTIMENTS}
    return days_chart([(b.start, b.value or "", b.count) for b in buckets], names, tones=True)
