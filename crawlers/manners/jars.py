"""Which cookies a request carries: one jar for each identity, generation and domain, so that none ever meet.

No cookie is ever logged or landed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http.cookiejar import Cookie
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from crawlers.manners.blocks import BLOCKS, Refused
from crawlers.manners.cookies import domain_of
from crawlers.manners.guard import who
from crawlers.manners.identity import RENEWALS_AN_HOUR

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider


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
        identity = who(request)
        cookies: Mapping[str, str] = spider.identities.cookies(request)
        if identity == "visitor" and "cookiejar" not in meta:
            await self._ensure_visitor(spider)
            cookies = spider.identities.visitor
            meta["generation"] = spider.identities.generation
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
