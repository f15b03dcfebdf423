"""The landing of one run, as the crawl writes it."""

from __future__ import annotations

from core.landing import LandingWriter
from core.models import Author, Gone, HotEntry, Post
from core.privacy import Pseudonyms, load_key
from crawlers.config import Config


class Landing:
    """The open landing of one run; gives every record back as it is behind the door."""

    def __init__(self, config: Config, platform: str) -> None:
        self.platform = platform
        self.pseudonyms = Pseudonyms(load_key(config.home.key))
        self.writer = LandingWriter(
            config.home,
            config.run_id,
            self.pseudonyms,
            config.project.follower_line,
            public_names=[name for brand in config.project.brands for name in brand.accounts],
        )

    @property
    def posts(self) -> int:
        """How many posts have landed."""
        return self.writer.posts

    def take(self, record: Post | Gone | Author | HotEntry) -> Post | Gone | Author | HotEntry:
        """The record as landed: stamped with its run and pseudonymised."""
        if isinstance(record, Post):
            return self.writer.post(record)
        if isinstance(record, Gone):
            return self.writer.gone(record)
        if isinstance(record, HotEntry):
            return self.writer.hot(record)
        return self.writer.author(record, self.platform)
