"""Erasure in the state: what runs were asked, slices, jobs and re-visits keep nothing of an author or a post."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.home import Home
from core.models import Run
from crawlers.state import tables
from crawlers.state.engine import State, open_state
from crawlers.state.ledger import RunLedger

Without = Callable[[Any], Any]
"""A `Run` or `Coverage` without what is to be erased."""


def erase(home: Home, without: Without, posts: Collection[str]) -> None:
    """Takes it out of the state of `home`, if there is one.

    Raises `StateError` where that refuses; it can be asked for again.
    """
    if "TINGFENG_STATE" not in os.environ and not (home.root / "state.sqlite").exists():
        return
    with open_state(home) as state:
        _from_runs(state, without)
        with state.begin() as connection:
            _from_revisits(connection, posts)
            connection.execute(sa.delete(tables.bookmark))  # they only save requests, and some hold names
        if state.is_sqlite:  # what was written over still lies in free pages and in the log
            with state.engine.connect() as connection:
                raw = connection.connection.dbapi_connection
                assert raw is not None
                for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    raw.cursor().execute(statement)


def _from_revisits(connection: sa.Connection, posts: Collection[str]) -> None:
    """Whose thread a floor opened is not known here, so that all threads of its site are visited no more."""
    planned = tables.revisit.c.post
    for post in posts:
        connection.execute(sa.delete(tables.revisit).where(planned == post))
    for site in sorted({post.rpartition(":")[0] for post in posts}):
        of_site = planned.startswith(f"{site}:t", autoescape=True)
        connection.execute(sa.delete(tables.revisit).where(of_site))


def _from_runs(state: State, without: Without) -> None:
    run, coverage, job = tables.run, tables.coverage, tables.job
    ledger = RunLedger(state)
    changed = [(one.run.id, new.asked) for one in ledger.entries() if (new := without(one.run)) != one.run]
    lines = [(old, new) for old in ledger.coverage() if (new := without(old)) != old]
    with state.begin() as connection:
        for run_id, asked in changed:
            connection.execute(sa.update(run).where(run.c.id == run_id).values(asked=asked))
        for old, new in lines:
            same = (coverage.c.run == old.run_id, coverage.c.slice == old.slice)
            connection.execute(sa.update(coverage).where(*same).values(slice=new.slice))
        for key, shown in connection.execute(sa.select(job.c.key, job.c.shown)).all():
            hidden = without(_asking(shown)).asked
            if hidden != shown:
                connection.execute(sa.update(job).where(job.c.key == key).values(shown=hidden))


def _asking(shown: dict[str, Any]) -> Run:
    """What a job shows, as a run would have been asked it."""
    return Run(id="", source="", asked=shown, started_at=datetime.fromtimestamp(0, UTC))
