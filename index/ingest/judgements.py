"""What people judged of a project's posts: drawn samples, judgements, readings and learned rules, as they came.

One append-only file a project, a record a line, with ids and labels and no texts. The last word on a post counts.
A line that a kill cut off is passed over.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from core.home import Home
from core.models import Annotation

log = logging.getLogger(__name__)
BANDS = (0.7, 0.9)  # confidences at which one stratum ends and the next begins


class Stratum(msgspec.Struct, tag="stratum"):
    """Posts of one platform, read as one sentiment, about equally sure, when a sample was drawn."""

    draw: str
    number: int
    posts: int


class Drawn(msgspec.Struct, tag="drawn"):
    """A post of a sample, with what had been read in it."""

    draw: str
    number: int  # of its stratum
    post: str
    platform: str
    said: str
    confidence: float
    models: str


class Judgement(msgspec.Struct, tag="judgement"):
    """What a person says of a post; `aspects` are polarities by aspect."""

    post: str
    label: str
    by: str
    at: datetime
    aspects: dict[str, str] = {}


class Reading(msgspec.Struct, tag="reading"):
    """What other models read later in a judged post."""

    post: str
    said: str
    confidence: float
    models: str


class Rule(msgspec.Struct, frozen=True):
    """Posts read as `said` that hold the word are `label`, with this confidence."""

    word: str
    said: str
    label: str
    confidence: float


class Rules(msgspec.Struct, tag="rules"):
    """The project's rules from now on, in the order they are asked; none takes the former ones back."""

    at: datetime
    rules: list[Rule] = []

    @property
    def version(self) -> str:
        return f"rules-{self.at:%Y%m%dT%H%M%S}"


Entry = Stratum | Drawn | Judgement | Reading | Rules
_entries = msgspec.json.Decoder(Entry)


def models_of(annotation: Annotation) -> str:
    """What read the sentiment of a post, as one text."""
    return annotation.models.get("sentiment") or annotation.models.get("language") or "unknown"


@dataclass(slots=True)
class Judgements:
    """All that was kept of one project."""

    strata: dict[tuple[str, int], Stratum] = field(default_factory=dict)
    drawn: dict[str, Drawn] = field(default_factory=dict)  # by post, in the order of drawing
    judged: dict[str, Judgement] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    turned: set[str] = field(default_factory=set)  # posts that were judged one way, then another
    rules: Rules | None = None

    def add(self, entry: Entry) -> None:
        match entry:
            case Stratum():
                self.strata[entry.draw, entry.number] = entry
            case Drawn():
                self.drawn[entry.post] = entry
            case Judgement():
                before = self.judged.get(entry.post)
                if before is not None and before.label != entry.label:
                    self.turned.add(entry.post)
                self.judged[entry.post] = entry
            case Reading():
                self.readings[entry.post] = entry
            case Rules():
                self.rules = entry if entry.rules else None

    def reading(self, post: str) -> Drawn | Reading | None:
        """The latest reading by models of a drawn post."""
        return self.readings.get(post) or self.drawn.get(post)

    def open(self) -> list[str]:
        """Drawn posts that nobody judged yet, in the order of drawing."""
        return [post for post in self.drawn if post not in self.judged]

    def corrections(self) -> dict[str, Judgement]:
        """Judgements that differ from a reading, or speak of aspects; and those that took back another, which
        the stored post may bear already."""
        found = {}
        for post, judgement in self.judged.items():
            read = (self.drawn.get(post), self.readings.get(post))
            if (
                judgement.aspects
                or post in self.turned
                or any(one is not None and one.said != judgement.label for one in read)
            ):
                found[post] = judgement
        return found


def file_of(home: Home, project_id: str) -> Path:
    return home.judgements / f"{project_id}.jsonl"


def read_judgements(path: Path) -> Judgements:
    """All that a file says; nothing where there is no file yet."""
    found = Judgements()
    if path.exists():
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            try:
                found.add(_entries.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError):
                log.warning("%s: line %d is no judgement and was passed over", path, number)
    return found


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
