"""Real cascades as posts; skipped where the data is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cascades_data import Cascade, cascade_world, data_folder, nickname, read_cascades
from core.errors import UsageError
from core.ids import moment_of_mid
from core.texts import chain
from replica.server import Replica
from tests.sites import LOGIN

try:
    data_folder()
    MISSING = False
except UsageError:
    MISSING = True

needs_data = pytest.mark.skipif(MISSING, reason="no real data: set TINGFENG_DATA to its folder")


@pytest.fixture(scope="module")
def cascades() -> list[Cascade]:
    return read_cascades(5, least=100, most=400)


def test_a_missing_folder_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TINGFENG_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="TINGFENG_DATA"):
        data_folder()
    with pytest.raises(UsageError, match="TINGFENG_DATA"):
        read_cascades(1, folder=tmp_path)


def test_nicknames_are_one_word_and_never_shared() -> None:
    names = {nickname(9_900_000_000 + number * 7919) for number in range(10_000)}
    assert len(names) == 10_000


@needs_data
def test_ids_are_unique_and_carry_the_real_times(cascades: list[Cascade]) -> None:
    posts = [post for cascade in cascades for post in cascade.posts]
    assert len({post.id for post in posts}) == len(posts)
    assert all(moment_of_mid(post.id.removeprefix("weibo:")) == post.published_at for post in posts)


@needs_data
def test_parents_lie_in_the_cascade(cascades: list[Cascade]) -> None:
    for cascade in cascades:
        ids = {post.id for post in cascade.posts}
        assert all(post.parent_id in ids and post.root_id == cascade.root.id for post in cascade.reposts)
        assert any(post.parent_id != cascade.root.id for post in cascade.reposts)


@needs_data
def test_the_same_seed_draws_the_same_cascades(cascades: list[Cascade]) -> None:
    assert read_cascades(5, least=100, most=400) == cascades
    assert read_cascades(5, least=100, most=400, seed=1) != cascades


@needs_data
@pytest.mark.parametrize("limit", [140, 2000])
def test_a_served_chain_begins_with_the_true_parent(cascades: list[Cascade], limit: int) -> None:
    replica = Replica(cascade_world(cascades), chain_limit=limit)
    replica.faults.on("missing_parents")
    for cascade in cascades:
        names = {post.id: post.author.name for post in cascade.posts if post.author}
        parents = {post.id: post.parent_id for post in cascade.reposts}
        mid = cascade.root.id.removeprefix("weibo:")
        for page in range(1, -(-len(parents) // 10) + 1):
            url = f"http://m.weibo.cn/api/statuses/repostTimeline?id={mid}&page={page}"
            for row in replica.ask(url, headers=LOGIN).json()["data"]["data"]:
                parent = parents.pop(f"weibo:{row['mid']}")
                links = chain(row["raw_text"])
                assert "pidstr" not in row
                assert (links[0].name if links else names[cascade.root.id]) == names[parent or ""]
        assert parents == {}
