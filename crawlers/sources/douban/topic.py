"""A page of a topic: its opening on the first page, and its replies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from parsel import Selector, SelectorList

from core.counts import read_count
from core.ids import post_id
from core.models import Author, Engagement, Gone, Kind, Post
from core.texts import html_to_text, mentions_of, topics_of
from core.times import read_time
from crawlers.reading.zones import CHINA
from crawlers.sources.douban.addresses import ROOT, person_of, topic_url
from crawlers.sources.douban.page import number_in, place_of, text_of

PARSER = "douban-1"
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2})?)?")
_REGION = re.compile(r"^[\u4e00-\u9fff]{2,10}$")
_AVATAR = re.compile(r"/icon/u([1-9]\d*)-")
_COUNT = re.compile(r'"commentCount"\s*:\s*"?(\d{1,9})')
_CUT = re.compile(r"(?:\.\.\.|…)$")
_NOBODY = ("[已注销]", "已注销")
_REMOVED = re.compile(
    r"(?:该条回应|该评论|该回应|内容)?已被(?:作者|管理员|小组)?(?:删除|屏蔽)[。.]?|因违反社区指导原则.{0,30}"
)
_ADDED = "script, style, .topic-opt, .clear, .copyright, .via"
_BY_WORDS = 0.9  # confidence of a parent found by who is quoted and with which words


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPage:
    """`posts` in the order of the page, the opening first; `gone` are replies that were taken away.

    `replies` is what the site says the topic has, None where nobody said.
    """

    topic: int
    title: str
    posts: tuple[Post, ...]
    page: int
    pages: int
    replies: int | None = None
    gone: tuple[Gone, ...] = ()
    unread: int = 0


def read_topic(html: str, *, topic: int, fetched_at: datetime, replies: int | None = None) -> TopicPage:
    """The opening and the replies on a page of a topic; `replies` is what a list says of it.

    Ids are ``douban:tTOPIC`` and ``douban:cREPLY``; the opening names the thread. A reply's parent is the one it
    quotes, which the site names by number; before it did so, the one that its writer and words point at.
    """
    selector = Selector(text=html or "<html/>", type="html")
    page, pages = place_of(selector)
    title = _title(selector)
    boxes = selector.css(
        "#comments li.comment-item, ul.topic-reply:not(.popular-bd):not(#popular-comments) > li.comment-item"
    )
    told = _COUNT.search(html)
    replies = int(told[1]) if told else replies
    said: dict[str, str] = {}
    posts: dict[str, Post] = {}
    gone: list[Gone] = []
    unread = 0
    opening = _opening(selector, topic, title, replies, fetched_at) if page == 1 else None
    for box in boxes:
        if (taken := _removed(box, fetched_at)) is not None:
            gone.append(taken)
        elif (post := _reply(box, topic, page, said, fetched_at)) is not None:
            posts.setdefault(post.id, post)
            said[_key(post.author, post.text)] = post.id
        else:
            unread += 1
    return TopicPage(
        topic=topic,
        title=title,
        posts=tuple([opening, *posts.values()] if opening else posts.values()),
        page=page,
        pages=pages,
        replies=replies,
        gone=tuple(gone),
        unread=unread,
    )


def _opening(selector: Selector, topic: int, title: str, replies: int | None, now: datetime) -> Post | None:
    head = selector.css(".topic-doc h3, .topic-doc, .topic-content")[:1]
    box = selector.css(".topic-richtext, .rich-content, #link-report .topic-content, #link-report")[:1]
    if not head or not (box or title):
        return None
    body = _body("".join(box.getall()))
    text = f"{title}\n{body.text}".strip()
    own = post_id("douban", f"t{topic}")
    when = text_of(selector.css(".create-time")) or text_of(head.css(".color-green"))
    liked = selector.css(".react-num, .action-react .num")[:1]
    return Post(
        id=own,
        platform="douban",
        kind=Kind.THREAD,
        text=text,
        author=_person(selector.css(".topic-doc .from a")[:1], selector.css(".topic-content .user-face img")),
        published_at=_time(when, now),
        root_id=own,
        thread_id=own,
        engagement=Engagement(comments=replies, likes=read_count(text_of(liked)).value if liked else None),
        topics=topics_of(text),
        mentions=mentions_of(text),
        urls=body.urls,
        media=body.media,
        region=_region(text_of(selector.css(".create-ip"))),
        client=_client(selector.css(".topic-doc .via")),
        url=topic_url(topic),
        fetched_at=now,
        parser_version=PARSER,
    )


def _reply(box: Selector, topic: int, page: int, said: Mapping[str, str], now: datetime) -> Post | None:
    number = number_in(box.attrib.get("data-cid") or box.attrib.get("id", ""))
    cell = box.css(".reply-content")[:1] or box.css(".reply-doc > p")[:1]
    if number is None or not cell:
        return None
    body = _body("".join([*cell.getall(), *box.css(".comment-photos, .cmt-img").getall()]))
    when = text_of(box.css(".pubtime"))
    parent, confidence = _quoted(box, said)
    root = post_id("douban", f"t{topic}")
    vote = box.css(".comment-vote")[:1]
    face = box.css(".user-face img")
    author = _person(box.css("h4 a[href*='/people/']")[:1], face, _uid(box))
    return Post(
        id=post_id("douban", f"c{number}"),
        platform="douban",
        kind=Kind.REPLY,
        text=body.text,
        author=author,
        published_at=_time(when, now),
        root_id=root,
        parent_id=parent,
        parent_confidence=confidence,
        thread_id=root,
        engagement=Engagement(likes=read_count(text_of(vote)).value if vote else None),
        topics=topics_of(body.text),
        mentions=mentions_of(body.text),
        urls=body.urls,
        media=body.media,
        region=_region(_TIME.sub("", when).strip()),
        client=_client(box.css(".via")),
        url=f"{topic_url(topic, page)}#{number}",
        fetched_at=now,
        parser_version=PARSER,
    )


def _quoted(box: Selector, said: Mapping[str, str]) -> tuple[str, float] | tuple[None, None]:
    """The reply that is quoted: by its number, or by its writer and words on the same page."""
    quote = box.css(".reply-quote-content, .reply-quote")[:1]
    if not quote:
        return None, None
    number = number_in(box.css("[data-ref-cid]::attr(data-ref-cid)").get(""))
    if number is not None:
        return post_id("douban", f"c{number}"), 1.0
    words = html_to_text("".join((quote.css(".all") or quote.css(".short"))[:1].getall())).strip()
    writer = _person(quote.css("a[href*='/people/']")[:1], quote.css("img"))
    found = said.get(_key(writer, words))
    return (found, _BY_WORDS) if found else (None, None)


def _key(author: Author | None, text: str) -> str:
    """What a quote shows of the quoted: the name and the words."""
    return f"{author.name if author else None}\n{' '.join(text.split())}"


def _removed(box: Selector, now: datetime) -> Gone | None:
    """The mark of a reply whose words were taken away, where the words are that and nothing else."""
    words = text_of(box.css(".reply-content")[:1] or box.css(".reply-doc > p")[:1])
    number = number_in(box.attrib.get("data-cid", ""))
    if number is None or not _REMOVED.fullmatch(words):
        return None
    reason = (
        "author" if "作者" in words else "blocked" if "删除" not in words or "管理" in words else "missing"
    )
    return Gone(id=post_id("douban", f"c{number}"), at=now, reason=reason)


def gone_topic(topic: int, at: datetime) -> Gone:
    """What is known of a topic that the site no longer has; it never says why."""
    return Gone(id=post_id("douban", f"t{topic}"), at=at, reason="missing")


def _uid(box: Selector) -> int | None:
    """The writer's number, which the page holds for its buttons; of a closed account it may be 0."""
    told = box.attrib.get("data-author-id") or box.css(".operation_div::attr(id)").get("")
    return int(told) or None if told.isascii() and told.isdecimal() else None


def _person(
    link: SelectorList[Selector], face: SelectorList[Selector], uid: int | None = None
) -> Author | None:
    """Somebody by number, or by the name of their page where no number is shown; None for nobody."""
    shown = text_of(link) if link else ""
    name = None if not shown or shown in _NOBODY else shown
    slug = person_of(link.attrib.get("href", "")) if link else None
    avatar = _AVATAR.search(face[:1].attrib.get("src", "") if face else "")
    key = str(uid) if uid else slug if slug and slug.isdecimal() else avatar[1] if avatar else slug
    if key is None:
        return Author(name=name) if name else None
    return Author(id=post_id("douban", key), name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    text: str
    media: tuple[str, ...]
    urls: tuple[str, ...]


def _body(markup: str) -> _Body:
    box = Selector(text=f"<div>{markup}</div>", type="html")
    for node in box.css(_ADDED):
        if node.root.getparent() is not None:
            node.root.drop_tree()
    kinds = {"img": "image", "video": "video", "iframe": "video", "audio": "audio"}
    links = (urljoin(f"{ROOT}/", href.strip()) for href in box.css("a::attr(href)").getall() if _is_web(href))
    return _Body(
        text=re.sub(r"\n{2,}", "\n", html_to_text(box.get() or "")).strip(),
        media=tuple(kinds[node.root.tag] for node in box.css("img, video, iframe, audio")),
        urls=tuple(dict.fromkeys(link for link in links if person_of(link) is None)),
    )


def _is_web(href: str) -> bool:
    try:
        return urlsplit(urljoin(f"{ROOT}/", href.strip())).scheme in ("http", "https")
    except ValueError:
        return False


def _title(selector: Selector) -> str:
    """The whole title: the heading was cut until 2018, and a box below it held the rest."""
    heading = text_of(selector.css("#content h1, h1"))
    boxed = text_of(selector.css(".infobox .tablecc")).removeprefix("标题：").strip()
    return boxed if boxed and (_CUT.search(heading) or not heading) else heading


def _time(text: str, now: datetime) -> datetime | None:
    found = _TIME.search(text)
    moment = read_time(found[0] if found else text, now=now, zone=CHINA)
    return moment.at if moment else None


def _region(text: str) -> str | None:
    return text if _REGION.match(text) else None


def _client(box: SelectorList[Selector]) -> str | None:
    return text_of(box).removeprefix("来自").strip() or None
