"""``python -m replica POSTS.jsonl --port 8899 --fault captcha``: serves a file of posts until interrupted."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from core.errors import TingfengError
from replica.faults import Faults, table
from replica.files import read_posts, world_from_posts
from replica.server import Replica

_log = logging.getLogger("replica")


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m replica", description=__doc__)
    parser.add_argument("posts", type=Path, help="a JSONL file of posts in import format")
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
        with Replica(world_from_posts(read_posts(asked.posts)), port=asked.port, faults=faults) as replica:
            _log.info("proxy %s", replica.proxy)
            _log.info("hosts %s", ", ".join(replica.hosts))
            stopped.wait()
            _log.info("served %d requests", len(replica.log))
    except TingfengError as error:
        _log.error("%s", error)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
