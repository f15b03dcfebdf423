"""The slots of Scrapy's downloader, one for each queue of a site: emptied after a stop, slower for a slowed site."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler

from crawlers.manners.blocks import Refused
from crawlers.manners.guard import Guard

_SLOWEST_S = 120.0


def stop_queue(crawler: Crawler, guard: Guard) -> None:
    """Refuse what waits in the downloader's queues and may not be sent any more."""
    for slot in crawler.engine.downloader.slots.values():
        for request, waiting in [*slot.queue]:
            if block := guard.refusal(request):
                slot.queue.remove((request, waiting))
                waiting.errback(Refused(block))


def slow_down(crawler: Crawler, request: Request, factor: float, *, floor_s: float) -> None:
    """Set the delay of the request's slot to `factor` times its own, and then at least `floor_s` seconds."""
    downloader: Any = crawler.engine.downloader
    key = request.meta.get("download_slot", "")
    slot = downloader.slots.get(key)
    if slot is not None:
        own = downloader.per_slot_settings.get(key, {}).get("delay", downloader._delay)
        slot.delay = own if factor <= 1 else max(own, min(max(own * factor, floor_s), _SLOWEST_S))
