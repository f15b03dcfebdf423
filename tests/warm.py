"""Processes of crawls forked from one that has imported everything, for a suite that runs hundreds of crawls.

Such a crawl has a process of its own as ``python -m scrapy`` would: its own reactor, environment, session and end.
It only does not import Scrapy and our packages anew, which takes longer than most crawls of a replica. What the
command line itself does is held by `tests.crawlers.test_scrapy` and `tests.crawlers.test_resume`, which use it.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import IO


def _modules(package: str) -> list[str]:
    """The names of all modules of a package, none of which is imported."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    root = Path(found.origin).parent
    paths = [path.relative_to(root).with_suffix("").parts for path in sorted(Path(root).rglob("*.py"))]
    return [".".join((package, *parts)) for parts in paths if parts[-1] not in ("__init__", "__main__")]


_PARTS = ("commands", "core", "downloadermiddlewares", "extensions", "spidermiddlewares")
_OLD = ("scrapy.extensions.statsmailer", "scrapy.core.downloader.handlers.http")  # they only warn
_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "pytest", "scrapy.cmdline", "scrapy.statscollectors", "sqlalchemy.dialects.sqlite.pysqlite", "sqlite3",
        "twisted.internet.asyncioreactor",
        *(name for name in _modules("scrapy") if name.split(".")[1] in _PARTS and name not in _OLD),
        *_modules("crawlers"), __name__,
    ]
)  # fmt: skip


class Forked:
    """A crawl's process, as `crawlers.runner` uses one."""

    def __init__(self, command: Sequence[str], output: IO[bytes], environment: Mapping[str, str]) -> None:
        self._process = _FORKS.Process(target=_run, args=(list(command), output.name, dict(environment)))
        self._process.start()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("crawl", timeout or 0)
        return code

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _run(command: list[str], output: str, environment: dict[str, str]) -> None:
    """What ``python -m MODULE ...`` would do, in a process that was forked for it."""
    os.setsid()
    for number, (path, how) in enumerate(
        ((os.devnull, os.O_RDONLY), (output, os.O_WRONLY | os.O_APPEND), (output, os.O_WRONLY | os.O_APPEND))
    ):
        os.dup2(os.open(path, how), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = environment.get("PYTHONPATH", "").split(os.pathsep)
    _python, _m, module, *arguments = command
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
