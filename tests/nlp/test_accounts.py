"""Spammers' accounts and people's, told apart with reasons; habits read off invented posts."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from core.models import AnnotatedPost, Annotation, Author, Engagement, Kind, Post
from nlp.accounts import FEATURES, MOST_REASONS, Accounts, Trees, load_trees, row, save_trees
from nlp.habits import LEAST, Account, habits
from nlp.train.accounts import posts_behind

CASES = tomllib.loads((Path(__file__).parent / "accounts.toml").read_text("utf-8"))["account"]
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # twelve o'clock in Shanghai


@pytest.fixture(scope="module")
def accounts() -> Accounts:
    """Reads them as if half of all accounts were spammers', as those it learned from are."""
    return Accounts(rate=0.5)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_whose_an_account_is(accounts: Accounts, case: dict[str, Any]) -> None:
    reading = accounts.read(Account(**case["known"]))
    likely = "spam" if reading.spam >= 0.8 else "people" if reading.spam <= 0.2 else "unsure"
    assert likely == case["reads"]
    assert len(reading.reasons) <= MOST_REASONS
    if "says" in case:
        assert any(case["says"] in reason.zh for reason in reading.reasons)
        assert all(reason.en and reason.en.isascii() for reason in reading.reasons)


def test_where_fewer_accounts_are_spammers_a_probability_is_lower(accounts: Accounts) -> None:
    account = Account(**next(case["known"] for case in CASES if case["reads"] == "spam"))
    learned = 1 / (1 + np.exp(-accounts.trees.base))  # of accounts of which so many are
    odds = accounts.trees.pulls(row(account))[0]
    found = {rate: Accounts(rate=rate).read(account) for rate in (0.01, 0.05, float(learned), 0.9)}
    assert [found[rate].spam for rate in sorted(found)] == sorted(one.spam for one in found.values())
    assert found[float(learned)].spam == pytest.approx(1 / (1 + np.exp(-odds)))
    shift = np.log(0.05 / 0.95) - accounts.trees.base
    assert found[0.05].spam == pytest.approx(1 / (1 + np.exp(-odds - shift)))
    assert Accounts().read(account) == found[0.05]
    assert {one.reasons for one in found.values()} == {found[0.05].reasons}


def test_the_pulls_add_up_to_the_log_odds(accounts: Accounts) -> None:
    known = row(Account(**CASES[0]["known"]))
    odds, pulls = accounts.trees.pulls(known)
    nodes = accounts.trees.roots
    while (inner := accounts.trees.feature[nodes] >= 0).any():
        at = nodes[inner]
        left = known[accounts.trees.feature[at]] <= accounts.trees.threshold[at]
        nodes = nodes.copy()
        nodes[inner] = np.where(left, accounts.trees.left[at], accounts.trees.right[at])
    leaves = accounts.trees.base + float(accounts.trees.value[nodes].sum())
    assert odds == pytest.approx(leaves, abs=1e-3)
    assert pulls.shape == (len(FEATURES),)


def test_what_is_unknown_pulls_nowhere(accounts: Accounts) -> None:
    odds, pulls = accounts.trees.pulls(row(Account()))
    assert not pulls.any()
    assert abs(odds) < 1
    _, pulls = accounts.trees.pulls(row(Account(comments=0.0)))
    assert {name for name, pull in zip(FEATURES, pulls, strict=True) if pull} == {"comments"}


def test_trees_are_kept_in_a_file(accounts: Accounts, tmp_path: Path) -> None:
    save_trees(tmp_path / "a.npz", accounts.trees)
    again = load_trees(tmp_path / "a.npz")
    account = Account(**CASES[1]["known"])
    assert Accounts(again, rate=0.5).read(account) == accounts.read(account)
    assert isinstance(again, Trees)
    with pytest.raises(FileNotFoundError, match=r"python -m nlp\.train"):
        load_trees(tmp_path / "none.npz")


def item(number: int, text: str, **fields: Any) -> AnnotatedPost:
    fields.setdefault("published_at", NOON + timedelta(hours=2 * number))
    fields.setdefault("kind", Kind.POST)
    group = fields.pop("group", None)
    return AnnotatedPost(
        post=Post(id=f"x:{number}", platform="x", text=text, **fields),
        annotation=Annotation(duplicate_group=group),
    )


PLAIN = [item(number, f"第{number}天的晚饭，今天换了一种做法") for number in range(LEAST)]


@pytest.mark.parametrize(
    ("posts", "name", "value"),
    [
        (PLAIN, "repeat_share", 0.0),
        ([item(n, "春季新品全场八折欢迎光临") for n in range(LEAST)], "repeat_share", 1.0),
        ([replace(one, annotation=Annotation(duplicate_group="x:0")) for one in PLAIN], "repeat_share", 1.0),
        ([item(n, "好", kind=Kind.REPOST) for n in range(LEAST)], "repeat_share", 0.0),
        ([item(n, "好", kind=Kind.REPOST) for n in range(LEAST)], "repost_share", 1.0),
        ([item(n, f"第{n}帖 #春茶# #春茶# #露营#") for n in range(LEAST)], "top_hashtag", 2 / 3),
        ([item(n, f"第{n}帖 http://example.com/a http://example.com/b") for n in range(LEAST)], "links", 2.0),
        ([item(n, f"第{n}帖[哈哈]") for n in range(LEAST)], "emoticon_share", 1.0),
        ([item(n, f"第{n}帖 @甲 //@乙:说得对") for n in range(LEAST)], "mentions", 1.0),
        ([item(n, f"第{n}帖", engagement=Engagement(comments=n)) for n in range(LEAST)], "comments", 4.5),
        (PLAIN, "comments", None),
        ([item(n, f"第{n}帖", published_at=NOON + timedelta(seconds=20 * n)) for n in range(LEAST)], "burst", 10.0),
        (PLAIN, "burst", 1.0),
        ([item(n, f"第{n}帖", published_at=NOON - timedelta(hours=9)) for n in range(LEAST)], "night_share", 1.0),
        ([item(n, f"第{n}帖", published_at=None) for n in range(LEAST)], "night_share", None),
        ([item(0, "一帖", author=Author(followers=7))], "followers", 7.0),
        ([item(0, "一帖", author=Author(followers=7))], "links", None),
        ([], "followers", None),
    ],
)  # fmt: skip
def test_habits(posts: list[AnnotatedPost], name: str, value: float | None) -> None:
    found = getattr(habits(posts), name)
    assert found == (value if value is None else pytest.approx(value))


@pytest.mark.parametrize("behind", [11, 76, 179])
def test_how_many_posts_stand_behind_rounded_shares(behind: int) -> None:
    counts = [behind - 2, 3, *(behind // part for part in range(2, 8))]
    found = posts_behind([0.0, *(round(count / behind, 3) for count in counts)])
    assert found == pytest.approx(behind, rel=0.02)
