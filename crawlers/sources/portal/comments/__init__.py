"""The portals' comment APIs, one reader each."""

from __future__ import annotations

from crawlers.sources.portal.comments import (
    changyan,
    ifeng,
    netease,
    sina,
    tencent,
    thepaper,
    toutiao,
)
from crawlers.sources.portal.comments.page import Reader

APIS: dict[str, Reader] = {
    "changyan": changyan.read,
    "ifeng": ifeng.read,
    "netease": netease.read,
    "sina": sina.read,
    "tencent": tencent.read,
    "thepaper": thepaper.read,
    "toutiao": toutiao.read,
}
