"""What all floors of a page share, and how the words and times in them are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from parsel import Selector, SelectorList

from core.ids import post_id
from core.models import Engagement
from core.times import read_time
from crawlers.soundness import possible

PARSER = "discuz-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What all floors of a page share."""

    url: str
    host: str
    tid: int
    title: str
    now: datetime
    zone: ZoneInfo
    root_id: str | None
    engagement: Engagement

    def id(self, native: int | str) -> str:
        return post_id("discuz", self.host, native)


def time_in(box: SelectorList[Selector], context: Context) -> datetime | None:
    for text in [*box.css("[title]::attr(title)").getall(), text_of(box)]:
        if moment := read_time(text, now=context.now, zone=context.zone):
            return possible(moment.at, context.now)
    return None


def text_of(box: Selector | SelectorList[Selector]) -> str:
    return " ".join("".join(box.xpath(".//text()").getall()).split())
