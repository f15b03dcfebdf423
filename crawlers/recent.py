"""What a run remembers of what it met, so much and no more: its memory must not grow with its pages."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
MOST = 100_000  # posts; what is met again later than that lands again, and ingest knows it


class Recent(OrderedDict[Key, Value]):
    """The latest `most` keys that were set, with their values."""

    def __init__(self, most: int = MOST) -> None:
        super().__init__()
        self.most = most

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self.most:
            self.popitem(last=False)
