"""Building all models: corpora, space, heads, packs, keywords, and the files they ship in."""

from __future__ import annotations

import logging
from pathlib import Path

from nlp.model import save_head, save_space
from nlp.train import data, fit, heads

log = logging.getLogger("nlp.train")


def build(out: Path, *, held_out: bool = False) -> None:
    """Write every model into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    split = data.split([*data.polarity(), *data.emotion()])
    train = split.train if held_out else [*split.train, *split.test]
    space = fit.fit_space([row.text for row in train])
    save_space(out / "space.npz", space)
    log.info("space: %d terms", space.terms)
    learned = heads.corpus(train, space, dropout=True)
    tuned = heads.corpus(split.dev, space, dropout=True)
    save_head(out / "polarity.npz", heads.polarity(learned, tuned))
    save_head(out / "neutral.npz", heads.neutral(learned, tuned))
    emotions = {"usual", "virus"}
    both = [corpus.where(_of(corpus, emotions)) for corpus in (learned, tuned)]
    save_head(out / "emotion.npz", heads.emotion(both[0], both[1]))
    log.info("general heads written")


def _of(corpus: heads.Corpus, origins: set[str]):  # type: ignore[no-untyped-def]
    import numpy as np

    return np.array([row.origin in origins for row in corpus.rows])
