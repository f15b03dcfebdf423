"""The timeline of an account, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scrapy.http import Request, Response

from crawlers.sources.weibo import addresses
from crawlers.sources.weibo.parse import StatusPage, parse_timeline

if TYPE_CHECKING:
    from crawlers.sources.weibo.spider import WeiboSpider

OLD_PAGES = 2  # pages wholly before `since`, in a row, that end a walk: late posts stand out of order


class TimelineWalk:
    """Walks timelines for a spider; the slice of one is ``timeline:UID``, which the door pseudonymises."""

    def __init__(self, spider: WeiboSpider) -> None:
        self.spider = spider

    def begin(self, uid: str) -> Request:
        return self._page(uid, None, page=1, old=0)

    def _page(self, uid: str, cursor: str | None, *, page: int, old: int, confirm: bool = False) -> Request:
        return self.spider.fetch(
            addresses.timeline(uid, cursor), self.page,
            kind="timeline", slice=f"timeline:{uid}", again=True,
            identity=self.spider.best_identity if page > 1 else None,
            uid=uid, cursor=cursor, page=page, old=old, confirm=confirm,
        )  # fmt: skip

    def page(
        self, response: Response, uid: str, cursor: str | None, page: int, old: int, confirm: bool
    ) -> Iterator[Any]:
        name = f"timeline:{uid}"
        found = parse_timeline(self.spider.document(response), self.spider.now())
        if not found.listed and not confirm:
            # The end of a list and a soft block look alike: asked once more before it is believed.
            yield self._page(uid, cursor, page=page, old=old, confirm=True)
            return
        if not found.listed and (page > 1 or found.next_cursor):
            self.spider.coverage.because(name, "empty_page")
        for status in found.statuses:
            if self.spider.is_wanted(status.post):
                self.spider.coverage.got(name)
                yield from self.spider.take(status)
        old = old + 1 if self._is_old(found) else 0
        if found.next_cursor is None or old >= OLD_PAGES:
            return
        if self.spider.coverage.seen_page(name, [found.next_cursor]):
            self.spider.coverage.because(name, "repeated_page")
        elif self.spider.may_turn(name, page):
            yield self._page(uid, found.next_cursor, page=page + 1, old=old)

    def _is_old(self, found: StatusPage) -> bool:
        """Whether all of a page lies before `since`; a pinned old post does not count."""
        since = self.spider.asked.get("since")
        times = [s.post.published_at for s in found.statuses if not s.pinned and s.post.published_at]
        return since is not None and bool(times) and max(times) < since
