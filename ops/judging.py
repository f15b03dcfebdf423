"""Judging posts at a terminal, a key a post; every judgement is on disk before the next post is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import typer

from core.language import say
from core.models import AnnotatedPost
from index.ingest.correcting import LABELS
from index.ingest.judgements import Judgement, JudgementFile
from ops.output import named, tell

KEYS = {"1": "positive", "2": "neutral", "3": "negative"}
_BACK, _SKIP, _ASPECTS, _QUIT = "b", "s", "a", "q"
_SHOWN = 2_000  # characters
_ENDS = ("\x03", "\x04", "\x1b", "")  # Ctrl-C, Ctrl-D, Escape, nothing more to come


@dataclass(slots=True)
class Judging:
    """One sitting. `ask` gives the next key; `items` are what is judged, in order."""

    file: JudgementFile
    by: str
    items: Sequence[AnnotatedPost]
    ask: Callable[[], str] = typer.getchar
    judged: dict[str, Judgement] = field(default_factory=dict)

    def sit(self) -> int:
        """Shows post after post until all are judged or the person quits; how many were judged."""
        place = 0
        while 0 <= place < len(self.items):
            self._show(place)
            step = self._answer(self.items[place])
            if step is None:
                break
            place = max(place + step, 0)
        return len(self.judged)

    def _show(self, place: int) -> None:
        post = self.items[place].post
        typer.echo(
            f"\n[{place + 1}/{len(self.items)}] {named('platform', post.platform)} {post.id}", err=True
        )
        typer.echo(printable(post.text[:_SHOWN]), err=True)
        if told := self.judged.get(post.id):
            tell(f"You said: {named('sentiment', told.label)}")
        tell("1 positive, 2 neutral, 3 negative; a aspects, s skip, b back, q quit")

    def _answer(self, item: AnnotatedPost) -> int | None:
        """How many posts to go on; None to end."""
        while True:
            key = self._key()
            if key is None:
                return None
            if key in KEYS:
                self._keep(item, KEYS[key], {})
                return 1
            if key == _ASPECTS:
                return self._with_aspects(item)
            if key in (_SKIP, _BACK):
                return 1 if key == _SKIP else -1

    def _with_aspects(self, item: AnnotatedPost) -> int | None:
        """The sentiment and then each aspect that was read, a key each; a skipped aspect stays as it was read."""
        aspects: dict[str, str] = {}
        tell("First the post as a whole: 1 positive, 2 neutral, 3 negative")
        label = self._side()
        if label is None:
            return 0
        for opinion in item.annotation.aspects:
            tell(f"{named('aspect', opinion.aspect)} ({printable(opinion.evidence)}): 1, 2, 3, or s to skip")
            side = self._side()
            if side is not None:
                aspects[opinion.aspect] = side
        self._keep(item, label, aspects)
        return 1

    def _side(self) -> str | None:
        """A polarity; None where the person wants none."""
        while True:
            key = self._key()
            if key is None or key in (_SKIP, _BACK):
                return None
            if key in KEYS:
                return KEYS[key]

    def _key(self) -> str | None:
        """The next key in lower case; None where the person ends."""
        try:
            key = self.ask().lower()
        except (EOFError, KeyboardInterrupt):
            return None
        return None if key in _ENDS or key == _QUIT else key

    def _keep(self, item: AnnotatedPost, label: str, aspects: dict[str, str]) -> None:
        told = Judgement(item.post.id, label, self.by, datetime.now(UTC), aspects)
        self.file.append([told])
        self.judged[item.post.id] = told
        read = item.annotation.sentiment
        if read is not None and label in LABELS:
            agrees = say("as it was read") if read.label == label else say("it was read otherwise")
            typer.echo(
                f"{named('sentiment', label)}: {agrees} ({named('sentiment', read.label)} {read.confidence:.2f})",
                err=True,
            )


def printable(text: str) -> str:
    """A text that cannot move the cursor, colour or turn around what stands beside it."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)
