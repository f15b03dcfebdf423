"""Who passed on to whom: right parents, honest edges, nobody counted twice."""

from __future__ import annotations

import pytest
from msgspec import structs

from core.models import Author, EdgeKind, Kind, Post
from mining.cascade import Cascade, reconstruct
from tests.mining.posts import repost, root

ROOT = "weibo:1"


def parents(cascade: Cascade) -> dict[str, str | None]:
    return {node.id: node.parent_id for node in cascade.nodes}


def edge_of(cascade: Cascade, number: int) -> EdgeKind | None:
    return next(node.edge for node in cascade.nodes if node.id == f"weibo:{number}")


CHAINS: list[tuple[str, list[Post], dict[int, int]]] = [
    ("no chain hangs on the root", [repost(2, "甲", "好看")], {2: 1}),
    ("a chain names its parent", [repost(2, "甲", "好看"), repost(3, "乙", "真的//@甲:好看")], {2: 1, 3: 2}),
    (
        "full-width signs and blanks do not hide a chain",
        [repost(2, "甲", "好看"), repost(3, "乙", "真的// @甲：好看")],
        {2: 1, 3: 2},
    ),
    (
        "of two rows of one person the repeated words choose",
        [repost(2, "甲", "好看"), repost(3, "甲", "再看一遍"), repost(4, "乙", "//@甲:好看")],
        {2: 1, 3: 1, 4: 2},
    ),
    (
        "of two equal rows of one person the later is taken",
        [repost(2, "甲", "好看"), repost(3, "甲", "好看"), repost(4, "乙", "//@甲:好看")],
        {2: 1, 3: 1, 4: 3},
    ),
    (
        "rows that came later are no parents",
        [repost(2, "乙", "//@甲:好看"), repost(3, "甲", "好看")],
        {2: 1, 3: 1},
    ),
    (
        "the whole chain tells apart who reposted the same words",
        [
            repost(2, "甲", "哈哈"),
            repost(3, "乙", "哈哈"),
            repost(4, "丙", "//@甲:哈哈"),
            repost(5, "丙", "//@乙:哈哈"),
            repost(6, "丁", "//@丙://@甲:哈哈"),
        ],
        {2: 1, 3: 1, 4: 2, 5: 3, 6: 4},
    ),
    (
        "转发微博 and nothing are the same bare repost",
        [repost(2, "甲", "转发微博"), repost(3, "乙", "//@甲:"), repost(4, "丙", "//@乙: //@甲:Repost")],
        {2: 1, 3: 2, 4: 3},
    ),
    (
        "the root's author in a chain is the root, unless a repost of theirs says the words",
        [repost(2, "甲", "看看//@根:新车上市"), repost(3, "根", "谢谢"), repost(4, "乙", "//@根:谢谢")],
        {2: 1, 3: 1, 4: 3},
    ),
    (
        "a chain cut inside its words still begins like its parent",
        [
            repost(2, "甲", "这车的内饰用料真的比上一代好太多了，试驾以后我是真的想换"),
            repost(3, "乙", "长" * 110 + "//@甲:这车的内饰用料真的比上一代好"),
        ],
        {2: 1, 3: 2},
    ),
    (
        "a chain cut inside its first name is taken from the latest such name",
        [repost(2, "甲甲甲", "好看"), repost(3, "乙", "长" * 136 + "//@甲甲")],
        {2: 1, 3: 2},
    ),
    (
        "telling words find one who has been renamed since",
        [repost(2, "新名", "油耗比官方说的高两个多"), repost(3, "乙", "同感//@旧名:油耗比官方说的高两个多")],
        {2: 1, 3: 2},
    ),
]


@pytest.mark.parametrize(("promise", "posts", "wanted"), CHAINS, ids=[row[0] for row in CHAINS])
def test_parents_read_from_chains(promise: str, posts: list[Post], wanted: dict[int, int]) -> None:
    found = parents(reconstruct([root(), *posts], ROOT))
    real = {}
    for number in wanted:
        parent = found[f"weibo:{number}"]
        while parent is not None and parent.startswith("missing:"):
            parent = found[parent]
        real[number] = parent
    assert real == {number: f"weibo:{parent}" for number, parent in wanted.items()}, promise


def test_a_parent_id_is_observed_and_beats_the_chain() -> None:
    posts = [root(), repost(2, "甲", "好"), repost(3, "乙", "嗯"), repost(4, "丙", "//@甲:好", parent=3)]
    cascade = reconstruct(posts, ROOT)
    assert parents(cascade)["weibo:4"] == "weibo:3"
    assert edge_of(cascade, 4) is EdgeKind.OBSERVED
    by_chain = reconstruct(posts, ROOT, use_parent_ids=False)
    assert parents(by_chain)["weibo:4"] == "weibo:2"
    assert edge_of(by_chain, 4) is EdgeKind.INFERRED


def test_a_guessed_parent_id_gives_way_to_the_chain() -> None:
    guessed = repost(3, "乙", "嗯//@甲:好", parent=1, parent_confidence=0.5)
    bare = repost(4, "丙", "嗯", parent=1, parent_confidence=0.5)
    cascade = reconstruct([root(), repost(2, "甲", "好"), guessed, bare], ROOT)
    assert parents(cascade)["weibo:3"] == "weibo:2"
    assert edge_of(cascade, 4) is EdgeKind.INFERRED
    assert next(node.confidence for node in cascade.nodes if node.id == "weibo:4") == 0.5


def test_people_named_but_not_collected_become_one_virtual_node() -> None:
    cascade = reconstruct(
        [
            root(),
            repost(2, "甲", "啊//@走失:看这里//@远方:头一个"),
            repost(3, "乙", "呀//@走失:看这里//@远方:头一个"),
        ],
        ROOT,
    )
    found = parents(cascade)
    lost = found["weibo:2"]
    assert lost is not None
    assert lost.startswith("missing:")
    assert found["weibo:3"] == lost
    far = found[lost]
    assert far is not None
    assert far.startswith("missing:")
    assert found[far] == ROOT
    assert cascade.labels[lost] == "走失"
    assert edge_of(cascade, 2) is EdgeKind.MISSING
    assert cascade.metrics["missing"].value == 4
    assert cascade.metrics["reposts"].value == 2
    assert cascade.metrics["size"].value == 5
    virtual = next(node for node in cascade.nodes if node.id == lost)
    assert virtual.published_at is None
    assert virtual.branch == 2


def test_a_later_and_longer_chain_completes_a_virtual_node() -> None:
    words = "看这里" * 20
    cut = "长" * 60 + f"//@走失:{words}//@甲"  # the site cut the name of 甲甲
    whole = f"//@走失:{words}//@甲甲:好"
    posts = [root(), repost(2, "甲甲", "好"), repost(3, "乙", cut), repost(4, "丙", whole)]
    found = parents(reconstruct(posts, ROOT))
    assert found["weibo:3"] == found["weibo:4"]
    lost = found["weibo:4"]
    assert lost is not None
    assert found[lost] == "weibo:2"


def test_a_parent_the_site_named_and_nobody_collected_keeps_its_id() -> None:
    cascade = reconstruct(
        [root(), repost(5, "甲", "嗯//@走失:哦", parent=99), repost(6, "乙", parent=99)], ROOT
    )
    found = parents(cascade)
    assert found["weibo:5"] == found["weibo:6"] == "weibo:99"
    assert found["weibo:99"] == ROOT
    assert edge_of(cascade, 5) is EdgeKind.OBSERVED
    assert edge_of(cascade, 99) is EdgeKind.MISSING
    assert cascade.labels["weibo:99"] == "走失"


def test_a_child_older_than_its_named_parent_is_read_as_if_none_was_named() -> None:
    cascade = reconstruct([root(), repost(2, "甲", minute=5, parent=3), repost(3, "乙", minute=9)], ROOT)
    assert parents(cascade)["weibo:2"] == ROOT
    assert edge_of(cascade, 2) is EdgeKind.INFERRED


def test_parents_of_the_same_second_and_rings_of_ids_still_make_a_tree() -> None:
    same = [repost(2, "甲", minute=1, parent=3), repost(3, "乙", minute=1, parent=1)]
    assert parents(reconstruct([root(), *same], ROOT))["weibo:2"] == "weibo:3"
    ring = [repost(2, "甲", minute=1, parent=3), repost(3, "乙", minute=1, parent=2)]
    assert set(parents(reconstruct([root(), *ring], ROOT)).values()) == {None, ROOT, "weibo:3"}
    alone = reconstruct([root(), repost(2, "甲", parent=2)], ROOT)
    assert parents(alone)["weibo:2"] == ROOT


def test_a_deleted_root_leaves_a_tombstone() -> None:
    cascade = reconstruct([repost(2, "甲", "好"), repost(3, "乙", "//@甲:好")], ROOT)
    assert cascade.root_post is None
    assert cascade.nodes[0].id == ROOT
    assert cascade.nodes[0].published_at is None
    assert parents(cascade)["weibo:3"] == "weibo:2"
    assert cascade.metrics["coverage"].value is None


def test_an_id_that_comes_twice_counts_once_and_the_richer_copy_wins() -> None:
    posts = [root(), repost(2, "甲", "好"), repost(3, "乙", ""), repost(3, "乙", "", parent=2), root()]
    cascade = reconstruct(posts, ROOT)
    assert cascade.metrics["reposts"].value == 2
    assert parents(cascade)["weibo:3"] == "weibo:2"


def test_comments_stay_out_of_a_repost_tree_and_make_one_of_their_own() -> None:
    comment = repost(5, "丁", "怎么卖", kind=Kind.COMMENT, parent=1)
    answer = repost(6, "戊", "回复", kind=Kind.COMMENT, parent=5)
    mixed = reconstruct([root(), repost(2, "甲"), comment, answer], ROOT)
    assert set(parents(mixed)) == {ROOT, "weibo:2"}
    assert parents(reconstruct([root(), comment, answer], ROOT))["weibo:6"] == "weibo:5"


def test_a_forum_thread_hangs_by_quotes_else_on_the_thread() -> None:
    thread = structs.replace(root(), kind=Kind.THREAD)
    floors = [
        repost(2, "甲", "一楼 //@不是链: 别当真", kind=Kind.REPLY, thread_id=ROOT),
        repost(3, "乙", "二楼", kind=Kind.REPLY, parent=2),
    ]
    cascade = reconstruct([thread, *floors], ROOT)
    assert parents(cascade) == {ROOT: None, "weibo:2": ROOT, "weibo:3": "weibo:2"}


def test_posts_of_other_cascades_are_left_out() -> None:
    other = repost(9, "甲", "别家", root_id="weibo:7")
    assert set(parents(reconstruct([root(), other], ROOT))) == {ROOT}


def test_one_author_under_two_names_is_found_by_either() -> None:
    before = repost(2, "x", "好", author=Author(id="weibo:p-x", name="旧名"))
    after = repost(3, "x", "再说", author=Author(id="weibo:p-x", name="新名"))
    found = parents(reconstruct([root(), before, after, repost(4, "乙", "//@新名:好")], ROOT))
    assert found["weibo:4"] == "weibo:2"


def test_public_people_are_found_by_their_name_and_by_its_pseudonym() -> None:
    known = Author(id="weibo:5", name="汽车周刊", name_key="用户aaaa1111", public=True)
    posts = [
        root(),
        repost(2, "x", "长图在此", author=known),
        repost(3, "甲", "//@用户aaaa1111:长图在此"),
        repost(4, "乙", "//@汽车周刊:长图在此"),
    ]
    found = parents(reconstruct(posts, ROOT))
    assert found["weibo:3"] == found["weibo:4"] == "weibo:2"
