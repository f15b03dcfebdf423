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
        out: list[str | None] = [None] * (len(rows) - 1)
        seen: dict[int, dict[int, set[int]]] = {}
        found = self._signs.find(cleaned.joined)
        for (begin, end, owners), text in zip(found, text_at(rows, [hit[0] for hit in found]), strict=True):
            for owner in owners:
                seen.setdefault(text, {}).setdefault(owner, set()).add(hash(cleaned.joined[begin:end]))
        for text, signs in seen.items():
            best = max(signs, key=lambda owner: len(signs[owner]))
            if len(signs[best]) >= SIGNS_NEEDED:
                out[text] = self._ids[best]
        return out
