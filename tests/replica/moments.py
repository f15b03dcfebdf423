"""Asking a replica at moments that a test chooses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from replica.identity import LOGIN_SUB
from replica.server import Replica

HOUR = timedelta(hours=1)


class Hands:
    """A clock turned by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def ask(replica: Replica, url: str) -> Any:
    return replica.ask(url, headers={"Cookie": f"SUB={LOGIN_SUB}"})
