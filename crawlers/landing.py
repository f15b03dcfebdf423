"""The landing of one run, as the crawl writes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.models import Author, HotEntry, Post
from crawlers.config import Config


class Landing:
    """The open landing of one run; gives every record back as it is behind the door."""

    def __init__(self, config: Config, platform: str) -> None:
        from core.landing import LandingWriter
        from core.privacy import Pseudonyms, load_key

        self.platform = platform
        self.run_id = config.run_id
        self.pseudonyms = Pseudonyms(load_key(config.home.key))
        self.writer = LandingWriter(config.home, config.run_id, self.pseudonyms, config.project.follower_line)
        self.writer.__enter__()

    def take(self, record: Post | Author | HotEntry) -> Any:
        """The record as landed: stamped with its run and pseudonymised."""
        if isinstance(record, Post):
            return self.writer.post(replace(record, run_id=self.run_id))
        if isinstance(record, HotEntry):
            return self.writer.hot(replace(record, run_id=self.run_id))
        return self.writer.author(record, self.platform)

    def close(self) -> None:
        self.writer.__exit__(None, None, None)
