"""What behaviour says of accounts and of words: a file of the project, applied wherever posts are read.

It holds pseudonyms and hashes, no texts. It speaks only where text and author say nothing: a report, an advert or a
fan's post of such an account stays what it is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from core.errors import TingfengError
from core.home import Home
from core.models import Annotation, Post, Voice
from core.texts import fold, own_text
from index.ingest.correcting import HUMAN

CONDUCT = "conduct-1"  # stands in `Annotation.models` for what gave the voice
SAYING = 20  # characters from which words of one's own are nobody else's by chance


class Verdict(msgspec.Struct, frozen=True):
    """A voice and why, as `nlp.because` words it."""

    voice: Voice
    because: tuple[str, ...]


class Verdicts(msgspec.Struct):
    """By the id of an account, and by `words_key`."""

    accounts: dict[str, Verdict] = {}
    words: dict[str, Verdict] = {}

    def of(self, post: Post) -> Verdict | None:
        """What is said of a post's author, else of its words."""
        found = self.accounts.get(post.author.id) if post.author and post.author.id else None
        if found is None and self.words and (key := words_key(post.text)):
            found = self.words.get(key)
        return found


def words_key(text: str) -> str | None:
    """A hash that equal words of one's own have in common; None of fewer than `SAYING` characters."""
    plain = fold("".join(own_text(text).split()))
    if len(plain) < SAYING:
        return None
    return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def with_verdict(annotation: Annotation, verdict: Verdict | None) -> Annotation:
    """The annotation with that voice where its own is organic and no person's word; who sells or spams is at no
    purchase stage."""
    models = annotation.models
    if verdict is None or annotation.voice not in (None, Voice.ORGANIC) or models.get("voice") == HUMAN:
        return annotation
    return replace(
        annotation,
        voice=verdict.voice,
        because=verdict.because,
        intent=annotation.intent if models.get("intent") == HUMAN else None,
        models={**models, "voice": CONDUCT},
    )


def verdict_file(home: Home, project_id: str) -> Path:
    return home.verdicts / f"{project_id}.json"


class VerdictFile:
    """A file of verdicts, read again when it was written anew; nothing is said where there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state: tuple[int, int] | None = None
        self._kept = Verdicts()

    def now(self) -> Verdicts:
        """The verdicts as they stand; raises `TingfengError` on a file that is none."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return Verdicts()
        if (state := (found.st_ino, found.st_mtime_ns)) != self._state:
            try:
                self._kept = msgspec.json.decode(self.path.read_bytes(), type=Verdicts)
            except msgspec.DecodeError as error:
                raise TingfengError(
                    f"{self.path} cannot be read ({error}); remove it, and make it anew with: tingfeng voices"
                ) from error
            self._state = state
        return self._kept

    def all(self, posts: Sequence[Post], annotations: Sequence[Annotation]) -> list[Annotation]:
        """The annotations of these posts, in order, each with what is said of its post."""
        known = self.now()
        if not known.accounts and not known.words:
            return list(annotations)
        return [with_verdict(one, known.of(post)) for post, one in zip(posts, annotations, strict=True)]

    def keep(self, verdicts: Verdicts) -> None:
        """Puts them in the place of those before, in one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".part")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(verdicts))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)

    def forget(self, goes: Callable[[str], bool]) -> None:
        """Drops the accounts that `goes` names, of whom nothing is to be kept."""
        known = self.now()
        left = {account: verdict for account, verdict in known.accounts.items() if not goes(account)}
        if len(left) < len(known.accounts):
            self.keep(Verdicts(left, known.words))
