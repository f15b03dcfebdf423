"""The checks of ``tingfeng doctor``."""

from __future__ import annotations

import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core import project as projects
from core.errors import TingfengError
from core.frames import read_landing
from core.home import Home
from core.language import say
from core.pseudonyms import load_key
from index.address import open_store, sqlite_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; `found` says what is, and where it is wrong what to do."""

    name: str
    ok: bool
    found: str


def examine(home: Home, store: str | None, project: Path | None) -> list[Check]:
    """Every check in order; an expected error of one does not keep the others from running."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("data folder", lambda: _folder(home)),
        ("key", lambda: _key(home)),
        ("landing", lambda: _landing(home)),
        ("erasures", lambda: _erasures(home)),
        ("project", lambda: _project(project)),
        ("sources", _sources),
        ("models", _models),
        ("store", lambda: _store(home, store)),
    ]
    found = [_run(name, look) for name, look in checks]
    if found[-1].ok and sqlite_path(store, home) is None:
        found += _server(home, store)
    return found


def _run(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, found=look())
    except (TingfengError, OSError) as error:
        return Check(name=name, ok=False, found=str(error))


def _python() -> str:
    return f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"


def _folder(home: Home) -> str:
    probe = home.root / ".doctor"
    probe.write_bytes(b"x")
    probe.unlink()
    return str(home.root)


def _key(home: Home) -> str:
    if not home.key.exists() and not any(home.landing.glob("*.zst")):
        return "not made yet; the first crawl or import makes it"
    mode = stat.S_IMODE(home.key.stat().st_mode) if home.key.exists() else 0o600
    if mode != 0o600:
        raise TingfengError(f"{home.key} can be read by others (mode {mode:o}); run: chmod 600 {home.key}")
    load_key(home.key)
    return f"{home.key}, mode 600"


def _landing(home: Home) -> str:
    """Reads every landing file to its end, so that a damaged one is named.

    A torn end is what a kill leaves behind: it is told, and nothing is left to be done about it.
    """
    paths = sorted(home.landing.glob("*.zst")) if home.landing.exists() else []
    records = torn = 0
    wrong: list[str] = []
    for path in paths:
        file = read_landing(path)
        records += sum(len(frame.records) for frame in file)
        if file.torn:
            torn += 1
        wrong.extend(f"{path.name} @{one.offset}: {one.reason}" for one in file.damage)
    if wrong:
        raise TingfengError(f"Damaged: {'; '.join(wrong)}. What can be read is kept and will be ingested.")
    if torn:
        return f"{len(paths)} files, {records} records; {torn} end where a kill cut them off, and lost only what came last"
    return f"{len(paths)} files, {records} records"


def _erasures(home: Home) -> str:
    """Whether one was stopped half way, or files elsewhere still hold what was erased."""
    from index.exports.ledger import Ledger

    if home.erasing.exists():
        raise TingfengError(
            "An erasure was stopped half way; run tingfeng erase again, for the same or another."
        )
    owed = [entry.path for entry in Ledger(home) if entry.owed and entry.file.exists()]
    if owed:
        raise TingfengError(
            f"Erased posts are still in {', '.join(owed)}; delete them and their copies yourself."
        )
    return "none is unfinished"


def _project(path: Path | None) -> str:
    if path is None:
        return "none; write one with: tingfeng project new NAME"
    project = projects.load(path)
    return f"{path}: {len(project.brands)} brands, {len(project.sources)} sources"


def _sources() -> str:
    from crawlers.registry import sources

    return ", ".join(sources())


def _models() -> str:
    from nlp.annotate import Annotator

    annotator = Annotator()
    annotator.read("很好")
    if annotator.encoder is not None:
        annotator.encoder.logits("polarity", [("很好", None)])
    return ", ".join(f"{name} {version}" for name, version in annotator.models.items())


def _store(home: Home, address: str | None) -> str:
    from index.query import parse
    from index.sqlite.repair import examine as look

    with closing(open_store(address, home)) as store:
        path = sqlite_path(address, home)
        if path is not None and (wrong := look(path)):
            raise TingfengError(f"{path}: {'; '.join(map(say, wrong))}; run: tingfeng doctor --repair")
        return f"{store.address}: {store.count(parse(''))} posts, {len(store.runs())} runs"


def _server(home: Home, address: str | None) -> list[Check]:
    """What only a store that is a server can have wrong."""
    from index.elastic import ElasticStore
    from index.elastic.health import examine as look

    with closing(open_store(address, home)) as store:
        assert isinstance(store, ElasticStore)
        return [Check(name=name, ok=ok, found=found) for name, ok, found in look(store)]
