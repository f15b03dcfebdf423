"""Which of the packs a text is about."""

from __future__ import annotations

from collections.abc import Sequence

from core.project import Pack
from nlp.clean import Cleaned
from nlp.features import I64
from nlp.match import Phrases, text_at

SIGNS_NEEDED = 2  # different words of a domain before a text counts as being about it


class Domains:
    """Tells by its words which domain a text is about, of those of some packs."""

    def __init__(self, among: Sequence[Pack]) -> None:
        self._ids = [pack.id for pack in among]
        self._signs = Phrases()
        for number, pack in enumerate(among):
            for sign in pack.signs:
                self._signs.add(sign, number)
        self._signs.build()

    def of(self, cleaned: Cleaned, rows: I64) -> list[str | None]:
        """For each text the domain with the most different signs, None below `SIGNS_NEEDED`."""
        seen: list[dict[int, set[int]]] = [{} for _ in range(len(rows) - 1)]
        found = self._signs.find(cleaned.joined)
        for (begin, end, owners), text in zip(found, text_at(rows, [hit[0] for hit in found]), strict=True):
            for owner in owners:
                seen[text].setdefault(owner, set()).add(hash(cleaned.joined[begin:end]))
        out: list[str | None] = []
        for signs in seen:
            best = max(signs, key=lambda owner: len(signs[owner]), default=None)
            told = best is not None and len(signs[best]) >= SIGNS_NEEDED
            out.append(self._ids[best] if told and best is not None else None)
        return out
