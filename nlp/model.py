"""The models of a folder, each read once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import copy
from functools import cache
from pathlib import Path

from nlp.encoder import Encoder
from nlp.heads import KNOWS, Head, Knowledge, PackHeads
from nlp.space import F32, Space
from nlp.stored import load_head, load_heads, load_short, load_space, there

MODELS = Path(__file__).parent / "models"


class Models:
    """The models of a folder, each read once and kept."""

    def __init__(self, folder: Path = MODELS) -> None:
        self.folder = folder
        self._heads: dict[str, Head] = {}
        self._views: dict[str, list[F32]] = {}
        self._together: dict[tuple[str, ...], F32] = {}
        self._space: Space | None = None
        self._identity: str | None = None
        self._beside = folder
        self._encoder: Encoder | None = None

    def beside(self, folder: Path) -> Models:
        """The same linear heads, held in memory once, with the second tier of another folder."""
        self.space()
        out = copy(self)
        out._beside, out._encoder = folder, None
        return out

    def views(self, name: str) -> list[F32]:
        """The weights by view of a head that builds on the large ones, as `Short.folded` gives them."""
        if name not in self._views:
            self._heads[name], self._views[name] = load_short(self.folder / f"{name}.npz").folded(
                self.knowledge()
            )
        return self._views[name]

    def knowledge(self) -> Knowledge:
        """What the large heads know."""
        return Knowledge(tuple(self.head(name) for name in KNOWS))

    def pack_heads(self, domain: str) -> PackHeads:
        """What a pack that ships is read with."""
        reader = f"opinions-{domain}"
        return PackHeads(self.head(f"aspects-{domain}"), self.head(reader), self.views(reader))

    def identity(self) -> str:
        """Names what small heads are built on: the space and the large heads."""
        if self._identity is None:
            digest = hashlib.blake2b(digest_size=8)
            for name in ("space", *KNOWS):
                digest.update(there(self.folder / f"{name}.npz").read_bytes())
            self._identity = digest.hexdigest()
        return self._identity

    def stacked(self, names: Sequence[str]) -> F32:
        """(terms, K) the weights of several heads side by side; the heads are slices of it: once in memory."""
        key = tuple(names)
        if key not in self._together:
            heads, self._together[key] = load_heads([self.folder / f"{name}.npz" for name in names])
            self._heads |= dict(zip(names, heads, strict=True))
        return self._together[key]

    def space(self) -> Space:
        """The shared space."""
        if self._space is None:
            self._space = load_space(self.folder / "space.npz")
        return self._space

    def encoder(self) -> Encoder | None:
        """The second tier; None where the folder has none, and the linear heads read alone."""
        if self._encoder is None and Encoder.there(self._beside):
            self._encoder = Encoder(self._beside)
        return self._encoder

    def has(self, name: str) -> bool:
        """Whether the folder has a head of this name."""
        return (self.folder / f"{name}.npz").is_file()

    def head(self, name: str) -> Head:
        """The head of a name; raises `FileNotFoundError` where the folder has none."""
        if name not in self._heads:
            if name.startswith("aspects-"):
                self._heads[name] = load_short(self.folder / f"{name}.npz").finder()
            elif name == "terms" or name.startswith("opinions-"):
                self.views(name)  # which hold its weights
            else:
                self._heads[name] = load_head(self.folder / f"{name}.npz")
        return self._heads[name]


@cache
def shipped() -> Models:
    """The models that ship, one set a process."""
    return Models()
