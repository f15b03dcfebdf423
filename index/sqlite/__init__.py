"""The default store: one SQLite file, no server."""

from index.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
