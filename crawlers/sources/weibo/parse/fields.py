"""The fields that Weibo writes in several ways: ids, people, times, places, counts, texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from core.counts import read_count
from core.ids import bid_from_mid, mid_from_bid, moment_of_mid
from core.models import Author, Engagement
from core.texts import html_to_text
from core.times import read_time

PLATFORM = "weibo"
PARSER_VERSION = "weibo-1"
ZONE = ZoneInfo("Asia/Shanghai")
CAP = 1_000_000  # where Weibo stops counting, unless a status says otherwise

_TRUSTED = timedelta(seconds=120)  # a mid and a site's own time that differ by more mean a scheduled post
_FIRST = datetime(2009, 8, 1, tzinfo=ZONE)  # Weibo opened that month
_AHEAD = timedelta(days=1)  # clocks differ; what lies further ahead is no time of a post
_DIGITS = re.compile(r"\d{6,20}")
_UID = re.compile(r"[0-9]{1,16}")
_BID = re.compile(r"[0-9A-Za-z]{9}")
_PLACE = re.compile(r"^(?:发布于|来自|IP属地)\s*[:：]?\s*")
_TAGGED = re.compile(r"<[^>]*>")
_OUT = re.compile(r"""sinaurl\?[^"'\s>]*?(?:u|toasturl)=([^"'&\s>]+)""")
_SHORT_LINK = re.compile(r"https?://t\.cn/[A-Za-z0-9]{5,10}")


def read_mid(raw: Any) -> str | None:
    """The decimal id of an int, a decimal string or a bid; None of anything else."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw) if raw > 0 else None
    if not isinstance(raw, str):
        return None
    if _DIGITS.fullmatch(raw):
        return raw
    return mid_from_bid(raw) if _BID.fullmatch(raw) else None


def mid_of(raw: Mapping[str, Any]) -> str | None:
    """The mid of a status or comment: ``mid``, ``idstr`` or ``id``, whichever is there."""
    return read_mid(raw.get("mid")) or read_mid(raw.get("idstr")) or read_mid(raw.get("id"))


def status_url(mid: str) -> str:
    """The public address of a post, without the author's id."""
    return f"https://m.weibo.cn/status/{bid_from_mid(mid)}"


def read_moment(mid: str, written: Any, now: datetime) -> datetime | None:
    """When a post was made (UTC): the second in its mid, unless the site's own time differs by over two minutes."""
    exact = moment_of_mid(mid)
    told = read_time(written, now=now, zone=ZONE) if isinstance(written, str | int) and written else None
    exact = exact if exact and _FIRST <= exact <= now + _AHEAD else None
    told = told if told and _FIRST <= told.at <= now + _AHEAD else None
    if exact is None or told is None:
        return exact or (told.at if told else None)
    if told.precision != "second":  # coarse or relative: the mid knows better
        return exact
    return exact if abs(told.at - exact) <= _TRUSTED else told.at


def read_author(raw: Any) -> Author | None:
    """The account of a ``user`` object; None where it is null, as on deleted posts."""
    if not isinstance(raw, dict):
        return None
    uid = _uid(raw.get("idstr")) or _uid(raw.get("id"))
    if uid is None:
        return None
    name = raw.get("screen_name")
    followers = raw.get("followers_count")
    kind = raw.get("verified_type")
    return Author(
        id=f"{PLATFORM}:{uid}",
        name=name if isinstance(name, str) and name else None,
        followers=read_count(followers).value
        if isinstance(followers, str | int) and followers != ""
        else None,
        verified_type=kind if isinstance(kind, int) and not isinstance(kind, bool) else None,
    )


def _uid(raw: Any) -> str | None:
    text = str(raw) if isinstance(raw, str | int) else ""
    return text if _UID.fullmatch(text) else None


def read_region(raw: Any) -> str | None:
    """``北京`` of ``发布于 北京``, ``来自北京`` or ``IP属地：北京``; None where there is none."""
    if not isinstance(raw, str):
        return None
    return _PLACE.sub("", raw.strip()) or None


def read_client(raw: Any) -> str | None:
    """The client's name, out of its link where it has one."""
    if not isinstance(raw, str):
        return None
    return _TAGGED.sub("", raw).replace("来自", "", 1).strip() or None


def read_engagement(
    reposts: Any = None, comments: Any = None, likes: Any = None, views: Any = None, *, cap: int = CAP
) -> Engagement:
    """The counters of a post; those that reach `cap`, or end in ``+``, are named in `capped`."""
    values: list[int | None] = []
    capped: list[str] = []
    for name, raw in (("reposts", reposts), ("comments", comments), ("likes", likes), ("views", views)):
        if type(raw) is int and 0 <= raw < cap:  # by far the commonest
            values.append(raw)
            continue
        count = read_count(raw, cap=None if name == "views" else cap) if isinstance(raw, str | int) else None
        values.append(count.value if count else None)
        if count and count.capped:
            capped.append(name)
    return Engagement(
        reposts=values[0], comments=values[1], likes=values[2], views=values[3], capped=tuple(capped)
    )


def read_text(raw: Any) -> str:
    """The text a reader sees, of HTML or plain text; "" of what is no text."""
    return html_to_text(raw) if isinstance(raw, str) else ""


def read_urls(html: str, text: str, structs: Any = None) -> tuple[str, ...]:
    """The outward links of a text: behind ``sinaurl``, and ``t.cn`` ones made long by the status's ``url_struct``."""
    found: list[str] = []
    if "sinaurl" in html:
        found = [unquote(link) for link in _OUT.findall(html)]
    if "t.cn/" in text:
        longer = _long_links(structs)
        found += [longer.get(link, link) for link in _SHORT_LINK.findall(text)]
    return tuple(dict.fromkeys(link for link in found if link.startswith(("http://", "https://"))))


def _long_links(structs: Any) -> dict[str, str]:
    rows = structs if isinstance(structs, list) else []
    pairs = ((row.get("short_url"), row.get("long_url")) for row in rows if isinstance(row, dict))
    return {
        short: _target(long)
        for short, long in pairs
        if isinstance(short, str) and isinstance(long, str) and long.startswith("http")
    }


def _target(url: str) -> str:
    """Where a link leads that goes out through ``sinaurl``."""
    if "sinaurl" not in url:
        return url
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:  # no address at all
        return url
    return next(iter(query.get("u") or query.get("toasturl") or [url]))
