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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from core.errors import UsageError
from core.privacy import load_key
from crawlers.blocks import BLOCKS, Refused
from crawlers.guard import Guard, who
from crawlers.state.identities import IdentityStore
from crawlers.state.sealing import Sealer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from http.cookiejar import Cookie

    from crawlers.spider import SourceSpider

RENEWALS_AN_HOUR = 3
Hold = Callable[[str, Sequence[str], Callable[[str], bool]], str | None]
"""The identity that reads a slice, of these names, by which of them are usable."""
_COOKIE_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Login:
    """One of the operator's identities: its cookies, and the domains they may go to."""

    cookies: Mapping[str, str] = field(repr=False)
    domains: frozenset[str]


class Identities:
    """The identities of one run: the operator's own by name, and the visitor that the site issues."""

    def __init__(self, logins: Mapping[str, Login], *, guard: Guard, hold: Hold | None = None) -> None:
        self.logins = dict(logins)
        self.guard = guard
        self.hold = hold or (lambda _, names, usable: next(filter(usable, names), None))
        self.held: dict[str, str] = {}  # slice → as whom it is read
        self.generation = 0  # of the visitor identity; 0: none was asked for yet
        self.visitor: dict[str, str] = {}
        self.stale = True
        self.failures = 0  # times the site could not be asked for one
        self.lock = asyncio.Lock()
        self._renewed: deque[float] = deque()

    @property
    def usable(self) -> list[str]:
        """Names of the operator's identities that are not benched."""
        return [name for name in self.logins if self._is_usable(name)]

    @property
    def has_login(self) -> bool:
        return bool(self.usable)

    def choose(self, request: Request) -> str | None:
        """As whom of the operator's a request is sent: a slice keeps the identity it began with.

        A benched one's slices wait for it; only a new slice goes to another. None where there is no other.
        """
        name = request.meta.get("slice") or f"kind:{request.meta.get('kind')}"
        if name not in self.held:
            chosen = self.hold(name, list(self.logins), self._is_usable)
            if chosen is None:
                return None
            self.held[name] = chosen
        return self.held[name]

    def cookies(self, request: Request) -> Mapping[str, str]:
        """The operator's cookies for a request; none for a host they were not meant for."""
        login = self.logins.get(request.meta.get("as", ""))
        return login.cookies if login and domain_of(request.url) in login.domains else {}

    def _is_usable(self, name: str) -> bool:
        return not self.guard.is_closed(self.guard.identity(name))

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


def identities_of(spider: SourceSpider) -> Identities:
    """The identities of a run: the stored ones of its source, and the cookie of the environment or a file.

    The latter is called ``given-…`` after its value, so that a new one is a new identity. Raises `UsageError`
    or `TingfengError` where one cannot be read.
    """
    sealer = Sealer(load_key(spider.config.home.key))
    store = IdentityStore(spider.state, sealer)
    own = frozenset(map(domain_of, _addresses(spider)))
    logins: dict[str, Login] = {}
    if given := login_cookies(spider.name, file=spider.config.cookie_file):
        mark = sealer.digest("given", *(f"{name}={value}" for name, value in given.items())).hex()[:8]
        logins[f"given-{mark}"] = Login(given, own)
    for known in store.known(spider.name):
        domains = frozenset({domain_of(f"http://{known.site}/")}) if known.site else own
        logins[known.name] = Login(store.cookies(spider.name, known.name), domains)

    def hold(slice_name: str, names: Sequence[str], usable: Callable[[str], bool]) -> str | None:
        return store.hold(spider.name, slice_name, names, usable, spider.now()) if names else None

    return Identities(logins, guard=spider.guard, hold=hold)


def _addresses(spider: SourceSpider) -> list[str]:
    """Where the source is: the hosts it names, or the addresses it was given."""
    if spider.source.hosts:
        return [f"http://{host}/" for host in spider.source.hosts]
    given = spider.asked.get("url", ())
    urls = (given,) if isinstance(given, str) else given
    return [url for url in urls if url.count("/") >= 2]


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
