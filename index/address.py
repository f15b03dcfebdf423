"""Which store an address means."""

from __future__ import annotations

import os
from pathlib import Path

from core.errors import UsageError
from core.home import Home
from index.store import Store


def open_store(address: str | None, home: Home, *, renew: bool = False) -> Store:
    """The store at `address`, else at ``TINGFENG_STORE``, else the SQLite file of `home`.

    ``sqlite`` is that file, ``sqlite:PATH`` another, ``http(s)://HOST:PORT[/PREFIX]`` an Elasticsearch
    server. `renew` is for who clears the store next: one of another version will do. Raises `UsageError` when
    the address is none of these or the file is not ours. A server is not asked before it is needed.
    """
    given = _given(address)
    if given.partition(":")[0] in ("http", "https"):
        from index.elastic import ElasticStore  # the client is slow to load and most do not need it
        from index.elastic.server import read_address

        return ElasticStore(read_address(given))
    if (path := sqlite_path(address, home)) is not None:
        from index.sqlite import SqliteStore

        return SqliteStore(path, renew=renew)
    raise UsageError(
        f"store address {given!r} is unknown; write sqlite, sqlite:PATH or http://HOST:9200/PREFIX"
    )


def sqlite_path(address: str | None, home: Home) -> Path | None:
    """The file of a SQLite store's address, given as to `open_store`; None of any other address."""
    given = _given(address)
    kind, _, rest = given.partition(":")
    if kind == "sqlite" and (rest or given == "sqlite"):
        return Path(rest).expanduser().resolve() if rest else home.database
    return None


def _given(address: str | None) -> str:
    return address or os.environ.get("TINGFENG_STORE") or "sqlite"
