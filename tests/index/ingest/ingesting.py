"""Ingest as a process of its own, to be killed: tells the posts done, a line a batch."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from core.home import Home
from index.address import open_store
from index.ingest.ingesting import ingest


def main() -> None:
    home, address, workers = Home(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
    with closing(open_store(address, home)) as store:
        ingest(home, store, workers=workers, batch=20, progress=lambda done: print(done, flush=True))


if __name__ == "__main__":
    main()
