"""What people judged of a project's posts: drawn samples, judgements, readings and learned rules, as they came.

One append-only file a project, a record a line, with ids and labels and no texts. The last word on a post counts.
A line that a kill cut off is passed over.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from core.home import Home
from index.ingest.questions import FIRST, NONE, QUESTIONS, WHOLE, Said

log = logging.getLogger(__name__)
BANDS = (0.7, 0.9)  # confidences at which one stratum ends and the next begins


class Stratum(msgspec.Struct, tag="stratum"):
    """Posts of one platform, read alike and about equally sure, when a sample was drawn for a question."""

    draw: str
    number: int
    posts: int
    of: str = FIRST


class Drawn(msgspec.Struct, tag="drawn"):
    """A post of a sample, with what had been read in it: one label, or one for each of `parts`."""

    draw: str
    number: int  # of its stratum
    post: str
    platform: str
    said: str
    confidence: float | None
    models: str
    of: str = FIRST
    parts: dict[str, Said] = {}

    def all(self) -> dict[str, Said]:
        """What was read, by part."""
        return _all(self)


class Judgement(msgspec.Struct, tag="judgement"):
    """What a person says of a post: one label, or one for each of `parts`, which are all there are where `whole`.

    `aspects` are polarities that were told beside a sentiment, of some aspects: files of before have them.
    """

    post: str
    label: str
    by: str
    at: datetime
    aspects: dict[str, str] = {}
    of: str = FIRST
    parts: dict[str, str] = {}
    whole: bool = True

    def all(self) -> dict[str, str]:
        """What is said, by part."""
        return self.parts if QUESTIONS[self.of].parted else {WHOLE: self.label}

    def agrees(self, read: Mapping[str, Said]) -> bool:
        """Whether a reading says the same."""
        told = self.all()
        more = self.whole and QUESTIONS[self.of].missable and any(part not in told for part in read)
        return not more and all(label == label_of(read, part) for part, label in told.items())


class Reading(msgspec.Struct, tag="reading"):
    """What other models read later in a judged post."""

    post: str
    said: str
    confidence: float | None
    models: str
    of: str = FIRST
    parts: dict[str, Said] = {}

    def all(self) -> dict[str, Said]:
        """What was read, by part."""
        return _all(self)


def label_of(read: Mapping[str, Said], part: str) -> str:
    """What was read of a part."""
    return read[part][0] if part in read else NONE


def _all(read: Drawn | Reading) -> dict[str, Said]:
    return read.parts if QUESTIONS[read.of].parted else {WHOLE: (read.said, read.confidence)}


class Rule(msgspec.Struct, frozen=True):
    """Posts read as `said` that hold the word are `label`, with this confidence; of parted questions, this part."""

    word: str
    said: str
    label: str
    confidence: float
    part: str = WHOLE


class Rules(msgspec.Struct, tag="rules"):
    """The project's rules for a question from now on, in the order they are asked; none takes the former ones back."""

    at: datetime
    rules: list[Rule] = []
    of: str = FIRST

    @property
    def version(self) -> str:
        return f"rules-{self.at:%Y%m%dT%H%M%S}"


Entry = Stratum | Drawn | Judgement | Reading | Rules
_entries = msgspec.json.Decoder(Entry)


@dataclass(slots=True)
class Judged:
    """All that was kept of one question."""

    strata: dict[tuple[str, int], Stratum] = field(default_factory=dict)
    drawn: dict[str, Drawn] = field(default_factory=dict)  # by post, in the order of drawing
    judged: dict[str, Judgement] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    turned: set[str] = field(default_factory=set)  # posts that were judged one way, then another

    def add(self, entry: Stratum | Drawn | Judgement | Reading) -> None:
        match entry:
            case Stratum():
                self.strata[entry.draw, entry.number] = entry
            case Drawn():
                self.drawn[entry.post] = entry
            case Judgement():
                before = self.judged.get(entry.post)
                if before is not None and before.all() != entry.all():
                    self.turned.add(entry.post)
                self.judged[entry.post] = entry
            case Reading():
                self.readings[entry.post] = entry

    def reading(self, post: str) -> Drawn | Reading | None:
        """The latest reading by models of a drawn post."""
        return self.readings.get(post) or self.drawn.get(post)

    def open(self) -> list[str]:
        """Drawn posts that nobody judged yet, in the order of drawing."""
        return [post for post in self.drawn if post not in self.judged]

    def parts(self, post: str) -> list[str]:
        """The aspects or brands that a person is asked of: those read, and those said to be there before."""
        read, told = self.reading(post), self.judged.get(post)
        found = dict.fromkeys([*(read.all() if read else ()), *(told.all() if told else ())])
        return [part for part in found if part != WHOLE]

    def known(self) -> set[str]:
        """Posts that were drawn or judged: none need be drawn again."""
        return {*self.drawn, *self.judged}

    def corrections(self) -> dict[str, Judgement]:
        """Judgements that differ from a reading, or speak of some aspects; and those that took back another,
        which the stored post may bear already."""
        found = {}
        for post, judgement in self.judged.items():
            read = (self.drawn.get(post), self.readings.get(post))
            if (
                judgement.aspects
                or not judgement.whole
                or post in self.turned
                or any(one is not None and not judgement.agrees(one.all()) for one in read)
            ):
                found[post] = judgement
        return found


class Judgements:
    """All that was kept of one project, by question; `rules` are those in force."""

    def __init__(self) -> None:
        self._of = {question: Judged() for question in QUESTIONS}
        self.rules: dict[str, Rules] = {}

    def of(self, question: str) -> Judged:
        """What was kept of one question."""
        return self._of[question]

    def add(self, entry: Entry) -> None:
        kept = self._of[entry.of]
        if isinstance(entry, Rules):
            self.rules.pop(entry.of, None)
            if entry.rules:
                self.rules[entry.of] = entry
            return
        kept.add(entry)
        if isinstance(entry, Judgement) and entry.aspects:
            self._of["aspect"].add(
                Judgement(entry.post, "", entry.by, entry.at, of="aspect", parts=entry.aspects, whole=False)
            )

    def corrections(self) -> dict[str, list[Judgement]]:
        """The corrections of each post, one a question."""
        found: dict[str, list[Judgement]] = {}
        for one in self._of.values():
            for post, judgement in one.corrections().items():
                found.setdefault(post, []).append(judgement)
        return found


def file_of(home: Home, project_id: str) -> Path:
    return home.judgements / f"{project_id}.jsonl"


def read_judgements(path: Path) -> Judgements:
    """All that a file says; nothing where there is no file yet."""
    found = Judgements()
    if path.exists():
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            try:
                entry = _entries.decode(line)
                if isinstance(entry, Judgement):
                    _check(entry)
                found.add(entry)
            except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
                log.warning("%s: line %d is no judgement and was passed over", path, number)
    return found


def _check(judgement: Judgement) -> None:
    """Raises `KeyError` on a label that is none of its question's."""
    said = [(judgement.of, label) for label in judgement.all().values()]
    for question, label in (*said, *(("aspect", side) for side in judgement.aspects.values())):
        if label not in QUESTIONS[question].labels:
            raise KeyError(label)


def append(path: Path, entries: Iterable[Entry]) -> None:
    """Puts entries on disk, all of them in one piece."""
    lines = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, b"\n" + lines if torn else lines)
        os.fsync(file)
    finally:
        os.close(file)


class JudgementFile:
    """A file of judgements, read again when it has grown."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state: tuple[int, int] | None = None
        self._kept = Judgements()

    def state(self) -> tuple[int, int]:
        """Changes whenever the file does; (0, 0) where there is none."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return (0, 0)
        return (found.st_size, found.st_mtime_ns)

    def now(self) -> Judgements:
        state = self.state()
        if state != self._state:
            self._kept, self._state = read_judgements(self.path), state
        return self._kept

    def append(self, entries: Sequence[Entry]) -> None:
        append(self.path, entries)
