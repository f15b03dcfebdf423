"""Spots of characters against the texts themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.matching import meetings
from index.query import Literal, Near
from index.sqlite.broad import word_token
from index.sqlite.layout import BLOCK, CHUNK
from index.sqlite.ranks import Ranks
from index.sqlite.schema import connect
from index.sqlite.spots import LINE, NOWHERE, SPACE, coded, ids, joined, ordered, packed, rows, unpacked
from index.sqlite.texts import (
    Block,
    Recent,
    Sealed,
    Shelf,
    Texts,
    common,
    meeting,
    read_sealed,
    shelves,
)
from index.tokens import canonical
from tests.index.made import texts


def ways(said: list[str]) -> Iterator[Texts]:
    """The same texts as one chunk or two, full ones, or as blocks, full or not."""
    half = len(said) // 2
    for parts in ([said], [said[:half], said[half:]])[: 2 if half else 1]:
        yield sealed(parts)
        for posts in (1, BLOCK):
            yield Recent([Block(number, posts, "\n".join(part)) for number, part in enumerate(parts)])


def sealed(parts: list[list[str]]) -> Sealed:
    starts, ends, spaces, start = {}, [], [], 0
    found: dict[str, dict[int, bytes]] = defaultdict(dict)
    for number, said in enumerate(parts):
        for key, data in rows(number, ordered(coded("\n".join(said) + LINE))):
            found[chr(key - ids(number)[0])][number] = data
        starts[number] = start
        ends.append(unpacked(found[LINE][number]) + np.uint32(start))
        if number in found[SPACE]:
            spaces.append(unpacked(found[SPACE][number]) + np.uint32(start))
        start = int(ends[-1][-1]) + 1
    shelf = Shelf(
        chunks=dict.fromkeys(starts, 1),
        starts=starts,
        ends=Ranks(np.concatenate(ends)),
        spaces=Ranks(np.concatenate((NOWHERE, *spaces))),
        closed=False,
    )
    return Sealed(shelf, found)


@given(st.lists(texts.map(canonical), min_size=1, max_size=12), texts.map(canonical).filter(bool))
def test_phrases_stand_where_the_texts_have_them(said: list[str], wanted: str) -> None:
    for one in ways(said):
        found = one.lines(one.having(wanted)).tolist()
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
    for one in ways(said):
        expected = [at for at, line in enumerate(said) if any(True for _ in meetings(near, line))]
        assert sorted(set(meeting(one, near).tolist())) == expected


@given(st.sets(st.integers(0, 400)).map(sorted), st.sets(st.integers(0, 400), max_size=40).map(sorted))
def test_what_two_have_in_common_is_found_by_either_way(one: list[int], other: list[int]) -> None:
    both = [np.array(some, dtype=np.uint32) for some in (one, other)]
    for first, second in (both, both[::-1]):
        assert common(first, second).tolist() == sorted(set(one) & set(other))


@given(st.sets(st.integers(0, 400)).map(sorted))
def test_ranks_are_what_a_search_gives(spots: list[int]) -> None:
    told, asked = np.array(spots, dtype=np.uint32), np.arange(700, dtype=np.uint32)
    assert Ranks(told).before(asked).tolist() == told.searchsorted(asked).tolist()


def test_a_chunk_whose_lines_are_lost_moves_no_other(tmp_path: Path) -> None:
    said = "\n".join(("一 一", *[""] * (CHUNK - 2), "一 一"))
    with closing(connect(tmp_path / "spots.sqlite")) as connection:
        connection.execute("CREATE TABLE spot (id INTEGER PRIMARY KEY, data BLOB NOT NULL)")
        for chunk in range(3):
            connection.executemany("INSERT INTO spot VALUES (?, ?)", rows(chunk, ordered(coded(said + LINE))))
        connection.execute("DELETE FROM spot WHERE id = ?", (ids(1)[0] | ord(LINE),))
        (shelf,) = shelves(connection, dict.fromkeys(range(3), 1), [])
        found = read_sealed(connection, shelf, shelf.starts, "一")
        expected = [0, CHUNK - 1, 2 * CHUNK, 3 * CHUNK - 1]
        assert sorted(set(found.posts(found.lines(found.having("一"))).tolist())) == expected
        near = Near(Literal("一"), Literal("一"), 0, ordered=True)
        assert found.posts(meeting(found, near)).tolist() == expected


def test_blocks_come_into_longer_runs_a_few_times_only() -> None:
    blocks: list[Block] = []
    recent, made = Recent([]), 0
    for number in range(31):
        blocks.append(Block(number, BLOCK, "一\n" * (BLOCK - 1)))
        before, recent = recent, Recent(blocks, recent)
        made += sum(len(run.blocks) for run in recent.runs if run not in before.runs)
    assert [len(run.blocks) for run in recent.runs] == [16, 8, 4, 2, 1]
    assert made <= 31 * 5
    assert recent.posts(recent.lines(recent.having("一"))).tolist() == [
        post for post in range(31 * BLOCK) if post % BLOCK < BLOCK - 1
    ]


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, unique=True).map(sorted))
def test_spots_far_apart_are_kept(spots: list[int]) -> None:
    assert unpacked(packed(np.array(spots, dtype=np.uint32))).tolist() == spots


@given(st.lists(st.lists(st.integers(0, 2**20 - 1), unique=True).map(sorted), max_size=5))
def test_rows_are_joined_from_where_their_texts_start(found: list[list[int]]) -> None:
    starts = [2**20 * number for number in range(len(found))]
    expected = [spot + start for spots, start in zip(found, starts, strict=True) for spot in spots]
    assert joined([packed(np.array(spots, dtype=np.uint32)) for spots in found], starts).tolist() == expected


def test_words_that_are_alike_have_numbers_of_their_own() -> None:
    words = ("的", "的的", "车", "刹车", "车刹", "a", "b", "ab", "ba", "\U0001f602")
    assert len({word_token(word) for word in words}) == len(words)
