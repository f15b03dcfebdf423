"""What a run remembers of what it met, so much and no more: its memory must not grow with its pages."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
MOST = 50_000  # posts, some 4 MB; what is met again later than that lands again, and ingest knows it


class Recent(Generic[Key, Value]):
    """The values of the latest keys that were set: of half of `most` at least, and of `most` at most.

    Keys are kept as their 64-bit hashes, a third of the memory that they would take, in two generations: when the
    younger is full the older is forgotten. That of 50,000 keys two have one hash happens in one run of billions.
    """

    def __init__(self, most: int = MOST) -> None:
        self.half = max(1, most // 2)
        self._young: dict[int, Value] = {}
        self._old: dict[int, Value] = {}

    def __contains__(self, key: Key) -> bool:
        number = hash(key)
        return number in self._young or number in self._old

    def __setitem__(self, key: Key, value: Value) -> None:
        number = hash(key)
        if number not in self._young and len(self._young) >= self.half:
            self._young, self._old = {}, self._young
        self._young[number] = value
        self._old.pop(number, None)

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: Key) -> Value | None:
        number = hash(key)
        found = self._young.get(number)
        return self._old.get(number) if found is None else found
