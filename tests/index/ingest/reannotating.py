"""Re-annotation as a process of its own, to be killed: tells the posts done, a line a batch."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from core.home import Home
from index.address import open_store
from index.ingest.reannotating import reannotate
from tests.index.readers import gloomy


def main() -> None:
    home = Home(Path(sys.argv[1]))
    with closing(open_store("sqlite", home)) as store:
        reannotate(
            home, store, workers=0, batch=10, reader=gloomy, progress=lambda done: print(done, flush=True)
        )


if __name__ == "__main__":
    main()
