"""What a search of Weibo asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One search. `omitted` is the share of similar posts left out, drawn by `seed`."""

    words: str
    since: datetime | None = None
    until: datetime | None = None
    original: bool = False
    hot: bool = False
    media: str | None = None  # image, video
    links: bool = False
    province: str | None = None
    city: int | None = None
    omitted: float = 0.0
    seed: int = 0

    @property
    def terms(self) -> list[str]:
        return self.words.split()
