"""Where titles stood on hot lists in a span, and which of them a topic is."""

from __future__ import annotations

from collections.abc import Iterable

from core.models import HotEntry
from core.texts import fold
from mining.reports import HotStanding

_PART = 4  # characters from which a topic inside a title, or a title inside a topic, means the same event


class Standings:
    """The titles of these entries (oldest first) with their best rank, first and last sight and last heat."""

    def __init__(self, entries: Iterable[HotEntry]) -> None:
        self._rows: dict[tuple[str, str], list[HotEntry]] = {}
        for entry in entries:
            self._rows.setdefault((entry.platform, entry.title), []).append(entry)
        self._standings = sorted((_standing(rows) for rows in self._rows.values()), key=_by_rank)
        self._plain = [(_plain(each.title), each) for each in self._standings]

    def best(self, limit: int) -> list[HotStanding]:
        """By best rank, unranked ones last; a title on two platforms once."""
        seen: set[str] = set()
        chosen = []
        for plain, each in self._plain:
            if plain and plain not in seen:
                seen.add(plain)
                chosen.append(each)
        return chosen[:limit]

    def of(self, topic: str, *, whole: bool) -> HotStanding | None:
        """The best standing of a title that is this topic.

        `whole`: the topic is a hashtag, which must equal the title or hold a long part of it; a word need
        only stand in the title.
        """
        wanted = _plain(topic)
        for plain, each in self._plain:
            if plain == wanted:
                return each
        for plain, each in self._plain:
            if not whole and len(wanted) > 1 and wanted in plain:
                return each
            if whole and min(len(plain), len(wanted)) >= _PART and (plain in wanted or wanted in plain):
                return each
        return None


def _standing(rows: list[HotEntry]) -> HotStanding:
    ranks = [row.rank for row in rows if row.rank is not None]
    heats = [row.heat for row in rows if row.heat is not None]
    labels = [row.label for row in rows if row.label]
    last = rows[-1]
    return HotStanding(
        platform=last.platform,
        title=last.title,
        best_rank=min(ranks) if ranks else None,
        first_seen_at=rows[0].at,
        last_seen_at=last.at,
        last_rank=last.rank,
        last_heat=heats[-1] if heats else None,
        label=labels[-1] if labels else None,
    )


def _by_rank(standing: HotStanding) -> tuple[int, str, str]:
    rank = standing.best_rank if standing.best_rank is not None else 1_000
    return (rank, standing.platform, standing.title)


def _plain(title: str) -> str:
    return fold("".join(title.split())).strip("#＃")
