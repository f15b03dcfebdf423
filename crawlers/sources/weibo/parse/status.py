"""One reader for statuses of m.weibo.cn, of weibo.com/ajax and of the open API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from core.models import Gone, Kind, Post
from core.texts import mentions_of, topics_of
from core.times import read_time
from crawlers.sources.weibo.parse.fields import (
    CAP,
    PARSER_VERSION,
    PLATFORM,
    ZONE,
    mid_of,
    read_author,
    read_client,
    read_engagement,
    read_mid,
    read_moment,
    read_region,
    read_text,
    read_urls,
    status_url,
)

# How a dead post is worded where its text stood.
_TOMBSTONE = re.compile(
    r"^(?:抱歉，|该|此)(?:此微博|由于作者设置|作者已设置|微博因|账号因|微博已被|该微博|微博不|这条微博).{0,60}"
    r"(?:删除|查看权限|不可见|无法查看|不存在)"
)
# Why, by the words of a tombstone; the first that is found counts. A kind of `core.models.Gone`.
_REASONS = (
    ("被作者删除", "author"),
    ("账号", "account"),
    ("投诉", "complaint"),
    ("仅展示", "expired"),
    ("不存在", "missing"),  # "or you may not see it": nobody can tell
    ("查看权限", "hidden"),
)
_NO_SUCH_STATUS = 20101
_CUT = re.compile(r"(?:\.\.\.|…|>)\s*(?:全文|展开)(?:</a>|</span>)?\s*[\u200b\s]*$")


@dataclass(frozen=True, slots=True)
class Status:
    """A post as one status tells it.

    `long` says that its text is cut and the rest can be asked for; `pinned` that it stands out of order;
    `retweeted` is the raw status of the root it carries along, for `parse_status`.
    """

    post: Post
    long: bool = False
    pinned: bool = False
    retweeted: Mapping[str, Any] | None = None


def parse_status(raw: Any, fetched_at: datetime) -> Status | None:
    """The post of a status; None where it is dead, not public, or no status at all. Never raises.

    A repost's `parent_id` is what the site names (``pidstr``), with confidence 1.0; where it names none only
    `root_id` is known and the parent is left to the chain in the text.
    """
    if not isinstance(raw, dict) or not is_public(raw):
        return None
    mid = mid_of(raw)
    if mid is None or is_dead(raw):
        return None
    html, text = _texts(raw)
    root = raw.get("retweeted_status")
    root = root if isinstance(root, dict) else None
    root_mid = mid_of(root) if root else None
    parent = (read_mid(raw.get("pidstr")) or read_mid(raw.get("pid"))) if root_mid else None
    parent = None if parent == mid else parent
    post = Post(
        id=f"{PLATFORM}:{mid}",
        platform=PLATFORM,
        kind=Kind.POST if root is None else Kind.REPOST,
        text=text,
        author=read_author(raw.get("user")),
        published_at=read_moment(mid, raw.get("created_at"), fetched_at),
        root_id=f"{PLATFORM}:{root_mid}" if root_mid else None,
        parent_id=f"{PLATFORM}:{parent}" if parent else None,
        parent_confidence=1.0 if parent else None,
        engagement=_engagement(raw),
        topics=topics_of(text),
        mentions=mentions_of(text),
        urls=read_urls(html, text, raw.get("url_struct")),
        media=_media(raw),
        region=read_region(raw.get("region_name")),
        client=read_client(raw.get("source")),
        url=status_url(mid),
        edited_at=_edited_at(raw, fetched_at),
        edits=_edits(raw),
        fetched_at=fetched_at,
        parser_version=PARSER_VERSION,
    )
    return Status(post, _is_cut(raw, html, text), is_pinned(raw), root)


def parse_gone(raw: Any, at: datetime) -> Gone | None:
    """The news in a tombstone that stands where a status stood, or that a status is no longer public; else None."""
    if not isinstance(raw, dict) or (mid := mid_of(raw)) is None:
        return None
    if not is_public(raw):
        return Gone(id=f"{PLATFORM}:{mid}", at=at, reason="hidden")
    words = _texts(raw)[1]
    worded = _TOMBSTONE.search(words) is not None or str(raw.get("deleted") or "") in ("1", "True")
    return Gone(id=f"{PLATFORM}:{mid}", at=at, reason=_reason(words)) if is_dead(raw) and worded else None


def parse_refusal(document: Any, mid: str, at: datetime) -> Gone | None:
    """The news in an answer about one post that holds no status but says that there is none; else None."""
    top = document if isinstance(document, dict) else {}
    words = top.get("msg") or top.get("message")
    told = isinstance(words, str) and any(sign in words for sign in ("不存在", "已被删除", "已被作者删除"))
    if not told and top.get("error_code") != _NO_SUCH_STATUS:
        return None
    return Gone(id=f"{PLATFORM}:{mid}", at=at, reason=_reason(words if isinstance(words, str) else ""))


def _reason(words: str) -> str:
    return next((reason for sign, reason in _REASONS if sign in words), "missing")


def parse_root(status: Status, fetched_at: datetime) -> Status | None:
    """The root that a repost carries along, as a post of its own; None where it is dead or there is none."""
    return parse_status(status.retweeted, fetched_at) if status.retweeted is not None else None


def parse_long_text(document: Any, post: Post) -> Post | None:
    """`post` with the whole text of ``/statuses/extend`` or ``/ajax/statuses/longtext``; None without one."""
    data = document.get("data") if isinstance(document, dict) else None
    html = data.get("longTextContent") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(html, str) or not html.strip():
        return None
    text = read_text(html)
    urls = read_urls(html, text, data.get("url_struct"))
    return replace(
        post,
        text=text,
        topics=topics_of(text),
        mentions=mentions_of(text),
        urls=tuple(dict.fromkeys((*post.urls, *urls))),
    )


def _edits(raw: Mapping[str, Any]) -> int | None:
    """How often a status was edited; 1 where only a mark says that it was, None where nothing does."""
    count = raw.get("edit_count")
    if isinstance(count, int) and not isinstance(count, bool) and count > 0:
        return count
    config = raw.get("edit_config")
    return 1 if isinstance(config, dict) and config.get("edited") is True else None


def _edited_at(raw: Mapping[str, Any], now: datetime) -> datetime | None:
    written = raw.get("edit_at")
    told = read_time(written, now=now, zone=ZONE) if isinstance(written, str) and written else None
    return told.at if told else None


def is_public(raw: Mapping[str, Any]) -> bool:
    """Whether everybody may see the status: ``visible.type`` 0, or nothing said."""
    visible = raw.get("visible")
    return not isinstance(visible, dict) or visible.get("type") in (0, "0", None)


def is_dead(raw: Mapping[str, Any]) -> bool:
    """Whether the status is a tombstone: no user, and words that say why."""
    if isinstance(raw.get("user"), dict):
        return False
    if str(raw.get("deleted") or "") in ("1", "True"):
        return True
    return _TOMBSTONE.search(_texts(raw)[1]) is not None or not raw.get("text")


def is_pinned(raw: Mapping[str, Any]) -> bool:
    """Whether a timeline shows it first whatever its age."""
    title = raw.get("title")
    worded = isinstance(title, dict) and title.get("text") == "置顶"
    return worded or raw.get("mblogtype") in (2, "2") or raw.get("isTop") in (1, "1", True)


def _texts(raw: Mapping[str, Any]) -> tuple[str, str]:
    """The HTML and the plain text; sites give the plain one of some statuses only."""
    html = raw.get("text")
    html = html if isinstance(html, str) else ""
    plain = raw.get("raw_text") or raw.get("text_raw")
    if isinstance(plain, str):
        return html, read_text(plain.replace("<", "&lt;"))  # no HTML: a face ">.<" before "//@" is no tag
    return html, read_text(html)


def _is_cut(raw: Mapping[str, Any], html: str, text: str) -> bool:
    if raw.get("continue_tag") or _CUT.search(html[-80:]):
        return True
    length = raw.get("textLength")  # of the whole, in bytes of GBK
    told = raw.get("isLongText") is True and isinstance(length, int)
    return told and length > 2 * len(text) + 4  # type: ignore[operator]


def _engagement(raw: Mapping[str, Any]) -> Any:
    strategy = raw.get("number_display_strategy")
    cap = strategy.get("display_text_min_number") if isinstance(strategy, dict) else None
    page = raw.get("page_info")
    views = raw.get("reads_count")
    if views is None and isinstance(page, dict):
        views = page.get("play_count")
    return read_engagement(
        raw.get("reposts_count"),
        raw.get("comments_count"),
        raw.get("attitudes_count"),
        views,
        cap=cap if isinstance(cap, int) and cap > 0 else CAP,
    )


def _media(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """One word for each picture, then the video: ``pics`` may be a list or an object, or only counted."""
    pictures = 0
    for name in ("pic_ids", "pics", "pic_infos", "pic_urls"):
        found = raw.get(name)
        if isinstance(found, list | dict) and found:
            pictures = len(found)
            break
    else:
        number = raw.get("pic_num")
        pictures = number if isinstance(number, int) and 0 < number < 100 else 0
    page = raw.get("page_info")
    kind = (page.get("type") or page.get("object_type")) if isinstance(page, dict) else None
    return ("image",) * pictures + (("video",) if kind in ("video", 11, "11", "story") else ())
