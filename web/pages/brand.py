"""口碑 of one brand beside its competitors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from core.models import Voice
from core.project import Brand
from mining.bases import ALL, clauses
from mining.reports import BrandReport, DayCount, Share, WomReport
from mining.wom import WordOfMouth
from web.charts import EMOTIONS, SENTIMENTS, Chart, Part, Row, days_chart, every_day
from web.language import language_of, name_of
from web.refining import spelled
from web.site import Site, period_of, search_url


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/brand/{brand_id}", response_class=HTMLResponse)
    def brand(request: Request, brand_id: str) -> HTMLResponse:
        found = site.project.brand(brand_id)
        if found is None:
            raise HTTPException(404, "The project has no such brand.")
        period = period_of(request)
        report = WordOfMouth(site.project).report(
            site.store, brand_id, since=period.since, until=period.until
        )
        return site.render(
            request,
            "brand.html",
            period=period,
            report=report,
            **_picture(report, found, language_of(request)),
        )

    return routes


def _picture(report: WomReport, brand: Brand, language: str) -> dict[str, Any]:
    """The charts and bars of the page, each number with the query behind it."""
    own = report.brands[0]
    felt, whole = _asked(own, brand, report.base), _asked(own, brand, ALL)
    return {
        "own": own,
        "felt": felt,
        "behind": _behind(felt),
        "most": max((one.n for each in own.aspects for one in (each.positive, each.negative)), default=1),
        "volume": volume_chart(report, language),
        "mood": _by_day(own, "sentiment", SENTIMENTS, _sentiment, language),
        "moods": _by_day(own, "emotion", EMOTIONS, _emotion, language),
        "sentiments": _parts(own.sentiments, "sentiment", SENTIMENTS, felt, language),
        "emotions": _parts(own.emotions, "emotion", EMOTIONS, felt, language),
        "voices": _parts(own.voices, "voice", tuple(Voice), whole, language),
    }


def _asked(own: BrandReport, brand: Brand, base: str) -> str:
    """The query of the posts on a base, as near as a query comes to it."""
    return f"{own.query} {clauses(base, brand.accounts)}".strip()


def _behind(query: str) -> Callable[[str, str], str]:
    """Where the posts are shown of which a field has a value."""
    return lambda field, value: search_url(f"{query} {spelled(field, value) or ''}".strip())


def volume_chart(report: WomReport, language: str) -> Chart:
    """Posts a day of every brand."""
    counts: dict[tuple[str, str], int] = {}
    for brand in report.brands:
        for point in brand.by_day.points:
            key = (point.day, brand.brand)
            counts[key] = counts.get(key, 0) + point.posts
    names = {brand.brand: brand.title.of(language) for brand in report.brands}
    return days_chart([(day, brand, n) for (day, brand), n in counts.items()], names, kind="line")


def _by_day(
    brand: BrandReport,
    field: str,
    labels: Sequence[str],
    count: Callable[[DayCount, str], int],
    language: str,
) -> Chart:
    """Posts a day of each label; a day can be asked for."""
    days = every_day([point.day for point in brand.by_day.points])
    rows = []
    for label in labels:
        sums = dict.fromkeys(days, 0)
        for point in brand.by_day.points:
            sums[point.day] += count(point, label)
        rows.append(Row(name=name_of(field, label, language), values=tuple(sums.values()), tone=label))
    picks = tuple(f"after:{day} before:{date.fromisoformat(day) + timedelta(days=1)}" for day in days)
    return Chart(kind="stack", labels=tuple(days), rows=tuple(rows), picks=picks)


def _sentiment(point: DayCount, label: str) -> int:
    return {"positive": point.positive, "neutral": point.neutral, "negative": point.negative}[label]


def _emotion(point: DayCount, label: str) -> int:
    return point.emotions.get(label, 0)


def _parts(
    shares: Sequence[Share], field: str, labels: Sequence[str], query: str, language: str
) -> list[Part]:
    """A line for every label, met or not, the most frequent first."""
    known = {share.label: share for share in shares}
    most = max((share.count for share in shares), default=0) or 1
    behind = _behind(query)
    parts = []
    for label in sorted(labels, key=lambda label: -known[label].count if label in known else 0):
        share = known.get(label)
        count = share.count if share else 0
        parts.append(
            Part(
                name=name_of(field, label, language),
                tone=label if field != "voice" else "accent",
                count=count,
                share=share.share if share else None,
                length=count / most,
                url=behind(field, label),
            )
        )
    return parts
