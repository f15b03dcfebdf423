"""By what a run will know the next time that a page is as it was."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import datetime

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from crawlers.question import Question
from crawlers.state.validators import Validator, Validators


class Unchanged(IgnoreRequest):
    """Raised inside the crawl for a page that is as it was; reaches the request's errback."""

    def __init__(self) -> None:
        super().__init__("unchanged")


class Memory:
    """What a run learns of its pages; it is kept only where all that they led to was taken."""

    def __init__(self, question: Question, now: Callable[[], datetime]) -> None:
        self.question = question
        self.now = now
        self.kept = Validators(question.state)
        self.learnt: dict[
            bytes, tuple[str | None, Validator]
        ] = {}  # page → its slice, and by what it is known

    def of(self, request: Request) -> bytes:
        """The key of a page: the same address asked with other arguments is another page."""
        question = self.question
        return question.sealer.digest("page", question.source.name, request.meta["asked"], *question.parts)

    def keep(self, whole: Container[str]) -> None:
        """Keep what is known of the pages of slices of which nothing was missed."""
        found = {key: known for key, (slice_name, known) in self.learnt.items() if slice_name in whole}
        if found:
            self.kept.keep(found, self.now())
