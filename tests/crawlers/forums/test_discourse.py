"""What the reading of Discourse's JSON promises beyond the recorded documents."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import UsageError
from crawlers.sources.discourse.cooked import read_cooked
from crawlers.sources.discourse.fields import Unreadable
from crawlers.sources.discourse.parse import read_newest, read_stream, read_topic, read_topics, topic_id_of
from crawlers.sources.discourse.posts import is_withheld, unknown_parent

BASE = "https://forum.zhuangxia.example"


def document(stream: list[int], highest: int, posts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "id": 5,
        "title": "题",
        "highest_post_number": highest,
        "post_stream": {"stream": stream, "posts": posts or []},
    }


@pytest.mark.parametrize(
    ("stream", "highest", "number", "among"),
    [
        ([11, 12, 13, 14], 4, 3, (13,)),  # nothing was deleted: the place is exact
        ([11, 12, 14, 15], 5, 4, (14, 15)),  # one of five is lacking: one of two
        ([11, 15], 5, 5, (15,)),
        ([11], 1, 9, ()),
        ([], 0, 1, ()),
    ],
)
def test_a_post_is_among_the_few_its_number_allows(
    stream: list[int], highest: int, number: int, among: tuple[int, ...]
) -> None:
    found = read_topic(document(stream, highest), base=BASE).around(number)
    assert found == among


def test_the_window_holds_the_post_whatever_was_deleted() -> None:
    ids = {number: 100 + number for number in range(1, 31)}
    for gone in ([2, 3, 4], [28, 29], [5, 17, 23], []):
        stream = [ids[number] for number in ids if number not in gone]
        topic = read_topic(document(stream, 30), base=BASE)
        for number in set(ids) - set(gone):
            assert ids[number] in topic.around(number)


@pytest.mark.parametrize(
    ("post", "withheld"),
    [
        ({"cooked": "<p>话</p>", "post_type": 1}, False),
        ({"cooked": "<p>话</p>"}, False),
        ({"cooked": "<p>话</p>", "post_type": 2}, False),
        ({"cooked": "<p>话</p>", "hidden": True}, True),
        ({"cooked": "<p>话</p>", "user_deleted": True}, True),
        ({"cooked": "<p>话</p>", "deleted_at": "2026-11-01T00:00:00Z"}, True),
        ({"cooked": "", "post_type": 3}, True),
        ({"cooked": None}, True),
    ],
)
def test_a_post_without_its_words_is_no_post(post: dict[str, Any], withheld: bool) -> None:
    assert is_withheld(post) is withheld


def test_a_parent_is_unknown_until_it_was_met() -> None:
    topic = read_topic(document([11, 12], 2, [{"id": 11, "post_number": 1}]), base=BASE)
    assert unknown_parent({"reply_to_post_number": 1}, topic) is None
    assert unknown_parent({"reply_to_post_number": 2}, topic) == 2
    topic.learn([{"id": 12, "post_number": 2}])
    assert unknown_parent({"reply_to_post_number": 2}, topic) is None
    assert unknown_parent({"reply_to_post_number": None}, topic) is None


@pytest.mark.parametrize(
    ("given", "number"),
    [("12", 12), (f"{BASE}/t/kou-hong/12/3", 12), (f"{BASE}/t/12", 12), (f"{BASE}/t/12.json", 12)],
)
def test_a_topic_is_named_by_number_or_address(given: str, number: int) -> None:
    assert topic_id_of(given) == number


def test_anything_else_is_no_topic() -> None:
    with pytest.raises(UsageError, match="not a topic"):
        topic_id_of("口红")


@pytest.mark.parametrize("read", [read_topics, read_newest, read_stream, lambda d: read_topic(d, base=BASE)])
@pytest.mark.parametrize(
    "wrong", [{}, [], None, {"topic_list": []}, {"post_stream": {"posts": {}}}, {"latest_posts": 1}]
)
def test_another_document_is_refused_and_never_read_as_empty(read: Any, wrong: Any) -> None:
    with pytest.raises(Unreadable):
        read(wrong)


@pytest.mark.parametrize(
    ("cooked", "text", "urls"),
    [
        ("<p>一</p>\n<p>二</p>", "一\n二", ()),
        ('<p><a href="/u/baicai">白菜</a> <a href="javascript:x">点</a></p>', "白菜 点", ()),
        ('<p><a href="//cdn.example/x">x</a></p>', "x", ("https://cdn.example/x",)),
        ('<p><a href="http://[bad">x</a></p>', "x", ()),
        ("<table><tr><td>甲</td><td>合格</td></tr></table>", "甲 合格", ()),
        ("光秃秃的字", "光秃秃的字", ()),
        ("  ", "", ()),
    ],
)
def test_the_words_and_links_of_a_post(cooked: str, text: str, urls: tuple[str, ...]) -> None:
    body = read_cooked(cooked, base=BASE)
    assert (body.text, body.urls) == (text, urls)
