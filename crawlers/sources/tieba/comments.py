"""楼中楼: the replies below a floor, as JSON for a whole page of floors or as HTML for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parsel import Selector

from core.ids import post_id
from core.models import Author, Kind, Post
from core.texts import mentions_of, topics_of
from core.times import read_time
from crawlers.reading.markup import attribute
from crawlers.reading.unreadable import Unreadable
from crawlers.reading.zones import CHINA
from crawlers.sources.tieba.addresses import portrait_of, thread_url
from crawlers.sources.tieba.body import answered, read_body
from crawlers.sources.tieba.fields import facts_of, name_of, number_of, part_of

PARSER = "tieba-1"
_BY_NAME = 0.8  # confidence of a parent that is the last thing somebody of that name said below the floor
_UNKNOWN = 0.5  # and of the floor where nobody of the name that is answered was met


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """What is known below a floor: account numbers by public key, and the last reply of each name.

    `speakers` grows as replies are read, so that a later one that answers a name finds it.
    """

    tid: int
    pid: int
    root_id: str | None
    accounts: Mapping[str, int]
    speakers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """`total` and `pages` are what the site says of the floor, None where it does not."""

    posts: tuple[Post, ...]
    total: int | None = None
    pages: int | None = None
    unread: int = 0


def read_below(box: Selector, below: Below, *, fetched_at: datetime) -> Replies:
    """The replies below one floor, out of ``/p/comment`` or of the floor itself."""
    found = [_line(line, below, fetched_at) for line in box.css("li.lzl_single_post")]
    pager = facts_of(box.css("li.lzl_li_pager::attr(data-field)").get())
    posts = tuple(post for post in found if post is not None)
    return Replies(
        posts=posts,
        total=number_of(pager.get("total_num")),
        pages=number_of(pager.get("total_page")),
        unread=len(found) - len(posts),
    )


def read_floor(html: str, below: Below, *, fetched_at: datetime) -> Replies:
    """The same of a page of ``/p/comment``, which is a bare list."""
    return read_below(Selector(text=f"<ul>{html}</ul>", type="html"), below, fetched_at=fetched_at)


def read_total(
    document: Any, *, tid: int, root_id: str | None, accounts: Mapping[str, int], fetched_at: datetime
) -> dict[int, tuple[Below, Replies]]:
    """The first replies below each floor of a page, by the floor's number, out of ``/p/totalComment``.

    Raises `Unreadable` for a document of another kind, one that tells an error for example.
    """
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or document.get("errno") not in (0, "0"):
        raise Unreadable("no comments: the answer tells an error")
    users = data.get("user_list")
    people: dict[str, Mapping[str, Any]] = users if isinstance(users, dict) else {}
    known = dict(accounts) | {
        key: number
        for person in people.values()
        if isinstance(person, dict)
        and (key := portrait_of(name_of(person.get("portrait"))))
        and (number := number_of(person.get("user_id")))
    }
    floors: dict[int, tuple[Below, Replies]] = {}
    lists = data.get("comment_list")
    for name, found in lists.items() if isinstance(lists, dict) else ():  # [] where there are none
        pid = number_of(name)
        if pid is not None and isinstance(found, dict):
            below = Below(tid=tid, pid=pid, root_id=root_id, accounts=known, speakers={})
            floors[pid] = (below, _told(found, below, people, fetched_at))
    return floors


def _told(
    found: Mapping[str, Any], below: Below, people: Mapping[str, Mapping[str, Any]], now: datetime
) -> Replies:
    rows = found.get("comment_info")
    posts: list[Post] = []
    unread = 0
    for row in rows if isinstance(rows, list) else ():
        number = number_of(row.get("comment_id")) if isinstance(row, dict) else None
        if number is None or not isinstance(row.get("content"), str):
            unread += 1
            continue
        uid = number_of(row.get("user_id"))
        person = part_of(people, str(uid))
        name = name_of(row.get("username"), person.get("user_name"), person.get("nickname"))
        moment = read_time(number_of(row.get("now_time")), now=now, zone=CHINA)
        known = {name_of(person.get("nickname")), name_of(person.get("user_nickname"))}
        author = Author(id=post_id("tieba", uid), name=name) if uid else Author(name=name) if name else None
        posts.append(_post(number, row["content"], author, moment.at if moment else None, below, now, known))
    return Replies(posts=tuple(posts), total=number_of(found.get("comment_num")), unread=unread)


def _line(line: Selector, below: Below, now: datetime) -> Post | None:
    facts = facts_of(attribute(line, "data-field"))
    number = number_of(facts.get("spid")) or number_of(line.css("a[name]::attr(name)").get())
    cell = line.css(".lzl_content_main")[:1]
    if number is None or not cell:
        return None
    shown = name_of("".join(line.css(".lzl_cnt > a.at")[:1].xpath(".//text()").getall()))
    name = name_of(facts.get("user_name"), facts.get("showname"), shown)
    key = portrait_of(name_of(facts.get("portrait"))) or portrait_of(line.css("a.lzl_p_p::attr(href)").get())
    account = below.accounts.get(key or "") or number_of(facts.get("user_id")) or key
    author = (
        Author(id=post_id("tieba", account), name=name) if account else Author(name=name) if name else None
    )
    moment = read_time(line.css(".lzl_time::text").get("").strip(), now=now, zone=CHINA)
    known = {name_of(facts.get("showname")), name_of(facts.get("user_nickname")), shown}
    return _post(number, cell.get() or "", author, moment.at if moment else None, below, now, known)


def _post(
    number: int,
    markup: str,
    author: Author | None,
    at: datetime | None,
    below: Below,
    now: datetime,
    known: set[str | None],
) -> Post:
    """A reply: below the floor, or to the last one of whoever it answers by name."""
    body = read_body(markup)
    name, text = answered(body.text)
    parent = below.speakers.get(name) if name else None
    own = post_id("tieba", number)
    parent = None if parent == own else parent  # a page that shows a reply twice
    for speaker in {author.name if author else None, *known}:
        if speaker:
            below.speakers[speaker] = own
    return Post(
        id=own,
        platform="tieba",
        kind=Kind.COMMENT,
        text=text,
        author=author,
        published_at=at,
        root_id=below.root_id,
        parent_id=parent or post_id("tieba", below.pid),
        parent_confidence=_BY_NAME if parent else _UNKNOWN if name else 1.0,
        thread_id=post_id("tieba", f"t{below.tid}"),
        topics=topics_of(text),
        mentions=mentions_of(f"@{name} {text}" if name else text),
        urls=body.urls,
        media=body.media,
        url=f"{thread_url(below.tid)}?pid={below.pid}&cid={number}#{number}",
        fetched_at=now,
        parser_version=PARSER,
    )
