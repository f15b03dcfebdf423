"""Whom a repost was taken from, read from its ``//@name:`` chain.

The words behind the first ``//@name:`` are the parent's whole text as it stood. So the parent is the earlier
row of that name whose text they repeat. Where no such row was collected, that person becomes a virtual row
with the repeated words for its text, and the next name is asked; rows that come later find it there.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable
from itertools import islice

LINK = re.compile(r"//\s*[@＠]([^\s:：/@＠]{1,30})\s*[:：]")
_TORN = re.compile(r"(?<!:)//\s*(?:[@＠]([^\s:：/@＠]{0,30}))?$")
_TORN_OFF = re.compile(r"/(?:/\s*(?:[@＠][^\s:：/@＠]{0,30})?)?$")
_MENTION = re.compile(r"[@＠][^\s:：/@＠，。,!！?？]{1,30}")
_BARE = frozenset({"", "转发微博", "轉發微博", "转发", "轉發", "快转微博", "快轉微博", "repost", "reposted"})
_LONG = 118  # a text this long may have been cut at Weibo's 140: pseudonyms change its length
_LINKS = 64  # names read of one chain: a hostile text may hold thousands
_SCAN = 256  # rows of one name compared: one who floods a cascade must not cost the square
_TELLING = 6  # characters from which own words tell people apart without a name

# About how often a link of each kind is right on CED behind the landing door, with rows left out and people
# renamed (benchmarks/cascade_ced.py).
# `bare` cannot be measured there: people do delete chains, so the root is only the likeliest parent.
SURE = {"whole": 0.99, "start": 0.9, "alike": 0.98, "words": 0.92, "torn": 0.45, "missing": 0.95, "bare": 0.8}


def links(text: str) -> list[tuple[str, int]]:
    """(name, where the words behind it begin) of each link of the chain, nearest first."""
    return [(found[1], found.end()) for found in islice(LINK.finditer(text), _LINKS)]


def normal(words: str) -> str:
    """Words as they are compared: no white space, no names, nothing for a bare repost."""
    plain = _MENTION.sub("@", "".join(words.split()))
    return "" if plain.rstrip("。.!！").lower() in _BARE else plain


def segments(text: str) -> list[str]:
    """The own words, then those of each link, as they are compared."""
    pieces: list[str] = []
    at = 0
    for found in islice(LINK.finditer(text), _LINKS):
        pieces.append(normal(text[at : found.start()]))
        at = found.end()
    pieces.append(normal(_TORN_OFF.sub("", text[at:])))
    return pieces


class Linker:
    """Links the rows of one cascade, which must come in time order; row 0 is the root.

    Columns, one entry a row: `parent` (-1 for the root), `how` (a key of `SURE`, "id" for a parent given),
    `names` (of virtual rows the name in the chain, else None). A virtual row's parent may stand behind it.
    """

    def __init__(self, text: str, names: Iterable[str] = ()) -> None:
        self.texts = [text]
        self.parent = [-1]
        self.how = [""]
        self.names: list[str | None] = [None]
        self._born = [0]  # a row hangs only under rows born before it
        self._clock = 0
        self._by_name: dict[str, list[int]] = {}
        self._by_words: dict[str, list[int]] = {}
        self._called: list[str] = []
        self._aliases: dict[str, str] = {}
        self._segments: dict[int, list[str]] = {}
        self._trimmed = 0  # votes that people here keep one link of the chain only
        self._recent: deque[int] = deque(maxlen=10)  # parents below the root of the last reposts
        self._know(0, tuple(names))

    def add(self, text: str, names: Iterable[str] = (), parent: int | None = None) -> int:
        """The new row's number; its parent is `parent` if given, else read from the chain."""
        self._clock += 1
        if parent is None:
            parent, how = self._read(text)
        else:
            how = "id"
        return self._put(text, parent, how, None, tuple(names))

    def add_virtual(self, text: str, name: str | None) -> int:
        """The new row of a person the site named as a parent, whose repost was not collected."""
        self._clock += 1
        parent, _ = self._read(text)
        return self._put(text, parent, "missing", name or "", (name,) if name else ())

    def seek(self, name: str, words: str) -> int:
        """The row `name` wrote with these words behind, -1 where there is none."""
        self._clock += 1
        return self._row_of(name, words, len(words) >= _LONG, self._clock)[0]

    def _put(self, text: str, parent: int, how: str, name: str | None, names: tuple[str, ...]) -> int:
        row = len(self.parent)
        self.texts.append(text)
        if parent > 0:
            self._recent.append(parent)
        self.parent.append(parent)
        self.how.append(how)
        self.names.append(name)
        self._born.append(self._clock)
        self._know(row, names)
        return row

    def _know(self, row: int, names: tuple[str, ...]) -> None:
        for name in names:
            self._by_name.setdefault(name, []).append(row)
        self._called.append(names[0] if names else "")
        words = self.texts[row]
        if len(words) >= _TELLING and self.names[row] is None:
            self._by_words.setdefault(words[:_TELLING], []).append(row)

    # --- Reading a chain -----------------------------------------------------------------------------

    def _read(self, text: str) -> tuple[int, str]:
        """(parent row, how it is known) of a new text; makes the virtual rows between."""
        found = links(text)
        if not found:
            return self._torn(text)
        if len(found) > 1:
            self._trimmed -= 1
        row, how, absent = self._walk(found, text, self._clock)
        return self._bridge(row, how, absent, text)

    def _walk(
        self, found: list[tuple[str, int]], text: str, before: int
    ) -> tuple[int, str, list[tuple[str, int]]]:
        """The first name of a chain with a row born before `before`, and the names passed over."""
        long = len(text) >= _LONG
        for step, (name, start) in enumerate(found):
            row, how = self._row_of(name, text[start:], long, before)
            if row >= 0:
                return row, how, found[:step]
        return 0, "bare", found

    def _bridge(self, row: int, how: str, absent: list[tuple[str, int]], text: str) -> tuple[int, str]:
        """Hangs a virtual row for each absent name between `row` and the reader, farthest first."""
        for name, start in reversed(absent):
            row, how = self._put(text[start:], row, "missing", name, (name,)), "missing"
        return row, how

    def _torn(self, text: str) -> tuple[int, str]:
        """The parent where no whole link is left: the site may have cut inside the first one.

        Whose name begins so, else whom most of the last reposts were taken from; the name may be a pseudonym
        of the part that was left.
        """
        torn = _TORN.search(text) if len(text) >= _LONG else None
        if torn is None:
            return 0, "bare"
        part = torn[1]
        named = [rows[-1] for name, rows in self._by_name.items() if part and name.startswith(part)]
        row = max(named, default=0)
        if row == 0 and self._recent:
            row = Counter(self._recent).most_common(1)[0][0]
        return row, "torn" if row else "bare"

    def _row_of(self, name: str, words: str, long: bool, before: int) -> tuple[int, str]:
        """The row born before `before` that `name` wrote with these words behind; -1 where there is none."""
        rows = self._by_name.get(self._aliases.get(name, name))
        if rows is None:
            return self._renamed(name, words, long, before)
        rows = rows[-_SCAN:]
        if before < self._clock:
            rows = [row for row in rows if self._born[row] < before]
        if self._trimmed > 0 and not LINK.search(words):
            return self._alike(rows, words, long)
        texts = self.texts
        for row in reversed(rows):
            if texts[row] == words or (long and texts[row].startswith(words)):
                return row, "whole"
        if len(words) >= _TELLING:
            for row in reversed(rows):
                if texts[row].startswith(words):
                    return row, "start"
                if (
                    self.names[row] is not None
                    and len(texts[row]) >= _TELLING
                    and words.startswith(texts[row])
                ):
                    self._lengthen(row, words)
                    return row, "start"
        return self._alike(rows, words, long)

    def _alike(self, rows: list[int], words: str, long: bool) -> tuple[int, str]:
        """The latest row that says the same but for white space, names, and links its reposter cut away."""
        wanted = segments(words)
        last = len(wanted) - 1
        for row in reversed(rows):
            had = self._segments.get(row)
            if had is None:
                had = self._segments[row] = segments(self.texts[row])
            if len(had) <= last or had[:last] != wanted[:last]:
                continue
            if had[last] == wanted[last] or (long and had[last].startswith(wanted[last])):
                if len(had) > len(wanted) and not long:
                    self._trimmed += 1
                return row, "alike"
        return -1, ""

    def _renamed(self, name: str, words: str, long: bool, before: int) -> tuple[int, str]:
        """The row with these telling words, of somebody the chain knows by another name."""
        first = LINK.search(words)
        if len(normal(words[: first.start()] if first else words)) < _TELLING:
            return -1, ""
        rows = [
            row
            for row in self._by_words.get(words[:_TELLING], ())[-_SCAN:]
            if self._born[row] < before
            and (self.texts[row] == words or (long and self.texts[row].startswith(words)))
        ]
        called = {self._called[row] for row in rows}
        if len(called) != 1:
            return -1, ""
        if now := called.pop():
            self._aliases[name] = now
        return rows[-1], "words"

    def _lengthen(self, row: int, words: str) -> None:
        """Gives a virtual row the longer text now seen, and asks the part of its chain that had been cut."""
        self.texts[row] = words
        self._segments.pop(row, None)
        found = links(words)
        for step, (name, start) in enumerate(found):
            above = self.parent[row]
            if self.names[above] == name:
                row = above
                if len(words) - start > len(self.texts[row]):
                    self.texts[row] = words[start:]
                    self._segments.pop(row, None)
            elif above == 0:
                self._rehang(row, words, found[step:])
                return
            else:
                return

    def _rehang(self, row: int, words: str, found: list[tuple[str, int]]) -> None:
        born = self._born[row]
        parent, _, absent = self._walk(found, words, born)
        for name, start in reversed(absent):
            parent = self._put(words[start:], parent, "missing", name, (name,))
            self._born[parent] = born
        self.parent[row] = parent
