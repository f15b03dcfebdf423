"""What all posts say, in texts or in words, as far as it was read: brought up to date before each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from index.sqlite.layout import BLOCK, CHUNK
from index.sqlite.said.recent import Block, Recent
from index.sqlite.said.sealed import Shelf, shelves
from index.sqlite.said.spots import LINE, SPACE, Table
from index.sqlite.schema import Connection


class Said(NamedTuple):
    """Texts of one moment, or the words of posts as such: those of full chunks, and those behind them."""

    shelves: Sequence[Shelf]
    recent: Recent


class Known:
    """What is known of one of both tables."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._blocks: dict[int, tuple[int, Block]] = {}
        self._generation = -1
        self._said = Said([], Recent([]))

    def said(
        self, connection: Connection, generation: int, versions: Mapping[int, int], sealed: Mapping[int, int]
    ) -> Said:
        """What is said at the moment of a generation, with these versions of chunks, some of them full."""
        if self._generation != generation:
            known, recent = self._said
            self._said = Said(
                shelves(connection, self._table, sealed, known),
                Recent(self._read(connection, versions), recent),
            )
            self._generation = generation
        return self._said

    def _read(self, connection: Connection, versions: Mapping[int, int]) -> list[Block]:
        """The recent blocks; those that grew or whose chunk changed are read again."""
        found: dict[int, tuple[int, Block]] = {}
        for number, posts in connection.execute("SELECT block, posts FROM recent ORDER BY block").fetchall():
            version = versions[number * BLOCK // CHUNK]
            known = self._blocks.get(number)
            if known is None or known[0] != version or known[1].posts != posts:
                text = self._text(connection, number)
                same = known is not None and known[1].text == text
                known = version, known[1] if known and same else Block(number, posts, text)
            found[number] = known
        self._blocks = found
        return [block for _, block in found.values()]

    def _text(self, connection: Connection, block: int) -> str:
        if self._table == "spot":
            sql = "SELECT text FROM recent WHERE block = ?"
            text: str = connection.execute(sql, (block,)).fetchone()[0]
            return text
        (words,) = connection.execute("SELECT words FROM recent WHERE block = ?", (block,)).fetchone()
        spaced: str = words.replace(LINE, f"{SPACE}{LINE}{SPACE}")  # each word stands between two
        return f"{SPACE}{spaced}{SPACE}"
