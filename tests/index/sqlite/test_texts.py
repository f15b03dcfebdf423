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
from index.sqlite.recent import Block, Recent
from index.sqlite.schema import connect
from index.sqlite.sealed import Sealed, Shelf, read_sealed, shelves
from index.sqlite.spots import (
    LINE,
    NOWHERE,
    SPACE,
    coded,
    followed,
    ids,
    in_order,
    joined,
    ordered,
    packed,
    paired,
    rows,
    unpacked,
)
from index.sqlite.texts import Texts, common, meeting
from index.tokens import canonical
from tests.index.made import texts


def ways(said: list[str]) -> Iterator[Texts]:
    """The same texts as one chunk or two, full ones, or as blocks, full or not."""
    half = len(said) // 2
    for parts in ([said], [said[:half], said[half:]])[: 2 if half else 1]:
        yield sealed(parts)
        for posts in (1, BLOCK):
            yield Recent([Block(number, posts, "\n".join(part)) for number, part in enumerate(parts)])


def rows_of(chunk: int, text: str) -> Iterator[tuple[int, bytes]]:
    return rows(chunk, paired(*ordered(coded(text + LINE))))


def sealed(parts: list[list[str]]) -> Sealed:
    starts, ends, spaces, start = {}, [], [], 0
    found: dict[str, dict[int, bytes]] = defaultdict(dict)
    for number, said in enumerate(parts):
        for key, data in rows_of(number, "\n".join(said)):
            found[chr(key - ids(number)[0])][number] = data
        starts[number] = start
        ends.append(unpacked(found[LINE][number])[1] + np.uint32(start))
        if number in found[SPACE]:
            spaces.append(in_order(unpacked(found[SPACE][number])[1]) + np.uint32(start))
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
            connection.executemany("INSERT INTO spot VALUES (?, ?)", rows_of(chunk, said))
        connection.execute("DELETE FROM spot WHERE id = ?", (ids(1)[0] | ord(LINE),))
        (shelf,) = shelves(connection, dict.fromkeys(range(3), 1), [])
        found = read_sealed(connection, shelf, shelf.starts, ["一"])
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


@given(st.lists(texts.map(canonical), min_size=1, max_size=12))
def test_rows_say_what_follows_each_character_but_the_end_of_a_line(said: list[str]) -> None:
    text = "\n".join(said) + LINE
    expected = defaultdict(list)
    for at, character in enumerate(text):
        follower = LINE if character == LINE else text[at + 1]
        expected[character].append((ord(follower), at))
    told = {chr(key): unpacked(row) for key, row in rows_of(0, text[:-1])}
    assert {
        character: list(zip(followers.tolist(), spots.tolist(), strict=True))
        for character, (followers, spots) in told.items()
    } == {character: sorted(places) for character, places in expected.items()}


spots_by_follower = st.dictionaries(
    st.sampled_from((0, ord(LINE), ord("车"), ord("😂"), 0x10FFFF)),
    st.one_of(
        st.sets(st.integers(0, 2**32 - 1), min_size=1).map(sorted),  # wide
        st.sets(st.integers(0, 2**24 - 1), min_size=1).map(sorted),
        st.integers(1, 5_000).map(lambda many: list(range(3, 3 + many))),  # of several entries
    ),
)


def row_of(spots: dict[int, list[int]]) -> tuple[bytes, list[int], list[int]]:
    followers = [follower for follower, there in sorted(spots.items()) for _ in there]
    listed = [spot for _, there in sorted(spots.items()) for spot in there]
    packing = np.array(followers, dtype=np.uint32), np.array(listed, dtype=np.uint32)
    return packed(*packing), followers, listed


@given(spots_by_follower)
def test_rows_keep_what_they_were_packed_of(spots: dict[int, list[int]]) -> None:
    row, followers, listed = row_of(spots)
    assert [each.tolist() for each in unpacked(row)] == [followers, listed]


@given(st.lists(spots_by_follower, max_size=5), st.sampled_from((LINE, "车", "😂")))
def test_rows_are_read_from_where_their_texts_start(found: list[dict[int, list[int]]], after: str) -> None:
    starts = [2**26 * number for number in range(len(found))]
    shifted = [
        {follower: [(spot + start) % 2**32 for spot in there] for follower, there in spots.items()}
        for spots, start in zip(found, starts, strict=True)
    ]
    expected = [spot for spots in shifted for _, there in sorted(spots.items()) for spot in there]
    told = [row_of(spots)[0] for spots in found]
    assert joined(told, starts).tolist() == expected
    standing = [spot for spots in shifted for spot in spots.get(ord(after), [])]
    assert followed(told, starts, after).tolist() == standing


@given(st.lists(st.integers(0, 2**32 - 1), unique=True))
def test_spots_come_in_order(spots: list[int]) -> None:
    assert in_order(np.array(spots, dtype=np.uint32)).tolist() == sorted(spots)


def test_words_that_are_alike_have_numbers_of_their_own() -> None:
    words = ("的", "的的", "车", "刹车", "车刹", "a", "b", "ab", "ba", "\U0001f602")
    assert len({word_token(word) for word in words}) == len(words)
