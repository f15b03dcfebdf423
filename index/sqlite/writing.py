"""Writing a batch, inside a transaction that the store opened."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from operator import attrgetter

from core.models import AnnotatedPost, Author
from core.records import from_json, to_json
from index import tokens
from index.facets import Facets, facets, micros
from index.merge import profile
from index.plan import founders, plan, profiles, snapshots
from index.sqlite.schema import MISSING, Connection
from index.store import Batch, Written

_FACT = "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_LABEL = "INSERT OR IGNORE INTO label VALUES (?, ?, ?)"


def write_batch(connection: Connection, batch: Batch) -> Written:
    """Everything of `batch`; the caller commits."""
    ids = {item.post.id for item in batch.posts}
    rows = {row[1]: row for row in _stored(connection, ids)}
    stored = {post_id: connection.bodies.unpack(row[3]) for post_id, row in rows.items()}
    todo = plan(batch.posts, stored)
    fresh = list(todo.new.values())
    for post_id, item in todo.known.items():
        if not _amend(connection, rows[post_id], stored[post_id], item):
            fresh.append(item)
    _insert(connection, fresh, batch.literals)
    _write_state(connection, batch)
    return Written(new=len(todo.new), updated=len(todo.changed))


def _stored(connection: Connection, ids: Iterable[str]) -> list[tuple[int, str, int, bytes]]:
    return connection.execute(
        "SELECT seq, id, tokens, body FROM post WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    ).fetchall()


def _tokens(item: AnnotatedPost, literals: Mapping[str, str]) -> tuple[str, str, int]:
    """`lit`, `words`, and a checksum of both by which their deletion is checked."""
    text = item.post.text
    lit = literals[text] if text in literals else tokens.literal(text)
    words = tokens.words(item.annotation.words)
    return lit, words, zlib.crc32(f"{lit}\n{words}".encode())


def _labels(found: Facets, seq: int) -> list[tuple[str, str, int]]:
    return [
        *(("author", key, seq) for key in found.authors),
        *(("topic", key, seq) for key in found.topics),
    ]


def _row(found: Facets, post_id: str) -> tuple[str | int | None, ...]:
    at = MISSING if found.at is None else found.at
    return (
        at,
        post_id,
        found.platform,
        found.kind,
        found.sentiment,
        found.engagement,
        found.root_id,
        found.thread_id,
    )


def _insert(connection: Connection, items: list[AnnotatedPost], literals: Mapping[str, str]) -> None:
    if not items:
        return
    # Numbers are never used twice, not even after the newest post was replaced: a posting left behind
    # must not come to mean another post.
    first = connection.execute("SELECT value FROM meta WHERE key = 'next'").fetchone()[0]
    connection.execute("UPDATE meta SET value = ? WHERE key = 'next'", (first + len(items),))
    posts, facts, labels, lits, words = [], [], [], [], []
    for seq, item in enumerate(items, first):
        lit, word, checksum = _tokens(item, literals)
        found = facets(item)
        posts.append((seq, item.post.id, checksum, connection.bodies.pack(item)))
        facts.append((seq, *_row(found, item.post.id)))
        labels.extend(_labels(found, seq))
        lits.append((seq, lit))
        words.append((seq, word))
    connection.executemany("INSERT INTO post VALUES (?, ?, ?, ?)", posts)
    connection.executemany(_FACT, facts)
    connection.executemany(_LABEL, sorted(labels))
    connection.executemany("INSERT INTO lit (rowid, text) VALUES (?, ?)", lits)
    connection.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", words)


def _amend(
    connection: Connection, row: tuple[int, str, int, bytes], old: AnnotatedPost, new: AnnotatedPost
) -> bool:
    """Writes `new` in the place of `old` if their tokens and labels agree; else takes `old` out: False."""
    seq, post_id, checksum, _ = row
    before, after = facets(old), facets(new)
    spelled = attrgetter("post.text", "annotation.words")
    if spelled(old) == spelled(new) and _labels(before, seq) == _labels(after, seq):
        connection.execute("UPDATE post SET body = ? WHERE seq = ?", (connection.bodies.pack(new), seq))
        if before != after:
            connection.execute("DELETE FROM fact WHERE seq = ?", (seq,))
            connection.execute(_FACT, (seq, *_row(after, post_id)))
        return True
    for table in ("post", "fact"):
        connection.execute(f"DELETE FROM {table} WHERE seq = ?", (seq,))  # noqa: S608 - names above
    connection.executemany("DELETE FROM label WHERE field = ? AND key = ? AND seq = ?", _labels(before, seq))
    lit, words, made = _tokens(old, {})
    if (
        made == checksum
    ):  # tokens made by other Unicode tables would spoil the index; their seq is dead anyway
        connection.execute("INSERT INTO lit (lit, rowid, text) VALUES ('delete', ?, ?)", (seq, lit))
        connection.execute("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", (seq, words))
    return False


def _write_state(connection: Connection, batch: Batch) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)",
        [(key, micros(at), to_json(seen).decode()) for (key, at), seen in snapshots(batch.posts).items()],
    )
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
