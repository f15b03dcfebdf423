"""What the walks of Weibo ask of their spider: as whom a list is read, how far it is turned, what lies in the time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.models import Post
from crawlers.kinds import Identity
from crawlers.manners.blocks import BLOCKS
from crawlers.sources.weibo.parse import Status
from crawlers.spider import SourceSpider


class AskingSpider(SourceSpider):
    """A spider of Weibo as its walks see it."""

    def take(self, status: Status, *, deepen: bool = False) -> Iterator[Any]:
        """What a status that a walk met leads to: its post, and what is asked of that."""
        raise NotImplementedError

    @property
    def best_identity(self) -> Identity:
        return "login" if self.identities.has_login else "visitor"

    def may_login(self, slice_name: str) -> bool:
        """Whether there is a login for a list that needs one; the coverage says so where there is none."""
        if not self.identities.has_login:
            self.guard.meet(BLOCKS["login_required"])
            self.coverage.because(slice_name, "login_required", refused=True)
            return False
        return True

    def may_turn(self, slice_name: str, page: int) -> bool:
        """Whether the page after `page` may be asked for: not beyond max_pages, nor beyond a visitor's first."""
        if self.is_last(page):
            self.coverage.because(slice_name, "max_pages")
            return False
        if not self.identities.has_login:
            self.coverage.because(slice_name, "visitor_limit")
            return False
        return True

    def is_last(self, page: int) -> bool:
        """Whether `max_pages` lets no list be turned beyond `page`."""
        most: int = self.asked.get("max_pages", page + 1)
        return page >= most

    def last_page(self, pages: int, slice_name: str) -> int:
        """How many of `pages` pages may be asked for."""
        most: int = self.asked.get("max_pages", pages)
        if most < pages:
            self.coverage.because(slice_name, "max_pages")
        return min(most, pages)

    def is_wanted(self, post: Post) -> bool:
        """Whether a post lies within `since` and `until`."""
        since, until, at = self.asked.get("since"), self.asked.get("until"), post.published_at
        return at is None or ((since is None or at >= since) and (until is None or at < until))
