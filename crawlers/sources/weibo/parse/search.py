"""The search page of s.weibo.com, in its markup of 2018 and of 2026."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parsel import Selector

from core.models import Author, Kind, Post
from core.texts import html_to_text, mentions_of, topics_of
from crawlers.sources.weibo.parse.fields import (
    PARSER_VERSION,
    PLATFORM,
    read_client,
    read_engagement,
    read_mid,
    read_moment,
    read_urls,
    status_url,
)
from crawlers.sources.weibo.parse.status import Status

_OWNER = re.compile(r"weibo\.com/(\d{4,16})(?!\d)(?:/(\w{9}))?")
_MID = re.compile(r"mid=(\d{16,20})(?!\d)")
_TOTAL = re.compile(r"找到\s*(\d+)\s*条结果")
_UNFOLD = re.compile(r"展开\s*c?\s*$")
# Of a badge only the colour is known: blue is any organisation, the others are people.
_BADGES = {"vblue": 7, "vyellow": 0, "vorange": 0, "vgold": 0}
_OLD_BADGES = {"icon-vip-b": 7, "icon-vip-y": 0, "icon-vip-o": 0, "icon-vip-g": 0}


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results; `roots` are the posts that hits retweet, as far as the page shows them.

    `pages` is what the page list offers, 1 without a list. `omitted` says that similar results were left out
    and that ``nodup=1`` brings them; `empty` is the site's own "nothing found".
    """

    statuses: list[Status] = field(default_factory=list)
    roots: list[Status] = field(default_factory=list)
    listed: int = 0
    pages: int = 1
    total: int | None = None  # told only beside a note of omitted results
    omitted: bool = False
    empty: bool = False


# lxml reads them but refuses to write them back when a node is taken out
_CONTROLS = bytes(n for n in range(32) if n not in b"\t\n\r")
_CONTROL_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]))\b;?"
)


def parse_search(body: bytes, fetched_at: datetime) -> SearchPage:
    """The hits of a search page; counts come from the buttons, times from the mids."""
    body = _CONTROL_REFERENCE.sub(b"", body.translate(None, _CONTROLS))
    if not body.strip():
        return SearchPage()
    tree: Any = Selector(body=body, encoding="utf-8", type="html").root
    statuses: list[Status] = []
    roots: list[Status] = []
    cards = tree.xpath('//div[@action-type="feed_list_item"][@mid]')
    for card in cards:
        status, root = _card(card, fetched_at)
        if status is not None:
            statuses.append(status)
        if root is not None:
            roots.append(root)
    links = tree.xpath('//ul[@class="s-scroll"]/li | //ul[@node-type="feed_list_page_morelist"]/li')
    notes = tree.xpath('//*[@id="pl_feedlist_index"]//*[contains(@class, "m-error")]')
    return SearchPage(
        statuses=statuses,
        roots=roots,
        listed=len(cards),
        pages=max(1, len(links)),
        total=next((int(n) for note in notes for n in _TOTAL.findall(_words(note))), None),
        omitted=any("nodup=1" in href for note in notes for href in note.xpath(".//a/@href")),
        empty=bool(tree.xpath('//*[contains(@class, "card-no-result")]')),
    )


def _card(card: Any, fetched_at: datetime) -> tuple[Status | None, Status | None]:
    """The hit of a card, and the post it retweets where that is still to be seen."""
    mid = read_mid(card.get("mid"))
    if mid is None:
        return None, None
    for icon in card.xpath('.//i[contains(@class, "wbicon")]'):
        icon.drop_tree()  # letters of an icon font, not of the text
    root_mid, root = None, None
    retweets = card.xpath('.//*[contains(@class, "card-comment")]')
    for retweet in retweets[:1]:
        retweet.drop_tree()  # so that what is read next is the hit's own
        root_mid, root = _retweeted(retweet, fetched_at)
    where = next(iter(card.xpath('.//*[self::div or self::p][contains(@class, "from")]')), None)
    counts = {kind: _button(card, kind) for kind in ("forward", "comment", "like")}
    status = _status(
        card,
        where,
        mid,
        fetched_at,
        counts=counts,
        root_mid=root_mid,
        kind=Kind.REPOST if retweets else Kind.POST,
    )
    return status, root


def _retweeted(part: Any, fetched_at: datetime) -> tuple[str | None, Status | None]:
    """Mid and post of the retweeted root; a tombstone shows neither."""
    where = next(iter(part.xpath('.//*[self::div or self::p][contains(@class, "from")]')), None)
    liked = _MID.search(" ".join(part.xpath('.//a[@action-type="feed_list_like"]/@action-data')))
    _, bid = _owner(where)
    mid = liked.group(1) if liked else read_mid(bid)
    if mid is None:
        return None, None
    buttons = part.xpath('.//ul[contains(@class, "act")]/li')
    counts: dict[str, str | None] = {
        kind: _words(button) for kind, button in zip(("forward", "comment"), buttons, strict=False)
    }
    counts["like"] = _button(part, "like")
    return mid, _status(part, where, mid, fetched_at, counts=counts, root_mid=None, kind=Kind.POST)


def _status(
    part: Any,
    where: Any,
    mid: str,
    fetched_at: datetime,
    *,
    counts: dict[str, Any],
    root_mid: str | None,
    kind: Kind,
) -> Status:
    full = next(iter(part.xpath('.//p[@node-type="feed_list_content_full"]')), None)
    short = next(iter(part.xpath('.//p[@node-type="feed_list_content"]')), None)
    shown = full if full is not None else short
    cut = full is None and short is not None and _UNFOLD.search("".join(short.itertext())) is not None
    markup = _inner(shown)
    text = html_to_text(markup)
    links = where.xpath(".//a") if where is not None else []
    written = "".join(links[0].itertext()).strip() if links else None
    post = Post(
        id=f"{PLATFORM}:{mid}",
        platform=PLATFORM,
        kind=kind,
        text=text,
        author=_author(part, where, shown),
        published_at=read_moment(mid, written, fetched_at),
        root_id=f"{PLATFORM}:{root_mid}" if root_mid else None,
        engagement=read_engagement(counts.get("forward"), counts.get("comment"), counts.get("like")),
        topics=topics_of(text),
        mentions=mentions_of(text),
        urls=read_urls(markup, text),
        media=_media(part),
        client=read_client("".join(links[1].itertext())) if len(links) > 1 else None,
        url=status_url(mid),
        fetched_at=fetched_at,
        parser_version=PARSER_VERSION,
    )
    return Status(post, long=cut)


def _author(part: Any, where: Any, shown: Any) -> Author | None:
    named = part.xpath('.//a[@class="name"] | .//div[@node-type="feed_list_forwardContent"]/a[1]')
    name = (shown.get("nick-name") if shown is not None else None) or next(
        (link.get("nick-name") or "".join(link.itertext()).strip().removeprefix("@") for link in named), None
    )
    uid, _ = _owner(where)
    if uid is None:
        found = _OWNER.search(" ".join(link.get("href") or "" for link in named))
        uid = found.group(1) if found else None
    if uid is None and not name:
        return None
    return Author(id=f"{PLATFORM}:{uid}" if uid else None, name=name or None, verified_type=_badge(part))


def _owner(where: Any) -> tuple[str | None, str | None]:
    """User id and bid in the address behind the time."""
    if where is None:
        return None, None
    found = _OWNER.search(next(iter(where.xpath(".//a[1]/@href")), ""))
    return (found.group(1), found.group(2)) if found else (None, None)


def _badge(part: Any) -> int | None:
    """7 for a blue badge, 0 for a person's, -1 where badges are shown and there is none, None where they are not."""
    for name in part.xpath('.//*[contains(@class, "avator")]//*[local-name() = "svg"]/@id'):
        if (kind := _BADGES.get(name.removeprefix("woo_svg_"))) is not None:
            return kind
    for classes in part.xpath('.//i[contains(@class, "icon-vip")]/@class'):
        for name in classes.split():
            if name in _OLD_BADGES:
                return _OLD_BADGES[name]
    return -1 if part.xpath('.//*[contains(@class, "woo-avatar")]') else None


def _button(part: Any, kind: str) -> str | None:
    """What stands on a button, found by its action; None where the card has no such button."""
    found = part.xpath(f'.//*[@action-type="feed_list_{kind}"]')
    if found:
        return _words(found[-1])
    return (
        next((_words(node) for node in part.xpath('.//*[contains(@class, "woo-like-count")]')), None)
        if (kind == "like")
        else None
    )


def _words(node: Any) -> str:
    return "".join(node.itertext()).strip()


def _media(part: Any) -> tuple[str, ...]:
    data = part.xpath('.//*[contains(@class, "media-piclist")]/@action-data')
    data = data or part.xpath('.//*[@node-type="feed_list_media_prev"]//@action-data')
    found = re.search(r"pic_ids=([^&\s]+)", next((one for one in data if "pic_ids=" in one), ""))
    pictures = len(found.group(1).split(",")) if found else 0
    video = part.xpath('.//*[local-name() = "video-player"] | .//a[@action-type="fl_h5_video"]')
    return ("image",) * pictures + (("video",) if video else ())


def _inner(node: Any) -> str:
    if node is None:
        return ""
    return str(Selector(root=node, type="html").get())
