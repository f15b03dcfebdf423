"""Lists of statuses, newest first: timelines of m.weibo.cn and weibo.com, stretches of one, super-topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from scrapy.http import Request, Response

from crawlers.sources.weibo import addresses
from crawlers.sources.weibo.asking import AskingSpider
from crawlers.sources.weibo.parse import StatusPage, parse_timeline
from crawlers.sources.weibo.parse.fields import ZONE

OLD_PAGES = 2  # pages wholly before `since`, in a row, that end a walk: late posts stand out of order
WINDOW = timedelta(days=10)  # of a backfill


@dataclass(frozen=True, slots=True)
class Shelf:
    """A list: the timeline of the account `key` as a site shows it, a stretch of it, or the super-topic `key`."""

    kind: Literal["mobile", "desktop", "backfill", "supertopic"]
    key: str
    since: datetime | None = None  # of a backfill, with `until` exclusive
    until: datetime | None = None

    @property
    def name(self) -> str:
        """The slice in the coverage; the door pseudonymises the account in it."""
        match self.kind:
            case "supertopic":
                return f"supertopic:{self.key}"
            case "backfill" if self.since and self.until:
                days = (f"{at.astimezone(ZONE):%Y-%m-%dT%H}" for at in (self.since, self.until))
                return f"timeline:{self.key} {'..'.join(days)}"
            case "desktop":
                return f"timeline:{self.key} desktop"
        return f"timeline:{self.key}"

    @property
    def request_kind(self) -> str:
        return "ajax" if self.kind in ("desktop", "backfill") else "timeline"

    def address(self, cursor: str | None, page: int) -> str:
        match self.kind:
            case "supertopic":
                return addresses.supertopic(self.key, cursor)
            case "backfill" if self.since and self.until:
                return addresses.search_profile(self.key, self.since, self.until, page)
            case "desktop":
                return addresses.my_blog(self.key, page, cursor)
        return addresses.timeline(self.key, cursor)


class TimelineWalk:
    """Walks lists of statuses for a spider, each page by page."""

    def __init__(self, spider: AskingSpider) -> None:
        self.spider = spider

    def begin(self, uid: str, kinds: tuple[str, ...]) -> Iterator[Request]:
        """The first page of each kind of timeline asked for; those of weibo.com need a login."""
        if "mobile" in kinds:
            yield self._page(Shelf("mobile", uid))
        if "desktop" in kinds and self.spider.may_login((shelf := Shelf("desktop", uid)).name):
            yield self._page(shelf)
        if "backfill" in kinds:
            for shelf in self._windows(uid):
                if self.spider.may_login(shelf.name):
                    yield self._page(shelf)

    def topic(self, container: str) -> Request:
        return self._page(Shelf("supertopic", container))

    def _windows(self, uid: str) -> Iterator[Shelf]:
        """Stretches of ten days from `since` on, the newest first."""
        asked = self.spider.asked
        since: datetime = asked["since"]
        until: datetime = asked.get("until") or self.spider.began_at
        while until > since:
            start = max(since, until - WINDOW)
            yield Shelf("backfill", uid, start, until)
            until = start

    def _page(
        self,
        shelf: Shelf,
        cursor: str | None = None,
        *,
        page: int = 1,
        old: int = 0,
        seen: int = 0,
        confirm: bool = False,
    ) -> Request:
        return self.spider.fetch(
            shelf.address(cursor, page), self.page,
            kind=shelf.request_kind, slice=shelf.name, again=True,
            identity=self.spider.best_identity if page > 1 and shelf.request_kind == "timeline" else None,
            shelf=shelf, cursor=cursor, page=page, old=old, seen=seen, confirm=confirm,
        )  # fmt: skip

    def page(
        self,
        response: Response,
        shelf: Shelf,
        cursor: str | None,
        page: int,
        old: int,
        seen: int,
        confirm: bool,
    ) -> Iterator[Any]:
        """The posts of a page that lie in the time asked for, then the next one. `seen` counts those before it."""
        found = parse_timeline(self.spider.document(response), self.spider.now())
        whole = shelf.kind == "backfill" and found.total is not None and seen >= found.total
        if not found.listed and not confirm and not whole:
            # The end of a list and a soft block look alike: asked once more before it is believed.
            yield self._page(shelf, cursor, page=page, old=old, seen=seen, confirm=True)
            return
        if not found.listed and self._goes_on(shelf, found, page, seen):
            self.spider.coverage.because(shelf.name, "empty_page")
        if shelf.kind == "backfill":  # the totals of the other lists are not to be trusted
            self.spider.coverage.expect(shelf.name, found.total)
        wanted = [status for status in found.statuses if self.spider.is_wanted(status.post)]
        new = self.spider.fresh(f"statuses:{shelf.key}", (status.post.id for status in wanted))
        self.spider.coverage.got(shelf.name, new)  # what lies in several lists counts for the first
        yield from found.gone
        for status in wanted:
            yield from self.spider.take(status)
        old = old + 1 if self._is_old(found) else 0
        yield from self._next(shelf, found, page=page, old=old, seen=seen + found.listed)

    def _goes_on(self, shelf: Shelf, found: StatusPage, page: int, seen: int) -> bool:
        """Whether an empty page stands where there should be posts."""
        if shelf.kind == "backfill":
            return found.total is not None and seen < found.total
        return page > 1 or found.next_cursor is not None

    def _next(self, shelf: Shelf, found: StatusPage, *, page: int, old: int, seen: int) -> Iterator[Request]:
        if old >= OLD_PAGES:
            return
        if shelf.kind == "backfill":
            if found.listed and (found.total is None or seen < found.total):
                yield from self._turn(shelf, None, page=page, old=old, seen=seen)
            return
        if found.next_cursor is None:
            return
        if self.spider.coverage.seen_page(shelf.name, [found.next_cursor]):
            self.spider.coverage.because(shelf.name, "repeated_page")
        else:
            yield from self._turn(shelf, found.next_cursor, page=page, old=old, seen=seen)

    def _turn(self, shelf: Shelf, cursor: str | None, *, page: int, old: int, seen: int) -> Iterator[Request]:
        if self.spider.may_turn(shelf.name, page):
            yield self._page(shelf, cursor, page=page + 1, old=old, seen=seen)

    def _is_old(self, found: StatusPage) -> bool:
        """Whether all of a page lies before `since`; a pinned old post does not count."""
        since = self.spider.asked.get("since")
        times = [s.post.published_at for s in found.statuses if not s.pinned and s.post.published_at]
        return since is not None and bool(times) and max(times) < since
