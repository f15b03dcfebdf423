"""One writer at a time: a lock that dies with its process."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from core.errors import StoreAway
from core.locking import lock


class WriterLock:
    """Held from `take` to `release`, or to the end of the process however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Raises `StoreAway` when another process holds it; taking it twice is taking it once."""
        if self._file is not None:
            return
        try:
            file = self.path.open("ab")
        except OSError as error:
            raise StoreAway(
                f"{self.path} cannot be written ({error.strerror}); nothing was lost:"
                " check the folder's rights and run again"
            ) from error
        try:
            lock(file.fileno())
        except OSError as error:
            file.close()
            raise StoreAway(
                "another process is writing to this store; nothing was lost, run again when it is done"
            ) from error
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()  # which also unlocks
            self._file = None
