"""The data folder and where each thing lies in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of one data folder; nothing is created before it is needed."""

    root: Path

    @property
    def key(self) -> Path:
        """The HMAC key of the pseudonyms, mode 0600."""
        return self.root / "key"

    @property
    def public_names(self) -> Path:
        """Names and ids of the public accounts met so far, one a line."""
        return self.root / "public_names"

    @property
    def landing(self) -> Path:
        """One ``<run id>.zst`` a run."""
        return self.root / "landing"

    @property
    def rejects(self) -> Path:
        """One ``<run id>.jsonl`` a run that met rows it could not read."""
        return self.root / "rejects"

    @property
    def exports(self) -> Path:
        """The ledger of exports: what was written where, and the ids of its posts."""
        return self.root / "exports"

    @property
    def judgements(self) -> Path:
        """What people judged of the posts of a project: one ``<project id>.jsonl`` a project."""
        return self.root / "judgements"

    @property
    def reannotating(self) -> Path:
        """How far a re-annotation has come and what it changed; gone when it is done."""
        return self.root / "reannotating.json"

    @property
    def verdicts(self) -> Path:
        """What behaviour says of accounts and of words: one ``<project id>.json`` a project."""
        return self.root / "verdicts"

    @property
    def conducting(self) -> Path:
        """How far giving stored posts the voice of behaviour has come; gone when it is done."""
        return self.root / "conducting.json"

    @property
    def erasures(self) -> Path:
        """The log of erasures: hashes, times and counts, a line each."""
        return self.root / "erasures.jsonl"

    @property
    def erasing(self) -> Path:
        """Posts of others that an erasure has taken out of the store and will write again; gone when it is done."""
        return self.root / "erasing.jsonl"

    @property
    def database(self) -> Path:
        """The SQLite store."""
        return self.root / "tingfeng.sqlite"


def resolve(given: Path | None = None) -> Home:
    """The data folder: `given`, else ``TINGFENG_HOME``, else ``~/.tingfeng``."""
    chosen = given or Path(os.environ.get("TINGFENG_HOME") or Path.home() / ".tingfeng")
    return Home(chosen.expanduser().resolve())
