"""When people write: days of the story, hours of the day, sleep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from replica.world.people import Person

CHINA = ZoneInfo("Asia/Shanghai")
DAYS = 60
# Posts by hour of the local day, midnight first: the lunch and the evening peaks of Weibo.
HOURS = (38, 20, 11, 7, 5, 7, 16, 34, 50, 58, 62, 62, 70, 62, 54, 54, 55, 58, 62, 66, 74, 84, 86, 66)
WEEK = (1.0, 0.96, 0.97, 0.98, 1.05, 1.12, 1.1)  # Monday first


class Clock:
    """Moments of the sixty days that end at `now`; `day` 0 is the first local day of them."""

    def __init__(self, rng: Random, now: datetime) -> None:
        self._rng = rng
        self.now = now.astimezone(UTC).replace(microsecond=0)
        local = self.now.astimezone(CHINA)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        self.start = midnight - timedelta(days=DAYS)
        days = [self.start + timedelta(days=day) for day in range(DAYS + 1)]
        self._weights = [WEEK[day.weekday()] for day in days]
        self._weights[-1] *= local.hour / 24

    def at(self, day: float, hour: int = 0, minute: int = 0) -> datetime:
        """A moment of local day `day`, some seconds into the minute."""
        local = self.start + timedelta(days=day, hours=hour, minutes=minute, seconds=self._rng.randrange(60))
        return local.astimezone(UTC)

    def day_of(self, moment: datetime) -> float:
        return (moment - self.start) / timedelta(days=1)

    def draw(self, person: Person, first: float = 0, last: float = DAYS + 1) -> datetime:
        """A moment between two days when that person is awake, by the rhythm of day and week."""
        low, high = int(first), max(int(first) + 1, min(DAYS + 1, int(last + 0.999)))
        for _ in range(12):
            day = self._rng.choices(range(low, high), self._weights[low:high])[0]
            hour = self._rng.choices(range(24), HOURS)[0]
            moment = self.at(day, hour, self._rng.randrange(60))
            inside = first <= self.day_of(moment) < last and moment < self.now
            if inside and awake(person, moment):
                return moment
        latest = min(self.now - timedelta(minutes=2), self.at(last))
        return max(self.at(first), latest - timedelta(seconds=self._rng.randrange(3600)))

    def after(self, moment: datetime, person: Person, hours: float, spread: float) -> datetime | None:
        """When `person` answers something of `moment`: log-normal delay, `hours` its median; later when
        asleep. None when that lies after now.
        """
        delay = max(6.0, self._rng.lognormvariate(0.0, spread) * hours * 3600)
        then = moment + timedelta(seconds=int(delay))
        if not awake(person, then) and self._rng.random() < 0.9:
            then = _morning(person, then) + timedelta(seconds=int(self._rng.expovariate(1 / 3600)))
        return then if then < self.now else None


def awake(person: Person, moment: datetime) -> bool:
    hour = moment.astimezone(CHINA).hour
    return person.up <= hour < person.down or hour < person.down - 24


def _morning(person: Person, moment: datetime) -> datetime:
    local = moment.astimezone(CHINA)
    rise = local.replace(hour=person.up % 24, minute=0, second=0)
    return rise if rise > local else rise + timedelta(days=1)
