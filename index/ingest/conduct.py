"""Giving stored posts the voice that behaviour shows, and taking it back where it shows it no more.

After each batch the place and the counts are kept in the data folder: what was stopped goes on there.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from core.home import Home
from core.models import AnnotatedPost, Annotation, Voice
from core.project import EMPTY, Project
from index.ingest.annotating import MakeReader, Reader, annotator, read
from index.ingest.correcting import HUMAN, Corrections
from index.ingest.judgements import file_of
from index.ingest.tagging import Tagger
from index.ingest.verdicts import CONDUCT, VerdictFile, Verdicts, verdict_file, with_verdict
from index.query import EVERYTHING, Query
from index.store import Batch, Sort, Store

BATCH = 1_000  # posts
_ALL = Query("", EVERYTHING)


class Changed(msgspec.Struct):
    """How many posts were looked at, and how often a voice went to another (``from → to``)."""

    posts: int = 0
    voices: dict[str, int] = {}

    @property
    def changed(self) -> int:
        return sum(self.voices.values())

    def plus(self, other: Changed) -> Changed:
        """The sum of both."""
        return Changed(self.posts + other.posts, dict(Counter(self.voices) + Counter(other.voices)))


class _Place(msgspec.Struct):
    """`pending` is what the batch behind the cursor changes, being written; `of` tells the verdicts applied."""

    store: str
    project: str
    of: str
    cursor: str | None = None
    done: Changed = msgspec.field(default_factory=Changed)
    pending: Changed | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """`resumed` where a former one was gone on with; its changes are counted, too."""

    changes: Changed
    resumed: bool


def apply_conduct(
    home: Home,
    store: Store,
    project: Project = EMPTY,
    *,
    progress: Callable[[int], None] | None = None,
    batch: int = BATCH,
    reader: MakeReader = annotator,
) -> Applied:
    """Gives every stored post what the project's verdicts say of it. What a person corrected stays.

    Posts that had their voice from a verdict that is no more are read anew. Raises as
    `index.ingest.ingesting.ingest` does; what was written by then stays, and the next call goes on from there.
    """
    verdicts = VerdictFile(verdict_file(home, project.id)).now()
    place = _kept(home, _Place(store.address, project.id, _stamp(verdicts)))
    resumed = place.cursor is not None or place.pending is not None
    anew = _Anew(home, project, reader)
    tagger = Tagger(project)
    while True:
        page = store.search(_ALL, sort=Sort.OLDEST, limit=batch, after=place.cursor)
        fresh = [
            (item, tagger.tagged(new))
            for item in page.items
            if (new := _told(item, verdicts, anew)) is not item
        ]
        changes = place.pending or Changed(
            len(page.items),
            dict(Counter(_change(old, new) for old, new in fresh if _voice(old) != _voice(new))),
        )
        if fresh:
            place.pending = changes
            _keep(home, place)  # first: written posts no longer tell what they were
            store.write(Batch(posts=[new for _, new in fresh]))
        place.done, place.pending, place.cursor = place.done.plus(changes), None, page.cursor
        if progress is not None:
            progress(place.done.posts)
        if page.cursor is None:
            break
        _keep(home, place)
    store.flush()
    home.conducting.unlink(missing_ok=True)
    return Applied(place.done, resumed)


def _told(item: AnnotatedPost, verdicts: Verdicts, anew: _Anew) -> AnnotatedPost:
    """The post as it is to be; the same object where nothing changes."""
    by = item.annotation.models.get("voice")
    if by == HUMAN:
        return item
    verdict, before = verdicts.of(item.post), item.annotation
    if by == CONDUCT:
        if verdict is not None and (verdict.voice, verdict.because) == (before.voice, before.because):
            return item
        before = anew.read(item)
    annotation = with_verdict(before, verdict)
    return item if annotation is item.annotation else replace(item, annotation=annotation)


class _Anew:
    """Reads posts without a verdict; the reader is made for the first of them."""

    def __init__(self, home: Home, project: Project, make: MakeReader) -> None:
        self._corrections = Corrections(file_of(home, project.id), project)
        self._project, self._make = project, make
        self._reader: Reader | None = None

    def read(self, item: AnnotatedPost) -> Annotation:
        self._reader = self._reader or self._make(self._project)
        found = self._corrections.all([item.post.id], read(self._reader, [item.post]))[0]
        return replace(found, duplicate_group=item.annotation.duplicate_group)


def _voice(item: AnnotatedPost) -> str:
    return (item.annotation.voice or Voice.ORGANIC).value


def _change(old: AnnotatedPost, new: AnnotatedPost) -> str:
    return f"{_voice(old)} → {_voice(new)}"


def _stamp(verdicts: Verdicts) -> str:
    return hashlib.blake2b(msgspec.json.encode(verdicts, order="sorted"), digest_size=8).hexdigest()


def _kept(home: Home, beginning: _Place) -> _Place:
    """The place of a former one of the same store, project and verdicts, else the beginning."""
    try:
        place = msgspec.json.decode(home.conducting.read_bytes(), type=_Place)
    except (FileNotFoundError, msgspec.DecodeError):
        return beginning
    same = (place.store, place.project, place.of) == (beginning.store, beginning.project, beginning.of)
    return place if same else beginning


def _keep(home: Home, place: _Place) -> None:
    draft = home.conducting.with_suffix(".part")
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(place))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(home.conducting)
