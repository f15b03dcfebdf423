"""Project files, and folders of them, read again when they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from core import project as projects
from core.errors import ProjectError, UsageError
from ops.schedule.units import Hide, Unit, cut


class ProjectFiles:
    """Called, it gives the units of some project files as they are now; a folder means every ``*.toml`` in it.

    Raises `ProjectError` or `UsageError` at first; a file that is broken later is told of, and what it said
    before holds.
    """

    def __init__(self, paths: Sequence[Path], hide: Hide, tell: Callable[[str], None]) -> None:
        self.places = [path.expanduser().resolve() for path in paths]
        self.hide = hide
        self.tell = tell
        self.seen = self._changed()
        self.units = self._read()

    def __call__(self) -> list[Unit]:
        changed = self._changed()
        if changed != self.seen:
            self.seen = changed
            try:
                self.units = self._read()
            except (ProjectError, UsageError) as error:
                self.tell(str(error))
        return self.units

    def _paths(self) -> list[Path]:
        return [
            path
            for place in self.places
            for path in (sorted(place.glob("*.toml")) if place.is_dir() else [place])
        ]

    def _read(self) -> list[Unit]:
        return cut([(path, projects.load(path)) for path in self._paths()], self.hide)

    def _changed(self) -> list[tuple[Path, float]]:
        return [(path, path.stat().st_mtime if path.exists() else 0.0) for path in self._paths()]
