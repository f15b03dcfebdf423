"""Nobody who is no public person is in a byte that is kept: each source's richest page, with people planted in it."""

from __future__ import annotations

import io
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import zstandard
from msgspec.structs import replace
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from core.home import Home
from core.landing import LandingWriter
from core.models import Author, Coverage, Engagement, Gone, HotEntry, Post, Run
from core.project import EMPTY
from core.pseudonyms import Pseudonyms, load_key
from crawlers import registry
from crawlers.pipelines import Validate
from crawlers.state.crawls import open_frontier
from crawlers.state.engine import open_state
from crawlers.state.identities import IdentityStore
from crawlers.state.ledger import RunLedger
from crawlers.state.readings import Line, Page, Reading, Status
from crawlers.state.sealing import Sealer
from crawlers.workbench.cases import cases
from index.address import open_store
from index.ingest.ingesting import ingest
from index.query import parse
from tests.crawlers.planting import FOLLOWER_LINE, MAIL, PHONE, Planted, Record, people, raw, richest

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOURCES = sorted(registry.sources())


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Everything that is logged meanwhile, in a file."""
    handler, root = logging.FileHandler(path, encoding="utf-8"), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def land(home: Home, run: Run, found: list[Record], lines: list[Coverage]) -> None:
    with LandingWriter(home, run.id, Pseudonyms(load_key(home.key)), FOLLOWER_LINE) as landing:
        landing.run(run)
        for record in found:
            if isinstance(record, Post):
                landing.post(record)
            elif isinstance(record, Author):
                landing.author(record, run.source)
            elif isinstance(record, HotEntry):
                landing.hot(record)
            elif isinstance(record, Gone):
                landing.gone(record)
        for line in lines:
            landing.coverage(line)


def reject(home: Home, run: Run, found: list[Record]) -> int:
    """How many records were put aside, each of them spoiled in a way of its own."""
    told = SimpleNamespace(home=home, run_id=run.id)
    spider = SimpleNamespace(name=run.source, now=lambda: NOW, config=told, rejected=0)
    aside = Validate(cast("Crawler", SimpleNamespace(spider=spider)))
    late, much = NOW + timedelta(days=999), Engagement(likes=-1)
    for record in found:
        spoiled: list[Record] = []
        if isinstance(record, Post):
            who = record.author or Author()
            spoiled = [
                replace(record, published_at=late),
                replace(record, engagement=much),
                replace(record, text="\0" + record.text),
                replace(record, author=replace(who, name=f"\ud800{who.name}")),
                replace(record, author=replace(who, id=f"{who.id} {who.name}")),
                replace(record, id=f"elsewhere:{record.id}"),
            ]
        elif isinstance(record, Author):
            spoiled = [replace(record, followers=-1), replace(record, id=f"{record.id} {record.name}")]
        for one in spoiled:
            with suppress(DropItem):
                aside.process_item(one)
    return spider.rejected


def remember(home: Home, run: Run, found: list[Record], slices: list[str]) -> None:
    """What a crawl that was cut short leaves in the state: its pages, its coverage, as whom it was read."""
    sealer = Sealer(load_key(home.key))
    with open_state(home) as state:
        frontier = open_frontier(state, sealer, run.source, [f"users={';'.join(slices)}"], now=NOW)
        body = raw(found).encode()
        frontier.add([Page(key=bytes(16), body=body, slice=slices[0], batch=slices[0])])
        (lease,) = frontier.lease(1, now=NOW)
        lines = {name: Line(expected=3, because="captcha", refused=True) for name in slices}
        frontier.seen.first("taken", slices, task=lease.task)
        frontier.commit([Reading(task=lease.task, status=Status.OPEN, lines=lines, batch=slices[0])], now=NOW)
        IdentityStore(state, sealer).hold(run.source, slices[0], ["first"], lambda _: True, NOW)
        RunLedger(state).begin(run)


def kept(home: Home) -> Iterator[tuple[str, str]]:
    """Everything that lies in the data folder: all bytes, what is packed also unpacked, tables row by row."""
    for path in sorted(home.root.rglob("*")):
        if path.is_dir():
            continue
        content = path.read_bytes()
        yield path.name, content.decode("utf-8", "replace")
        if path.suffix == ".zst":
            reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content), read_across_frames=True)
            yield f"{path.name}, unpacked", reader.read().decode("utf-8", "replace")
        if path.suffix == ".sqlite":
            yield f"{path.name}, its rows", rows(path)


def rows(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        ).fetchall()
        told = []
        for (table,) in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):
                told += [
                    cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell) for cell in row
                ]
    return "\n".join(told)


@pytest.mark.parametrize("source", SOURCES)
def test_no_ordinary_person_is_in_what_is_kept(source: str, tmp_path: Path) -> None:
    recorded = [case for case in cases() if case.source == source]
    assert recorded, f"{source} has no recorded case"
    case = max(recorded, key=richest)
    planted = Planted.of(case)
    found = planted.records
    assert people(found), f"{case.name}: record a page with ordinary people on it"
    assert {PHONE, MAIL} <= set(planted.needles), f"{case.name}: record a page with somebody's words on it"
    assert len(planted.needles) > 2, f"{case.name}: nobody's name or id could be planted"
    persons = [needle for needle in planted.needles if needle not in (PHONE, MAIL)]
    slices = [f"timeline:{needle}" for needle in persons if needle.isdigit()] or [f"search:@{persons[0]}"]

    home = Home(tmp_path / "home")
    run = Run(id=f"{source}-planted", source=source, asked={}, started_at=NOW)
    home.root.mkdir()
    with logged(home.root / "crawl.log"):
        land(home, run, found, [Coverage(source=source, slice=name, expected=3, got=1) for name in slices])
        remember(home, run, found, slices)
        assert reject(home, run, found)
        with closing(open_store(None, home)) as store:
            ingest(home, store, EMPTY, workers=0)
            shown = [*store.scan(parse("")), *store.runs(), *store.coverage(), *store.hot()]
            (home.root / "shown.json").write_text(raw(shown), "utf-8")
    assert len(shown) > 2, "what was landed is in the store"
    for name, content in kept(home):
        for needle in planted.needles:
            assert needle not in content, f"{needle} of {case.name} is in {name}"
            assert needle.encode("unicode-escape").decode() not in content, (
                f"{needle} of {case.name} is in {name}"
            )
