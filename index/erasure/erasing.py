"""Erasure: an author or a post leaves the landing, the store, the exports, and everything else that is kept.

The landing goes first, for all else can be made from it again, and the store last, for it says what there is
to erase; whatever stops an erasure, asking for it again ends it. Posts of others that repeat the erased words
in their chains, or name the account, stay without them.
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
from msgspec import structs

from core.errors import LandingError
from core.home import Home
from core.models import AnnotatedPost, Author, Coverage, Post, Run
from core.project import Project
from core.pseudonyms import load_key
from core.records import from_json, to_json
from core.rewriting import Rewritten, held, rewrite
from crawlers.state import erasing as state
from index.erasure.traces import RUNS, Traces
from index.erasure.whereabouts import Found
from index.exports.ledger import Ledger
from index.ingest.annotating import MakeReader, annotator, read
from index.ingest.correcting import Corrections
from index.ingest.judgements import file_of
from index.ingest.tagging import Tagger
from index.ingest.verdicts import VerdictFile, verdict_file
from index.store import Batch, Store

_BATCH = 200  # posts


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


def erase(
    home: Home, store: Store, project: Project, found: Found, *, at: datetime, reader: MakeReader = annotator
) -> Erased:
    """Erases what was found and notes in ``erasures.jsonl`` that it was done, without saying of whom.

    Raises `LandingError` when a run is still writing or the disk refuses, `StoreAway` when the store does.
    After one of them, call `resume`, find again what there is, and erase that.
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
    _from_judgements(home, found.posts)
    for path in sorted(home.verdicts.glob("*.json")):
        VerdictFile(path).forget(traces.accounts.__contains__)
    state.erase(home, traces.without, found.posts)
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
        for spooled in _changed(home, store, project, found, reader):
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


def _changed(
    home: Home, store: Store, project: Project, found: Found, reader: MakeReader
) -> Iterator[_Spooled]:
    """The posts that change, read anew; each as often as it was seen, which keeps its series."""
    traces, tagger = found.traces, Tagger(project)
    corrections = Corrections(file_of(home, project.id), project)
    verdicts = VerdictFile(verdict_file(home, project.id))
    rest, reading = iter(sorted(found.quoting)), None
    while ids := list(islice(rest, _BATCH)):
        before = store.get(ids)
        reading = reading or reader(project)
        left = [post for item in before if isinstance(post := traces.without(item.post), Post)]
        authors = store.authors([post.author.id for post in left if post.author and post.author.id])
        groups = [item.annotation.duplicate_group for item in before]
        found_anew = corrections.all([post.id for post in left], read(reading, left))
        annotations = verdicts.all(left, found_anew)
        for post, new, group in zip(left, annotations, groups, strict=True):
            item = tagger.tagged(
                AnnotatedPost(post=post, annotation=structs.replace(new, duplicate_group=group))
            )
            author = authors.get(post.author.id or "") if post.author else None
            for seen in store.series(post.id):
                then = structs.replace(post, fetched_at=seen.at, engagement=seen.engagement)
                yield _Spooled(structs.replace(item, post=then), author)
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


def _from_judgements(home: Home, posts: frozenset[str]) -> None:
    """Takes the lines of erased posts out of what was judged."""
    needles = [b'"post":' + to_json(post) for post in posts]
    for path in sorted(home.judgements.glob("*.jsonl")):
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
