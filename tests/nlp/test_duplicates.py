"""Near-duplicates share a group whose id is its first post's; groups survive a restart."""

from __future__ import annotations

import numpy as np

from nlp.clean import clean
from nlp.duplicates import DuplicateIndex, signatures, similarity
from nlp.features import grams
from nlp.segment import Segmenter
from nlp.space import chained

CUT = Segmenter().cut
FLAW = "云雀新车开了三天中控屏就黑了，打售后电话一直占线，有没有车主遇到一样的问题"


def sign(*texts: str) -> list[bytes | None]:
    cleaned = clean(list(texts))
    return signatures(grams(cleaned, CUT), chained(cleaned))


def groups(*texts: str) -> list[str | None]:
    index = DuplicateIndex()
    return [index.add(f"p{at}", signature) for at, signature in enumerate(sign(*texts))]


def test_copies_share_the_first_posts_group() -> None:
    assert groups(
        FLAW, "另外一条完全无关的微博，今天天气不错适合出门", FLAW, FLAW + " http://t.cn/x @某人"
    ) == [
        "p0",
        "p1",
        "p0",
        "p0",
    ]


def test_small_changes_keep_a_text_in_its_group() -> None:
    assert groups(FLAW, FLAW.replace("三天", "五天"), FLAW + "[怒]") == ["p0", "p0", "p0"]


def test_different_texts_stay_apart() -> None:
    assert groups(FLAW, "青柚日记的防晒霜涂着不油，就是防水差了点，下海一会儿就没了") == ["p0", "p1"]


def test_tiny_texts_and_bare_reposts_of_few_words_are_not_grouped() -> None:
    assert sign("哈哈", "转发", "", "好！", "哈哈//@甲:" + FLAW) == [None] * 5


def test_a_repost_is_known_by_its_own_words() -> None:
    left, right = sign(FLAW + "//@甲:一些话", FLAW + "//@乙:完全别的一段话，很长很长很长")
    assert left is not None
    assert left == right


def test_signatures_are_the_same_in_any_batch_and_estimate_jaccard() -> None:
    alone, together = sign(FLAW)[0], sign("别的话题也有很多字", FLAW)[1]
    assert alone == together
    assert alone is not None
    assert len(alone) == 128
    half = sign(FLAW[: len(FLAW) * 3 // 4])[0]
    assert half is not None
    assert 0.5 < similarity(alone, half) < 0.95


def test_a_restart_gives_the_same_groups() -> None:
    rng = np.random.default_rng(3)
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 300)]
    bases = ["".join(rng.choice(letters, 40)) for _ in range(30)]
    texts = [bases[number] + "尾" * int(extra) for number, extra in rng.integers(0, (30, 3), size=(200, 2))]
    signed = sign(*texts)
    whole = DuplicateIndex()
    straight = [whole.add(f"p{at}", signature) for at, signature in enumerate(signed)]
    first = DuplicateIndex()
    halves = [first.add(f"p{at}", signature) for at, signature in enumerate(signed[:100])]
    second = DuplicateIndex()
    pairs = zip(halves, signed[:100], strict=True)
    second.load(
        (group, sign) for at, (group, sign) in enumerate(pairs) if sign is not None and group == f"p{at}"
    )
    halves += [second.add(f"p{at}", signature) for at, signature in enumerate(signed[100:], 100)]
    assert halves == straight
    together = DuplicateIndex()
    assert together.add_all([(f"p{at}", signature) for at, signature in enumerate(signed)]) == straight
    assert len(second) == len({group for group in straight if group})
