"""Clocks, percentiles and plain tables, for all benchmarks of search."""

from __future__ import annotations

import math
import os
import time
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")


def timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """(milliseconds, answer)"""
    start = time.perf_counter()
    answer = work()
    return (time.perf_counter() - start) * 1000, answer


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def slope(sizes: tuple[int, int], costs: tuple[float, float]) -> float:
    """How the logarithm of a cost grows with that of the size: 0 not at all, 1 in proportion."""
    return math.log(costs[1] / costs[0]) / math.log(sizes[1] / sizes[0])


def goal(name: str, figure: str, met: bool) -> None:
    print(f"  {'met    ' if met else 'NOT MET'}  {name}: {figure}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table: the first column left, all others right."""
    widths = [max(_width(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, *rows):
        cells = [" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        print(
            row[0]
            + cells[0]
            + "".join(f"  {pad}{cell}" for cell, pad in zip(row[1:], cells[1:], strict=True))
        )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def size(path: Path) -> int:
    """Bytes of a file and those beside it that begin with its name, or of a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))


def most_memory_mb() -> int:
    """The most memory this process ever held, pages of files it reads included."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def own_memory_mb() -> int:
    """What this process holds now, without the pages of files it reads, which the system may take back."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) // 1024


def drop_from_memory(path: Path) -> None:
    """Asks the system to forget what it holds of these files, so that the next reading comes from the disk."""
    for file in path.rglob("*") if path.is_dir() else path.parent.glob(path.name + "*"):
        if file.is_file():
            handle = os.open(file, os.O_RDONLY)
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)
