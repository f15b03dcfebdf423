"""Spots of characters against the texts themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes import codes_of
from index.matching import meetings
from index.query import Literal, Near
from index.sqlite.layout import BLOCK, CHUNK
from index.sqlite.said import spots, vocabulary
from index.sqlite.said.broad import word_token
from index.sqlite.said.characters import ordered, paired, rows
from index.sqlite.said.ranks import Ranks
from index.sqlite.said.recent import Block, Recent
from index.sqlite.said.sealed import Shelf, read_sealed, shelves
from index.sqlite.said.spots import (
    LINE,
    NOWHERE,
    SPACE,
    Table,
    ends_of,
    followed,
    in_order,
    joined,
    number,
    packed,
    pair_of,
    read,
    unpacked,
)
from index.sqlite.said.texts import Texts, common, meeting
from index.sqlite.schema import Connection, connect
from index.tokens import canonical
from tests.index.made import texts


def ways(said: list[str], phrases: list[str], table: Table = "spot") -> Iterator[Texts]:
    """The same texts, or words, as one chunk or two, full ones with rows long or short, or as blocks, full or not."""
    half = len(said) // 2
    for parts in ([said], [said[:half], said[half:]])[: 2 if half else 1]:
        for most in (1, 1_500):
            yield sealed(parts, phrases, table, most)
        for posts in (1, BLOCK):
            yield Recent([Block(number, posts, "\n".join(part)) for number, part in enumerate(parts)])


def rows_of(chunk: int, text: str) -> Iterator[tuple[int, bytes]]:
    return rows(chunk, paired(*ordered(codes_of(text + LINE))))


def words_of(chunk: int, words: str) -> Iterator[tuple[int, bytes]]:
    return vocabulary.rows(chunk, vocabulary.read_words(words))


def filled(parts: list[str], most: int = 1_500) -> Connection:
    """Tables of full chunks; a row has so many spots, about."""
    connection = connect(Path(":memory:"))
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(spots, "_ROW", most)
        for table, made in (("spot", rows_of), ("word", words_of)):
            connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, data BLOB NOT NULL)")
            for chunk, part in enumerate(parts):
                connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", made(chunk, part))
    return connection


def sealed(parts: list[list[str]], phrases: list[str], table: Table = "spot", most: int = 1_500) -> Texts:
    with closing(filled(["\n".join(part) for part in parts], most)) as connection:
        starts, ends, start = {}, [], 0
        for chunk in range(len(parts)):
            starts[chunk] = start
            ends.append(ends_of(connection, table, chunk) + np.uint32(start))
            start = int(ends[-1][-1]) + 1
        rows = read(connection, table, starts, [SPACE])[SPACE]
        spaces = [unpacked(row)[1] + np.uint32(starts[chunk]) for chunk, own in rows.items() for row in own]
        shelf = Shelf(
            chunks=dict.fromkeys(starts, 1),
            starts=starts,
            ends=Ranks(np.concatenate(ends)),
            spaces=Ranks(in_order(np.concatenate((NOWHERE, *spaces)))),
            closed=False,
        )
        return read_sealed(connection, table, shelf, starts, phrases)


@given(st.lists(texts.map(canonical), min_size=1, max_size=12), texts.map(canonical).filter(bool))
def test_phrases_stand_where_the_texts_have_them(said: list[str], wanted: str) -> None:
    for one in ways(said, [wanted]):
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
    expected = [at for at, line in enumerate(said) if any(True for _ in meetings(near, line))]
    for one in ways(said, [canonical(first), canonical(second)]):
        assert sorted(set(meeting(one, near).tolist())) == expected


spoken = st.lists(st.sampled_from(("车", "车险", "车险费", "刹车", "a", "ab", "\U0001f602")), max_size=4)


@given(
    st.lists(spoken, min_size=1, max_size=12),
    spoken.filter(bool),
    st.sampled_from(("车", "车险", "a", "刹", "贵")),
)
def test_words_stand_where_the_posts_have_them(said: list[list[str]], wanted: list[str], start: str) -> None:
    lines, phrase = [" ".join(words) for words in said], f" {' '.join(wanted)} "
    whole = [at for at, line in enumerate(lines) if phrase in f" {line} "]
    begun = [at for at, words in enumerate(said) if any(word.startswith(start) for word in words)]
    for one in ways(lines, [phrase, f" {start}"], "word"):
        if isinstance(one, Recent):
            one = Recent([Block(at, BLOCK, f" {line} ") for at, line in enumerate(lines)])
        assert sorted(set(one.lines(one.having(phrase)).tolist())) == whole
        assert sorted(set(one.lines(one.having(f" {start}")).tolist())) == begun


def test_words_have_the_hash_they_are_looked_up_by() -> None:
    words = ("的", "的的", "车", "刹车", "车刹", "a", "b", "ab", "ba", "\U0001f602", "长" * 30, "长" * 31)
    made = vocabulary.read_words("\n".join((" ".join(words), "")))
    told = dict(zip(made.hashes.tolist(), made.lengths.tolist(), strict=True))
    assert told == {vocabulary.hashed(word): len(word) for word in ("\n", *words)}


@given(st.sets(st.integers(0, 400)).map(sorted), st.sets(st.integers(0, 400), max_size=40).map(sorted))
def test_what_two_have_in_common_is_found_by_either_way(one: list[int], other: list[int]) -> None:
    both = [np.array(some, dtype=np.uint32) for some in (one, other)]
    for first, second in (both, both[::-1]):
        assert common(first, second).tolist() == sorted(set(one) & set(other))


@given(st.sets(st.integers(0, 400)).map(sorted))
def test_ranks_are_what_a_search_gives(spots: list[int]) -> None:
    told, asked = np.array(spots, dtype=np.uint32), np.arange(700, dtype=np.uint32)
    assert Ranks(told).before(asked).tolist() == told.searchsorted(asked).tolist()


def test_a_chunk_whose_lines_are_lost_moves_no_other() -> None:
    said = "\n".join(("一 一", *[""] * (CHUNK - 2), "一 一"))
    near = Near(Literal("一"), Literal("一"), 0, ordered=True)
    expected = [0, CHUNK - 1, 2 * CHUNK, 3 * CHUNK - 1]
    with closing(filled([said] * 3)) as connection:
        asked: tuple[tuple[Table, str], ...] = (("spot", "一"), ("word", " 一 一 "))
        for table, phrase in asked:
            connection.execute(f"DELETE FROM {table} WHERE id = ?", (number(1, ord(LINE)),))
            (shelf,) = shelves(connection, table, dict.fromkeys(range(3), 1), [])
            found = read_sealed(connection, table, shelf, shelf.starts, [phrase])
            assert sorted(set(found.posts(found.lines(found.having(phrase))).tolist())) == expected
            if table == "spot":
                assert found.posts(meeting(found, near)).tolist() == expected


def test_blocks_come_into_longer_runs_a_few_times_only() -> None:
    blocks: list[Block] = []
    recent, made = Recent([]), 0
    for block in range(31):
        blocks.append(Block(block, BLOCK, "一\n" * (BLOCK - 1)))
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
    told = defaultdict(list)
    for key, row in rows_of(0, text[:-1]):
        followers, places, behind = unpacked(row)
        assert behind == b""
        told[chr(pair_of(key)[0])] += zip(followers.tolist(), places.tolist(), strict=True)
    assert told == {character: sorted(places) for character, places in expected.items()}


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
    told, there, behind = unpacked(row + b"words")
    assert (told.tolist(), there.tolist(), behind) == (followers, listed, b"words")


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
