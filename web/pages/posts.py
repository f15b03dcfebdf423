"""The posts behind a number, by their ids."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web import hits
from web.site import Site

MOST = 200


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.get("/posts", response_class=HTMLResponse)
    def posts(request: Request, ids: str = "") -> HTMLResponse:
        wanted = [one for one in ids.split(",") if one][:MOST]
        found = hits.plain(site.store.get(wanted))
        return site.render(request, "posts.html", found=found, wanted=len(wanted))

    return routes
