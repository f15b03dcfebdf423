"""口碑 of one brand beside its competitors."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from mining.reports import BrandReport, WomReport
from mining.wom import WordOfMouth
from web.charts import Chart, Row, days_chart, every_day
from web.language import language_of, name_of
from web.pages.accuracy import own_accuracy
from web.site import Site, period_of


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/brand/{brand_id}", response_class=HTMLResponse)
    def brand(request: Request, brand_id: str) -> HTMLResponse:
        if site.project.brand(brand_id) is None:
            raise HTTPException(404, "The project has no such brand.")
        period = period_of(request)
        report = WordOfMouth(site.project).report(
            site.store, brand_id, since=period.since, until=period.until
        )
        language = language_of(request)
        return site.render(
            request,
            "brand.html",
            period=period,
            report=report,
            reading=own_accuracy(site),
            own=report.brands[0],
            volume=volume_chart(report, language),
            mood=_mood_chart(report.brands[0], language),
        )

    return routes


def volume_chart(report: WomReport, language: str) -> Chart:
    """Posts a day of every brand."""
    counts: dict[tuple[str, str], int] = {}
    for brand in report.brands:
        for point in brand.by_day.points:
            key = (point.day, brand.brand)
            counts[key] = counts.get(key, 0) + point.posts
    names = {brand.brand: brand.title.of(language) for brand in report.brands}
    return days_chart([(day, brand, n) for (day, brand), n in counts.items()], names, kind="line")


def _mood_chart(brand: BrandReport, language: str) -> Chart:
    """Positive, neutral and negative posts a day."""
    days = every_day([point.day for point in brand.by_day.points])
    rows = []
    for label in ("positive", "neutral", "negative"):
        sums = dict.fromkeys(days, 0)
        for point in brand.by_day.points:
            sums[point.day] += getattr(point, label)
        rows.append(Row(name=name_of("sentiment", label, language), values=tuple(sums.values()), tone=label))
    return Chart(kind="stack", labels=tuple(days), rows=tuple(rows))
