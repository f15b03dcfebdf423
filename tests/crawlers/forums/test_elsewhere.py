"""What the readers of Tieba, V2EX, Douban and WordPress promise beyond the recorded pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import UsageError
from crawlers.sources.douban import addresses as douban
from crawlers.sources.douban.topic import read_topic
from crawlers.sources.tieba import addresses as tieba
from crawlers.sources.tieba.body import answered
from crawlers.sources.tieba.fields import facts_of
from crawlers.sources.tieba.listing import read_listing
from crawlers.sources.v2ex import parse as v2ex
from crawlers.sources.wordpress import addresses as wordpress

NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (None, {}),
        ("", {}),
        ("{}", {}),
        ("[1]", {}),
        ('{"id":5,"name":"\\u7532"}', {"id": 5, "name": "甲"}),
        ("{'spid':'15','showname':'甲乙','user_name':''}", {"spid": "15", "showname": "甲乙"}),
        ("{total_num:16,total_page:2}", {"total_num": "16", "total_page": "2"}),
        ('{"id":8103,', {"id": "8103"}),
        ('{"author"', {}),
    ],
)
def test_facts_of_tieba_are_read_however_their_quotes_are_torn(
    text: str | None, facts: dict[str, Any]
) -> None:
    assert facts_of(text) == facts


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("回复 甲一 :对的", "甲一", "对的"),
        ("回复 甲一：对的", "甲一", "对的"),
        ("回复@甲一 : 对的", "甲一", "对的"),
        ("回复了一下", None, "回复了一下"),
        ("我回复 甲一 :对的", None, "我回复 甲一 :对的"),
        ("", None, ""),
    ],
)
def test_whom_a_reply_below_a_floor_answers(text: str, name: str | None, rest: str) -> None:
    assert answered(text) == (name, rest)


@pytest.mark.parametrize(
    ("shown", "utc"),
    [
        ("1-1", "2025-12-31T16:00"),
        ("1-2", "2025-01-01T16:00"),  # of today a list shows the clock
        ("12-31", "2025-12-30T16:00"),
        ("10:58", "2026-01-02T02:58"),
        ("2023-05", "2023-04-30T16:00"),
    ],
)
def test_a_list_of_tieba_read_at_new_year(shown: str, utc: str) -> None:
    row = (
        "<ul id='thread_list'><li class='j_thread_list' data-tid='9'><a class='j_th_tit' href='/p/9'>题</a>"
        f"<span class='threadlist_reply_date'>{shown}</span></li></ul>"
    )
    (found,) = read_listing(row, fetched_at=NOW).rows
    assert found.last_reply
    assert found.last_reply.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "number"),
    [("42", 42), ("https://tieba.baidu.com/p/42?pn=3#1", 42), ("/p/42", 42), ("42楼", None), ("", None)],
)
def test_a_thread_of_tieba_by_number_or_address(given: str, number: int | None) -> None:
    if number is None:
        with pytest.raises(UsageError, match="is not a thread"):
            tieba.asked_tid(given)
    else:
        assert tieba.asked_tid(given) == number


@pytest.mark.parametrize("read", [v2ex.topic_of, douban.asked_topic], ids=["v2ex", "douban"])
@pytest.mark.parametrize("given", ["x42", "", "t42", "https://other.example/42"])
def test_what_is_no_topic_is_told(read: Any, given: str) -> None:
    with pytest.raises(UsageError, match="is not a topic"):
        read(given)


@pytest.mark.parametrize("given", ["42", "v2ex:t42", "https://www.v2ex.com/t/42#reply7"])
def test_a_topic_of_v2ex_by_number_id_or_address(given: str) -> None:
    assert v2ex.topic_of(given) == 42


@pytest.mark.parametrize("given", ["42", "douban:t42", "https://www.douban.com/group/topic/42/?start=100"])
def test_a_topic_of_douban_by_number_id_or_address(given: str) -> None:
    assert douban.asked_topic(given) == 42


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("该条回应已被删除", True),
        ("因违反社区指导原则，该内容已被屏蔽", True),
        ("楼上说的话已被删除了吗", False),
        ("我的帖子内容已被删除，求解", False),
    ],
)
def test_only_the_sites_own_words_say_that_a_reply_was_taken_away(words: str, gone: bool) -> None:
    html = f'<ul id="comments"><li class="comment-item" data-cid="7"><p class="reply-content">{words}</p></li></ul>'
    found = read_topic(html, topic=1, fetched_at=NOW)
    assert [one.id for one in found.gone] == (["douban:c7"] if gone else [])
    assert [post.text for post in found.posts] == ([] if gone else [words])


@pytest.mark.parametrize(
    ("base", "site"),
    [
        ("https://Blog.example", "blog.example"),
        ("https://example.com/blog", "example.com/blog"),
        ("https://example.com:8080/", "example.com"),
    ],
)
def test_a_wordpress_site_is_named_by_host_and_folder(base: str, site: str) -> None:
    assert wordpress.site_of(base) == site


def test_both_ways_ask_wordpress_for_the_same() -> None:
    asked = {"page": 2, "per_page": 100, "since": NOW}
    pretty = wordpress.api_url("https://a.example", "comments", way="pretty", posts="3,4", **asked)  # type: ignore[arg-type]
    plain = wordpress.api_url("https://a.example", "comments", way="plain", posts="3,4", **asked)  # type: ignore[arg-type]
    assert pretty.startswith("https://a.example/wp-json/wp/v2/comments?")
    assert plain == pretty.replace("/wp-json/wp/v2/comments?", "/?rest_route=/wp/v2/comments&")
    assert "after=2026-01-02T03:00:00Z" in pretty
    assert "post=3,4" in pretty
