"""``python -m replica POSTS.jsonl --port 8899 --fault captcha``: serves a file of posts until interrupted.

``python -m replica --expanse 1000000`` serves an invented world of that many posts instead.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from core.errors import TingfengError, UsageError
from replica.expanse import Expanse, ExpanseShelf
from replica.faults import Faults, table
from replica.files import read_posts, world_from_posts
from replica.server import Replica
from replica.shelf import Shelf
from replica.world.model import World

_LEAST, _MOST = 1_000, 10_000_000
_log = logging.getLogger("replica")


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m replica", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("posts", type=Path, nargs="?", help="a JSONL file of posts in import format")
    what.add_argument(
        "--expanse", type=int, metavar="POSTS", help="how many posts to invent, 1000 to 10000000"
    )
    parser.add_argument("--seed", type=int, default=7, help="what the invented world is drawn from")
    parser.add_argument(
        "--now",
        type=_moment,
        help="the moment an invented world is seen at, with a zone; by default the real one",
    )
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; a free one by default")
    parser.add_argument(
        "--fault", action="append", default=[], choices=sorted(table()), help="what goes wrong"
    )
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        faults = Faults()
        for name in asked.fault:
            faults.on(name)
        with Replica(_world(asked), port=asked.port, faults=faults) as replica:
            _log.info("proxy %s", replica.proxy)
            _log.info("hosts %s", ", ".join(replica.hosts))
            stopped.wait()
            _log.info("served %d requests", len(replica.log))
    except TingfengError as error:
        _log.error("%s", error)
        return error.exit_code
    return 0


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time with a zone, like 2026-11-21T09:00:00+08:00")
    return moment


def _world(asked: argparse.Namespace) -> World | Shelf:
    if asked.expanse is None:
        return world_from_posts(read_posts(asked.posts))
    if not _LEAST <= asked.expanse <= _MOST:
        raise UsageError(f"an expanse has {_LEAST} to {_MOST} posts; {asked.expanse} is none of them")
    return ExpanseShelf(Expanse(asked.expanse, now=asked.now or datetime.now(UTC), seed=asked.seed))


if __name__ == "__main__":
    sys.exit(main())
