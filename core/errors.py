"""The error tree. Every message says what to do next.

::

    TingfengError            exit code 1
    ├── UsageError           2   an option, query, project file, store address or date is wrong
    │   ├── QueryError           carries `position`
    │   └── ProjectError         carries `path`
    ├── StoreAway            1   the store cannot be reached; nothing was lost, run again
    ├── LandingError         1   the landing cannot be read or written
    └── Blocked              3   a site refused; carries `reason`
"""

from __future__ import annotations

from pathlib import Path


class TingfengError(Exception):
    """Root of all expected errors; the command line prints the message and exits with `exit_code`."""

    exit_code = 1


class UsageError(TingfengError):
    """Raised where a person's input cannot be used: the message names it and what is accepted."""

    exit_code = 2


class QueryError(UsageError):
    """Raised by the query parser; `position` counts characters from 0, `zh` is the message in Chinese."""

    def __init__(self, message: str, *, position: int, query: str, zh: str | None = None) -> None:
        self.position = position
        self.query = query
        self.zh = zh or message
        super().__init__(message)


class ProjectError(UsageError):
    """Raised when a project file is absent, broken or contradicts itself."""

    def __init__(self, message: str, *, path: Path) -> None:
        self.path = path
        super().__init__(f"{path}: {message}")


class StoreAway(TingfengError):
    """Raised when the store does not answer or refuses writes; whatever was in hand is kept."""


class LandingError(TingfengError):
    """Raised when a landing file or its folder cannot be used (full disk, rights, not a landing file)."""


class Blocked(TingfengError):
    """Raised when a site refuses: `reason` is one of the names in `crawlers.manners.blocks`."""

    exit_code = 3

    def __init__(self, message: str, *, reason: str) -> None:
        self.reason = reason
        super().__init__(message)
