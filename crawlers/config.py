"""What a run is told by `-s` options, the environment and the project: read once, before anything is sent."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from core import home as homes
from core import project as projects
from core.errors import UsageError
from core.home import Home
from core.project import EMPTY, Project
from crawlers.registry import Source

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One run's settings. `daily` None means no limit; `robots_override` is the operator's written reason."""

    home: Home
    project: Project
    state: str | None
    run_id: str
    report: Path | None
    proxy: str | None
    robots_override: str | None
    cookie_file: str | None
    daily: int | None
    pause_s: float
    max_wait_s: float
    job: str | None
    revisit: bool
    now: datetime | None

    @property
    def robots(self) -> str:
        """The policy as the run's record words it."""
        return f"override: {self.robots_override}" if self.robots_override else "obey"


def read(
    settings: BaseSettings, source: Source, *, environment: Mapping[str, str] = os.environ, at: datetime
) -> Config:
    """The settings of a run of `source` that starts `at`.

    An option given by ``-s`` goes before the environment, and that before settings.py. Raises `UsageError`
    (or `ProjectError`) naming the wrong setting.
    """

    def told(name: str) -> str | None:
        given = (settings.getpriority(name) or 0) > SETTINGS_PRIORITIES["project"]
        value = settings.get(name) if given else environment.get(name) or settings.get(name)
        return None if value in (None, "") else str(value)

    path = told("TINGFENG_PROJECT")
    project = projects.load(Path(path).expanduser()) if path else EMPTY
    override = told("TINGFENG_ROBOTS_OVERRIDE") or next(
        (use.robots_override for use in project.sources if use.name == source.name), None
    )
    if not settings.getbool("ROBOTSTXT_OBEY") and not override:
        raise UsageError(
            "robots.txt is overridden by a written reason only: set TINGFENG_ROBOTS_OVERRIDE instead"
        )
    daily = _number("TINGFENG_DAILY_BUDGET", told("TINGFENG_DAILY_BUDGET") or str(source.rate.daily))
    home, report, now = told("TINGFENG_HOME"), told("TINGFENG_RUN_REPORT"), told("TINGFENG_NOW")
    return Config(
        home=homes.resolve(Path(home) if home else None),
        project=project,
        state=told("TINGFENG_STATE"),
        run_id=_run_id(told("TINGFENG_RUN_ID"), source.name, at),
        report=Path(report).expanduser() if report else None,
        proxy=_proxy(told("TINGFENG_PROXY")),
        robots_override=_reason(override),
        cookie_file=told("TINGFENG_COOKIE_FILE"),
        daily=int(daily) or None,
        pause_s=_number("TINGFENG_PAUSE_S", told("TINGFENG_PAUSE_S") or "0"),
        max_wait_s=_number("TINGFENG_MAX_WAIT_S", told("TINGFENG_MAX_WAIT_S") or "0"),
        job=told("TINGFENG_JOB"),
        revisit=told("TINGFENG_REVISIT") is not None,
        now=_moment(now) if now else None,
    )


def _run_id(given: str | None, source: str, at: datetime) -> str:
    if given is None:
        return f"{source}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    if not _RUN_ID.fullmatch(given):
        raise UsageError(f"TINGFENG_RUN_ID {given!r} is not a name of letters, digits, '.', '_' and '-'")
    return given


def _proxy(given: str | None) -> str | None:
    if given and not re.match(r"https?://[^/]+", given):
        raise UsageError(f"TINGFENG_PROXY {given!r} is not an address like http://127.0.0.1:8000")
    return given


def _reason(given: str | None) -> str | None:
    if given is not None and len(given.strip()) < 10:
        raise UsageError("a robots override wants a written reason, in a sentence: who allowed it, and why")
    return given.strip() if given else None


def _number(name: str, given: str) -> float:
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise UsageError(f"{name} wants a number from 0, not {given!r}")
    return number


def _moment(given: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise UsageError(f"TINGFENG_NOW wants a time like 2026-11-21T09:00:00+08:00, not {given!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
