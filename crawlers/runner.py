"""One crawl in a process of its own, for whoever wants its report: a clean reactor, memory given back, killable."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from core.errors import Blocked, TingfengError, UsageError
from core.home import Home
from core.models import Coverage, Run
from crawlers import registry

# What makes a crawl of the local replica fast, where nobody is to be spared.
HURRIED: Mapping[str, str] = {
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS": "16",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "16",
    "TINGFENG_DAILY_BUDGET": "0",
    "TINGFENG_PAUSE_S": "0",
}
_LOOK_S = 0.2  # between two looks whether to stop
_GRACE_S = 90.0  # longer than a page may take
_TAIL = 2000  # characters of a failed crawl's log that its error shows


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    """What became of a crawl: its final run record and the coverage of every slice.

    `filled` counts the posts with each promised field; `unmet` says in words which expectations failed.
    """

    run: Run
    coverage: list[Coverage]
    filled: dict[str, int]
    unmet: list[str]


def crawl(
    source: str,
    arguments: Mapping[str, Any],
    *,
    home: Home,
    project_path: Path | None = None,
    proxy: str | None = None,
    settings: Mapping[str, Any] | None = None,
    run_id: str | None = None,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> CrawlReport:
    """The report of a crawl of `source`, run to its end by ``scrapy crawl`` in a subprocess.

    `settings` go to Scrapy by ``-s`` (`HURRIED` for a replica), `log` gets the log, `environment` adds
    variables such as ``TINGFENG_COOKIE_WEIBO``. Once `stopping` says so, or at Ctrl-C, the crawl is asked to
    end: what is on the way is finished, and the next run goes on from there. Raises `UsageError` on a wrong source or argument, before
    anything starts, `Blocked` where the source is paused or disabled, and `TingfengError` with the end of the log when the process dies.
    """
    registry.source(source).read(arguments)
    with tempfile.TemporaryDirectory(prefix="tingfeng-") as folder:
        report = Path(folder) / "report.json"
        output = log or Path(folder) / "log.txt"
        given = {
            "TINGFENG_HOME": home.root,
            "TINGFENG_RUN_REPORT": report,
            "TINGFENG_PROJECT": project_path,
            "TINGFENG_PROXY": proxy,
            "TINGFENG_RUN_ID": run_id,
            **(settings or {}),
        }
        command = _command(source, arguments, given)
        with output.open("ab") as stream:
            process = _start(command, stream, _environment(environment))
        return _read(report, output, source, _wait(process, stopping))


def crawl_together(
    workers: int, source: str, arguments: Mapping[str, Any], **options: Any
) -> list[CrawlReport]:
    """The reports of `workers` that share one crawl, the last to end last: its coverage is that of all.

    `options` are those of `crawl`, but `run_id` and `log`, for each worker is a run of its own.
    """
    with ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(crawl, source, arguments, **options) for _ in range(workers)]
    reports = [future.result() for future in running]
    return sorted(reports, key=lambda report: report.run.ended_at or report.run.started_at)


def _start(command: list[str], output: IO[bytes], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own command, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=environment,
        start_new_session=True,  # Ctrl-C reaches it once, through us: a second one would cut it off
    )


def _wait(process: subprocess.Popen[bytes], stopping: Callable[[], bool]) -> int:
    """The exit code; the process is asked to end where that is wanted, and ended where it does not obey."""
    try:
        while not stopping():
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(_LOOK_S)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
    return process.wait()


def _command(source: str, arguments: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    command = [sys.executable, "-m", "scrapy", "crawl", source]
    for name, value in arguments.items():
        command += ["-a", f"{name}={_text(value)}"]
    for name, value in settings.items():
        if value is not None:
            command += ["-s", f"{name}={value}"]
    return command


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """Ours, with the settings module and the folder of our packages, so that any working directory will do."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "crawlers.settings",
        "PYTHONPATH": os.pathsep.join(paths),
        **(more or {}),
    }


def _read(report: Path, output: Path, source: str, code: int) -> CrawlReport:
    if not report.exists():
        tail = output.read_text("utf-8", "replace")[-_TAIL:]
        if code == UsageError.exit_code and (told := re.findall(r"^\S+: error: (.*)$", tail, re.MULTILINE)):
            raise UsageError(told[-1])
        if code == Blocked.exit_code and (
            refused := re.search(r"^scrapy: refused \((\w+)\): (.*)$", tail, re.MULTILINE)
        ):
            raise Blocked(refused[2], reason=refused[1])
        raise TingfengError(f"the crawl of {source} died (exit code {code}) and left no report:\n{tail}")
    return msgspec.json.decode(report.read_bytes(), type=CrawlReport)
