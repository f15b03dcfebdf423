"""Re-annotation: what is stored is read anew with the present models, oldest first, and what changed is counted.

The landing's texts stand in the store as they were cleaned, so nothing is collected or merged again. After each
batch the place and the counts are kept in the data folder; a re-annotation that was stopped goes on there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from core.home import Home
from core.models import AnnotatedPost, Annotation
from core.project import EMPTY, Project
from index.ingest.annotating import MakeReader, Orders, Reading, annotated, annotator, read
from index.ingest.correcting import with_rules
from index.ingest.judgements import JudgementFile, file_of
from index.ingest.judgements import Reading as JudgedReading
from index.ingest.questions import QUESTIONS, WHOLE, models_of, said_of
from index.ingest.tagging import Tagger
from index.ingest.verdicts import verdict_file
from index.query import EVERYTHING, Query
from index.store import Batch, Page, Sort, Store

BATCH = 1_000  # posts
NONE = "-"  # where there was nothing, or is nothing now
FIELDS = ("sentiment", "emotion", "aspects", "intent", "voice", "brands", "models")
_ALL = Query("", EVERYTHING)


class Changes(msgspec.Struct):
    """How many posts were read, and of each field how often it went from one value to another (``from → to``)."""

    posts: int = 0
    changed: int = 0
    sentiment: dict[str, int] = {}
    emotion: dict[str, int] = {}
    aspects: dict[str, int] = {}
    intent: dict[str, int] = {}
    voice: dict[str, int] = {}
    brands: dict[str, int] = {}
    models: dict[str, int] = {}

    def plus(self, other: Changes) -> Changes:
        """The sum of both."""
        return Changes(
            posts=self.posts + other.posts,
            changed=self.changed + other.changed,
            **{name: dict(Counter(getattr(self, name)) + Counter(getattr(other, name))) for name in FIELDS},
        )


class _Place(msgspec.Struct):
    """Where a re-annotation stands: `pending` is what the batch behind the cursor changes, being written."""

    store: str
    project: str
    cursor: str | None = None
    done: Changes = msgspec.field(default_factory=Changes)
    pending: Changes | None = None
    read: bool = False  # all of them; only the end is missing


@dataclass(frozen=True, slots=True)
class Reannotated:
    """`resumed` where a former one was gone on with; `judged` posts had their readings noted for the accuracy."""

    changes: Changes
    resumed: bool
    judged: int


def reannotate(
    home: Home,
    store: Store,
    project: Project = EMPTY,
    *,
    workers: int = 2,
    progress: Callable[[int], None] | None = None,
    batch: int = BATCH,
    reader: MakeReader = annotator,
) -> Reannotated:
    """Reads every stored post anew. What a person corrected stays; near-duplicate groups stay.

    Raises as `index.ingest.ingesting.ingest` does; what was written by then stays, and the next call goes on from there.
    """
    place = _kept(home, store, project)
    resumed = place.cursor is not None or place.pending is not None or place.read
    tagger = Tagger(project)
    files = file_of(home, project.id), verdict_file(home, project.id)
    orders = Orders(project, reader, store.preparing(), *files)
    pages = annotated(
        () if place.read else _pages(store, place.cursor, batch),
        lambda page: [item.post for item in page.items],
        orders,
        workers=workers,
    )
    with closing(pages):
        for page, found in pages:
            fresh = _fresh(page.items, found, tagger)
            changes = place.pending or _changes(page.items, fresh)
            place.pending = changes
            _keep(home, place)  # first: written posts no longer tell what they were
            store.write(Batch(posts=fresh, prepared=found.prepared))
            place.done, place.pending, place.cursor = place.done.plus(changes), None, page.cursor
            place.read = page.cursor is None
            _keep(home, place)
            if progress is not None:
                progress(place.done.posts)
    store.flush()
    judged = _read_judged(home, store, project, reader)
    home.reannotating.unlink(missing_ok=True)
    return Reannotated(place.done, resumed, judged)


def _pages(store: Store, cursor: str | None, size: int) -> Iterator[Page]:
    while True:
        page = store.search(_ALL, sort=Sort.OLDEST, limit=size, after=cursor)
        if page.hits:
            yield page
        cursor = page.cursor
        if cursor is None:
            return


def _fresh(before: list[AnnotatedPost], found: Reading, tagger: Tagger) -> list[AnnotatedPost]:
    items = [
        replace(old, annotation=replace(new, duplicate_group=old.annotation.duplicate_group))
        for old, new in zip(before, found.annotations, strict=True)
    ]
    return items if found.prepared is not None else [tagger.tagged(item) for item in items]


def _changes(before: list[AnnotatedPost], after: list[AnnotatedPost]) -> Changes:
    told: dict[str, Counter[str]] = {name: Counter() for name in FIELDS}
    changed = 0
    for old, new in zip(before, after, strict=True):
        was, now = _told(old.annotation), _told(new.annotation)
        changed += was != now
        for name, counter in told.items():
            for key in {**was[name], **now[name]}:
                left, right = was[name].get(key, NONE), now[name].get(key, NONE)
                if left != right:
                    counter[f"{key}: {left} → {right}" if key else f"{left} → {right}"] += 1
    return Changes(posts=len(after), changed=changed, **{name: dict(one) for name, one in told.items()})


def _told(read: Annotation) -> dict[str, dict[str, str]]:
    """What is compared, each by its key."""
    return {
        "sentiment": {"": read.sentiment.label} if read.sentiment else {},
        "emotion": {"": read.emotion.label} if read.emotion else {},
        "aspects": {one.aspect: one.polarity for one in read.aspects},
        "intent": {"": read.intent} if read.intent else {},
        "voice": {"": read.voice.value} if read.voice else {},
        "brands": {brand: brand for brand in read.brands},
        "models": dict(read.models),
    }


def _read_judged(home: Home, store: Store, project: Project, reader: MakeReader) -> int:
    """Notes what the present models say of judged posts, which bear the person's word in the store."""
    file = JudgementFile(file_of(home, project.id))
    known = file.now()
    items = store.get(sorted(set().union(*(known.of(question).judged for question in QUESTIONS))))
    if not items:
        return 0
    annotations = read(reader(project), [item.post for item in items])
    fresh = []
    for item, plain in zip(items, annotations, strict=True):
        told = plain
        for rules in known.rules.values():
            told = with_rules(told, rules)
        for question in QUESTIONS:
            now = _reading(question, item.post.id, told)
            before = known.of(question).reading(item.post.id)
            if (
                now is not None
                and item.post.id in known.of(question).judged
                and (before is None or (before.all(), before.models) != (now.all(), now.models))
            ):
                fresh.append(now)
    if fresh:
        file.append(fresh)
    return len({one.post for one in fresh})


def _reading(question: str, post: str, read: Annotation) -> JudgedReading | None:
    """What was read, as it is noted; None where nothing was."""
    said = said_of(question, read)
    if said is None:
        return None
    models = models_of(read, question)
    if QUESTIONS[question].parted:
        return JudgedReading(post, "", None, models, question, said)
    return JudgedReading(post, *said[WHOLE], models, question)


def _kept(home: Home, store: Store, project: Project) -> _Place:
    """The place of a former re-annotation of this store and project, else the beginning."""
    try:
        place = msgspec.json.decode(home.reannotating.read_bytes(), type=_Place)
    except (FileNotFoundError, msgspec.DecodeError):
        return _Place(store.address, project.id)
    same = (place.store, place.project) == (store.address, project.id)
    return place if same else _Place(store.address, project.id)


def _keep(home: Home, place: _Place) -> None:
    draft: Path = home.reannotating.with_suffix(".part")
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(place))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(home.reannotating)
