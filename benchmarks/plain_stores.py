"""What search is measured beside: FTS5 over jieba words, a LIKE scan, tantivy; each as one would write it in an afternoon.

They find words as jieba cuts them, so fewer posts than a literal search; the scan finds substrings, as typed.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import rjieba

from core.models import AnnotatedPost
from index.facets import KEYWORDS, at_of, total

FACETS = ("platform", "sentiment", "emotion")
DAY_S, ZONE_S = 86_400, 8 * 3_600  # Asia/Shanghai
Days = dict[tuple[int, str], int]  # posts by day since 1970 and sentiment


@dataclass(frozen=True, slots=True)
class Asked:
    """A query in our language, and what plain stores make of it: all of `every`, each one of some, none of `none`.

    `near` is two words and how many may lie between them; `start` a beginning of a word.
    """

    query: str
    every: tuple[tuple[str, ...], ...] = ()
    none: tuple[str, ...] = ()
    near: tuple[str, str, int] | None = None
    start: str | None = None


class PlainStore(Protocol):
    name: str

    def page(self, asked: Asked) -> int:
        """Reads the newest 20 and gives the number of all."""

    def facets(self, asked: Asked) -> int:
        """The same with counts by `FACETS`."""

    def days(self, asked: Asked) -> Days: ...

    def engaged(self, asked: Asked) -> int:
        """Reads the 20 most engaged; how many there are."""

    def relevant(self, asked: Asked) -> int:
        """Reads the 20 most relevant; how many there are."""

    def close(self) -> None: ...


def cut(text: str) -> list[str]:
    return [word for word in rjieba.cut(text) if not word.isspace()]


def facts(item: AnnotatedPost) -> tuple[Any, ...]:
    """(id, text, seconds, engagement, *FACETS) of a post."""
    values = (next(iter(KEYWORDS[name].read(item)), "") for name in FACETS)
    seconds = (at_of(item.post) or 0) // 1_000_000
    return item.post.id, item.post.text, seconds, total(item.post.engagement), *values


class Words:
    """FTS5 over jieba words with the facet columns beside it."""

    name = "fts5"

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path)

    def _rows(self, columns: str, asked: Asked, rest: str = "") -> list[Any]:
        tables = "words JOIN post ON post.rowid = words.rowid"
        sql = f"SELECT {columns} FROM {tables} WHERE words MATCH ? {rest}"
        return self._connection.execute(sql, (self._match(asked),)).fetchall()

    def _match(self, asked: Asked) -> str:
        if asked.near:
            first, second, between = asked.near
            return f"NEAR({_quoted(first)} {_quoted(second)}, {between})"
        if asked.start:
            return f'"{asked.start}"*'
        every = " AND ".join(f"({' OR '.join(map(_quoted, some))})" for some in asked.every)
        return every + "".join(f" NOT {_quoted(word)}" for word in asked.none)

    def _first(self, asked: Asked, order: str) -> int:
        return len(self._rows("post.id, post.text", asked, f"ORDER BY {order} LIMIT 20"))

    def page(self, asked: Asked) -> int:
        self._first(asked, "at DESC")
        sql = "SELECT count(*) FROM words WHERE words MATCH ?"
        return int(self._connection.execute(sql, (self._match(asked),)).fetchone()[0])

    def facets(self, asked: Asked) -> int:
        for name in FACETS:
            self._rows(f"{name}, count(*)", asked, "GROUP BY 1 ORDER BY 2 DESC LIMIT 10")
        return self.page(asked)

    def days(self, asked: Asked) -> Days:
        rows = self._rows(f"(at + {ZONE_S}) / {DAY_S}, sentiment, count(*)", asked, "GROUP BY 1, 2")
        return {(day, mood): n for day, mood, n in rows}

    def engaged(self, asked: Asked) -> int:
        return self._first(asked, "engagement DESC")

    def relevant(self, asked: Asked) -> int:
        return self._first(asked, "rank")

    def close(self) -> None:
        self._connection.close()


def _quoted(text: str) -> str:
    return f'"{" ".join(cut(text))}"'


class Scan:
    """LIKE over every text, once a question; it knows no relevance."""

    name = "scan"

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path)

    def _rows(self, columns: str, asked: Asked) -> list[Any]:
        condition, values = self._where(asked)
        return self._connection.execute(f"SELECT {columns} FROM post WHERE {condition}", values).fetchall()

    def _where(self, asked: Asked) -> tuple[str, list[str]]:
        if asked.near:
            first, second, _ = asked.near
            return "text LIKE ? OR text LIKE ?", [f"%{first}%{second}%", f"%{second}%{first}%"]
        every = ((asked.start,),) if asked.start else asked.every
        parts = [f"({' OR '.join('text LIKE ?' for _ in some)})" for some in every]
        parts += ["text NOT LIKE ?"] * len(asked.none)
        return " AND ".join(parts), [f"%{word}%" for some in (*every, asked.none) for word in some]

    def page(self, asked: Asked) -> int:
        rows = self._rows("at, id, text", asked)
        heapq.nlargest(20, rows)
        return len(rows)

    def facets(self, asked: Asked) -> int:
        rows = self._rows(f"at, id, text, {', '.join(FACETS)}", asked)
        for values in list(zip(*rows, strict=True))[-len(FACETS) :]:
            Counter(values).most_common(10)
        heapq.nlargest(20, rows)
        return len(rows)

    def days(self, asked: Asked) -> Days:
        return Counter(self._rows(f"(at + {ZONE_S}) / {DAY_S}, sentiment", asked))

    def engaged(self, asked: Asked) -> int:
        return len(heapq.nlargest(20, self._rows("engagement, id, text", asked)))

    def relevant(self, asked: Asked) -> int:
        raise NotImplementedError

    def close(self) -> None:
        self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA mmap_size = 1073741824")
    return connection


class SqlBuilder:
    """Makes the file of `Words` and `Scan`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            f"CREATE TABLE post (id TEXT, text TEXT, at INTEGER, engagement INTEGER, {', '.join(FACETS)});"
            "CREATE INDEX post_at ON post (at); CREATE INDEX post_engagement ON post (engagement);"
            "CREATE VIRTUAL TABLE words USING fts5(text)"
        )
        self._next = 1

    def add(self, items: Sequence[AnnotatedPost]) -> None:
        numbers = range(self._next, self._next + len(items))
        self._next += len(items)
        marks = ", ".join("?" * (4 + len(FACETS)))
        self._connection.execute("BEGIN")
        self._connection.executemany(f"INSERT INTO post VALUES ({marks})", map(facts, items))
        self._connection.executemany(
            "INSERT INTO words (rowid, text) VALUES (?, ?)",
            [(number, " ".join(item.annotation.words)) for number, item in zip(numbers, items, strict=True)],
        )
        self._connection.execute("COMMIT")

    def finish(self) -> None:
        self._connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._connection.execute("ANALYZE")
        self._connection.close()
