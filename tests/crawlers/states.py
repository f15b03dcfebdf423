"""The state databases that tests are run on: a file of SQLite, and a real PostgreSQL.

``TINGFENG_TEST_POSTGRES=postgresql://tingfeng@127.0.0.1:5433/postgres`` (``.ci/postgres start``) names the server;
without it its tests are skipped, or fail with ``TINGFENG_REQUIRE_POSTGRES=1``. Each test has a database of its own.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

KINDS = ("sqlite", "postgresql")
_SERVER = "TINGFENG_TEST_POSTGRES"


@contextmanager
def state_url(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty state of this kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'state.sqlite'}"
        return
    server = os.environ.get(_SERVER)
    if not server:
        message = f"needs a real PostgreSQL: .ci/postgres start, then {_SERVER}=postgresql://..."
        if os.environ.get("TINGFENG_REQUIRE_POSTGRES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"tingfeng_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()
