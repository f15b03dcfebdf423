"""Words are found over full chunks and behind them, and old ones leave."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from core.errors import StoreAway
from core.models import AnnotatedPost, Annotation, Author
from index.matching import matches
from index.query import parse
from index.sqlite import SqliteStore
from index.sqlite.layout import CHUNK
from index.sqlite.repair import examine
from index.sqlite.said.broad import listed, standing, text_token
from index.sqlite.said.broad import unpacked as unpacked_set
from index.sqlite.said.sealed import read_sealed, shelves
from index.sqlite.said.spots import number, pair_of, unpacked
from index.sqlite.schema import connect
from index.store import Batch
from tests.index.test_stores import AT, found, item

# what is asked of two chunks and a bit: one where words are common, one where they are rare, and the newest posts
ASKED = (
    "刹车", "刹", "😂", "第3天", "天油", "油", "改", "9", "7天刹车", "没有", "车片", "天 刹", "音 很",
    "w:刹车", "w:油耗", "w:隔音", "w:很差", "w:刹", "w:没有", 'w:"天 刹车"', "刹*", "刹车 -油 OR 第7",
    "天 NEAR/0 隔", "隔音 NEAR/1 差", "隔音 ONEAR/1 差", "差 ONEAR/2 隔音", "刹 NEAR/3 差", "1 NEAR/5 7",
)  # fmt: skip


def spoken(n: int) -> tuple[str, ...]:
    common = n % 5 == 0 if n < CHUNK else n % 4_000 == 0
    rare = " 隔音 很差" if n % 2_999 == 0 else " 差 不多 隔音" if n % 2_998 == 0 else ""
    return ("第", f"{n % 97}", "天", "刹车" if common else "油耗", *rare.split(), "😂" * (n % 3_000 == 0))


def read_as(n: int, words: tuple[str, ...], **known: Any) -> AnnotatedPost:
    one = item(f"weibo:{n}", " ".join(words) if n % 2 else "".join(words), **known)
    return replace(one, annotation=replace(one.annotation, words=words))


def test_words_are_found_over_full_chunks_and_behind_them(tmp_path: Path) -> None:
    items = [read_as(n, spoken(n)) for n in range(2 * CHUNK + 2_500)]
    changed = {10: ("改了", "的", "刹车"), CHUNK + 1: ("刹",), 2 * CHUNK + 10: ("改了", "的", "刹车片")}
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        for start in range(0, len(items), 5_000):
            store.write(Batch(items[start : start + 5_000]))
        for n, words in changed.items():
            items[n] = read_as(n, words, fetched_at=AT.replace(year=2027))
        store.write(Batch([items[n] for n in changed]))
        alike = {(one.post.text, one.annotation.words): one for one in items}
        times = Counter((one.post.text, one.annotation.words) for one in items)
        for wanted in ASKED:
            query = parse(wanted)
            expected = sum(times[key] for key, one in alike.items() if matches(query.tree, one))
            assert store.count(query) == expected, wanted
        assert store.erase(["weibo:10", f"weibo:{2 * CHUNK + 10}"]) == 2
        assert store.count(parse("改了")) == 0


def test_full_chunks_keep_nothing_of_erased_posts(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    often, once = (f"weibo:{n}" for n in (0, CHUNK - 1))
    items = [
        read_as(n, ("第", f"{n}", "个", *["怪字"] * (n < 400), *["绝𠮷", "怪绝", "𠮷"] * (n == CHUNK - 1)))
        for n in range(CHUNK)
    ]
    with closing(SqliteStore(path)) as store:
        store.write(Batch(items))
        edited = item("weibo:399", "改了的话", fetched_at=AT.replace(year=2027))
        store.write(Batch([edited]))
        assert store.erase([often, once]) == 2
        for wanted, posts in (
            ("怪字", 398),
            ("怪", 398),
            ("字第", 0),
            ("绝𠮷", 0),
            ("第399个", 0),
            ("398个怪", 1),
            ("w:怪字", 398),
            ("w:怪绝", 0),
            ('w:"398 个 怪字"', 1),
            ("怪*", 398),
        ):
            assert store.count(parse(wanted)) == posts, wanted
    assert examine(path) == []
    with closing(connect(path)) as connection:
        gone = set(map(ord, "绝𠮷"))
        for key, row in connection.execute(
            "SELECT id, data FROM spot"
        ):  # what follows is told of the living only
            assert not gone & {*pair_of(key), *unpacked(row)[0].tolist()}
        for key, row in connection.execute("SELECT id, data FROM word"):
            assert not gone & {*pair_of(key), *map(ord, unpacked(row)[2].decode())}
        (shelf,) = shelves(connection, "spot", {0: 1}, [])
        texts = read_sealed(connection, "spot", shelf, [0], ["怪"])
        assert texts.lines(texts.having("怪")).tolist() == list(range(1, 399))
        assert 0 not in listed(unpacked_set(standing(connection, text_token("怪字"), [0])[0]))
        for table in ("spot", "word"):
            connection.execute(f"DELETE FROM {table} WHERE id = ?", (number(0, ord("\n")),))
    assert examine(path) == [f"the {lost} of chunk 0 cannot be read" for lost in ("characters", "words")]


def test_old_words_leave_the_index(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    later = AT.replace(year=2027)

    def said(n: int, *words: str, **changes: Any) -> AnnotatedPost:
        return item(f"weibo:{n}", "".join(words), read=Annotation(words=words), **changes)

    with closing(SqliteStore(path)) as store:
        store.write(Batch([said(1, "旧文", "甲"), said(2, "旧文", "乙")]))
        store.write(Batch([said(1, "新文", "丙", fetched_at=later), said(2, "新文", "丁", fetched_at=later)]))
        assert (found(store, "旧文 OR w:旧文 OR 甲"), found(store, "新文丙")) == ([], ["weibo:1"])
    with closing(sqlite3.connect(path)) as connection:
        seqs = [seq for (seq,) in connection.execute("SELECT seq FROM post ORDER BY seq")]
        recent = connection.execute("SELECT text, words FROM recent").fetchone()
    assert seqs == [2, 3]
    assert recent == ("\n\n新文丙\n新文丁", "\n\n新文 丙\n新文 丁")


def test_what_was_written_over_is_gone_after_an_erasure(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    later = AT.replace(year=2027)
    with closing(SqliteStore(path)) as store:
        store.write(
            Batch([item("weibo:1", "从前说的话", topics=("从前的话题",)), item("weibo:2", "别人的话")])
        )
        store.write(Batch([item("weibo:1", "后来说的话", topics=("后来的话题",), fetched_at=later)]))
        assert store.erase(["weibo:2"]) == 1
        assert found(store, "后来 #后来的话题#") == ["weibo:1"]
        kept = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert "后来的话题".encode() in kept
    for gone in ("从前", "别人"):
        assert gone.encode() not in kept


def test_an_account_without_posts_is_gone_after_its_erasure(tmp_path: Path) -> None:
    accounts = [Author(id=f"weibo:p-{name}", name=f"车评{name}") for name in ("one", "two")]
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        store.write(Batch([item("weibo:1"), item("weibo:2")], authors=accounts))
        assert store.erase(["weibo:1"]) == 1
        assert list(store.authors([one.id or "" for one in accounts]).values()) == accounts
        assert store.erase([], accounts=["weibo:p-one"]) == 0
        assert store.authors([one.id or "" for one in accounts]) == {"weibo:p-two": accounts[1]}
        kept = b"".join(one.read_bytes() for one in tmp_path.iterdir())
        store.write(Batch([item("weibo:3", author=accounts[0])]))
        assert len(store.authors([one.id or "" for one in accounts])) == 2
    assert b"p-two" in kept
    assert b"p-one" not in kept
    assert "车评one".encode() not in kept


def test_an_erasure_waits_for_readers_and_says_when_they_stay(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        store.write(Batch([item(f"weibo:{n}") for n in range(2_000)]))
        scan = store.scan(parse(""))
        next(scan)
        with pytest.raises(StoreAway, match="erase them again"):
            store.erase(["weibo:1"])
        assert store.count(parse("")) == 1_999
        scan.close()
        assert store.erase(["weibo:1"]) == 0
