"""Writing a batch, inside a transaction that the store opened."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from core.models import AnnotatedPost, Author
from core.records import from_json, to_json
from index import tokens
from index.facets import brevity, micros
from index.merge import profile
from index.plan import founders, plan, profiles, snapshots
from index.sqlite.broad import forget, remember, seal, unspelled
from index.sqlite.filling import Filling
from index.sqlite.layout import CHUNK, Rows, rows
from index.sqlite.schema import MISSING, Connection
from index.sqlite.values import Book
from index.store import Batch, Written

Row = tuple[int, str, int, bytes]  # of ``post``
_spelled = attrgetter("post.text", "annotation.words")


class Writing:
    """One transaction's writes; `book` outlives it, unless it fails."""

    def __init__(self, connection: Connection, book: Book) -> None:
        self._connection = connection
        sql = "UPDATE meta SET value = value + 1 WHERE key = 'generation' RETURNING value"
        (self._generation,) = connection.execute(sql).fetchone()
        self.filling = Filling(connection, book, self._generation)

    def batch(self, batch: Batch) -> Written:
        """Everything of `batch`; the caller commits."""
        ids = {item.post.id for item in batch.posts}
        there = {row[1]: row for row in self._stored(ids)}
        stored = {post_id: self._connection.bodies.unpack(row[3]) for post_id, row in there.items()}
        todo = plan(batch.posts, stored)
        fresh = list(todo.new.values())
        amended, replaced = [], []
        for post_id, item in todo.known.items():
            row, old = there[post_id], stored[post_id]
            if _spelled(old) == _spelled(item):
                amended.append((row[0], old, item))
            else:
                replaced.append((row, old))
                fresh.append(item)
        self._amend(amended)
        self.take_out(replaced)
        self.insert(fresh, batch.literals)
        _write_series(self._connection, batch, stored)
        _write_state(self._connection, batch)
        return Written(new=len(todo.new), updated=len(todo.changed))

    def _stored(self, ids: Iterable[str]) -> list[Row]:
        return self._connection.execute(
            "SELECT seq, id, tokens, body FROM post WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        ).fetchall()

    def insert(self, items: list[AnnotatedPost], literals: Mapping[str, str]) -> None:
        """Posts that are not there, under new numbers: no number is used twice, because a posting left
        behind must not come to mean another post."""
        if not items:
            return
        sql = "UPDATE meta SET value = value + ? WHERE key = 'next' RETURNING value"
        first = self._connection.execute(sql, (len(items),)).fetchone()[0] - len(items)
        spelled = [spell(item, literals) for item in items]
        numbers = range(first, first + len(items))
        pack = self._connection.bodies.pack
        self._connection.executemany(
            "INSERT INTO post VALUES (?, ?, ?, ?)",
            [
                (seq, item.post.id, made, pack(item))
                for seq, item, (_, _, made) in zip(numbers, items, spelled, strict=True)
            ],
        )
        for at, table in ((0, "lit"), (1, "words")):
            self._connection.executemany(
                f"INSERT INTO {table} (rowid, text) VALUES (?, ?)",  # noqa: S608 - names above
                [(seq, one[at]) for seq, one in zip(numbers, spelled, strict=True)],
            )
        lines = unspelled([lit for lit, _, _ in spelled]).split("\n")
        columns = rows(items)
        columns.fixed |= {"live": [1] * len(items), "brevity": [brevity(len(line)) for line in lines]}
        self.filling.append(first, columns)
        remember(self._connection, first, lines)
        for chunk in range(first // CHUNK, (first + len(items)) // CHUNK):
            seal(self._connection, chunk)

    def _amend(self, amended: list[tuple[int, AnnotatedPost, AnnotatedPost]]) -> None:
        """Writes posts whose tokens did not change in the place of what is there."""
        if not amended:
            return
        pack = self._connection.bodies.pack
        self._connection.executemany(
            "UPDATE post SET body = ? WHERE seq = ?", [(pack(new), seq) for seq, _, new in amended]
        )
        before, after = rows([old for _, old, _ in amended]), rows([new for _, _, new in amended])
        self.filling.amend([seq for seq, _, _ in amended], before, after)

    def take_out(self, gone: Sequence[tuple[Row, AnnotatedPost]]) -> None:
        """Removes posts from everything; in the columns their numbers stay, dead and with nothing known."""
        if not gone:
            return
        seqs, items = [row[0] for row, _ in gone], [item for _, item in gone]
        self._connection.executemany("DELETE FROM post WHERE seq = ?", [(seq,) for seq in seqs])
        before = rows(items)
        before.fixed["live"] = [1] * len(items)
        nothing = Rows(
            fixed={name: [0] * len(items) for name in before.fixed},
            keys={name: [()] * len(items) for name in before.keys},
        )
        self.filling.amend(seqs, before, nothing)
        forget(self._connection, seqs)
        for (seq, _, checksum, _), item in gone:
            lit, words, made = spell(item, {})
            if made != checksum:  # tokens made by other Unicode tables would spoil the index
                continue
            for table, text in (("lit", lit), ("words", words)):
                sql = f"INSERT INTO {table} ({table}, rowid, text) VALUES ('delete', ?, ?)"  # noqa: S608
                self._connection.execute(sql, (seq, text))


def spell(item: AnnotatedPost, literals: Mapping[str, str]) -> tuple[str, str, int]:
    """`lit`, `words`, and a checksum of both by which their deletion is checked."""
    text = item.post.text
    lit = literals[text] if text in literals else tokens.literal(text)
    words = tokens.words(item.annotation.words)
    return lit, words, zlib.crc32(f"{lit}\n{words}".encode())


def _write_series(connection: Connection, batch: Batch, stored: Mapping[str, AnnotatedPost]) -> None:
    """The counters of posts seen more than once: of one seen once the record itself tells them.

    Where none of the sightings told any, a row without a time says that the record does not either.
    """
    seen = Counter(item.post.id for item in batch.posts)
    often = {post_id for post_id, times in seen.items() if times > 1 or post_id in stored}
    first = {key: (micros(at), told) for (key, at), told in snapshots(stored.values()).items()}
    connection.executemany(
        "INSERT INTO snapshot SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM snapshot WHERE post_id = ?1)",
        [
            (key, first[key][0], to_json(first[key][1]).decode()) if key in first else (key, MISSING, "{}")
            for key in often
        ],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)",
        [
            (key, micros(at), to_json(told).decode())
            for (key, at), told in snapshots(batch.posts).items()
            if key in often
        ],
    )


def _write_state(connection: Connection, batch: Batch) -> None:
    connection.executemany("INSERT OR IGNORE INTO founder VALUES (?, ?)", founders(batch.posts).items())
    _write_authors(connection, profiles(batch.posts, batch.authors))
    connection.executemany(
        "INSERT OR REPLACE INTO run VALUES (?, ?, ?)",
        [(run.id, micros(run.started_at), to_json(run).decode()) for run in batch.runs],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO coverage VALUES (?, ?, ?, ?)",
        [(item.run_id or "", item.source, item.slice, to_json(item).decode()) for item in batch.coverage],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO hot VALUES (?, ?, ?, ?)",
        [(micros(entry.at), entry.platform, entry.title, to_json(entry).decode()) for entry in batch.hot],
    )
    if batch.mark is not None:
        connection.execute(
            "INSERT OR REPLACE INTO mark VALUES (?, ?)", (batch.mark.run_id, batch.mark.offset)
        )


def _write_authors(connection: Connection, found: dict[str, Author]) -> None:
    if not found:
        return
    known = dict(
        connection.execute(
            "SELECT id, body FROM author WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(found)),),
        )
    )
    rows = []
    for key, author in found.items():
        whole = profile(author, from_json(known[key], Author)) if key in known else author
        body = to_json(whole).decode()
        if body != known.get(key):
            rows.append((key, body))
    connection.executemany("INSERT OR REPLACE INTO author VALUES (?, ?)", rows)
