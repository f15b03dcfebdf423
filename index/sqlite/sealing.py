"""The texts of posts until their chunk is full, what is made of them then, and what is taken out of it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.sqlite import broad, spots
from index.sqlite.layout import BLOCK, CHUNK, fixed_id
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
    """Makes the spots and sets of a full chunk from its recent texts, which are then taken away."""
    blocks = chunk * CHUNK // BLOCK, (chunk + 1) * CHUNK // BLOCK - 1
    sql = "SELECT text, words FROM recent WHERE block BETWEEN ? AND ? ORDER BY block"
    text, words = ("\n".join(told) for told in zip(*connection.execute(sql, blocks), strict=True))
    codes = spots.coded(text + spots.LINE)  # every line has an end
    order, numbers = spots.ordered(codes)
    pairs = spots.paired(order, numbers)
    connection.executemany("INSERT INTO spot VALUES (?, ?)", spots.rows(chunk, pairs))
    common = sorted(broad.rows(chunk, codes, order, pairs, words))
    connection.executemany("INSERT INTO broad VALUES (?, ?)", common)
    connection.execute("DELETE FROM recent WHERE block BETWEEN ? AND ?", blocks)
    connection.execute("UPDATE chunk SET sealed = ? WHERE number = ?", (generation, chunk))


def scour(connection: Connection) -> None:
    """Takes what dead posts said out of the spots and sets of full chunks; where it stood a gap is left."""
    for (chunk,) in connection.execute("SELECT number FROM chunk WHERE sealed > 0").fetchall():
        sql = "SELECT data FROM fixed WHERE id = ?"
        (data,) = connection.execute(sql, (fixed_id(chunk, "live"),)).fetchone()
        live = np.frombuffer(data, dtype=np.bool_)
        if not live.all():
            _scour_spots(connection, chunk, live)
            _scour_sets(connection, chunk, live)


def _scour_spots(connection: Connection, chunk: int, live: NDArray[np.bool_]) -> None:
    ends = spots.ends_of(connection, chunk).astype(np.int64)
    kept = np.repeat(live, np.diff(ends, prepend=-1))
    kept[ends] = True
    changes = []
    for key, data in connection.execute(
        "SELECT id, data FROM spot WHERE id BETWEEN ? AND ?", spots.ids(chunk)
    ):
        followers, there = spots.unpacked(data)
        left = kept[there]
        if not left.all():
            changes.append((spots.packed(followers[left], there[left]), key))
    connection.executemany("UPDATE spot SET data = ? WHERE id = ?", changes)


def _scour_sets(connection: Connection, chunk: int, live: NDArray[np.bool_]) -> None:
    changes = []
    for key, data in connection.execute(
        "SELECT id, data FROM broad WHERE id BETWEEN ? AND ?", broad.ids(chunk)
    ):
        places = broad.listed(broad.unpacked(data))
        left = places[live[places]]
        if len(left) < len(places):
            changes.append((broad.packed(left), key))
    connection.executemany("UPDATE broad SET data = ? WHERE id = ?", changes)
