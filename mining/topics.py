"""话题: what rises now, against what such an hour usually brings."""

from __future__ import annotations

from datetime import datetime

from index.store import Store
from mining.reports import TopicsReport


class Topics:
    """Finds bursts of hashtags and words and joins hot lists to them."""

    def __init__(
        self, *, window_h: int = 24, history_days: int = 7, zone: str = "Asia/Shanghai", voices: int = 3
    ) -> None:
        self.window_h = window_h
        self.history_days = history_days
        self.zone = zone
        self.voices = voices

    def rising(self, store: Store, at: datetime, *, query: str = "", limit: int = 20) -> TopicsReport:
        """The topics that rise most in the `window_h` hours before `at`; nothing later is used."""
        raise NotImplementedError
