"""Spots of characters against the texts themselves."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.matching import meetings
from index.query import Literal, Near
from index.sqlite.broad import word_token
from index.sqlite.texts import LINE, Recent, Sealed, Texts, ids, lines, meeting, packed, rows, unpacked
from index.tokens import canonical
from tests.index.made import texts


def both(said: list[str]) -> list[Texts]:
    """The same texts as of a full chunk, and of one that is not."""
    whole = "\n".join(said)
    found = {chr(key - ids(7)[0]): data for key, data in rows(7, whole)}
    return [Sealed(unpacked(found[LINE]), found), Recent(len(said), whole)]


@given(st.lists(texts.map(canonical), min_size=1, max_size=12), texts.map(canonical).filter(bool))
def test_phrases_stand_where_the_texts_have_them(said: list[str], wanted: str) -> None:
    for one in both(said):
        found = lines(one, one.having(wanted)).tolist()
        assert sorted(set(found)) == [at for at, line in enumerate(said) if wanted in line]
        places = [at for line in said for at in range(len(line)) if line.startswith(wanted, at)]
        assert len(found) == len(places)


@given(
    st.lists(texts.map(canonical), min_size=1, max_size=12),
    texts.filter(canonical),
    texts.filter(canonical),
    st.integers(0, 6),
    st.booleans(),
)
def test_sides_meet_where_they_do_in_the_texts(
    said: list[str], first: str, second: str, distance: int, ordered: bool
) -> None:
    near = Near(Literal(first), Literal(second), distance, ordered)
    for one in both(said):
        expected = [at for at, line in enumerate(said) if any(True for _ in meetings(near, line))]
        assert sorted(set(meeting(one, near).tolist())) == expected


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, unique=True).map(sorted))
def test_spots_far_apart_are_kept(spots: list[int]) -> None:
    assert unpacked(packed(np.array(spots, dtype=np.uint32))).tolist() == spots


def test_words_that_are_alike_have_numbers_of_their_own() -> None:
    words = ("的", "的的", "车", "刹车", "车刹", "a", "b", "ab", "ba", "\U0001f602")
    assert len({word_token(word) for word in words}) == len(words)
