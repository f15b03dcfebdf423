"""What a folded hit stands for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from index.sqlite.columns import View
from index.sqlite.layout import NONE
from index.sqlite.schema import MISSING, Connection
from index.sqlite.values import names_of
from index.store import Spread

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spreads(
    connection: Connection, view: View, result: NDArray[np.int64], hits: NDArray[np.int64]
) -> list[Spread]:
    """The copies of each hit among the posts of a result."""
    groups = view.fixed["duplicate"]
    copies = result[np.isin(groups[result], groups[hits])]
    found = [copies[groups[copies] == groups[hit]] for hit in hits]
    platforms = names_of(connection, "platform", np.unique(view.fixed["platform"][copies]).tolist())
    return [_spread(view, same, platforms) for same in found]


def _spread(view: View, copies: NDArray[np.int64], platforms: dict[int, str]) -> Spread:
    accounts = view.fixed["account"][copies]
    times = view.fixed["at"][copies]
    known = times[times > MISSING]
    codes = np.unique(view.fixed["platform"][copies]).tolist()
    return Spread(
        posts=len(copies),
        authors=len(np.unique(accounts[accounts != NONE])),
        platforms=tuple(sorted(platforms[code] for code in codes if code != NONE)),
        first_at=_time(int(known.min())) if len(known) else None,
        last_at=_time(int(known.max())) if len(known) else None,
    )


def _time(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)
