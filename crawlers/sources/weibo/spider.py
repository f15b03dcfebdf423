"""The spider of Weibo: which lists are walked, and what else is asked of each post."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from core.errors import UsageError
from core.models import Kind, Post
from crawlers.kinds import RequestKind
from crawlers.manners.blocks import BLOCKS
from crawlers.sources.weibo import addresses
from crawlers.sources.weibo.asking import AskingSpider
from crawlers.sources.weibo.parse import (
    Status,
    parse_gone,
    parse_hot,
    parse_long_text,
    parse_profile,
    parse_refusal,
    parse_root,
    parse_status,
    parse_visitor,
)
from crawlers.sources.weibo.parse.fields import read_mid
from crawlers.sources.weibo.walks.comments import CommentWalk
from crawlers.sources.weibo.walks.reposts import RepostWalk
from crawlers.sources.weibo.walks.search import SearchWalk
from crawlers.sources.weibo.walks.timeline import TimelineWalk

_TOPIC = re.compile(r"100808[0-9a-f]{32}")
DEPTH = ("longtext",)  # where the operator says nothing: cut texts are made whole


class WeiboSpider(AskingSpider):
    """Hot search, search, posts and timelines; of each post, as `depth` says, comments, reposts and more."""

    name = "weibo"
    kinds: ClassVar[Mapping[str, RequestKind]] = addresses.KINDS

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self.depth = frozenset(self.asked.get("depth", DEPTH))
        self.mids = _mids(self.asked)
        if not (self.mids or any(self.asked.get(name) for name in ("hot", "search", "users", "supertopics"))):
            raise UsageError(
                "weibo was asked for nothing; give hot=true, search, users, supertopics, posts or seeds"
            )
        for uid in self.asked.get("users", ()):
            if not (uid.isdecimal() and 5 <= len(uid) <= 12):
                raise UsageError(f"users wants account numbers (uid) of 5 to 12 digits, not {uid!r}")
        self.timelines: tuple[str, ...] = self.asked.get("timeline", ("mobile",))
        if "backfill" in self.timelines and not self.asked.get("since"):
            raise UsageError("timeline=backfill wants to know from when: give since, like since=2026-01-01")
        self.topics = _topics(self.asked)
        self.search = SearchWalk(self)
        self.reposts = RepostWalk(self)
        self.comments = CommentWalk(self)
        self.timeline = TimelineWalk(self)

    def after_batch(self, name: str) -> Iterator[Request]:
        """Below the reposts seen, once all pages asked for came."""
        return self.reposts.go_down(name)

    async def start(self) -> AsyncIterator[Any]:
        if self.identities.has_login and (self.asked.get("search") or self.depth & {"reposts", "comments"}):
            await self._check_login()
        if self.asked.get("hot"):
            yield self.fetch(addresses.HOT, self.hot, kind="hot", slice="hot")
        for query in self.asked.get("search", ()):
            if self.may_login(f"search:{query}"):
                yield self.search.begin(query)
        for uid in self.asked.get("users", ()):
            for request in self.timeline.begin(uid, self.timelines):
                yield request
            if "profile" in self.depth:
                for request in self._profile(uid, desktop="mobile" not in self.timelines):
                    yield request
        for container in self.topics:
            yield self.timeline.topic(container)
        for mid in self.mids:
            yield self.fetch(addresses.status(mid), self.status, kind="status", slice=f"post:{mid}", mid=mid)

    # --- identities ---------------------------------------------------------------------------------

    async def visit(self, ask: Callable[[Request], Awaitable[Response]]) -> Mapping[str, str]:
        """A visitor's cookies, then the warm-up that sets the rest."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        response = await ask(
            Request(self.plain(addresses.VISITOR), method="POST", body=addresses.VISITOR_FORM, headers=form)
        )
        cookies = parse_visitor(response.body)
        if cookies:
            await ask(Request(self.plain(f"{addresses.MOBILE}/")))
        return cookies

    async def _check_login(self) -> None:
        """Ask the cheapest page whether each of the operator's cookies still works, before the dear ones."""
        for name in self.identities.usable:
            request = self.fetch(addresses.LOGIN_CHECK, self.status, kind="login_check", meta={"as": name})
            try:
                response = await self.crawler.engine.download_async(request)
            except IgnoreRequest:
                continue  # the guard knows
            data = self.document(response).get("data")
            if not (isinstance(data, Mapping) and data.get("login")):
                self.guard.bench(name, BLOCKS["login_required"])

    # --- single pages -------------------------------------------------------------------------------

    def hot(self, response: Response) -> Iterator[Any]:
        entries = parse_hot(self.document(response), self.now())
        self.coverage.got("hot", len(entries))
        if not entries:
            self.coverage.because("hot", "unreadable")
        yield from entries

    def status(self, response: Response, mid: str) -> Iterator[Any]:
        name = f"post:{mid}"
        document = self.document(response)
        data = document.get("data") if isinstance(document, Mapping) else None
        self.coverage.expect(name, 1)
        status = parse_status(data, self.now())
        if status is None:
            self.coverage.because(name, "not_public" if isinstance(data, Mapping) else "gone")
            gone = parse_gone(data, self.now()) or parse_refusal(document, mid, self.now())
            if gone is not None:
                yield gone
            return
        self.coverage.got(name)
        yield from self.take(status, deepen=True)

    def profile(self, response: Response, uid: str) -> Iterator[Any]:
        author = parse_profile(self.document(response))
        if author is None:
            self.coverage.because(f"profile:{uid}", "gone")
            return
        self.coverage.got(f"profile:{uid}")
        yield author

    # --- what a post leads to -----------------------------------------------------------------------

    def take(self, status: Status, *, deepen: bool = False) -> Iterator[Any]:
        """The post of a status, whole where that is wanted, its root, and what `depth` asks of it.

        A repost met in a list is not gone into by itself: its root is, once.
        """
        post = status.post
        if status.long and "longtext" in self.depth:
            yield self._long_text(post)
        else:
            yield post
        if status.retweeted is not None and self.first("root", post.root_id or ""):
            root = parse_root(status, self.now())
            if root is not None:
                yield from self.take(root)
            elif (gone := parse_gone(status.retweeted, self.now())) is not None:
                yield gone
        if deepen or post.kind is Kind.POST:
            yield from self._deepen(post)

    def _deepen(self, post: Post) -> Iterator[Request]:
        if not self.depth - set(DEPTH) or not self.first("deepened", post.id):
            return
        mid = post.id.rpartition(":")[2]
        if "comments" in self.depth and post.engagement.comments != 0:
            author = post.author.id.rpartition(":")[2] if post.author and post.author.id else None
            yield from self.comments.begin(mid, post.engagement.comments, author)
        if "reposts" in self.depth and post.engagement.reposts != 0:
            yield from self.reposts.begin(mid, post.engagement.reposts)
        if "profile" in self.depth and post.author and post.author.id:
            yield from self._profile(post.author.id.rpartition(":")[2])

    def _profile(self, uid: str, *, desktop: bool = False) -> Iterator[Request]:
        if not self.first("profile", uid):
            return
        name = f"profile:{uid}"
        if not desktop:
            yield self.fetch(addresses.profile(uid), self.profile, kind="profile", slice=name, uid=uid)
        elif self.may_login(name):
            yield self.fetch(addresses.profile_info(uid), self.profile, kind="ajax", slice=name, uid=uid)

    def _long_text(self, post: Post) -> Request:
        mid = post.id.rpartition(":")[2]
        return self.fetch(
            addresses.long_text(mid), self.long_text, errback=self.long_text_missed,
            kind="longtext", again=True, post=post,
        )  # fmt: skip

    def long_text(self, response: Response, post: Post) -> Iterator[Any]:
        whole = parse_long_text(self.document(response), post)
        if whole is None:
            self.coverage.because("longtext", "not_shown")
        yield whole or post

    def long_text_missed(self, failure: Failure, post: Post) -> Iterator[Any]:
        """The text stays cut, which is better than no post."""
        self.missed(failure, slice_name="longtext")
        yield post


def _topics(asked: Mapping[str, Any]) -> list[str]:
    """The containers of `supertopics`, of which an address may be given; raises `UsageError` at what is none."""
    found: dict[str, None] = {}
    for text in asked.get("supertopics", ()):
        container = _TOPIC.search(text)
        if container is None:
            raise UsageError(
                f"{text!r} is no super-topic; give its container (100808 and 32 letters or digits) or its address"
            )
        found[container.group()] = None
    return list(found)


def _mids(asked: Mapping[str, Any]) -> list[str]:
    """The posts asked for by `posts` and `seeds`; raises `UsageError` at one that is no mid or bid."""
    raw = list(asked.get("posts", ()))
    if seeds := asked.get("seeds"):
        raw += [line.strip() for line in seeds.read_text("utf-8-sig").splitlines() if line.strip()]
    mids: dict[str, None] = {}
    for text in raw:
        mid = read_mid(text.removeprefix("weibo:").rstrip("/").rpartition("/")[2])
        if mid is None:
            raise UsageError(f"{text!r} is not a Weibo post; give a mid (16 digits) or a bid (9 letters)")
        mids[mid] = None
    return list(mids)
