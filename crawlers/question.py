"""What a crawl asks, and what is remembered of the same question: its open crawl, and its watermark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from core.privacy import load_key
from crawlers.arguments import LAST, text_of
from crawlers.config import Config
from crawlers.reasons import is_lost
from crawlers.registry import Source
from crawlers.state.crawls import began, open_frontier, watermark_of
from crawlers.state.engine import State, open_state
from crawlers.state.frontier import Frontier
from crawlers.state.readings import Line
from crawlers.state.sealing import Sealer

OVERLAP = timedelta(hours=2)  # sites show posts late, and out of order


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A source and its arguments.

    `arguments` are those given, but spans like 30d count back from the crawl's beginning, also when it is taken
    up again, and ``last`` is the watermark less `OVERLAP`; where there is none, the argument is left out.
    """

    source: Source
    state: State
    sealer: Sealer
    arguments: dict[str, str]
    parts: tuple[str, ...]
    watermark: bytes
    now: datetime

    @classmethod
    def of(cls, source: Source, given: Mapping[str, Any], settings: Config) -> Self:
        """The question, its state opened; raises `UsageError` on a wrong argument before that."""
        now = settings.now or datetime.now(UTC)
        source.read(given, now=now)
        state = open_state(settings.home, settings.state)
        sealer = Sealer(load_key(settings.home.key))
        texts = {name: text_of(value) for name, value in given.items()}
        parts = tuple(f"{name}={text}" for name, text in sorted(texts.items()))
        endless = [part for part in parts if not part.startswith(("since=", "until="))]
        question = cls(
            source=source,
            state=state,
            sealer=sealer,
            arguments=texts,
            parts=parts,
            watermark=sealer.digest("watermark", source.name, *endless),
            now=now,
        )
        question._fix()
        return question

    def open(self) -> Frontier:
        """The frontier of the crawl that asks it."""
        return open_frontier(self.state, self.sealer, self.source.name, self.parts, now=self.now)

    def _fix(self) -> None:
        start = began(self.state, self.sealer, self.source.name, self.parts) or self.now
        for name, text in list(self.arguments.items()):
            if self.source.arguments[name].kind != "moment":
                continue
            if text not in LAST:
                self.arguments[name] = self.source.read({name: text}, now=start)[name].isoformat()
            elif (mark := watermark_of(self.state, self.watermark)) is not None:
                self.arguments[name] = (mark - OVERLAP).isoformat()
            else:
                del self.arguments[name]


def is_whole(lines: Iterable[Line]) -> bool:
    """Whether all was reached that the site shows, so that the next crawl may begin where this one did."""
    return not any(line.refused or (line.because and is_lost(line.because)) for line in lines)
