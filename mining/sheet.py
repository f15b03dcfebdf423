"""The KOL list as a workbook, safe to open."""

from __future__ import annotations

from pathlib import Path

from mining.kol import KolReport


def write_kol(report: KolReport, path: Path, *, language: str = "zh") -> None:
    """Writes the XLSX: the list, then definitions, method, coverage and deadline on a second sheet."""
    raise NotImplementedError
