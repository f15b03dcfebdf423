"""Judging posts at a terminal, a key a post; every judgement is on disk before the next post is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import typer

from core.language import chosen, say
from core.models import AnnotatedPost
from core.project import EMPTY, Project
from index.ingest.judgements import Judgement, JudgementFile, label_of
from index.ingest.questions import FIRST, NONE, QUESTIONS, WHOLE, Question, Said, nameable, said_of
from ops.output import named, tell

_BACK, _SKIP, _ADD, _QUIT = "b", "s", "+", "q"
_ENTER = ("\r", "\n")
_SHOWN = 2_000  # characters
_ENDS = ("\x03", "\x04", "\x1b", "")  # Ctrl-C, Ctrl-D, Escape, nothing more to come


class _Away(Exception):
    """`step` posts on, or None to end."""

    def __init__(self, step: int | None) -> None:
        super().__init__()
        self.step = step


@dataclass(slots=True)
class Judging:
    """One sitting. `ask` gives the next key; `items` are what is judged, in order."""

    file: JudgementFile
    by: str
    items: Sequence[AnnotatedPost]
    ask: Callable[[], str] = typer.getchar
    question: Question = QUESTIONS[FIRST]
    project: Project = EMPTY
    judged: dict[str, Judgement] = field(default_factory=dict)

    def sit(self) -> int:
        """Shows post after post until all are judged or the person quits; how many were judged."""
        place = 0
        while 0 <= place < len(self.items):
            self._show(place)
            item = self.items[place]
            try:
                self._keep(item, self._parts(item) if self.question.parted else {WHOLE: self._label()})
                place += 1
            except _Away as away:
                if away.step is None:
                    break
                place = max(place + away.step, 0)
        return len(self.judged)

    def _show(self, place: int) -> None:
        post = self.items[place].post
        typer.echo(
            f"\n[{place + 1}/{len(self.items)}] {named('platform', post.platform)} {post.id}", err=True
        )
        typer.echo(printable(post.text[:_SHOWN]), err=True)
        if told := self.judged.get(post.id):
            tell(f"You said: {self._worded(told.all())}")

    def _read(self, item: AnnotatedPost) -> Mapping[str, Said]:
        """What the models read: in the file, or where nothing was drawn, in the post."""
        noted = self.file.now().of(self.question.id).reading(item.post.id)
        return noted.all() if noted else said_of(self.question.id, item.annotation) or {}

    def _parts(self, item: AnnotatedPost) -> dict[str, str]:
        """A label for each aspect or brand that was read, and for those the person names."""
        evidence = {one.aspect: one.evidence for one in item.annotation.aspects}
        told: dict[str, str] = {}
        for part in self._read(item):
            shown = evidence.get(part)
            typer.echo(f"{self._name(part)}{f' ({printable(shown)})' if shown else ''}", err=True)
            told[part] = self._label()
        while self.question.missable:
            tell("+ names one that was missed, Enter goes on; s skip, b back, q quit")
            if self._key(_ADD, *_ENTER) != _ADD:
                break
            self._add(told)
        return told

    def _add(self, told: dict[str, str]) -> None:
        """Asks which aspect was missed, and what is said of it."""
        left = [part for part in nameable(self.project) if part not in told]
        typer.echo("  ".join(f"{at} {self._name(part)}" for at, part in enumerate(left, 1)), err=True)
        tell("Its number, then Enter; s skip, b back, q quit")
        number = ""
        while (key := self._key(*"0123456789", *_ENTER)) not in _ENTER:
            number += key
            typer.echo(key, nl=False, err=True)
        if number and 1 <= int(number) <= len(left):
            part = left[int(number) - 1]
            typer.echo(f" {self._name(part)}", err=True)
            told[part] = self._label()

    def _label(self) -> str:
        """The label that a person's key stands for."""
        labels = {str(at): label for at, label in enumerate(self.question.labels, 1)}
        choices = ", ".join(f"{at} {named(self.question.group, label)}" for at, label in labels.items())
        typer.echo(f"{choices}; {say('s skip, b back, q quit')}", err=True)
        return labels[self._key(*labels)]

    def _key(self, *wanted: str) -> str:
        """The next of the keys `wanted`; raises `_Away` where the person skips, goes back or ends."""
        while True:
            try:
                key = self.ask().lower()
            except (EOFError, KeyboardInterrupt):
                raise _Away(None) from None
            if key in wanted:
                return key
            if key in _ENDS or key == _QUIT:
                raise _Away(None)
            if key in (_SKIP, _BACK):
                raise _Away(1 if key == _SKIP else -1)

    def _keep(self, item: AnnotatedPost, labels: Mapping[str, str]) -> None:
        parts = dict(labels) if self.question.parted else {}
        told = Judgement(
            item.post.id, labels.get(WHOLE, ""), self.by, datetime.now(UTC), of=self.question.id, parts=parts
        )
        self.file.append([told])
        self.judged[item.post.id] = told
        read = self._read(item)
        agrees = say("as it was read") if told.agrees(read) else say("it was read otherwise")
        was = ", ".join(self._sure(part, label_of(read, part), read) for part in labels or {WHOLE: NONE})
        typer.echo(f"{self._worded(labels)}: {agrees} ({was})", err=True)

    def _worded(self, labels: Mapping[str, str]) -> str:
        return ", ".join(self._titled(part, label) for part, label in (labels or {WHOLE: NONE}).items())

    def _titled(self, part: str, label: str) -> str:
        of = f"{self._name(part)} " if part else ""
        return f"{of}{named(self.question.group, label)}"

    def _sure(self, part: str, label: str, read: Mapping[str, Said]) -> str:
        sure = read[part][1] if part in read else None
        return f"{self._titled(part, label)}{'' if sure is None else f' {sure:.2f}'}"

    def _name(self, part: str) -> str:
        return part_name(self.question, self.project, part)


def part_name(question: Question, project: Project, part: str) -> str:
    """What people call an aspect or a brand."""
    if question.id != "brand":
        return project.aspect_title(part).of(chosen())
    brand = project.brand(part)
    return brand.title.of(chosen()) if brand else part


def printable(text: str) -> str:
    """A text that cannot move the cursor, colour or turn around what stands beside it."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)
