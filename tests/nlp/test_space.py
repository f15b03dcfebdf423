"""Hashed n-grams and the space: a text weighs the same wherever it stands."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.clean import clean
from nlp.features import grams
from nlp.heads import Head
from nlp.model import shipped
from nlp.segment import Segmenter
from nlp.space import BATCH
from nlp.stored import expand, load_head, load_space, save_head, save_space, squeeze
from nlp.train.fit import fit_space

CUT = Segmenter().cut
TEXTS = ["好看又好用[赞]", "", "不好看", "太差了！！！//@甲:好看[赞]", "a", "好看好看好看", "[赞]", " "]
# more terms than are sorted at once
TEXTS.append("".join(map(chr, [*range(0x4E00, 0x5200), *range(0x5100, 0x4E00, -1)])))


def test_a_row_is_the_same_alone_and_in_a_batch() -> None:
    space = shipped().space()
    together = clean(TEXTS)
    rows = space.matrix(together, grams(together, CUT)).toarray()
    for at, text in enumerate(TEXTS):
        alone = clean([text])
        np.testing.assert_allclose(space.matrix(alone, grams(alone, CUT)).toarray()[0], rows[at], atol=1e-6)


def test_equal_words_have_equal_slots_wherever_they_stand() -> None:
    found = grams(clean(["好看的口红很好看", "口红好看"]), CUT)
    slots = dict[str, set[int]]()
    for token, slot in zip(found.tokens, found.words[:, 0].tolist(), strict=True):
        slots.setdefault(token, set()).add(slot)
    assert all(len(found) == 1 for found in slots.values())
    assert len(slots) == len({next(iter(found)) for found in slots.values()})


def test_no_ngram_reaches_into_the_next_text() -> None:
    joined = grams(clean(["好", "看"]), CUT)
    assert (joined.chars[:, 1:] == -1).all()
    assert (joined.words[:, 1] == -1).all()


def test_a_full_batch_is_read() -> None:
    cleaned = clean(["好看"] * BATCH)
    rows = shipped().space().matrix(cleaned, grams(cleaned, CUT))
    assert rows.shape[0] == BATCH
    assert np.allclose(rows[0].toarray(), rows[BATCH - 1].toarray())


def test_a_space_and_a_head_survive_their_files(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    space = fit_space(["好看又好用", "好看", "不好看不好用", "好用"] * 3)
    save_space(folder / "space.npz", space)
    again = load_space(folder / "space.npz")
    assert np.array_equal(space.chars.ids, again.chars.ids)
    np.testing.assert_allclose(space.words.idf, again.words.idf)
    weights = np.random.default_rng(0).normal(size=(space.terms, 2)).astype(np.float32)
    save_head(folder / "x.npz", Head(("a", "b"), weights, np.zeros(2, np.float32), {"platt": [1, 0]}))
    head = load_head(folder / "x.npz")
    assert head.classes == ("a", "b")
    assert head.facts == {"platt": [1, 0]}
    np.testing.assert_allclose(head.weights, weights, atol=0.02 * np.abs(weights).max())


def test_squeezed_weights_keep_sign_and_size() -> None:
    weights = np.array([[0.0, -1.0], [0.001, 0.5], [-2.0, 0.0]], dtype=np.float32)
    stored, scale = squeeze(weights)
    assert stored.dtype == np.int8
    np.testing.assert_allclose(expand(stored, scale), weights, atol=0.02)


def test_a_missing_model_says_how_to_make_it(tmp_path: object) -> None:
    from pathlib import Path

    with pytest.raises(FileNotFoundError, match=r"nlp\.train"):
        load_head(Path(str(tmp_path)) / "nothing.npz")
