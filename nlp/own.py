"""What a team's own pack learned: one file beside the pack, and the name its annotations bear.

The weights are about the terms of the shared space and build on the large heads, so the file says which those were.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from core.errors import UsageError
from core.project import Pack
from core.records import to_json
from nlp.heads import Head, PackHeads
from nlp.model import Models
from nlp.stored import Short, arrays_of

_FINDER, _READER = "aspects.", "opinions."  # what the arrays' names begin with


def save_own(path: Path, finder: Head, reader: Head, models: Models) -> None:
    """Writes both heads of a pack in one step; a file that was there stays until the new one is whole."""
    draft = path.with_name(f".{path.name}.part")
    card = np.frombuffer(json.dumps({"models": models.identity()}).encode(), dtype=np.uint8)
    try:
        with draft.open("wb") as file:
            np.savez_compressed(file, card=card, **arrays_of(finder, _FINDER), **arrays_of(reader, _READER))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load_own(path: Path, pack: Pack, models: Models) -> PackHeads:
    """What a pack is read with; raises `UsageError` where the weights are none, or were learned for something else."""
    try:
        # opened here, for numpy leaves what it cannot read open
        with path.open("rb") as file, np.load(file) as stored:
            card = json.loads(stored["card"].tobytes())
            finder, reader = Short.of(stored, _FINDER), Short.of(stored, _READER)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise UsageError(f"{path} holds no weights of a pack; {_again(pack)}") from error
    if card.get("models") != models.identity():
        raise UsageError(f"{path} was learned with the models of another version; {_again(pack)}")
    if set(finder.head.classes) != {aspect.id for aspect in pack.aspects}:
        raise UsageError(f"{path} was learned for other aspects than those of the pack; {_again(pack)}")
    return PackHeads(finder.finder(), *reader.folded(models.knowledge()))


def _again(pack: Pack) -> str:
    return f"learn it again (tingfeng pack learn ROWS --pack {pack.id}), or delete it to find by words"


def version_of(pack: Pack) -> str:
    """The name of a team's own pack as it is now: its id, and a digest of its words and weights."""
    digest = hashlib.blake2b(to_json([pack.signs, pack.aspects]), digest_size=4)
    if pack.weights is not None:
        digest.update(Path(pack.weights).read_bytes())
    return f"{pack.id}-{digest.hexdigest()}"
