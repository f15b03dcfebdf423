"""话题: what rises now, against what such hours usually bring."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from core.errors import QueryError
from core.models import AnnotatedPost, Finding
from core.project import EMPTY, Project
from index.query import Query, parse
from index.store import Store
from mining.bases import ALL, CLEANED
from mining.bursts import burst
from mining.findings import Frame, coverage_text
from mining.hotlist import Standings
from mining.reports import HotStanding, RisingTopic, TopicsReport
from mining.trace import HASHTAG, Trace
from mining.voices import original_voice

_HOT_ASKED = 30  # titles of the hot lists that are looked up in the store
_RISING = 2.0  # z from which a topic rises
_STIRRING = 1.0  # z below which a topic is as usual
_SAME = 0.7  # share of a topic's posts another one must hold to speak for it


class Topics:
    """Finds bursts of hashtags and words and joins hot lists to them; the constructor keeps its parameters.

    `window_h`: hours looked at, before `at`; `history_days`: days before them that say what is usual;
    `voices`: roots shown for a topic; `project`: whose names and days a query uses.
    """

    def __init__(
        self,
        *,
        window_h: int = 24,
        history_days: int = 7,
        zone: str = "Asia/Shanghai",
        voices: int = 3,
        project: Project = EMPTY,
    ) -> None:
        self.window_h = window_h
        self.history_days = history_days
        self.zone = zone
        self.voices = voices
        self.project = project

    def rising(self, store: Store, at: datetime, *, query: str = "", limit: int = 20) -> TopicsReport:
        """The topics that rise most in the `window_h` hours before `at`; nothing later is used.

        Rising ones first (z of 2 or more), then those on hot lists, then what stirs (z of 1 or more, or unknown),
        and last, up to a third of the list, titles of hot lists nobody spoke of in what was collected. Raises
        `core.errors.QueryError` on a query that cannot be read.
        """
        step_h = -(-self.window_h // 24) * 24  # the same hours of the day again
        periods = max(1, self.history_days * 24 // step_h)
        asked = parse(query, self.project, now=at)
        window = (at - timedelta(hours=self.window_h), at)
        traces = Trace(at, self.window_h, step_h, periods)
        for row in store.scan(asked.within(at - timedelta(hours=step_h * periods + self.window_h), at)):
            traces.add(row)
        collected = [
            store.count(parse("").within(*(moment - timedelta(hours=step_h * age) for moment in window))) > 0
            for age in range(1, periods + 1)
        ]
        frame = Frame(query=asked.within(*window).text, base=ALL, coverage=coverage_text(store.coverage()))
        finder = _Finder(self, store, asked, window, frame, traces, collected)
        return TopicsReport(
            at=at,
            window_h=self.window_h,
            history_days=self.history_days,
            query=asked.text,
            base=ALL,
            coverage=frame.coverage,
            posts=traces.posts,
            topics=tuple(finder.topics(limit)),
        )


class _Finder:
    def __init__(
        self,
        options: Topics,
        store: Store,
        asked: Query,
        window: tuple[datetime, datetime],
        frame: Frame,
        traces: Trace,
        collected: list[bool],
    ) -> None:
        self.options, self.store, self.asked, self.window = options, store, asked, window
        self.frame, self.traces, self.collected = frame, traces, collected
        self.step_days = traces.step_h / 24
        self.hot = Standings(store.hot(since=window[0], until=window[1]))

    def topics(self, limit: int) -> list[RisingTopic]:
        found = sorted((self._topic(key) for key in self._leading(4 * limit + 20)), key=_order)
        told = {each.hot.title for each in found if each.hot}
        hot = sorted(self._hot_only(told), key=_order)
        # what rises or was at least spoken of first; a third of the list is the hot lists' where they are long
        spoken = sorted([*filter(_is_worth, found), *(each for each in hot if each.now.value)], key=_order)
        silent = [each for each in hot if not each.now.value]
        kept = spoken[: max(limit - len(silent), limit - limit // 3)]
        return [*kept, *silent][:limit]

    def _leading(self, limit: int) -> list[str]:
        """Terms by z, without those whose posts another term's hold already."""
        scored = []
        for key, posts in self.traces.now.items():
            if len(posts) < 2:
                continue
            z = burst(len(posts), self._before(key), step_days=self.step_days).z
            is_word = not key.startswith(HASHTAG)
            scored.append((-(z or 0.0), -len(posts), is_word, key))
        chosen: list[str] = []
        for *_, key in sorted(scored):
            mine = self.traces.now[key]
            if any(len(mine & self.traces.now[other]) >= _SAME * len(mine) for other in chosen):
                continue
            chosen.append(key)
            if len(chosen) == limit:
                break
        return chosen

    def _before(self, key: str) -> list[int | None]:
        counts = self.traces.before.get(key)
        return [(counts[age] if counts else 0) if there else None for age, there in enumerate(self.collected)]

    def _topic(self, key: str) -> RisingTopic:
        traces, posts = self.traces, self.traces.now[key]
        name = traces.shown(key)
        is_tag = key.startswith(HASHTAG)
        frame = self.frame.asking(self._query_text(f"#{name}#" if is_tag else f'"{name}"'))
        frame = frame if is_tag else frame.on(CLEANED)
        found = burst(len(posts), self._before(key), step_days=self.step_days)
        roots = [root for root, _ in sorted(traces.roots[key].items(), key=lambda item: (-item[1], item[0]))]
        stored = self.store.get([traces.first[key][1], *roots[: self.options.voices]])
        by_id = {row.post.id: row.post for row in stored}
        first = by_id.get(traces.first[key][1])
        evidence = sorted(posts)
        return RisingTopic(
            topic=name,
            kind="hashtag" if is_tag else "word",
            beside=tuple(traces.beside(key, 3)),
            score=frame.number("burst_z", found.z, n=found.now, evidence=evidence),
            now=frame.number("burst_now", found.now, n=found.now, evidence=evidence),
            baseline=self._baseline(frame, found.expected),
            hot=self.hot.of(name, whole=is_tag),
            first=original_voice(first) if first else None,
            roots=tuple(
                original_voice(by_id[root]) for root in roots[: self.options.voices] if root in by_id
            ),
            hours=tuple(traces.hours[key]),
        )

    def _baseline(self, frame: Frame, expected: float | None) -> Finding:
        return frame.number("burst_baseline", expected, n=sum(self.collected))

    def _query_text(self, term: str) -> str:
        try:
            return Query.all_of(self.asked, parse(term)).within(*self.window).text
        except QueryError:  # a topic of signs alone cannot be asked for
            return self.frame.query

    def _hot_only(self, told: set[str]) -> Iterable[RisingTopic]:
        """Titles of the hot lists that no term found; their posts are those that hold the title."""
        for standing in self.hot.best(_HOT_ASKED):
            if standing.title in told:
                continue
            try:
                asked = Query.all_of(self.asked, parse(f'"{standing.title}"'.replace("\n", " ")))
            except QueryError:
                continue
            yield self._hot_topic(standing, asked)

    def _hot_topic(self, standing: HotStanding, asked: Query) -> RisingTopic:
        query = asked.within(*self.window)
        rows: list[AnnotatedPost] = list(self.store.scan(query))
        before: list[int | None] = []
        for age, there in enumerate(self.collected, 1):
            shift = timedelta(days=self.step_days * age)
            span = [moment - shift for moment in self.window]
            before.append(self.store.count(asked.within(*span)) if there and rows else 0 if there else None)
        found = burst(len(rows), before, step_days=self.step_days)
        frame = self.frame.asking(query.text)
        evidence = [row.post.id for row in rows]
        return RisingTopic(
            topic=standing.title,
            kind="hot",
            beside=(),
            score=frame.number("burst_z", found.z, n=found.now, evidence=evidence),
            now=frame.number("burst_now", found.now, n=found.now, evidence=evidence),
            baseline=self._baseline(frame, found.expected),
            hot=standing,
            first=original_voice(rows[0].post) if rows else None,
            roots=(),
            hours=tuple(self.traces.hourly(rows)),
        )


def _is_worth(topic: RisingTopic) -> bool:
    """Whether a topic is shown: it rises a little, is on a hot list, or what is usual is not known."""
    if topic.hot is not None or topic.baseline.value is None:
        return True
    return topic.score.value is not None and topic.score.value >= _STIRRING


def _order(topic: RisingTopic) -> tuple[int, float, float, str]:
    z = float(topic.score.value) if topic.score.value is not None else None
    rank = topic.hot.best_rank if topic.hot and topic.hot.best_rank is not None else 1_000
    if z is not None and z >= _RISING:
        return (0, -z, rank, topic.topic)
    if topic.hot is not None:
        return (1, rank, -(z or 0.0), topic.topic)
    return (2, -(z or 0.0), -(topic.now.value or 0), topic.topic)
