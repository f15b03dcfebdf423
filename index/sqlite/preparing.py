"""Posts as rows ready to be written, made in any process, so that the one that writes has little left to do.

The near-duplicate group is not in them: only who writes knows it (`index.ingest.ingesting`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.codes import canonical_all
from core.models import AnnotatedPost
from core.records import to_json
from index.facets import brevity, digest
from index.sqlite.bodies import Bodies
from index.sqlite.layout import FIXED, GROUP, HASHED, MANY, Rows, rows
from index.store.plan import profiles
from index.tokens import Spelling


class Coded(msgspec.Struct, array_like=True, gc=False):
    """A keyword of some posts: `names`, and, of one value a post, the number of it among them, from 1; 0 is none.

    Where a post may have many, `numbers` has one entry a value, from 0, or the value's hash where there are no
    names, and `places` says whose it is.
    """

    names: list[str]
    numbers: bytes
    places: bytes = b""

    def pairs(self) -> tuple[NDArray[np.uint32], NDArray[Any]]:
        """The places, and the numbers or hashes, of a keyword of which a post may have many."""
        places = np.frombuffer(self.places, dtype=np.uint32)
        return places, np.frombuffer(self.numbers, dtype=np.uint32 if self.names else np.int64)[: len(places)]


class Prepared(msgspec.Struct, array_like=True, gc=False):
    """Rows of some posts: `lines` are their texts in canonical form, `fixed` the bytes of columns."""

    ids: list[str]
    bodies: list[bytes]
    words: list[str]
    lines: list[str]
    fixed: dict[str, bytes]
    coded: dict[str, Coded]
    profiles: dict[str, str]

    def only(self, kept: Sequence[int]) -> Prepared:
        """The rows of some of the posts, and all profiles."""
        places = np.array(kept, dtype=np.int64)
        fixed = {name: np.frombuffer(data, dtype=FIXED[name])[places] for name, data in self.fixed.items()}
        return Prepared(
            ids=[self.ids[at] for at in kept],
            bodies=[self.bodies[at] for at in kept],
            words=[self.words[at] for at in kept],
            lines=[self.lines[at] for at in kept],
            fixed={name: entries.tobytes() for name, entries in fixed.items()},
            coded={name: _only(name, coded, places) for name, coded in self.coded.items()},
            profiles=self.profiles,
        )


@dataclass(frozen=True)
class Preparing:
    """Makes rows for a store whose records have this in common (`index.sqlite.bodies`)."""

    common: bytes

    def __call__(self, items: Sequence[AnnotatedPost]) -> bytes:
        return _encode(self.rows(items))

    def rows(self, items: Sequence[AnnotatedPost]) -> Prepared:
        """The rows of these posts."""
        columns = rows(items)
        lines = _lines(items)
        columns.fixed |= {"live": [1] * len(items), "brevity": [brevity(len(line)) for line in lines]}
        return Prepared(
            ids=[item.post.id for item in items],
            bodies=list(map(self._bodies.pack, items)),
            words=self._spelling.words([item.annotation.words for item in items]),
            lines=lines,
            fixed={
                name: np.array(entries, dtype=FIXED[name]).tobytes()
                for name, entries in columns.fixed.items()
                if name != GROUP
            },
            coded=_coded(columns),
            profiles={key: to_json(author).decode() for key, author in profiles(items, ()).items()},
        )

    @cached_property
    def _bodies(self) -> Bodies:
        return Bodies(self.common)

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling()

    def __getstate__(self) -> dict[str, Any]:
        return {"common": self.common}  # what packs cannot be sent to another process


_encode = msgspec.msgpack.Encoder().encode
read_rows = msgspec.msgpack.Decoder(Prepared).decode


def _lines(items: Sequence[AnnotatedPost]) -> list[str]:
    """The texts of these posts in canonical form."""
    texts = [item.post.text for item in items]
    different = list(dict.fromkeys(texts))  # much is said word for word by many
    known = dict(zip(different, canonical_all(different), strict=True))
    return [known[text] for text in texts]


def _coded(columns: Rows) -> dict[str, Coded]:
    return {
        name: _pairs(name, keys) if name in MANY else _single(keys) for name, keys in columns.keys.items()
    }


def _single(keys: Sequence[tuple[str, ...]]) -> Coded:
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(one[0], len(numbers) + 1) if one else 0 for one in keys]
    return Coded(list(numbers), np.array(found, dtype=np.uint32).tobytes())


def _pairs(name: str, keys: Sequence[tuple[str, ...]]) -> Coded:
    places = [at for at, one in enumerate(keys) if one for _ in one]
    if name in HASHED:
        hashes = [digest(key) for one in keys for key in one]
        return Coded([], np.array(hashes, dtype=np.int64).tobytes(), np.array(places, np.uint32).tobytes())
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(key, len(numbers)) for one in keys for key in one]
    return Coded(
        list(numbers), np.array(found, np.uint32).tobytes(), np.array(places, dtype=np.uint32).tobytes()
    )


def _only(name: str, coded: Coded, kept: NDArray[np.int64]) -> Coded:
    """The same of the posts at some places; names that none of them has are left out."""
    if name not in MANY:
        numbers = np.frombuffer(coded.numbers, dtype=np.uint32)[kept]
        used = np.unique(numbers[numbers > 0])
        again = np.where(numbers > 0, np.searchsorted(used, numbers) + 1, 0)
        return Coded([coded.names[at - 1] for at in used.tolist()], again.astype(np.uint32).tobytes())
    places, numbers = coded.pairs()
    there = np.isin(places, kept)
    now = np.searchsorted(kept, places[there]).astype(np.uint32).tobytes()
    if name in HASHED:
        return Coded([], numbers[there].tobytes(), now)
    used, again = np.unique(numbers[there], return_inverse=True)
    return Coded([coded.names[at] for at in used.tolist()], again.astype(np.uint32).tobytes(), now)
