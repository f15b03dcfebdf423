"""A page of a thread: its floors as posts, and what is said of the replies below them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from parsel import Selector, SelectorList

from core.ids import post_id
from core.models import Author, Engagement, Kind, Post
from core.texts import mentions_of, topics_of
from core.times import read_time
from crawlers.reading.markup import attribute
from crawlers.reading.unreadable import Unreadable
from crawlers.reading.zones import CHINA
from crawlers.sources.tieba.addresses import portrait_of, thread_url, tid_of
from crawlers.sources.tieba.body import read_body
from crawlers.sources.tieba.comments import Below, read_below
from crawlers.sources.tieba.fields import facts_of, name_of, number_of, part_of

PARSER = "tieba-1"
_REGION = re.compile(r"IP\s*属地\s*[:：]\s*([\u4e00-\u9fff]{2,10})")
_FLOOR = re.compile(r"(\d+)\s*楼")
_NUMBERS = re.compile(r"[\d,]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPage:
    """`posts` are the floors in the order of the page, then the replies that came with it.

    `replies` is what the site says the thread has below its opening, replies below floors among them.
    `below` counts the replies still to be asked for below each floor, by its number. `unread` are floors without a number of their own.
    """

    tid: int
    title: str
    posts: tuple[Post, ...]
    root_id: str | None
    page: int
    pages: int
    forum: int | None = None  # the bar's number
    replies: int | None = None
    below: dict[int, int]
    portraits: dict[str, int]  # account number by public key
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    tid: int
    title: str
    now: datetime
    root_id: str | None
    replies: int | None
    page: int


def read_thread(html: str, *, url: str, fetched_at: datetime, root_id: str | None = None) -> ThreadPage:
    """The floors on a page of a thread. Pages after the first need the `root_id` the first one gave.

    Ids are ``tieba:PID``, the thread's ``tieba:tTID``, an account's ``tieba:UID``. A floor answers the thread and
    names no other; a reply below it names the floor. Raises `Unreadable` for an address that is no thread's.
    """
    tid = tid_of(url)
    if tid is None:
        raise Unreadable(f"{url} is not a page of a thread")
    selector = Selector(text=html or "<html/>", type="html")
    boxes = [box for box in selector.css("div.l_post") if not _is_advert(box)]
    counted = [_number(part) for part in selector.css(".l_reply_num")[:1].css("span.red::text").getall()]
    page, pages = _place(selector, counted)
    opening = next((pid for box in boxes if _floor(box) == 1 and (pid := _pid(box))), None)
    context = _Context(
        tid=tid,
        title=_title(selector),
        now=fetched_at,
        root_id=post_id("tieba", opening) if opening else root_id,
        replies=counted[0] if counted else None,
        page=page,
    )
    portraits = {key: number for box in boxes for key, number in _portrait(box).items()}
    posts: list[Post] = []
    embedded: list[Post] = []
    below: dict[int, int] = {}
    for box in boxes:
        if pid := _pid(box):
            posts.append(_post(box, pid, context))
            below[pid] = _count_below(box)
            lines = Below(tid=tid, pid=pid, root_id=context.root_id, accounts=portraits, speakers={})
            came = read_below(box, lines, fetched_at=fetched_at).posts
            if came and len(came) >= below[pid]:  # of more than came with the page, all are asked for
                embedded += came
                below[pid] = 0
    return ThreadPage(
        tid=tid,
        title=context.title,
        posts=(*posts, *embedded),
        root_id=context.root_id,
        page=page,
        pages=pages,
        forum=next((fid for box in boxes if (fid := number_of(_content(box).get("forum_id")))), None),
        replies=context.replies,
        below=below,
        portraits=portraits,
        unread=len(boxes) - len(posts),
    )


def _post(box: Selector, pid: int, context: _Context) -> Post:
    floor = _floor(box)
    body = read_body("".join(box.css(f'[id="post_content_{pid}"]')[:1].getall()))
    text = f"{context.title}\n{body.text}".strip() if floor == 1 else body.text
    tail = _tail(box)
    comments = context.replies if floor == 1 else _count_below(box)
    return Post(
        id=post_id("tieba", pid),
        platform="tieba",
        kind=Kind.THREAD if floor == 1 else Kind.REPLY,
        text=text,
        author=_author(box),
        published_at=_time(box, context.now),
        root_id=context.root_id,
        thread_id=post_id("tieba", f"t{context.tid}"),
        floor=floor,
        engagement=Engagement(comments=comments),
        topics=topics_of(text),
        mentions=mentions_of(text),
        urls=body.urls,
        media=body.media,
        region=_first(_REGION, tail),
        client=_client(box),
        url=f"{thread_url(context.tid, context.page)}#post_content_{pid}",
        fetched_at=context.now,
        parser_version=PARSER,
    )


def _is_advert(box: Selector) -> bool:
    """Whether it stands among the floors without being one: bought places have no number and no text."""
    facts = facts_of(attribute(box, "data-field"))
    return not facts and not attribute(box, "data-pid") and not box.css(".d_post_content")


def _content(box: Selector) -> dict[str, object]:
    return dict(part_of(facts_of(attribute(box, "data-field")), "content"))


def _pid(box: Selector) -> int | None:
    """The floor's number: as an attribute, in its facts, or in the id of its text."""
    cell = box.css(".d_post_content::attr(id)").get("")
    return (
        number_of(attribute(box, "data-pid"))
        or number_of(_content(box).get("post_id"))
        or number_of(cell.removeprefix("post_content_"))
    )


def _floor(box: Selector) -> int | None:
    number = number_of(_content(box).get("post_no"))
    if number:
        return number
    found = _FLOOR.search(" ".join(_tail_parts(box)))
    return int(found[1]) if found else None


def _count_below(box: Selector) -> int:
    """How many replies stand below the floor."""
    told = [
        _content(box).get("comment_num"),
        facts_of(box.css(".j_lzl_container::attr(data-field)").get()).get("total_num"),
        facts_of(box.css(".j_lzl_r::attr(data-field)").get()).get("total_num"),
    ]
    return max((number for value in told if (number := number_of(value)) is not None), default=0)


def _author(box: Selector) -> Author | None:
    """Who wrote the floor: by number, or by public key where the number is not shown; None for 匿名."""
    facts = facts_of(attribute(box, "data-field"))
    told = part_of(facts, "author")
    if _content(box).get("is_anonym") in (True, 1, "1"):
        return None
    number = _uid(box)
    shown = name_of(told.get("user_name"), _text(box.css("a.p_author_name")), told.get("user_nickname"))
    key = portrait_of(name_of(told.get("portrait"))) or _portrait_shown(box)
    if number is None and key is None:
        return Author(name=shown) if shown else None
    return Author(id=post_id("tieba", number if number is not None else key or ""), name=shown)


def _uid(box: Selector) -> int | None:
    told = part_of(facts_of(attribute(box, "data-field")), "author")
    named = facts_of(box.css("li.d_name::attr(data-field)").get())
    return number_of(told.get("user_id")) or number_of(named.get("user_id"))


def _portrait_shown(box: Selector) -> str | None:
    return portrait_of(box.css("a.p_author_name::attr(href), a.p_author_face::attr(href)").get())


def _portrait(box: Selector) -> dict[str, int]:
    told = part_of(facts_of(attribute(box, "data-field")), "author")
    key = portrait_of(name_of(told.get("portrait"))) or _portrait_shown(box)
    number = _uid(box)
    return {key: number} if key and number else {}


def _tail_parts(box: Selector) -> list[str]:
    parts = box.css(".post-tail-wrap > span")
    return [" ".join("".join(part.xpath(".//text()").getall()).split()) for part in parts]


def _tail(box: Selector) -> str:
    return " ".join(_tail_parts(box))


def _client(box: Selector) -> str | None:
    found = next((part for part in _tail_parts(box) if part.startswith("来自")), "")
    return found.removeprefix("来自").strip() or None


def _time(box: Selector, now: datetime) -> datetime | None:
    """The floor's time stands last in its tail; older pages have it in the facts."""
    told = [*reversed(_tail_parts(box)), _content(box).get("date")]
    for text in told:
        moment = read_time(text, now=now, zone=CHINA) if isinstance(text, str) else None
        if moment is not None:
            return moment.at
    return None


def _place(selector: Selector, counted: list[int | None]) -> tuple[int, int]:
    """The page that came, and how many there are."""
    current = _number(selector.css(".l_pager .tP::text, .pb_list_pager .tP::text").get("1")) or 1
    jump = _number(selector.css("input[max-page]::attr(max-page)").get(""))
    pages = counted[1] if len(counted) > 1 else None
    return current, max(current, pages or 1, jump or 1)


def _title(selector: Selector) -> str:
    box = selector.css(".core_title_txt")[:1]
    return " ".join((attribute(box, "title") or _text(box)).split()) if box else ""


def _number(text: str | None) -> int | None:
    found = _NUMBERS.search(text or "")
    return number_of(found[0].replace(",", "")) if found else None


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _text(box: SelectorList[Selector]) -> str:
    return " ".join("".join(box[:1].xpath(".//text()").getall()).split())
