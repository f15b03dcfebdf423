"""口碑: what people say of a brand and of those it is compared with."""

from __future__ import annotations

from datetime import datetime

from core.project import Project
from index.store import Store
from mining.reports import WomReport


class WordOfMouth:
    """Reports on the brands of a project; the constructor only keeps its parameters.

    `base` is that of sentiment, emotions, aspects and words: all voices, user voices or cleaned voices.
    """

    def __init__(
        self,
        project: Project,
        *,
        base: str = "cleaned voices",
        voices: int = 3,
        terms: int = 30,
        drivers: int = 5,
    ) -> None:
        self.project = project
        self.base = base
        self.voices = voices
        self.terms = terms
        self.drivers = drivers

    def report(
        self, store: Store, brand_id: str, *, since: datetime | None = None, until: datetime
    ) -> WomReport:
        """The brand first, then its competitors, over [since, until).

        Raises `core.errors.UsageError` when the project has no such brand.
        """
        raise NotImplementedError
