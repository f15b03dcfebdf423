"""A page of a thread: its floors as posts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import structs
from parsel import Selector

from core.counts import read_count
from core.ids import post_id
from core.models import Author, Engagement, Gone, Kind, Post
from core.texts import mentions_of, topics_of
from core.times import read_time
from crawlers.reading.markup import attribute
from crawlers.soundness import possible
from crawlers.sources.discuz.addresses import host_of, tid_of, uid_of
from crawlers.sources.discuz.body import Body, read_body
from crawlers.sources.discuz.context import PARSER, Context, text_of, time_in
from crawlers.sources.discuz.page import Pager, pager
from crawlers.sources.discuz.remarks import read_remarks

_NAMED_FLOORS = {"楼主": 1, "沙发": 2, "板凳": 3, "地板": 4}
_NOBODY = ("匿名", "游客", "guest", "anonymous")
_VIEWS = re.compile(r"查看\s*[:：]?\s*([\d.万亿+]+)")
_REPLIES = re.compile(r"回复\s*[:：]?\s*([\d.万亿+]+)")
_BLOCKED = re.compile("屏蔽|删除|禁止")  # and not a price or a permission
_EDITED = re.compile(r".*于\s*(.{6,40}?)\s*编辑", re.DOTALL)
_CLIENT = re.compile(r"来自\s*[:：]?\s*(\S+)")
_REGION = re.compile(r"IP\s*(?:属地)?\s*[:：]\s*([\u4e00-\u9fff]{2,10})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPage:
    """`posts` in the order of the page; `withheld` counts floors whose words are not shown (banned, paid).

    `replies` is what the site says the thread has, without the opening; None where the page does not say.
    """

    tid: int
    title: str
    posts: tuple[Post, ...]
    root_id: str | None
    page: int
    pages: int
    next_url: str | None
    replies: int | None = None
    withheld: int = 0
    gone: tuple[Gone, ...] = ()  # floors whose words were taken away by a moderator, or with their writer

    @property
    def floors(self) -> int:
        """How many floors came with their words; remarks below them are no floors."""
        return sum(post.kind is not Kind.COMMENT for post in self.posts)


def read_thread(
    html: str,
    *,
    url: str,
    fetched_at: datetime,
    zone: ZoneInfo,
    host: str | None = None,
    root_id: str | None = None,
) -> ThreadPage:
    """The floors on a page of a thread. Pages after the first need the `root_id` the first one gave.

    Ids are ``discuz:HOST:PID``; `thread_id` is ``discuz:HOST:tTID``, which every page knows; `root_id` is the
    id of the opening floor, on itself too. `parent_id` is the floor that is quoted or answered by name, else None.
    `host` names the site in the ids where it is not the one of `url`, after a redirect for example.
    Raises `ValueError` for a page that names no thread.
    """
    selector = Selector(text=html or "<html/>", type="html")
    tid = tid_of(url) or _tid_on(selector)
    if tid is None:
        raise ValueError(f"{url} is not a page of a thread: no thread number on it")
    place = pager(selector, url)
    host = host or host_of(url)
    floors = [
        (table, _floor(table, first=place.page == 1 and at == 0))
        for at, table in enumerate(box for box in selector.css("[id^=pid]") if _pid(box))
    ]
    opening = next((table for table, number in floors if number == 1), None)
    context = Context(
        url=url.split("#")[0],
        host=host,
        tid=tid,
        title=_title(selector),
        now=fetched_at,
        zone=zone,
        root_id=root_id if opening is None else post_id("discuz", host, _pid(opening)),
        engagement=_engagement(selector),
    )
    locked = [text_of(table.css(".locked")) for table, _ in floors]  # reading a floor takes it apart
    found = [_posts(table, number, context) for table, number in floors]
    posts: dict[str, Post] = {}
    for post in (post for group in found for post in group):
        posts.setdefault(post.id, post)  # a sticky reply stands on top and in its place
    blocked = [
        Gone(id=context.id(_pid(table)), at=fetched_at, reason="blocked")
        for (table, _), group, words in zip(floors, found, locked, strict=True)
        if not group and _BLOCKED.search(words)
    ]
    page = _page(context, place, tuple(posts.values()), found.count([]))
    return replace(page, gone=tuple(blocked))


def _page(context: Context, place: Pager, posts: tuple[Post, ...], withheld: int) -> ThreadPage:
    return ThreadPage(
        tid=context.tid,
        title=context.title,
        posts=posts,
        root_id=context.root_id,
        page=place.page,
        pages=place.pages,
        next_url=place.next_url,
        replies=context.engagement.comments,
        withheld=withheld,
    )


def _posts(table: Selector, floor: int | None, context: Context) -> list[Post]:
    """The floor and the short remarks (点评) below it; none when its words are withheld."""
    pid = _pid(table)
    cell = table.css(f'[id="postmessage_{pid}"]')[:1]
    if not cell:
        return []
    remarks = read_remarks(table, pid, context)
    edited_at = _edited_at(table, context)
    attachments = table.css(".pattl, .postattachlist")[:1]
    body = read_body(cell[0], url=context.url, attachments=attachments[0] if attachments else None)
    if floor != 1 and body.hides and not body.text and not body.media:
        return []
    post = _post(table, pid, floor, body, context)
    return [structs.replace(post, edited_at=edited_at) if edited_at else post, *remarks]


def _post(table: Selector, pid: int, floor: int | None, body: Body, context: Context) -> Post:
    opens = floor == 1
    text = f"{context.title}\n{body.text}" if opens else body.text
    answers = [number for number in body.answers if number != pid]
    parent = None if opens else next(iter(answers), None)  # an opening that quotes is a root all the same
    quoted = next((number for number in answers if number != parent), None)
    support = text_of(table.css(f'[id="review_support_{pid}"]'))
    head = text_of(table.css(".pti, .authorinfo"))
    own = Engagement(likes=read_count(support).value if support else None)
    return Post(
        id=context.id(pid),
        platform="discuz",
        kind=Kind.THREAD if opens else Kind.REPLY,
        text=text.strip(),
        author=_author(table, context.host),
        published_at=time_in(table.css(f'[id="authorposton{pid}"]'), context),
        root_id=context.root_id,
        parent_id=context.id(parent) if parent else None,
        parent_confidence=1.0 if parent else None,
        quoted_id=context.id(quoted) if quoted else None,
        thread_id=context.id(f"t{context.tid}"),
        floor=floor,
        engagement=context.engagement if opens else own,
        topics=topics_of(text),
        mentions=mentions_of(text),
        urls=body.urls,
        media=body.media,
        region=_first(_REGION, head),
        client=_first(_CLIENT, head),
        url=f"{context.url}#pid{pid}",
        fetched_at=context.now,
        parser_version=PARSER,
    )


def _pid(table: Selector) -> int:
    match = re.fullmatch(r"pid(\d{1,15})", attribute(table, "id"))
    return int(match[1]) if match else 0


def _floor(table: Selector, *, first: bool) -> int | None:
    """The floor's number; sites hide it from guests they take for robots, where only the opening is sure."""
    anchor = table.css(f'[id="postnum{_pid(table)}"]')
    text = text_of(anchor)
    if match := re.search(r"(?<!\d)\d{1,9}(?!\d)", text):
        return int(match[0])
    return next((number for name, number in _NAMED_FLOORS.items() if name in text), 1 if first else None)


def _author(table: Selector, host: str) -> Author | None:
    """Who wrote the floor; None for 匿名 and guests. One whose account is gone has a name and no id."""
    for link in table.css(".pls .authi a, .pti .authi a, .authi a, .postauthor .postinfo a, .authorinfo a"):
        uid = uid_of(attribute(link, "href"))
        name = text_of(link)
        if uid and name:
            return Author(id=post_id("discuz", host, uid), name=name)
    box = table.css(".pls .pi, .postauthor .postinfo")[:1]
    if not box or "已被删除" not in text_of(box):
        return None
    name = " ".join("".join(box.xpath("./text()").getall()).split())
    return Author(name=name) if name and name.lower() not in _NOBODY else None


def _title(selector: Selector) -> str:
    return text_of(selector.css("#thread_subject")[:1]) or text_of(selector.css("#threadtitle h1")[:1])


def _engagement(selector: Selector) -> Engagement:
    """Views and replies of the thread; the page shows them in one line: 查看: 348 | 回复: 2."""
    head = selector.css(".hm, .pls, .viewthread, #postlist, body")
    line = next((text for box in head if "查看" in (text := text_of(box))), "")
    views, replies = _VIEWS.search(line), _REPLIES.search(line)
    seen = read_count(views[1]) if views else read_count(None)
    liked = text_of(selector.css("#recommendv_add"))
    return Engagement(
        comments=read_count(replies[1]).value if replies else None,
        likes=read_count(liked).value if liked else None,
        views=seen.value,
        capped=("views",) if seen.capped else (),
    )


def _tid_on(selector: Selector) -> int | None:
    if match := re.search(
        r"\btid\s*=\s*parseInt\('(\d{1,15})'\)|\btid\s*=\s*'?(\d{1,15})\b", selector.get() or ""
    ):
        return int(match[1] or match[2])
    return None


def _edited_at(table: Selector, context: Context) -> datetime | None:
    """When the floor was last edited, of ``本帖最后由 某人 于 2018-8-19 20:10 编辑``."""
    notes = table.css(".pstatus")
    line = _EDITED.search(text_of(notes))
    told = [*notes.css("[title]::attr(title)").getall(), *([line[1]] if line else [])]
    moments = (read_time(text, now=context.now, zone=context.zone) for text in told)
    return next((possible(moment.at, context.now) for moment in moments if moment), None)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match else None
