"""One pace for all workers: what a site is asked, it is asked no faster because several ask."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import sqlalchemy as sa
from scrapy import Request
from scrapy.crawler import Crawler

from crawlers.component import Component
from crawlers.state.engine import State
from crawlers.state.tables import pace

_FARTHEST_S = 3600.0  # a turn further away was left by a clock that was wrong


def take_turn(state: State, slot: str, delay_s: float, *, now: float) -> float:
    """Seconds to wait before asking, so that `delay_s` lie between two askings of the slot; the turn is taken."""
    mine = sa.select(pace.c.next_at).where(pace.c.slot == slot)
    with state.begin() as connection:
        state.insert_new(connection, pace, [{"slot": slot, "next_at": now}])
        free: float = connection.execute(mine.with_for_update()).scalar_one()
        turn = now if free > now + _FARTHEST_S else max(free, now)
        connection.execute(sa.update(pace).where(pace.c.slot == slot).values(next_at=turn + delay_s))
    return turn - now


class PaceMiddleware(Component):
    """Waits for the request's turn among those of all workers, where the source is asked with a delay at all."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.spread = random.Random(self.spider.config.run_id)

    async def process_request(self, request: Request) -> None:
        spider = self.spider
        downloader = self.crawler.engine.downloader
        name = downloader.get_slot_key(request)
        slot, told = downloader.slots.get(name), downloader.per_slot_settings.get(name, {})
        delay = slot.delay if slot is not None else told.get("delay", downloader._delay)
        if delay > 0:
            jitter = told.get("jitter", spider.source.rate.jitter)  # less where robots.txt asks for a delay
            delay *= self.spread.uniform(1 - jitter, 1 + jitter)
            wait = take_turn(spider.state, f"{spider.name}/{name}", delay, now=datetime.now(UTC).timestamp())
            await asyncio.sleep(wait)
