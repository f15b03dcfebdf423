"""Landing to store: read on from each run's mark, annotate, group near-duplicates, tag, write.

A batch and its mark are stored together, or (Elasticsearch) the mark after the batch, and a post
stored twice is the same post: whenever ingest is stopped, running it again goes on where it was.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, replace

from msgspec import structs

from core.cycles import uncollected
from core.home import Home
from core.landing import Record
from core.models import AnnotatedPost, Author, Coverage, Gone, HotEntry, Post, Run
from core.project import EMPTY, Project
from index.ingest.annotating import MakeReader, Orders, Reading, annotated, annotator
from index.ingest.correcting import apply_corrections
from index.ingest.judgements import JudgementFile, file_of
from index.ingest.tagging import Tagger
from index.ingest.unread import Portion, Unread
from index.ingest.verdicts import verdict_file
from index.store import Arrived, Batch, Mark, Store, Written
from nlp.duplicates import DuplicateIndex

log = logging.getLogger(__name__)
BATCH = 8_000  # posts
UNDER_WAY = 2  # batches that may be stored while the next is made


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one ingest did. `new`, `updated` and `refused` count ids, batch by batch; `posts` records read."""

    posts: int
    new: int
    updated: int
    seconds: float
    refused: int = 0  # kept aside by the store, with its reason
    torn: tuple[str, ...] = ()  # runs whose file ends in something that is no whole frame
    damaged: tuple[str, ...] = ()  # runs with records that could not be read and were left out


def ingest(
    home: Home,
    store: Store,
    project: Project = EMPTY,
    *,
    workers: int = 2,
    progress: Callable[[int], None] | None = None,
    batch: int = BATCH,
    reader: MakeReader = annotator,
) -> IngestReport:
    """Stores what has landed and was not stored yet; `progress` is told the posts done so far.

    Raises `QueryError` when a tag rule of the project cannot be read, `StoreAway` when the store does not
    take more, and `LandingError`, at the end, when a file of the landing cannot be read. What was stored by
    then stays.
    """
    started = time.monotonic()
    intake = _Intake(home, store, project, progress)
    unread = Unread(home, store.marks(), batch)
    judgements = file_of(home, project.id)
    orders = Orders(project, reader, store.preparing(), judgements, verdict_file(home, project.id))
    portions = annotated(unread.portions(), lambda portion: portion.posts, orders, workers=workers)
    with closing(portions):  # whatever happens, no worker outlives this
        for portion, found in portions:
            intake.take(portion, found)
    intake.finish()
    apply_corrections(store, project, judgements)
    if unread.failed:
        raise unread.failed[0]
    return IngestReport(
        posts=intake.posts,
        new=intake.new,
        updated=intake.updated,
        refused=intake.refused,
        seconds=time.monotonic() - started,
        torn=tuple(unread.torn),
        damaged=tuple(unread.damaged),
    )


def follow(
    home: Home,
    store: Store,
    project: Project = EMPTY,
    *,
    stop: Callable[[], bool],
    poll_s: float = 0.2,
    progress: Callable[[int], None] | None = None,
    reader: MakeReader = annotator,
) -> None:
    """Stores what lands as it lands, until `stop` says so; it is asked every `poll_s` seconds.

    Everything is read in this process, so that a post waits for no other. Raises as `ingest` does, but for
    files of the landing that cannot be read, which are logged.
    """
    intake = _Intake(home, store, project, progress)
    unread = Unread(home, store.marks(), BATCH)
    judgements = JudgementFile(file_of(home, project.id))

    def arriving() -> Iterator[Portion]:
        done, corrected = 0, judgements.state()
        while not stop():
            yield from unread.portions()
            intake.settle()
            if intake.posts > done:
                store.flush()
                done = intake.posts
            if corrected != (state := judgements.state()):
                apply_corrections(store, project, judgements.path)
                corrected = state
            while unread.failed:
                log.error("%s", unread.failed.pop())
            time.sleep(poll_s)

    verdicts = verdict_file(home, project.id)
    orders = Orders(project, reader, store.preparing(), judgements.path, verdicts)
    portions = annotated(arriving(), lambda portion: portion.posts, orders, workers=0)
    with closing(portions):
        for portion, found in portions:
            intake.take(portion, found)
    intake.finish()


class _Intake:
    """What writes read portions to a store, and counts."""

    def __init__(
        self, home: Home, store: Store, project: Project, progress: Callable[[int], None] | None
    ) -> None:
        self._home = home
        self.posts = self.new = self.updated = self.refused = 0
        self._store = store
        self._tagger = Tagger(project)
        self._progress = progress
        self._groups: DuplicateIndex | None = None  # made by the first portion: nothing to do costs nothing
        self._under_way: deque[tuple[int, Future[Written]]] = deque()

    def take(self, portion: Portion, found: Reading) -> None:
        if self._groups is None:
            self._groups = _known_groups(self._home, self._store)
        with uncollected():
            batch = _batch(portion, found, self._groups, self._tagger)
        told = [record for record in portion.records if isinstance(record, Gone)]
        gone = {record.id: record for record in sorted(told, key=lambda one: one.reason != "missing")}
        answer = self._store.submit(replace(batch, mark=None) if gone else batch)
        self._under_way.append((len(portion.posts), answer))
        if gone:
            self.settle()
            self._store.write(Batch(posts=self._marked(gone), mark=batch.mark))
        while len(self._under_way) > UNDER_WAY or (self._under_way and self._under_way[0][1].done()):
            self._count()

    def settle(self) -> None:
        """Waits for all that was taken to be stored."""
        while self._under_way:
            self._count()

    def finish(self) -> None:
        """Ends with all stored and findable."""
        self.settle()
        self._store.flush()

    def _count(self) -> None:
        posts, answer = self._under_way.popleft()
        written = answer.result()
        self.posts += posts
        self.new += written.new
        self.updated += written.updated
        self.refused += written.refused
        if self._progress is not None:
            self._progress(self.posts)

    def _marked(self, gone: Mapping[str, Gone]) -> list[AnnotatedPost]:
        """The stored posts that are gone, with their mark; what was never found is no post."""
        self._store.flush()
        return [
            structs.replace(item, post=structs.replace(item.post, gone=record.reason, gone_at=record.at))
            for item in self._store.get(list(gone))
            if (record := gone[item.post.id])
            and (item.post.fetched_at is None or item.post.fetched_at <= record.at)
        ]


def _batch(portion: Portion, found: Reading, index: DuplicateIndex, tagger: Tagger) -> Batch:
    ids = [post.id for post in portion.posts]
    groups = index.add_all(list(zip(ids, found.signatures, strict=True)))

    def items() -> list[AnnotatedPost]:
        return [
            AnnotatedPost(post=post, annotation=structs.replace(read, duplicate_group=group))
            for post, read, group in zip(portion.posts, found.annotations, groups, strict=True)
        ]

    records = portion.records
    return Batch(
        posts=[tagger.tagged(item) for item in items()]
        if found.prepared is None
        else Arrived(list(zip(ids, groups, found.signatures, strict=True)), items),
        mark=Mark(portion.run_id, portion.end),
        runs=[record for record in records if isinstance(record, Run)],
        coverage=[record for record in records if isinstance(record, Coverage)],
        hot=[record for record in records if isinstance(record, HotEntry)],
        authors=_accounts(records),
        prepared=found.prepared,
    )


def _accounts(records: list[Record]) -> list[Author]:
    """Accounts in the order they were seen, in posts and by themselves, so that the last word is the last.

    None where they stand in posts only: stores read those anyway.
    """
    if not any(isinstance(record, Author) for record in records):
        return []
    seen = (record.author if isinstance(record, Post) else record for record in records)
    return [account for account in seen if isinstance(account, Author)]


def _known_groups(home: Home, store: Store) -> DuplicateIndex:
    """The near-duplicate groups of a store. A post that began one stays in it, whatever its text becomes, so that
    the groups are the same whether ingest ran through or was stopped and run again."""
    index = DuplicateIndex(home.root)
    index.load(store.founders())
    return index
