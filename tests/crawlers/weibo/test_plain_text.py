"""raw_text and text_raw are plain text: what looks like a tag in them is what somebody wrote."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawlers.sources.weibo.parse import parse_status


@pytest.mark.parametrize("name", ["raw_text", "text_raw"])
@pytest.mark.parametrize("text", ["戒不掉>.<//@路人甲:少喝", "a<b>c", "1<2//@路人甲:是的"])
def test_signs_that_look_like_tags_are_kept(name: str, text: str) -> None:
    raw = {
        "id": "5276269143133381",
        "text": "…",
        name: text,
        "user": {"id": 9900000001, "screen_name": "某人"},
    }
    status = parse_status(raw, datetime(2026, 11, 21, tzinfo=UTC))
    assert status is not None
    assert status.post.text == text
