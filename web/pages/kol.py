"""The KOL list and its workbook."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from mining.kol import Kol, KolReport
from mining.sheet import write_kol
from web.language import language_of
from web.site import Site, period_of

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    def report(request: Request, query: str, *, public: bool, limit: int) -> KolReport:
        period = period_of(request, default=90)
        return Kol(public_only=public, left_out=site.project.brand_accounts, project=site.project).candidates(
            site.store, query, until=period.until, since=period.since, limit=limit
        )

    @routes.get("/kol", response_class=HTMLResponse)
    def kol(request: Request, q: str | None = None, public: bool = True) -> HTMLResponse:
        query = _query(site, q)
        return site.render(
            request,
            "kol.html",
            q=query,
            public=public,
            period=period_of(request, default=90),
            report=report(request, query, public=public, limit=30),
        )

    @routes.get("/kol.xlsx")
    def download(request: Request, q: str | None = None, public: bool = True) -> Response:
        found = report(request, _query(site, q), public=public, limit=200)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "kol.xlsx"
            write_kol(found, path, language=language_of(request))
            body = path.read_bytes()
        name = f"tingfeng-kol-{found.until:%Y%m%d}.xlsx"
        return Response(
            body, media_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    return routes


def _query(site: Site, given: str | None) -> str:
    """What was asked, else the own brand's query."""
    if given is not None:
        return given
    own = site.own_brand()
    return own.query() if own else ""
