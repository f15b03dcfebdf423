"""The reposts of a post: all pages of its list, then the lists of reposts that have more than were seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from scrapy.http import Request, Response

from crawlers.sources.weibo import addresses
from crawlers.sources.weibo.asking import AskingSpider
from crawlers.sources.weibo.cascade import Repost, thin
from crawlers.sources.weibo.parse import Status, parse_reposts

ENOUGH = 0.9  # of the reposts a list says it has; below that the other site's list is asked, too


class RepostWalk:
    """Walks cascades for a spider; the slice of a cascade is ``reposts:MID`` of its root, its batch the same."""

    def __init__(self, spider: AskingSpider) -> None:
        self.spider = spider

    def begin(self, mid: str, expected: int | None) -> Iterator[Request]:
        name = f"reposts:{mid}"
        self.spider.coverage.ask(name)
        self.spider.coverage.expect(name, expected)
        if self.spider.may_login(name):
            yield self._page(mid, mid, 1)

    def _page(self, root: str, mid: str, page: int, *, desktop: bool = False) -> Request:
        name = f"reposts:{root}"
        return self.spider.fetch(
            addresses.desktop_reposts(mid, page) if desktop else addresses.reposts(mid, page), self.page,
            kind="ajax" if desktop else "reposts", slice=name, batch=name, again=True,
            root=root, mid=mid, page=page, desktop=desktop,
        )  # fmt: skip

    def page(
        self, response: Response, root: str, mid: str, page: int, desktop: bool = False
    ) -> Iterator[Any]:
        name = f"reposts:{root}"
        spider = self.spider
        found = parse_reposts(spider.document(response), spider.now())
        if mid == root:
            spider.coverage.expect(name, found.total)
            spider.note(f"{name}/told", {"total": b"%d" % (found.total or 0)})
        pages = f"{name}/{mid}{'/desktop' if desktop else ''}"
        if spider.coverage.seen_page(pages, [status.post.id for status in found.statuses]):
            spider.coverage.because(name, "repeated_page")
        else:
            spider.coverage.got(name, self._note(name, found.statuses))
            for status in found.statuses:
                yield from spider.take(status)
        if page == 1:
            for number in range(2, spider.last_page(found.pages or 1, name) + 1):
                yield self._page(root, mid, number, desktop=desktop)

    def _note(self, name: str, statuses: list[Status]) -> int:
        """Keep what says where reposts are lacking; how many of them were new to the cascade.

        A repost without a parent hangs on the root, or the list hides parents, as that of weibo.com does: it is
        added to what is known, and replaces nothing.
        """
        root = name.removeprefix("reposts:")
        told, named = {}, set()
        for status in statuses:
            post = status.post
            mid = post.id.rpartition(":")[2]
            parent = post.parent_id.rpartition(":")[2] if post.parent_id else None
            told[mid] = msgspec.json.encode(Repost(mid=mid, parent=parent, reposts=post.engagement.reposts))
            if parent is not None and parent != root:
                named.add(mid)
        if named == told.keys():
            return len(self.spider.note(name, told))
        new = self.spider.new(name, told)
        self.spider.note(name, {mid: note for mid, note in told.items() if mid in new or mid in named})
        return len(new)

    def go_down(self, name: str) -> Iterator[Request]:
        """The first page of each branch that is still thinner than it says, and weibo.com's list if much is lacking."""
        root = name.removeprefix("reposts:")
        seen = [msgspec.json.decode(note, type=Repost) for note in self.spider.notes(name)]
        for mid in thin(root, seen):
            yield self._page(root, mid, 1)
        told = max((int(note) for note in self.spider.notes(f"{name}/told")), default=0)
        if len(seen) < ENOUGH * told:
            yield self._page(root, root, 1, desktop=True)
