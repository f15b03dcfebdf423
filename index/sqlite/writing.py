"""Writing a batch, inside a transaction that the store opened."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from operator import attrgetter

from core.models import AnnotatedPost
from core.records import to_json
from index.facets import micros
from index.sqlite.authors import write_authors
from index.sqlite.bodies import origin_of, origins
from index.sqlite.filling import Filling
from index.sqlite.layout import CHUNK, Rows, rows
from index.sqlite.preparing import Prepared, Preparing, read_rows
from index.sqlite.said.sealing import forget, remember, seal
from index.sqlite.schema import MISSING, Connection
from index.sqlite.values import Book
from index.store import Batch, Written
from index.store.arrived import known
from index.store.plan import founders, plan, profiles, snapshots

Row = tuple[int, str, str | None, bytes]  # of ``post``
STORED = "SELECT seq, id, origin, body FROM post WHERE id IN (SELECT value FROM json_each(?))"
_spelled = attrgetter("post.text", "annotation.words")


class Writing:
    """One transaction's writes; `book` outlives it, unless it fails."""

    def __init__(self, connection: Connection, book: Book) -> None:
        self._connection = connection
        self._book = book
        sql = "UPDATE meta SET value = value + 1 WHERE key = 'generation' RETURNING value"
        (self._generation,) = connection.execute(sql).fetchone()
        self.filling = Filling(connection, book, self._generation)

    def batch(self, batch: Batch) -> Written:
        """Everything of `batch`; the caller commits."""
        ids, groups = [], []
        for post_id, group, _ in known(batch.posts):
            ids.append(post_id)
            groups.append(group)
        there = {row[1]: row for row in self._stored(ids)}
        if there or len(set(ids)) < len(ids):
            times = Counter(ids)
            first = [at for at, post_id in enumerate(ids) if times[post_id] == 1 and post_id not in there]
            again = [
                batch.posts[at] for at, post_id in enumerate(ids) if times[post_id] > 1 or post_id in there
            ]
        else:
            first, again = list(range(len(ids))), []
        if batch.prepared is None:
            prepared = self._prepared([batch.posts[at] for at in first])
        else:
            prepared = read_rows(batch.prepared)
        self.insert(
            prepared.only(first) if len(first) < len(prepared.ids) else prepared,
            [groups[at] for at in first],
        )
        written = self._merge(again, there)
        write_authors(self._connection, self._book, self._profiles(batch, prepared))
        _write_state(self._connection, batch)
        return Written(new=len(first) + written.new, updated=written.updated)

    def _prepared(self, items: Sequence[AnnotatedPost]) -> Prepared:
        return Preparing(self._connection.bodies.common).rows(items)

    def _stored(self, ids: Sequence[str]) -> list[Row]:
        return self._connection.execute(STORED, (json.dumps(ids),)).fetchall()

    def _merge(self, items: Sequence[AnnotatedPost], there: Mapping[str, Row]) -> Written:
        """Posts that are stored already, or stand in the batch more than once."""
        if not items:
            return Written(0, 0)
        unpack = self._connection.bodies.unpack
        stored = {post_id: unpack(body, origin) for post_id, (*_, origin, body) in there.items()}
        todo = plan(items, stored)
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
        self.add(fresh)
        _write_series(self._connection, items, stored)
        return Written(new=len(todo.new), updated=len(todo.changed))

    def add(self, items: Sequence[AnnotatedPost]) -> None:
        """Posts that are not there."""
        self.insert(self._prepared(items), [item.annotation.duplicate_group for item in items])

    def insert(self, prepared: Prepared, groups: Sequence[str | None]) -> None:
        """Posts that are not there, under new numbers: none is used twice, for what is said under it stays behind."""
        posts = len(prepared.ids)
        if not posts:
            return
        sql = "UPDATE meta SET value = value + ? WHERE key = 'next' RETURNING value"
        first = self._connection.execute(sql, (posts,)).fetchone()[0] - posts
        self._connection.executemany(
            "INSERT INTO post VALUES (?, ?, ?, ?)",
            zip(
                range(first, first + posts),
                prepared.ids,
                origins(prepared.ids, groups),
                prepared.bodies,
                strict=True,
            ),
        )
        self.filling.append(first, prepared, groups)
        remember(self._connection, first, prepared.lines, prepared.words)
        for chunk in range(first // CHUNK, (first + posts) // CHUNK):
            seal(self._connection, chunk, self._generation)

    def _profiles(self, batch: Batch, prepared: Prepared) -> dict[str, str]:
        """The accounts a batch tells of."""
        if batch.prepared is not None and not batch.authors:
            return prepared.profiles
        return {key: to_json(author).decode() for key, author in profiles(batch.posts, batch.authors).items()}

    def _amend(self, amended: list[tuple[int, AnnotatedPost, AnnotatedPost]]) -> None:
        """Writes posts whose tokens did not change in the place of what is there."""
        if not amended:
            return
        pack = self._connection.bodies.pack
        self._connection.executemany(
            "UPDATE post SET body = ?, origin = ? WHERE seq = ?",
            [
                (pack(new), origin_of(new.post.id, new.annotation.duplicate_group), seq)
                for seq, _, new in amended
            ],
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


def _write_series(
    connection: Connection, items: Sequence[AnnotatedPost], stored: Mapping[str, AnnotatedPost]
) -> None:
    """The counters of posts seen more than once: of one seen once the record itself tells them.

    Where none of the sightings told any, a row without a time says that the record does not either.
    """
    often = {item.post.id for item in items}
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
        [(key, micros(at), to_json(told).decode()) for (key, at), told in snapshots(items).items()],
    )


def _write_state(connection: Connection, batch: Batch) -> None:
    connection.executemany("INSERT OR IGNORE INTO founder VALUES (?, ?)", founders(batch.posts).items())
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
