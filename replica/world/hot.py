"""The hot-search list over the sixty days: what the stories bring up, among what comes and goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

from core.models import HotEntry
from replica.world.clock import DAYS
from replica.world.stage import Stage

_EVERY_H = 2
_LISTED = 20
_A_DAY = 24
_LABELS = ((3_000_000, "爆"), (1_500_000, "沸"), (700_000, "热"))
# title, day and hour of the first entry, hours to the peak, heat at the peak, hours to fall to a third
_STORIES = (
    ("北曜Y6限时直降", 9, 12, 6, 1_150_000, 16),
    ("花间记春信气垫", 20, 12, 8, 820_000, 14),
    ("澜石街道老榕树", 32, 9, 7, 1_900_000, 20),
    ("老榕树扶正成功", 33, 18, 4, 1_050_000, 10),
    ("澜石S7车机黑屏", 41, 14, 8, 3_300_000, 26),
    ("护士高速遇车机黑屏", 42, 10, 5, 2_100_000, 16),
    ("我黑屏了", 43, 18, 10, 2_400_000, 34),
    ("澜石回应S7黑屏", 44, 21, 3, 1_700_000, 12),
    ("澜石免费更换接插件", 49, 12, 4, 1_300_000, 12),
)


@dataclass(slots=True)
class Topic:
    """A title's life on the list: it rises to `peak` heat in `rise` hours and falls off after."""

    title: str
    began: datetime
    rise: float
    peak: float
    fall: float

    def heat(self, moment: datetime) -> float:
        hours = (moment - self.began) / timedelta(hours=1)
        if hours < 0:
            return 0.0
        if hours < self.rise:
            return self.peak * (0.25 + 0.75 * hours / self.rise)
        return self.peak * exp(-1.1 * (hours - self.rise) / self.fall)


def topics(stage: Stage) -> list[Topic]:
    """All that will be on the list."""
    rng, clock = stage.rng, stage.clock
    found = [
        Topic(title, clock.at(day, hour), rise, heat, fall) for title, day, hour, rise, heat, fall in _STORIES
    ]
    seen = {topic.title for topic in found}
    while len(found) < DAYS * _A_DAY:
        title = stage.say("hot", {"town": stage.say("home").split()[-1]}).replace("《", "").replace("》", "")
        if title in seen and rng.random() < 0.9:
            title = f"{stage.say('home').split()[-1]}{title}"
        if title in seen or len(title) > 24:
            seen.add(title)
            continue
        seen.add(title)
        began = clock.at(len(found) / _A_DAY, rng.choices(range(24), _HOURS)[0])
        found.append(
            Topic(title, began, rng.uniform(1, 7), rng.lognormvariate(12.9, 0.7), rng.uniform(3, 14))
        )
    return found


_HOURS = (3, 2, 1, 1, 1, 2, 5, 8, 10, 10, 9, 9, 9, 7, 7, 7, 8, 8, 8, 9, 9, 9, 7, 5)


def lists(stage: Stage, found: list[Topic]) -> list[HotEntry]:
    """The first twenty every two hours, the last list as it stands now."""
    entries: list[HotEntry] = []
    moment = stage.clock.now - timedelta(hours=_EVERY_H * (DAYS * 24 // _EVERY_H))
    ordered = sorted(found, key=lambda topic: topic.began)
    first = 0
    while moment <= stage.clock.now:
        while first < len(ordered) and ordered[first].began < moment - timedelta(days=5):
            first += 1
        shown = []
        for topic in ordered[first:]:
            if topic.began > moment:
                break
            shown.append((topic.heat(moment), topic))
        shown.sort(key=lambda pair: (-pair[0], pair[1].title))
        for rank, (heat, topic) in enumerate(shown[:_LISTED], 1):
            fresh = moment - topic.began < timedelta(hours=3)
            label = next((name for line, name in _LABELS if heat >= line), "新" if fresh else None)
            entries.append(
                HotEntry(
                    platform="weibo", title=topic.title, at=moment, rank=rank, heat=int(heat), label=label
                )
            )
        moment += timedelta(hours=_EVERY_H)
    return entries
