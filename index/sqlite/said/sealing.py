"""The texts and words of posts until their chunk is full, and what is made of them then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.codes import codes_of
from index.sqlite.layout import BLOCK, CHUNK
from index.sqlite.said import broad, characters, vocabulary
from index.sqlite.said.spots import LINE
from index.sqlite.schema import Connection


def remember(connection: Connection, first: int, lines: Sequence[str], words: Sequence[str]) -> None:
    """Adds the texts of posts numbered from `first` on to the recent ones, and their words."""
    at = 0
    while at < len(lines):
        block, place = divmod(first + at, BLOCK)
        until = min(at + BLOCK - place, len(lines))
        part = "\n".join(lines[at:until]), "\n".join(words[at:until])
        if place:
            connection.execute(
                "UPDATE recent SET posts = posts + ?, text = text || char(10) || ?,"
                " words = words || char(10) || ? WHERE block = ?",
                (until - at, *part, block),
            )
        else:
            connection.execute("INSERT INTO recent VALUES (?, ?, ?, ?)", (block, until - at, *part))
        at = until


def forget(connection: Connection, seqs: Iterable[int]) -> None:
    """Empties the lines of these posts among the recent texts; the lines behind them keep their places."""
    by_block: dict[int, list[int]] = defaultdict(list)
    for seq in seqs:
        by_block[seq // BLOCK].append(seq % BLOCK)
    for block, places in by_block.items():
        found = connection.execute("SELECT text, words FROM recent WHERE block = ?", (block,)).fetchone()
        if found is None:
            continue  # its chunk is sealed
        left = []
        for told in found:
            lines = told.split("\n")
            for place in places:
                lines[place] = ""
            left.append("\n".join(lines))
        connection.execute("UPDATE recent SET text = ?, words = ? WHERE block = ?", (*left, block))


def seal(connection: Connection, chunk: int, generation: int) -> None:
    """Makes the rows of a full chunk from its recent texts and words, which are then taken away."""
    blocks = chunk * CHUNK // BLOCK, (chunk + 1) * CHUNK // BLOCK - 1
    sql = "SELECT text, words FROM recent WHERE block BETWEEN ? AND ? ORDER BY block"
    text, words = ("\n".join(told) for told in zip(*connection.execute(sql, blocks), strict=True))
    codes = codes_of(text + LINE)  # every line has an end
    order, numbers = characters.ordered(codes)
    pairs = characters.paired(order, numbers)
    spoken = vocabulary.read_words(words)
    connection.executemany("INSERT INTO spot VALUES (?, ?)", characters.rows(chunk, pairs))
    connection.executemany("INSERT INTO word VALUES (?, ?)", vocabulary.rows(chunk, spoken))
    common = sorted(broad.rows(chunk, codes, order, pairs, spoken))
    connection.executemany("INSERT INTO broad VALUES (?, ?)", common)
    connection.execute("DELETE FROM recent WHERE block BETWEEN ? AND ?", blocks)
    connection.execute("UPDATE chunk SET sealed = ? WHERE number = ?", (generation, chunk))
