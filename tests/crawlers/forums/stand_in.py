"""A tiny forward proxy that answers with pages given to it: for what the replica's world does not hold."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from core.home import Home
from core.landing import read_landing
from core.models import Coverage, Gone, Post
from crawlers.runner import HURRIED, CrawlReport, crawl


@dataclass(frozen=True, slots=True)
class Page:
    """One answer; a page may be a list of answers, given in turn, the last one for ever."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class StandIn:
    proxy: str
    asked: list[str]


@contextmanager
def stand_in(pages: Mapping[str, Page | list[Page]]) -> Iterator[StandIn]:
    """A proxy serving `pages` by their address without the scheme; anything else is 404."""
    asked: list[str] = []
    turns: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = self.path.removeprefix("http://")
            asked.append(address)
            found = pages.get(
                address, Page(b"User-agent: *\n" if address.endswith("/robots.txt") else b"", 404)
            )
            if isinstance(found, list):
                turn = turns.get(address, 0)
                turns[address] = turn + 1
                found = found[min(turn, len(found) - 1)]
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield StandIn(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True)
class Crawled:
    """What a crawl reported, and the posts and the news of posts that went as they lie in the landing."""

    report: CrawlReport
    posts: dict[str, Post]
    log: str
    gone: tuple[Gone, ...] = ()

    def slice(self, name: str) -> Coverage:
        return next(line for line in self.report.coverage if line.slice == name)

    @property
    def reasons(self) -> set[str | None]:
        return {line.because for line in self.report.coverage}


def run(
    source: str,
    arguments: Mapping[str, Any],
    *,
    folder: Path,
    proxy: str,
    now: str | None = None,
    **settings: str,
) -> Crawled:
    """A real crawl in a process of its own."""
    folder.mkdir(exist_ok=True)
    home = Home(folder)
    log = folder / "log.txt"
    told = {**HURRIED, "TINGFENG_NOW": now, **settings}
    report = crawl(source, arguments, home=home, proxy=proxy, settings=told, log=log)
    records = [
        record
        for path in sorted(home.landing.glob("*.zst"))
        for frame in read_landing(path)
        for record in frame.records
    ]
    posts = {record.id: record for record in records if isinstance(record, Post)}
    gone = tuple(record for record in records if isinstance(record, Gone))
    return Crawled(report, posts, log.read_text("utf-8"), gone)
