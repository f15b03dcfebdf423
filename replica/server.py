"""The replica on a loopback port: a plain HTTP forward proxy behind which the sites of a world live.

A client asks it for ``http://m.weibo.cn/...`` as it would ask any proxy, so hosts, cookies, redirects
and robots.txt stay what they are on the real sites.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

import uvicorn

from core.errors import TingfengError, UsageError
from replica import trouble
from replica.exchange import Answer, Request, html_answer, read_cookies, read_query, text_answer
from replica.faults import Faults
from replica.identity import Passport
from replica.shelf import Shelf
from replica.sites import open_sites
from replica.world.model import World

_STARTING_S = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """One request as the log keeps it; `fault` names what answered instead of, or spoiled, the site."""

    host: str
    path: str
    query: str
    status: int
    identity: str
    fault: str | None = None


class Replica:
    """Serves a world, or the shelf of one too large to hold; use it in a ``with`` block, or `start` and `stop` it.

    `port` 0 takes a free one. `clock` is what the sites take for now (the world's own moment by
    default, so that relative dates never move): they show what was public then, as it stood then, and
    `history` tells the truth of any moment. `chain_limit` is how many characters a repost may
    have before its chain is cut: 2000 today, 140 until 2016.
    """

    def __init__(
        self,
        world: World | Shelf,
        *,
        port: int = 0,
        faults: Faults | None = None,
        clock: Callable[[], datetime] | None = None,
        chain_limit: int = 2000,
        seed: int = 0,
    ) -> None:
        self.shelf = world if isinstance(world, Shelf) else Shelf(world)
        self.world = self.shelf.history.world
        self.faults = faults or Faults(seed=seed)
        self.passport = Passport(seed)
        self.log: list[Served] = []
        self.history = self.shelf.history
        self._clock = clock or (lambda: self.world.now)
        self._sites = open_sites(self.shelf, self.passport, chain_limit)
        self._turning = threading.Lock()  # a test may ask while the server answers
        self._port = port
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    # --- life ---

    def __enter__(self) -> Replica:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listens on loopback; raises `UsageError` when the port is taken."""
        # the protocol is named so that asyncio sends small packets at once (it looks before it sets NODELAY)
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError as error:
            listener.close()
            raise UsageError(f"port {self._port} cannot be used ({error}); choose another") from error
        self._socket = listener
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            proxy_headers=False,
            lifespan="off",
            ws="none",
            loop="asyncio",
            log_config=None,
            log_level="critical",  # a hang-up on purpose is no error; what fails in a site is logged here
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="replica", daemon=True
        )
        self._thread.start()
        self._wait()

    def _wait(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        pause = threading.Event()
        waited = 0.0
        while not self._server.started:
            if not self._thread.is_alive() or waited > _STARTING_S:
                raise TingfengError("the replica did not start; see the log above")
            pause.wait(0.01)
            waited += 0.01

    def stop(self) -> None:
        """Stops serving; the log stays."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=_STARTING_S)
        if self._socket is not None:
            self._socket.close()
        self._server = self._thread = self._socket = None

    @property
    def port(self) -> int:
        """The port it listens on; raises `UsageError` before `start`."""
        if self._socket is None:
            raise UsageError("the replica is not running; start it first")
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def proxy(self) -> str:
        """What to set as HTTP proxy: ``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts it answers for."""
        return tuple(sorted(self._sites))

    def served(self) -> Counter[tuple[str, str, int]]:
        """How often each (host, path, status) was answered."""
        return Counter((entry.host, entry.path, entry.status) for entry in list(self.log))

    # --- answering ---

    def answer(self, request: Request) -> Answer:
        """The answer to a request, faults included; the same with and without HTTP around it."""
        site = self._sites.get(request.host)
        if site is None:
            return html_answer(f"<h1>404</h1><p>The replica has no host {request.host}.</p>", 404)
        answer = trouble.before(request)
        if answer is None:
            with self._turning:
                self.shelf.turn(request.now)
                answer = site.answer(request)
        return trouble.after(answer, request)

    def ask(self, url: str, *, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
        """The answer to a URL without a socket, for tests and measurements."""
        parts = urlsplit(url)
        given = {name.lower(): value for name, value in (headers or {}).items()}
        request = self._request(method, parts.netloc, parts.path or "/", parts.query.encode(), given)
        return self._logged(request, parts.query)

    def _request(
        self, method: str, host: str, path: str, query: bytes, headers: dict[str, str], body: bytes = b""
    ) -> Request:
        host = host.lower().removesuffix(":80")
        cookies = read_cookies(headers.get("cookie", ""))
        identity = self.passport.identify(cookies, host)
        now = self._clock()
        return Request(
            host=host,
            path=path,
            now=now,
            method=method,
            query=read_query(query),
            headers=headers,
            cookies=cookies,
            body=body,
            identity=identity,
            faults=self.faults.striking(f"{host}{path}", identity, now),
        )

    def _logged(self, request: Request, query: str) -> Answer:
        answer = self.answer(request)
        fault = next(iter(request.faults), None)
        self.log.append(
            Served(request.host, request.path, query, answer.status, str(request.identity), fault)
        )
        return answer

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI application; uvicorn's own types are loose here."""
        if scope["type"] != "http":
            return
        body = await _body(receive)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host, path = _target(scope, headers)
        if scope["method"] == "CONNECT":
            answer = text_answer("The replica speaks plain HTTP: ask for http:// addresses.\n", 501)
        else:
            query = scope["query_string"]
            try:
                request = self._request(scope["method"], host, path, query, headers, body)
                answer = self._logged(request, query.decode("latin-1"))
            except Exception:  # one page must not take the server down; the log has the reason
                _log.exception("the replica failed at http://%s%s?%s", host, path, query)
                answer = html_answer("<h1>500 Internal Server Error</h1>", 500)
        await self._send(answer, send)

    async def _send(self, answer: Answer, send: Any) -> None:
        date = format_datetime(self._clock().astimezone(UTC), usegmt=True)
        named = (*answer.headers, ("date", date), ("content-length", str(len(answer.body))))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        half = len(answer.body) // 2 if answer.broken or answer.pause_s else 0
        if half:
            await send({"type": "http.response.body", "body": answer.body[:half], "more_body": True})
        if answer.broken:
            return  # the length promised more: uvicorn hangs up
        if answer.pause_s:
            await asyncio.sleep(answer.pause_s)
        await send({"type": "http.response.body", "body": answer.body[half:]})


async def _body(receive: Any) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def _target(scope: Any, headers: dict[str, str]) -> tuple[str, str]:
    """Host and path, whether the server kept the absolute address of the request line (h11) or not."""
    raw: str = scope["raw_path"].decode("latin-1")
    if raw.startswith(("http://", "https://")):
        parts = urlsplit(raw)
        return parts.netloc, unquote(parts.path) or "/"
    return headers.get("host", ""), unquote(raw) or "/"
