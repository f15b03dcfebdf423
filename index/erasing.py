"""Erasure: an author or a post leaves the landing, the store, the exports, and everything else that is kept.

The landing goes first, for all else can be made from it again, and the store last, for it says what there is
to erase; whatever stops an erasure, asking for it again ends it. Posts of others that repeat the erased words in their chains, or name the account, stay without them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from core.errors import LandingError, UsageError
from core.home import Home
from core.models import AnnotatedPost, Author, Coverage, Post, Run
from core.project import Project
from core.pseudonyms import Pseudonyms, load_key
from core.records import from_json, to_json
from core.rewriting import Rewritten, held, lines_with, rewrite
from index.annotating import MakeReader, annotator, read
from index.ledger import Export, Ledger
from index.query import EVERYTHING, Literal, Node, OneOf, Query
from index.query.fields import name_key
from index.query.tree import any_of
from index.store import Batch, Store
from index.tagging import Tagger
from index.traces import RUNS, Traces, words_of

_BATCH = 200  # posts
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was done; `lost` bytes of the landing could not be read and went, too."""

    posts: int
    changed: int
    profiles: int
    records: int
    exports: tuple[str, ...]
    elsewhere: tuple[str, ...]
    named_in: tuple[str, ...]  # files of the operator's own that still name the account
    lost: int


def find_author(home: Home, store: Store, given: str) -> Found:
    """What is kept of the account called `given`: an id or a name, raw or by its pseudonym.

    Raises `UsageError` where it may be several accounts, or nothing is kept of it.
    """
    resume(home, store)
    traces = _account(home, store, given.strip().removeprefix("@").removeprefix("＠"))
    found = _found(home, store, traces)
    if found.nothing:
        raise UsageError(
            f"nothing is kept of {given!r}; write the account's id (weibo:1234567890), its name or its pseudonym"
        )
    return found


def find_posts(home: Home, store: Store, ids: Sequence[str]) -> Found:
    """What is kept of these posts. Raises `UsageError` where nothing is."""
    resume(home, store)
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


def erase(
    home: Home, store: Store, project: Project, found: Found, *, at: datetime, reader: MakeReader = annotator
) -> Erased:
    """Erases what was found and notes in ``erasures.jsonl`` that it was done, without saying of whom.

    Raises `LandingError` when a run is still writing or the disk refuses, `StoreAway` when the store does.
    """
    traces = found.traces
    told = Rewritten()
    paths = sorted(home.landing.glob("*.zst"))
    needles = traces.needles()
    with held(paths):
        for path in paths:
            rewrite(path, traces.without, (*needles, RUNS), told=told)
    exports, elsewhere = _from_exports(home, found)
    _from_lines(home, traces)
    erased = Erased(
        posts=len(found.posts),
        changed=len(found.quoting),
        profiles=found.profiles,
        records=told.removed,
        exports=exports,
        elsewhere=elsewhere,
        named_in=tuple(str(path) for path in _operators(home) if _names(path, needles)),
        lost=told.lost,
    )
    _note(home, found, erased, at)
    # last: as long as posts are there, it can be asked for again
    _from_store(home, store, project, found, reader)
    return erased


# --- finding ----------------------------------------------------------------------------------------


def _account(home: Home, store: Store, given: str) -> Traces:
    key = Pseudonyms(load_key(home.key))
    prefix, colon, native = given.partition(":")
    if colon and native:
        accounts = {given, key.author_id(prefix, native)}
        names: set[str] = set()
    else:
        summary = store.summary(Query("", EVERYTHING), ["platform"], limit=_PLATFORMS)
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
        else:
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


# --- erasing ----------------------------------------------------------------------------------------


class _Spooled(msgspec.Struct):
    """A post as it is to be written again, and what was known of its author."""

    item: AnnotatedPost
    author: Author | None


def _from_store(home: Home, store: Store, project: Project, found: Found, reader: MakeReader) -> None:
    """Erases what goes and what changes, and writes anew what changes.

    What is to be written lies in a file first, so that nothing of others is lost when this is stopped.
    """
    traces = found.traces
    runs = [new for run in store.runs() if isinstance(new := traces.without(run), Run) and new != run]
    slices = [
        new for one in store.coverage() if isinstance(new := traces.without(one), Coverage) and new != one
    ]
    draft = home.erasing.with_suffix(".part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for spooled in _changed(store, project, found, reader):
            file.write(to_json(spooled) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(home.erasing)
    store.write(Batch(posts=[], runs=runs, coverage=slices))
    store.erase(sorted(found.posts | found.quoting), accounts=sorted(traces.accounts))
    _write_anew(home, store)


def resume(home: Home, store: Store) -> None:
    """Ends what an erasure that was stopped had in hand: posts of others, to be written anew."""
    if home.erasing.exists():
        with home.erasing.open("rb") as file:
            store.erase(list(dict.fromkeys(from_json(line, _Spooled).item.post.id for line in file)))
        _write_anew(home, store)


def _write_anew(home: Home, store: Store) -> None:
    with home.erasing.open("rb") as file:
        lines = iter(file)
        while rows := [from_json(line, _Spooled) for line in islice(lines, _BATCH)]:
            authors = [row.author for row in rows if row.author is not None]
            store.write(Batch(posts=[row.item for row in rows], authors=authors))
    store.flush()
    home.erasing.unlink()


def _changed(store: Store, project: Project, found: Found, reader: MakeReader) -> Iterator[_Spooled]:
    """The posts that change, read anew; each as often as it was seen, which keeps its series."""
    traces, tagger = found.traces, Tagger(project)
    rest, reading = iter(sorted(found.quoting)), None
    while ids := list(islice(rest, _BATCH)):
        before = store.get(ids)
        reading = reading or reader(project)
        left = [post for item in before if isinstance(post := traces.without(item.post), Post)]
        authors = store.authors([post.author.id for post in left if post.author and post.author.id])
        groups = [item.annotation.duplicate_group for item in before]
        for post, new, group in zip(left, read(reading, left), groups, strict=True):
            item = tagger.tagged(AnnotatedPost(post=post, annotation=replace(new, duplicate_group=group)))
            author = authors.get(post.author.id or "") if post.author else None
            for seen in store.series(post.id):
                then = replace(post, fetched_at=seen.at, engagement=seen.engagement)
                yield _Spooled(replace(item, post=then), author)
            yield _Spooled(item, author)


def _from_exports(home: Home, found: Found) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Removes the files below the home; names those elsewhere, also of earlier erasures while they are there."""
    ledger, gone = Ledger(home), found.posts | found.quoting
    for entry in found.exports:
        for path in (entry.part, entry.file, entry.sidecar):
            path.unlink(missing_ok=True)
        ledger.drop(entry)
    for entry in found.elsewhere:
        with suppress(OSError):
            entry.part.unlink(missing_ok=True)
        if entry.posts is None:
            ledger.drop(entry)
        else:
            ledger.forget(replace(entry, query=found.traces.hidden(entry.query)), gone)
    fresh = {entry.id for entry in found.elsewhere}
    owed: list[str] = []
    for entry in list(ledger):
        if entry.owed and (entry.id in fresh or entry.file.exists()):
            owed.append(entry.path)
        elif entry.owed:
            ledger.drop(entry)
    return tuple(entry.path for entry in found.exports), tuple(owed)


def _from_lines(home: Home, traces: Traces) -> None:
    """Takes the lines that name the account out of the files of lines below the home."""
    needles = traces.needles()
    whole = {text.encode() for text in (*traces.accounts, *traces.names)}
    _filter(home.public_names, lambda line: line.rstrip(b"\n") in whole)
    for path in (*sorted(home.rejects.glob("*.jsonl")), *sorted(home.root.glob("*.log"))):
        _filter(path, lambda line: any(needle in line for needle in needles))


def _filter(path: Path, goes: Callable[[bytes], bool]) -> None:
    if not path.exists():
        return
    try:
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not goes(line)]
        if len(kept) == len(lines):
            return
        with path.open("r+b") as file:  # in its place: the site may be writing to its log
            file.write(b"".join(kept))
            file.truncate()
            os.fsync(file.fileno())
    except OSError as error:
        raise LandingError(
            f"{path} cannot be rewritten ({error.strerror}); check its rights and run again"
        ) from error


def _operators(home: Home) -> Iterable[Path]:
    return (path for path in (home.root / "project.toml",) if path.exists())


def _names(path: Path, needles: Sequence[bytes]) -> bool:
    if not path.exists():
        return False
    content = path.read_bytes()
    return any(needle in content for needle in needles)


def _note(home: Home, found: Found, erased: Erased, at: datetime) -> None:
    """A line of the log: hashes of what was erased, the time, and counts."""
    traces = found.traces
    keys = sorted(traces.accounts or traces.names or traces.posts)
    line = {
        "at": at,
        "of": "posts" if traces.posts else "author",
        "keys": [
            hashlib.blake2b(key.encode(), key=load_key(home.key), digest_size=8).hexdigest() for key in keys
        ],
        "posts": erased.posts,
        "changed": erased.changed,
        "records": erased.records,
        "exports": len(erased.exports),
        "elsewhere": len(erased.elsewhere),
    }
    file = os.open(home.erasures, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, to_json(line) + b"\n")
    finally:
        os.close(file)
