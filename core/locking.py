"""A lock on an open file that dies with its process; `OSError` where another holds it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import msvcrt

    def lock(file: int) -> None:
        """Locks the first byte, which another may not write meanwhile."""
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def lock(file: int) -> None:
        """Locks the file against others who ask."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
