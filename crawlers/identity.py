"""Whose cookies a request carries: nobody's, a visitor's that the site issued, or the operator's login.

Cookies of identities and of domains never meet: there is one jar for each identity, generation and domain.
No cookie is ever logged or landed.
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from core.errors import UsageError
from crawlers.blocks import BLOCKS, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from http.cookiejar import Cookie

    from crawlers.spider import SourceSpider

RENEWALS_AN_HOUR = 3
_COOKIE_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


class Identities:
    """The identities of one run. `login` holds the operator's cookies by name, empty without a login."""

    def __init__(self, login: Mapping[str, str]) -> None:
        self.login = dict(login)
        self.generation = 0  # of the visitor identity; 0: none was asked for yet
        self.visitor: dict[str, str] = {}
        self.stale = True
        self.failures = 0  # times the site could not be asked for one
        self.lock = asyncio.Lock()
        self._renewed: deque[float] = deque()

    @property
    def has_login(self) -> bool:
        return bool(self.login)

    def renew(self, request: Request) -> bool:
        """Mark the visitor of a refused request as stale; False when it must not be renewed again."""
        if request.meta.get("identity") != "visitor" or self.lock.locked():
            return False  # a refusal while a new one is being asked for must not ask for another
        if request.meta.get("generation", 0) < self.generation:
            return True  # another request had it renewed meanwhile
        now = monotonic()
        while self._renewed and now - self._renewed[0] > 3600:
            self._renewed.popleft()
        if len(self._renewed) >= RENEWALS_AN_HOUR:
            return False
        self._renewed.append(now)
        self.stale = True
        return True


class IdentityCookiesMiddleware(CookiesMiddleware):
    """Scrapy's cookies, with the jar chosen by identity, generation and registrable domain."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(False)  # cookies are never logged
        self.primed: set[str] = set()  # jars that hold the cookies of their identity

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls()
        middleware.crawler = crawler
        return middleware

    async def process_request(self, request: Request) -> None:  # type: ignore[override]
        spider: SourceSpider = self.crawler.spider  # type: ignore[assignment]
        meta = request.meta
        identity = meta.get("identity", "none")
        cookies: Mapping[str, str] = {}
        if identity == "visitor" and "cookiejar" not in meta:
            await self._ensure_visitor(spider)
            cookies = spider.identities.visitor
            meta["generation"] = spider.identities.generation
        elif identity == "login":
            if not spider.identities.has_login:
                spider.guard.meet(BLOCKS["login_required"])
                raise Refused(BLOCKS["login_required"])
            cookies = spider.identities.login
        domain = domain_of(request.url)
        if "cookiejar" not in meta:
            meta["cookiejar"] = f"{identity}/{meta.get('generation', 0)}/{domain}"
        if cookies and meta["cookiejar"] not in self.primed:
            self.primed.add(meta["cookiejar"])
            request.cookies = [
                {"name": name, "value": value, "domain": f".{domain}", "path": "/"}
                for name, value in cookies.items()
            ]
        super().process_request(request)

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if b"Set-Cookie" not in response.headers:
            return response
        return super().process_response(request, response)

    def _process_cookies(self, cookies: Iterable[Cookie], *, jar: CookieJar, request: Request) -> None:
        # Jars are apart by domain, so Scrapy's public suffix list (got over the network) is not needed.
        for cookie in cookies:
            jar.set_cookie_if_ok(cookie, request)

    async def _ensure_visitor(self, spider: SourceSpider) -> None:
        """Ask the site for a visitor identity, once for all the requests that wait for one."""
        identities = spider.identities
        if not identities.stale:
            return
        async with identities.lock:
            if not identities.stale:
                return
            if block := spider.guard.refused(spider.guard.identity("visitor")):
                raise Refused(block)
            generation = identities.generation + 1

            async def ask(request: Request) -> Response:
                jar = f"visitor/{generation}/{domain_of(request.url)}"
                request.meta.update(
                    identity="visitor", cookiejar=jar, kind="visitor", expects="any", asked=request.url
                )
                return await self.crawler.engine.download_async(request)

            try:
                cookies = await spider.visit(ask)
            except Exception:
                identities.failures += 1
                if identities.failures >= RENEWALS_AN_HOUR:
                    self._no_visitor(spider)
                raise
            if not cookies:
                self._no_visitor(spider)
                raise Refused(BLOCKS["visitor_required"])
            identities.visitor = dict(cookies)
            identities.generation = generation
            identities.stale = False

    @staticmethod
    def _no_visitor(spider: SourceSpider) -> None:
        spider.guard.meet(BLOCKS["visitor_required"])
        spider.guard.stop(spider.guard.identity("visitor"), BLOCKS["visitor_required"])


def domain_of(url: str) -> str:
    """The last two labels of a host, three under two-letter registries like com.cn; addresses stay whole."""
    host = url.split("/", 3)[2].rsplit("@", 1)[-1].split(":", 1)[0].lower()
    labels = host.split(".")
    if len(labels) <= 2 or labels[-1].isdigit():
        return host
    deep = len(labels[-1]) == 2 and labels[-2] in ("com", "net", "org", "gov", "edu", "co", "ac")
    return ".".join(labels[-3:] if deep else labels[-2:])


def login_cookies(
    source: str, *, environment: Mapping[str, str] = os.environ, file: str | None = None
) -> dict[str, str]:
    """The operator's cookies for a source, from ``TINGFENG_COOKIE_<SOURCE>`` or a private file.

    Raises `UsageError` when the file is readable by others or the text is not ``NAME=value; NAME=value``.
    """
    name = f"TINGFENG_COOKIE_{source.upper().replace('-', '_')}"
    text = environment.get(name) or (_private(Path(file).expanduser()) if file else "")
    return read_cookies(text, where=name if environment.get(name) else str(file))


def read_cookies(text: str, *, where: str) -> dict[str, str]:
    """Cookies by name of a ``Cookie:`` header's text; raises `UsageError` naming `where`, never the value."""
    text = text.strip().removeprefix("Cookie:").strip()
    if not text:
        return {}
    pairs = [part.strip().partition("=") for part in text.split(";") if part.strip()]
    if not all(equals and _COOKIE_NAME.fullmatch(name) for name, equals, _ in pairs):
        raise UsageError(
            f"{where} is not a cookie; copy the text of the Cookie header: NAME=value; NAME=value"
        )
    return {name: value for name, _, value in pairs}


def _private(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"the cookie file {path} cannot be read: {error.strerror}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"the cookie file {path} can be read by others; run: chmod 600 {path}")
    return text
