"""A text is folded as Unicode says, and a batch of texts is what each of them is."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.codes import canonical_all
from core.texts import canonical, fold, simplified

# what joins, composes, widens, vanishes or ends a word differently
ODD = [*"aAé ，。…①ﬁΣςİかｶﾞ後我Ａ１[]❤\n\t"]
HIDDEN = ["\u0301", "\u3099", "\u3000", "\u200b", "\ufe0f", "\ufdd0", "\x1e", "\ud800", "\U000e0041"]
PIECES = st.one_of(st.sampled_from((*ODD, *HIDDEN)), st.characters())


def test_every_character_has_its_canonical_form() -> None:
    characters = list(map(chr, range(0x110000)))
    assert canonical_all(characters) == list(map(canonical, characters))


@given(st.lists(st.lists(PIECES, max_size=12).map("".join), max_size=5))
@example([])
@example([""])
@example([" ", " 好  了 ", ""])
@settings(max_examples=500, deadline=None)
def test_a_batch_has_the_canonical_form_of_each_text(texts: list[str]) -> None:
    assert canonical_all(texts) == list(map(canonical, texts))


def obvious(text: str) -> str:
    """`fold` as its docstring says it."""
    return unicodedata.normalize("NFKC", text).lower().translate(simplified())


def test_every_character_is_folded_as_unicode_says() -> None:
    characters = list(map(chr, range(0x110000)))
    assert list(map(fold, characters)) == list(map(obvious, characters))


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=500, deadline=None)
def test_a_text_is_folded_as_unicode_says(text: str) -> None:
    assert fold(text) == obvious(text)
