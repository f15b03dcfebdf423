"""The old pages of weibo.cn, for phones without scripts: timelines and comments, as people saved them."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from parsel import Selector

from core.counts import read_count
from core.models import Author, Kind, Post
from core.texts import html_to_text, mentions_of, topics_of
from crawlers.reading.charset import decode
from crawlers.reading.markup import without_wrong_references
from crawlers.sources.weibo.parse.comments import Comment, CommentPage
from crawlers.sources.weibo.parse.fields import (
    PARSER_VERSION,
    PLATFORM,
    read_client,
    read_engagement,
    read_mid,
    read_moment,
    read_region,
    read_urls,
    status_url,
)
from crawlers.sources.weibo.parse.search import SearchPage
from crawlers.sources.weibo.parse.status import Status

_COUNT = re.compile(r"(原文转发|原文评论|赞|转发|评论)\[(\d+万?)\]")
_PAGES = re.compile(r"\d+/(\d+)页")
_ACCOUNT = re.compile(r"/(?:u/)?(\d{5,12})(?:/(?:info|follow|fans))?(?:\?|$)")
_FOLLOWERS = re.compile(r"粉丝\[(\d+万?)\]")
_COMMENTED = re.compile(r"/comment/(\w{9})\b")
_WRITER = re.compile(r"fuid=(\d{5,12})")
_EMPTY_BRACKETS = re.compile(r"\s*\[\s*\]\s*$")  # around the link to more pictures
_COMMENTS_PAGES = 100_000  # what the pager of comments claims whatever there is
# What stands between and behind the words: buttons, pictures, the time.
_CONTROLS = (
    ".//a[contains(@href, '/attitude/') or contains(@href, '/repost/') or contains(@href, '/comment/')"
    " or contains(@href, '/fav/') or contains(@href, '/mblog/')]"
    " | .//span[contains(@class, 'ct') and not(contains(@class, 'ctt'))] | .//span[@class = 'cmt']"
)


def parse_wap_timeline(body: bytes, fetched_at: datetime) -> SearchPage:
    """The posts of ``weibo.cn/UID/profile``, and the roots of those that are reposts, as far as they are shown."""
    tree = _tree(body)
    owner = _owner(tree)
    statuses: list[Status] = []
    roots: list[Status] = []
    cards = tree.xpath('//div[@class = "c" and starts-with(@id, "M_")]')
    for card in cards:
        status, root = _card(card, owner, fetched_at)
        statuses += [status] if status else []
        roots += [root] if root else []
    pages = _PAGES.search(_words(tree.xpath('//*[@id = "pagelist"]')))
    return SearchPage(
        statuses=statuses, roots=roots, listed=len(cards), pages=int(pages.group(1)) if pages else 1
    )


def parse_wap_comments(body: bytes, fetched_at: datetime) -> CommentPage:
    """The comments of ``weibo.cn/comment/BID``; without a post they belong to, none."""
    tree = _tree(body)
    named = tree.xpath('//*[@id = "pagelist"]//form/@action | //form[contains(@action, "/comment")]/@action')
    above = [node.get("id")[2:] for node in tree.xpath('//div[starts-with(@id, "M_")]')]
    bids = [*above, *(match.group(1) for action in named if (match := _COMMENTED.search(action)))]
    root = next((mid for mid in map(read_mid, bids) if mid), None)
    if root is None:
        return CommentPage()
    rows = [_comment(row, root, fetched_at) for row in tree.xpath('//div[starts-with(@id, "C_")]')]
    posts = {post.id: post for post in rows if post is not None}  # what is hot stands twice
    pages = _PAGES.search(_words(tree.xpath('//*[@id = "pagelist"]')))
    told = int(pages.group(1)) if pages else 1
    return CommentPage(
        posts=list(posts.values()),
        comments=[Comment(post, 0, 0) for post in posts.values()],
        pages=None if told >= _COMMENTS_PAGES else told,
    )


def _tree(body: bytes) -> Any:
    text, _ = decode(body, given="utf-8")
    start = text.find("<html")  # the prolog would have it read as XML
    return Selector(text=without_wrong_references(text[max(start, 0) :]) or "<html/>", type="html").root


def _owner(tree: Any) -> Author | None:
    """The account a timeline belongs to."""
    links = tree.xpath('//div[@class = "u"]//a/@href')
    uid = next((found.group(1) for link in links if (found := _ACCOUNT.search(link))), None)
    if uid is None:
        return None
    title = _words(tree.xpath("//title"))
    followers = _FOLLOWERS.search(_words(tree.xpath('//div[@class = "tip2"]')))
    return Author(
        id=f"{PLATFORM}:{uid}",
        name=title.removesuffix("的微博") if title.endswith("的微博") else None,
        followers=read_count(followers.group(1)).value if followers else None,
    )


def _card(card: Any, owner: Author | None, fetched_at: datetime) -> tuple[Status | None, Status | None]:
    mid = read_mid(card.get("id")[2:])
    parts = card.xpath("./div")
    if mid is None or not parts:
        return None, None
    reason = next((part for part in parts if "转发理由" in _words([part])), None)
    own, counts = (parts[0] if reason is None else reason), _counts(parts[-1])
    root_mid, root = _root(card, parts[0], fetched_at) if reason is not None else (None, None)
    post = _post(own, mid, owner, counts, ("转发", "评论"), fetched_at, card)
    if reason is not None:
        post = replace(post, kind=Kind.REPOST, root_id=f"{PLATFORM}:{root_mid}" if root_mid else None)
    return Status(post, long=_is_cut(own)), root


def _root(card: Any, part: Any, fetched_at: datetime) -> tuple[str | None, Status | None]:
    """The post that was reposted: its number stands behind 原文评论; a tombstone has none."""
    links = card.xpath('.//a[contains(text(), "原文评论")]/@href')
    found = next((match for link in links if (match := _COMMENTED.search(link))), None)
    mid = read_mid(found.group(1)) if found else None
    if mid is None:
        return None, None
    named = part.xpath('.//span[@class = "cmt"]/a')[:1]
    author = None
    if named:
        uid = _ACCOUNT.search(named[0].get("href") or "")
        author = Author(id=f"{PLATFORM}:{uid.group(1)}" if uid else None, name=_words(named) or None)
    post = _post(part, mid, author, _counts(card), ("原文转发", "原文评论"), fetched_at, None)
    return mid, Status(post, long=_is_cut(part))


def _post(
    part: Any,
    mid: str,
    author: Author | None,
    counts: dict[str, str],
    names: tuple[str, str],
    fetched_at: datetime,
    card: Any,
) -> Post:
    markup = _own_markup(part)
    text = _EMPTY_BRACKETS.sub("", html_to_text(markup)).strip()
    written, client, told = _when(card)
    return Post(
        id=f"{PLATFORM}:{mid}",
        platform=PLATFORM,
        kind=Kind.POST,
        text=text,
        author=author,
        published_at=read_moment(mid, written, fetched_at),
        engagement=read_engagement(
            counts.get(names[0]), counts.get(names[1]), counts.get("赞") if card is not None else None
        ),
        topics=topics_of(text),
        mentions=mentions_of(text),
        urls=read_urls(markup, text),
        media=("image",) if card is not None and card.xpath('.//img[@class = "ib"]') else (),
        client=client or told,
        url=status_url(mid),
        fetched_at=fetched_at,
        parser_version=PARSER_VERSION,
    )


def _comment(row: Any, root: str, fetched_at: datetime) -> Post | None:
    mid = read_mid(row.get("id")[2:])
    words = row.xpath('.//span[@class = "ctt"]')[:1]
    if mid is None or not words:
        return None
    text = html_to_text(str(Selector(root=words[0], type="html").get()))
    names = [link for link in row.xpath("./a") if _words([link]) and "spam" not in (link.get("href") or "")]
    uid = next((found.group(1) for link in row.xpath(".//a/@href") if (found := _WRITER.search(link))), None)
    written, client, region = _when(row)
    return Post(
        id=f"{PLATFORM}:{mid}",
        platform=PLATFORM,
        kind=Kind.COMMENT,
        text=text,
        author=Author(id=f"{PLATFORM}:{uid}", name=_words(names[:1]) or None) if uid else None,
        published_at=read_moment(mid, written, fetched_at),
        root_id=f"{PLATFORM}:{root}",
        parent_id=f"{PLATFORM}:{root}",
        parent_confidence=0.5 if text.startswith("回复@") else 1.0,
        engagement=read_engagement(likes=_counts(row).get("赞")),
        topics=topics_of(text),
        mentions=mentions_of(text),
        client=client,
        region=region,
        url=status_url(root),
        fetched_at=fetched_at,
        parser_version=PARSER_VERSION,
    )


def _own_markup(part: Any) -> str:
    """What was written, without the buttons; the words often run on behind their own box."""
    copy = deepcopy(part)
    copy.tail = None
    for node in copy.xpath(_CONTROLS):
        if node.getparent() is not None:
            node.drop_tree()
    return str(Selector(root=copy, type="html").get()).replace("\xa0", " ")


def _counts(part: Any) -> dict[str, str]:
    return dict(_COUNT.findall(_words([part])))


def _when(card: Any) -> tuple[str | None, str | None, str | None]:
    """The time as it is written, the client right behind it, and what stands behind 来自: of comments a place."""
    shown = card.xpath('.//span[@class = "ct"]') if card is not None else []
    written, _, source = _words(shown[-1:]).replace("\xa0", " ").partition("来自")
    client = None
    if match := re.match(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s+(.+)", written):
        written, client = match.groups()
    return written.strip() or None, read_client(client), read_region(source)


def _is_cut(part: Any) -> bool:
    return any(_words([link]) == "全文" for link in part.xpath(".//a"))


def _words(nodes: Any) -> str:
    return "".join("".join(node.itertext()) for node in nodes).strip()
