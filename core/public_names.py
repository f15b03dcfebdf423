"""The accounts this data folder knows to be public: their names and ids, one a line in a file that grows."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path


class PublicNames:
    """Names and ``platform:native`` ids of public accounts; a container for `core.privacy.door`.

    Grown in memory by `add`, and on disk by `save`, which only appends: several runs may share the file.
    """

    def __init__(self, path: Path, known: Iterable[str] = ()) -> None:
        self.path = path
        written = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
        self._entries = {*written, *map(_plain, known)}
        self._unsaved: list[str] = []

    def __contains__(self, entry: object) -> bool:
        return entry in self._entries

    def add(self, entry: str | None) -> None:
        """Notes a name or id; nothing happens when it is None or known."""
        if entry is None or entry in self._entries:
            return
        entry = _plain(entry)
        if len(entry.splitlines()) == 1 and entry not in self._entries:
            self._entries.add(entry)
            self._unsaved.append(entry)

    def save(self) -> None:
        """Appends what is new to the file; on `OSError` it is kept for the next time."""
        if not self._unsaved:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{entry}\n" for entry in self._unsaved).encode("utf-8", "replace")
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, lines)
        finally:
            os.close(file)
        self._unsaved.clear()


def _plain(entry: str) -> str:
    return unicodedata.normalize("NFC", entry).strip()
