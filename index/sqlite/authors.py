"""Profiles of accounts, by the codes of their names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from core.models import Author
from core.records import from_json, to_json
from index.sqlite.schema import Connection
from index.sqlite.values import Book, codes_of
from index.store.merge import profile

_FIELD = "account"


def write_authors(connection: Connection, book: Book, found: Mapping[str, str]) -> None:
    """Merges these profiles, JSON by id, into those that are there."""
    if not found:
        return
    (last,) = connection.execute("SELECT ifnull(max(account), 0) FROM author").fetchone()
    codes = book.codes(connection, _FIELD, list(found))
    coded = {codes[key]: body for key, body in found.items()}
    known = _bodies(connection, [code for code in coded if code <= last])
    new = [(code, body) for code, body in coded.items() if code not in known]
    connection.executemany("INSERT INTO author VALUES (?, ?)", sorted(new))
    changed = []
    for code, before in known.items():
        if coded[code] != before:
            body = to_json(profile(from_json(coded[code], Author), from_json(before, Author))).decode()
            if body != before:
                changed.append((body, code))
    connection.executemany("UPDATE author SET body = ? WHERE account = ?", changed)


def rewrite_authors(connection: Connection, book: Book, bodies: Iterable[str]) -> None:
    """Gives profiles, of different accounts, the codes of their accounts."""
    write_authors(connection, book, {from_json(body, Author).id or "": body for body in bodies})


def read_authors(connection: Connection, ids: Iterable[str]) -> dict[str, Author]:
    """The profiles of these accounts, by id, as far as they are known."""
    codes = codes_of(connection, _FIELD, list(ids))
    bodies = _bodies(connection, list(codes.values()))
    return {key: from_json(bodies[code], Author) for key, code in codes.items() if code in bodies}


def forget_authors(connection: Connection, ids: Iterable[str], *, unless: set[int] | None = None) -> None:
    """Removes the profiles of these accounts, but for those with codes that some post has."""
    codes = set(codes_of(connection, _FIELD, sorted(ids)).values()) - (unless or set())
    connection.executemany("DELETE FROM author WHERE account = ?", [(code,) for code in sorted(codes)])


def accounts_told_of(connection: Connection) -> set[int]:
    """The codes of all profiles."""
    return {code for (code,) in connection.execute("SELECT account FROM author")}


def _bodies(connection: Connection, codes: Sequence[int]) -> dict[int, str]:
    sql = "SELECT account, body FROM author WHERE account IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(sql, (json.dumps(codes),)).fetchall())
