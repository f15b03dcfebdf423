"""A status as Weibo sends it, and the post that is read from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core.ids import mid_at
from core.models import Post
from crawlers.sources.weibo.parse import parse_status

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AT = datetime(2026, 11, 20, 13, 24, 33, tzinfo=UTC)
MID = mid_at(AT, 7)


def status(**fields: Any) -> dict[str, Any]:
    user = {"id": 9900000811, "screen_name": "雨后的自行车", "verified_type": -1, "followers_count": "386"}
    return {"id": MID, "mid": MID, "text": "今天的风很大", "user": user, **fields}


def post_of(raw: dict[str, Any]) -> Post:
    found = parse_status(raw, NOW)
    assert found is not None
    return found.post


ROOT = mid_at(AT - timedelta(hours=3), 1)
PARENT = mid_at(AT - timedelta(hours=1), 1)
