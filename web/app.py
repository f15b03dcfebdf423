"""The site: pages for people, the same answers as JSON under ``/api``."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from importlib.resources import files

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from core.errors import StoreAway, TingfengError, UsageError
from core.home import Home
from core.language import told, translate
from core.project import Project
from index.store import Store
from web import api
from web.language import language_of
from web.pages import PAGES
from web.site import Site

# nothing but this site's own files is ever loaded or run; ECharts sets style attributes
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # without it a form of ours would not say where it stands
}
REQUEST_BYTES = (
    1 << 18
)  # of a request's head: a query of 8,000 Chinese characters stands in its address, and again in a header
_log = logging.getLogger(__name__)


def create_app(home: Home, store: Store, project: Project) -> FastAPI:
    """The application over one store, which it only reads; what people judge goes to a file of the data folder."""
    app = FastAPI(title="Tingfeng", docs_url=None, redoc_url=None)
    site = Site(home=home, store=store, project=project)
    app.mount("/static", StaticFiles(directory=str(files("web").joinpath("static"))), name="static")
    app.include_router(api.router(site))
    for page in PAGES:
        app.include_router(page.router(site))

    @app.middleware("http")
    async def secure(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call(request) if _is_ours(request) else _stranger(site, request)
        response.headers.update(_HEADERS)
        return response

    @app.exception_handler(TingfengError)
    async def expected(request: Request, error: TingfengError) -> Response:
        status = 400 if isinstance(error, UsageError) else 503 if isinstance(error, StoreAway) else 500
        return _failure(site, request, told(error, language_of(request)), status)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return _failure(site, request, str(error.detail), error.status_code)

    @app.exception_handler(RequestValidationError)
    async def misread(request: Request, error: RequestValidationError) -> Response:
        wrong = ", ".join(dict.fromkeys(str(one["loc"][-1]) for one in error.errors()))
        return _failure(
            site, request, f"The address has a wrong value for {wrong}; correct it or go back.", 400
        )

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        _log.exception("page failed", exc_info=error)
        return _failure(site, request, "Something went wrong here; the server's log has the details.", 500)

    return app


def _is_ours(request: Request) -> bool:
    """Whether the address asked for is this machine's, or the one the site is bound to.

    A page elsewhere can give its own name this machine's number (DNS rebinding), and would read the site as
    if it were its own; the Host header still says the name.
    """
    name = _PORT.sub("", request.headers.get("host", "").strip().lower())
    bound = (request.scope.get("server") or ("",))[0].lower()
    return name in {*_LOCAL, bound, f"[{bound}]"} - {"", "[]"}


_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_PORT = re.compile(r":\d+$")


def _stranger(site: Site, request: Request) -> Response:
    message = "This site answers to 127.0.0.1, localhost and the address it is bound to; a proxy before it must send one of them as Host."
    return _failure(site, request, message, 421)


def _failure(site: Site, request: Request, message: str, status: int) -> Response:
    sentence = translate(message, language_of(request))
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": sentence}, status_code=status)
    if request.headers.get("hx-request-type") == "partial":  # a piece of a page that stands
        return site.render(request, "notice.html", status=status, message=sentence)
    page: HTMLResponse = site.render(
        request, "error.html", status=status, status_code=status, message=sentence
    )
    return page
