"""Building all models: corpora, space, heads, packs, and the files they ship in."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.project import shipped_packs
from nlp.accounts import save_trees
from nlp.heads import KNOWS, Head, Knowledge
from nlp.space import Space
from nlp.stored import load_space, save_head, save_space
from nlp.train import accounts, data, fit, heads, opinions, voices

log = logging.getLogger("nlp.train")
OWNERS = 40_000  # car owners' snippets whose n-grams join the space


@dataclass(frozen=True, slots=True)
class Corpora:
    """The rows each kind of head learns from and is tuned on."""

    general: data.Split
    packs: dict[str, data.Split]
    terms: data.Split

    @staticmethod
    def read(*, held_out: bool, blind: bool) -> Corpora:
        """All sets; unless `held_out`, the test part is learned from too.

        With `blind` neither that nor the tuning part is: a seventh of the training part takes its place.
        """
        rows = (
            [*data.polarity(), *data.emotion()],
            {"car": data.cars(), "cosmetics": data.makeup()},
            data.terms(),
        )

        def part(found: list[data.Row]) -> data.Split:
            split = data.split(found)
            if blind:
                tenths = [data.part(row.text) == data.TEST + data.DEV for row in split.train]
                train = [row for row, tuned in zip(split.train, tenths, strict=True) if not tuned]
                return data.Split(train, list(compress(split.train, tenths)), split.test)
            return split if held_out else data.Split([*split.train, *split.test], split.dev, split.test)

        return Corpora(part(rows[0]), {name: part(found) for name, found in rows[1].items()}, part(rows[2]))

    def texts(self) -> list[str]:
        """What the space is made of."""
        packs = [row.text for split in self.packs.values() for row in split.train]
        owners = sorted({row["text"] for row in data.table("autohome_koubei_tags/koubei_tags.csv.xz")})
        step = max(1, len(owners) // OWNERS)
        return [
            *(row.text for row in self.general.train),
            *packs,
            *(row.text for row in self.terms.train),
            *owners[::step],
        ]


def build(out: Path, *, held_out: bool = False, blind: bool = False) -> None:
    """Write every model into `out`; `held_out` and `blind` as in `Corpora.read`, and for a blind eye no voices."""
    out.mkdir(parents=True, exist_ok=True)
    build_accounts(out)
    corpora = Corpora.read(held_out=held_out, blind=blind)
    space = fit.fit_space(corpora.texts())
    save_space(out / "space.npz", space)
    log.info("space: %d terms", space.terms)
    general = _general(corpora.general, space)
    general["owners"] = opinions.owners_tags(space)
    for name, head in general.items():
        save_head(out / f"{name}.npz", head)
    log.info("general heads written")
    known = Knowledge(tuple(general[name] for name in KNOWS))
    for name, split in corpora.packs.items():
        found = opinions.finder(split.train, split.dev, space)
        save_head(out / f"aspects-{name}.npz", found)
        pack = shipped_packs()[name]
        read = opinions.reader(split.train, split.dev, space, known, found, pack)
        save_head(out / f"opinions-{name}.npz", read)
        log.info("pack %s written", name)
    save_head(out / "terms.npz", opinions.terms(corpora.terms.train, corpora.terms.dev, space, known))
    if not blind:
        build_voices(out, held_out=held_out)
    log.info("done")


def build_voices(out: Path, *, held_out: bool = False) -> None:
    """Write the voice head alone, over the space that is in `out`; half a minute's work."""
    save_head(out / "voice.npz", voices.head(load_space(out / "space.npz"), held_out=held_out))
    log.info("voice head written")


def build_accounts(out: Path) -> None:
    """Write the spammer trees alone, half a minute's work; their score comes from cross-validation."""
    save_trees(out / "accounts.npz", accounts.shipped())
    log.info("spammer trees written")


def _general(split: data.Split, space: Space) -> dict[str, Head]:
    learned = heads.corpus(split.train, space, dropout=True)
    tuned = heads.corpus(split.dev, space, dropout=True)
    log.info("general matrices: %d rows", len(learned.rows))
    felt = learned.where(_emotional(learned)), tuned.where(_emotional(tuned))
    kinds = heads.kinds(learned, tuned)
    return {
        "kinds": kinds,
        "polarity": heads.polarity(learned, tuned, kinds),
        "neutral": heads.neutral(learned, tuned),
        "emotion": heads.emotion(*felt),
    }


def _emotional(corpus: heads.Corpus) -> NDArray[np.bool_]:
    return np.array([row.origin in ("usual", "virus") for row in corpus.rows])
