"""The demo: the replica's world crawled through HTTP, ingested, and held against its truth."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from index.ingest import ingest

from core import project as projects
from core.home import Home
from core.project import Title
from index.sqlite import SqliteStore
from replica.world import generate

SEED = 7
# the replica is on this machine: nobody is burdened, so the manners for real sites would only cost time
_HASTE = {
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "AUTOTHROTTLE_ENABLED": False,
}
_PARALLEL = 2
_LOGIN = "SUB=replica-login"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSummary:
    """What one source was asked, what the world held of it, and what came."""

    source: str
    asked: str
    reachable: int
    collected: int
    recall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    sources: tuple[SourceSummary, ...]
    reachable: int
    collected: int
    recall: float
    edges_observed: int
    edges_right: int
    edge_accuracy: float
    stories: tuple[Title, ...]


def build(home: Home, *, posts: int, tell: Callable[[str], None], now: datetime | None = None) -> Summary:
    """Fills `home` with the crawled world and returns how much of it came.

    Raises `TingfengError` when the folder holds something other than an earlier demo.
    """
    _make_room(home)
    moment = (now or datetime.now(UTC)).replace(minute=0, second=0, microsecond=0)
    tell("1/3 Inventing a world …")
    world = generate(seed=SEED, now=moment, posts=posts)
    project_path = home.root / "project.toml"
    project_path.write_text(_project_text(), "utf-8")
    project = projects.load(project_path)
    tell(f"2/3 Crawling {len(world.posts)} posts through HTTP …")
    reports = _crawl_all(home, world, project, project_path)
    tell("3/3 Reading and indexing what came …")
    with closing(SqliteStore(home.database)) as store:
        ingest(home, store, project)
        return _summary(world, project, reports, store)
