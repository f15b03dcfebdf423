"""Where an account or a post is kept: what an erasure would take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import UsageError
from core.home import Home
from core.models import AnnotatedPost, Author, Gone, Post
from core.pseudonyms import Pseudonyms, load_key
from core.rewriting import lines_with
from index.erasure.traces import Traces, words_of
from index.exports.ledger import Export, Ledger
from index.query import EVERYTHING, Literal, Node, OneOf, Query
from index.query.fields import name_key
from index.query.tree import any_of
from index.store import Store

_PLATFORMS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is to erase: posts that go, posts of others that change, and files that hold any of them."""

    traces: Traces
    posts: frozenset[str]
    quoting: frozenset[str]
    profiles: int  # records of the account itself in the landing
    exports: tuple[Export, ...]  # below the home: removed
    elsewhere: tuple[Export, ...]  # named, for the operator to remove

    @property
    def nothing(self) -> bool:
        return not (self.posts or self.quoting or self.profiles)


def find_author(home: Home, store: Store, given: str) -> Found:
    """What is kept of the account called `given`: an id or a name, raw or by its pseudonym.

    Raises `UsageError` where it may be several accounts, or nothing is kept of it.
    """
    traces = _account(home, store, given.strip().removeprefix("@").removeprefix("＠"))
    found = _found(home, store, traces)
    if found.nothing:
        raise UsageError(
            f"nothing is kept of {given!r}; write the account's id (weibo:1234567890), its name or its pseudonym"
        )
    return found


def find_posts(home: Home, store: Store, ids: Sequence[str]) -> Found:
    """What is kept of these posts. Raises `UsageError` where nothing is."""
    asked = Traces(posts=frozenset(ids))
    kept = [item.post for item in store.get(list(ids))]
    kept += [post for post in _records(home, asked) if isinstance(post, Post) and post.id in asked.posts]
    words = frozenset(pair for post in kept for pair in words_of(post))
    platforms = {post.platform for post in kept}
    found = _found(
        home, store, replace(asked, words=words, platform=platforms.pop() if len(platforms) == 1 else None)
    )
    if found.nothing:
        raise UsageError(f"nothing is kept of {', '.join(ids)}; tingfeng search shows ids in its last column")
    return found


def _account(home: Home, store: Store, given: str) -> Traces:
    key = Pseudonyms(load_key(home.key))
    prefix, colon, native = given.partition(":")
    if colon and native:
        accounts = {given, key.author_id(prefix, native)}
        names: set[str] = set()
    else:
        summary = store.summary(Query("", EVERYTHING), ["platform"], counters=(), limit=_PLATFORMS)
        platforms = [one.value for one in summary.values["platform"]]
        accounts = {f"{platform}:{given}" for platform in platforms}
        accounts |= {key.author_id(platform, given) for platform in platforms}
        names = {given, key.name(given)}
    asked = Traces(accounts=frozenset(accounts), names=frozenset(names), key=key)
    called = [one for one in _authors(home, store, asked) if _is_called(one, asked)]
    ids = {one.id for one in called if one.id is not None}
    people = {key.author_id(*_parts(one)) for one in ids}  # an account that became public has two ids
    if len(people) > 1:
        raise UsageError(f"{given!r} may be {', '.join(sorted(ids))}; write the one that is meant")
    if not people:
        return asked
    also = accounts if colon else set()
    known = Traces(accounts=frozenset({*ids, *people, *also}), platform=_parts(min(ids))[0], key=key)
    same = [one for one in _authors(home, store, known) if one.id in known.accounts]
    return replace(
        known, names=frozenset(name for one in same for name in (one.name, one.name_key) if name is not None)
    )


def _parts(account: str) -> tuple[str, str]:
    platform, _, native = account.partition(":")
    return platform, native


def _is_called(author: Author, asked: Traces) -> bool:
    return author.id in asked.accounts or bool(asked.names & {author.name, author.name_key})


def _authors(home: Home, store: Store, asked: Traces) -> Iterator[Author]:
    """The accounts of records and stored posts that may be the one."""
    for record in _records(home, asked):
        author = record.author if isinstance(record, Post) else record
        if isinstance(author, Author):
            yield author
    yield from store.authors(asked.accounts).values()
    yield from (item.post.author for item in _theirs(store, asked) if item.post.author)


def _records(home: Home, asked: Traces) -> Iterator[object]:
    needles = asked.needles()
    for path in sorted(home.landing.glob("*.zst")):
        yield from lines_with(path, needles)


def _theirs(store: Store, traces: Traces) -> Iterator[AnnotatedPost]:
    """The posts of an account in the store."""
    keys = {name_key(text) for text in (*traces.accounts, *traces.names)}
    if keys:
        yield from store.scan(Query("", OneOf("author", tuple(sorted(keys)))))


def _quoting(store: Store, traces: Traces) -> Iterator[AnnotatedPost]:
    """The posts in the store that may name an account."""
    names = {*traces.names, *(name for name, _ in traces.words)}
    nodes: list[Node] = [Literal(f"@{name}", quoted=True) for name in sorted(names)]
    if nodes:
        yield from store.scan(Query("", any_of(nodes)))


def _found(home: Home, store: Store, traces: Traces) -> Found:
    posts: set[str] = {item.post.id for item in store.get(sorted(traces.posts))}
    quoting: set[str] = set()
    profiles = 0
    stored = (item.post for item in (*_theirs(store, traces), *_quoting(store, traces)))
    for record in (*_records(home, traces), *stored):
        left = traces.without(record)  # type: ignore[arg-type]
        if left == record:
            continue
        if isinstance(record, Post):
            (posts if left is None else quoting).add(record.id)
        elif not isinstance(record, Gone):
            profiles += 1
    gone = posts | quoting
    exports = [entry for entry in Ledger(home) if _holds(home, entry, gone, traces)]
    inside = [entry for entry in exports if _below(home, entry.file)]
    return Found(
        traces=traces,
        posts=frozenset(posts),
        quoting=frozenset(quoting - posts),
        profiles=profiles,
        exports=tuple(inside),
        elsewhere=tuple(entry for entry in exports if entry not in inside),
    )


def _holds(home: Home, entry: Export, gone: set[str], traces: Traces) -> bool:
    if entry.posts is None or traces.hidden(entry.query) != entry.query:
        return True
    return any(post_id in gone for post_id in Ledger(home).ids(entry))


def _below(home: Home, path: Path) -> bool:
    return path.is_relative_to(home.root)
