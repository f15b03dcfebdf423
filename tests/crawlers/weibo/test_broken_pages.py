"""No page, however broken, breaks a parser."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.mutations import records_in
from crawlers.soundness import flaw_of
from crawlers.sources.weibo.parse import (
    parse_children,
    parse_comments,
    parse_hot,
    parse_long_text,
    parse_profile,
    parse_reposts,
    parse_root,
    parse_search,
    parse_status,
    parse_timeline,
    parse_visitor,
)
from tests.crawlers.weibo.statuses import MID, NOW, ROOT, status

NAMES = """
ok data cards mblog card_group id mid pid pidstr text raw_text user retweeted_status visible type pics page_info
number_display_strategy comments max_id total_number source created_at screen_name followers_count realtime word
cardlistInfo since_id longTextContent userInfo rootComment reply_id title rank reply_comment idstr text_raw pic_ids
reposts_count comments_count attitudes_count url_struct verified_type isLongText textLength like_count region_name
"""
KEYS = st.sampled_from(NAMES.split())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        [MID, "100万+", "<a href='/n/x'>@x</a>", "//@甲:乙", "0", "Fri Nov 20 21:24:33 +0800 2026"]
    )
    | st.text(max_size=20)
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=40,
)


def hold_sound(*read: Any) -> None:
    """What was read can be written, and every record in it can be landed."""
    for one in read:
        msgspec.json.encode(one)
        for record in records_in(one):
            assert flaw_of(record, "weibo", NOW) is None, record


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_no_document_breaks_a_parser(document: Any) -> None:
    found = parse_status(document, NOW)
    if found is not None:
        hold_sound(found, parse_root(found, NOW), parse_long_text(document, found.post))
    hold_sound(*(read(document, NOW) for read in (parse_timeline, parse_reposts, parse_hot)))
    hold_sound(parse_comments(document, ROOT, NOW), parse_children(document, ROOT, ROOT, NOW))
    hold_sound(parse_profile(document))
    assert all(isinstance(value, str) for value in parse_visitor(msgspec.json.encode(document)).values())


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYS, DOCUMENTS, max_size=4), st.dictionaries(KEYS, DOCUMENTS, max_size=4))
def test_no_field_of_a_status_breaks_it(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    raw = {**status(retweeted_status={**status(id=ROOT, mid=ROOT), **inner}), **outer}
    found = parse_status(raw, NOW)
    if found is not None:
        hold_sound(found, parse_root(found, NOW))
    card = {"card_type": 9, "mblog": raw, **inner}
    for document in (
        {"data": {"cards": [card], **inner}},
        {"data": {"data": [raw], **inner}},
        {"data": [raw]},
    ):
        hold_sound(parse_timeline(document, NOW), parse_reposts(document, NOW))
        hold_sound(parse_comments(document, ROOT, NOW), parse_children(document, ROOT, ROOT, NOW))
    hold_sound(parse_hot({"data": {"realtime": [{"word": "x", "rank": 1, **inner}, outer]}}, NOW))


@example(noise=b"&#1;", at=213, patch=b"&#x1F;")
@example(noise=b"", at=213, patch=b"\x01")  # a control character where a node is taken out
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3000), st.binary(max_size=30))
def test_no_page_breaks_the_search_parser(noise: bytes, at: int, patch: bytes) -> None:
    page = (
        f'<div class="card-wrap" action-type="feed_list_item" mid="{MID}"><div class="from"><a href="//weibo.com/99'
        f'00000811/Rsiruiw8D">1分钟前</a></div><p node-type="feed_list_content">x<i class="wbicon">c</i></p>'
        f'<div class="card-comment"><a action-type="feed_list_like" action-data="mid={ROOT}">1</a></div></div>'
    ).encode()
    hold_sound(parse_search(noise, NOW), parse_search(page[:at] + patch + page[at:], NOW))
