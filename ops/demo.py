"""The demo: the replica's world crawled through HTTP, ingested, and held against its truth."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from core import project as projects
from core.errors import TingfengError, UsageError
from core.home import Home
from core.project import Project, SourceUse, Title
from crawlers.runner import HURRIED, CrawlReport, crawl
from index.address import open_store
from index.ingest.ingesting import ingest
from index.query import parse
from index.store import Store
from replica import truth
from replica.server import Replica
from replica.world import generate
from replica.world.model import World

SEED = 7
_PARALLEL = 2
_LOGIN = "SUB=replica-login"
_MARK = "demo.json"


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

    Raises `UsageError` when the folder holds something other than an earlier demo.
    """
    _make_room(home)
    moment = now or datetime.now(UTC)  # every six hours of a day have a world of their own, not every minute
    moment = moment.replace(hour=moment.hour // 6 * 6, minute=0, second=0, microsecond=0)
    tell("1/3 Inventing a world …")
    world = generate(seed=SEED, now=moment, posts=posts)
    project_path = home.root / "project.toml"
    project_path.write_text(files("replica.world").joinpath("project.toml").read_text("utf-8"), "utf-8")
    project = projects.load(project_path)
    tell(f"2/3 Crawling {len(world.posts)} posts through HTTP …")
    with Replica(world, clock=lambda: datetime.now(UTC)) as replica:
        reports = _crawl_all(home, world, project, project_path, replica.proxy)
    tell("3/3 Reading and indexing what came …")
    with closing(open_store(None, home)) as store:
        ingest(home, store, project)
        summary = _summary(world, project, store)
    _judge(reports)
    return summary


def _make_room(home: Home) -> None:
    """Empties the folder of an earlier demo; the folder of anything else is not touched."""
    mark = home.root / _MARK
    if any(home.root.iterdir()) and not mark.exists():
        raise UsageError(
            f"{home.root} holds something other than a demo; choose an empty folder with --home DIR."
        )
    for path in home.root.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    mark.write_text(json.dumps({"seed": SEED}))


def _crawl_all(
    home: Home, world: World, project: Project, project_path: Path, proxy: str
) -> list[CrawlReport]:
    """Runs every source of the project against the replica, a few side by side."""

    def run(use: SourceUse) -> CrawlReport:
        # a search is cut at 50 pages unless it is sliced by time
        span = {"since": _first_day(world)} if use.name == "weibo" else {}
        return crawl(
            use.name,
            {**use.arguments, **span},
            home=home,
            project_path=project_path,
            proxy=proxy,
            settings=HURRIED,
            environment={"TINGFENG_COOKIE_WEIBO": _LOGIN},
        )

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(run, project.sources))


def _first_day(world: World) -> str:
    return min(post.published_at for post in world.posts if post.published_at).date().isoformat()


def _judge(reports: Iterable[CrawlReport]) -> None:
    for report in reports:
        if report.run.outcome != "finished":
            raise TingfengError(
                f"The crawl of {report.run.source} ended {report.run.outcome}; what came is in the data folder."
            )


def _summary(world: World, project: Project, store: Store) -> Summary:
    collected = {item.post.id: item.post for item in store.scan(parse(""))}
    rows = []
    everything: set[str] = set()
    for use in project.sources:
        reachable = truth.reachable(world, use)
        everything |= reachable
        got = len(reachable & collected.keys())
        rows.append(
            SourceSummary(
                source=use.name,
                asked=truth.asked(use),
                reachable=len(reachable),
                collected=got,
                recall=got / len(reachable) if reachable else None,
            )
        )
    right, observed = truth.edges(world, collected.values())
    got = len(everything & collected.keys())
    return Summary(
        sources=tuple(rows),
        reachable=len(everything),
        collected=got,
        recall=got / max(1, len(everything)),
        edges_observed=observed,
        edges_right=right,
        edge_accuracy=right / max(1, observed),
        stories=tuple(story.ask for story in world.stories),
    )
