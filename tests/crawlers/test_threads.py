"""Which pages of a thread are read: all, or what came since, begun where an earlier crawl left it."""

from __future__ import annotations

import pytest

from crawlers.threads import FIRST


def pages_read(threads: list[bool], *, begun: int = 1, whole: bool = False) -> list[int]:
    """The pages in the order they are asked for; `threads` says of each page whether it shows something old."""
    order, page, course = [], begun, FIRST
    while True:
        page = min(page, len(threads))  # past its end a site shows its last page
        order.append(page)
        following = course.after(page, len(threads), has_old=threads[page - 1], whole=whole)
        if following is None:
            return order
        page, course = following
        assert course.read == len(order) + 1


OLD, NEW = True, False

CASES = [
    ("one page", [NEW], 1, [1]),
    ("the first page, then from the last one back to something old", [OLD, OLD, OLD, NEW], 1, [1, 4, 3]),
    ("all is new", [NEW, NEW, NEW], 1, [1, 3, 2]),
    ("nothing came since", [OLD, OLD, OLD], 3, [3]),
    ("some came onto the page it was left at", [OLD, OLD, OLD], 2, [2, 3]),
    ("some came onto later pages", [OLD, OLD, NEW, NEW], 2, [2, 4, 3]),
    ("far behind, with little wanted", [OLD] * 9 + [NEW], 2, [2, 10, 9]),
    ("floors were taken away, and what is new stands before", [OLD, OLD, NEW, NEW], 4, [4, 3, 2]),
    ("it is shorter than it was", [OLD, OLD, OLD], 7, [3]),
    ("it is shorter, and its last page is new", [OLD, OLD, NEW], 7, [3, 2]),
    ("left in the middle of what is wanted", [OLD, NEW, NEW, NEW, NEW], 3, [3, 5, 4, 2, 1]),
    ("all of it wanted, with a mark", [NEW, NEW, NEW], 2, [2, 3, 1]),
]


@pytest.mark.parametrize(
    ("threads", "begun", "order"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_news_are_read_from_where_a_thread_was_left(
    threads: list[bool], begun: int, order: list[int]
) -> None:
    assert pages_read(threads, begun=begun) == order


@pytest.mark.parametrize("has_old", [OLD, NEW])
def test_all_of_a_thread_is_read_onwards(has_old: bool) -> None:
    assert pages_read([has_old] * 4, whole=True) == [1, 2, 3, 4]


def test_no_page_with_news_is_ever_left_out() -> None:
    """Whatever page it is begun at, of a thread in the order of time."""
    for length in range(1, 7):
        for news in range(length + 1):  # pages wholly new
            threads = [OLD] * (length - news) + [NEW] * news
            for begun in range(1, length + 3):
                order = pages_read(threads, begun=begun)
                wanted = {page for page in range(1, length + 1) if threads[page - 1] is NEW}
                wanted |= {max(length - news, 1)}  # the page on which the news may begin
                assert wanted <= set(order), (threads, begun, order)
                assert len(order) == len(set(order)), (threads, begun, order)
