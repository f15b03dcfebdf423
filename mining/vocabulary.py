"""新词: words and slang that the dictionary does not know, those that rise most first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.models import AnnotatedPost
from core.project import EMPTY, Project
from core.texts import fold
from index.query import Query, parse
from index.store import Store
from mining.bases import CLEANED, Sieve
from mining.bursts import burst
from mining.findings import Frame, coverage_text
from mining.lexis import own_words
from mining.reports import ProposedWord, WordsReport
from mining.voices import original_voice
from nlp.newwords import LEAST, NewWord, everyday, new_words, texts_with
from nlp.segment import Segmenter

_EXAMPLES = 3
_DAY_S = 86_400.0
MOST = 300_000  # posts that a window's words are looked for in, the newest


class Vocabulary:
    """Proposes new words of a window; the constructor keeps its parameters.

    `periods`: windows as long before it that say what is usual; `least`: accounts that must use a word;
    `project`: whose names and words are known already.
    """

    def __init__(self, *, periods: int = 4, least: int = LEAST, project: Project = EMPTY) -> None:
        self.periods = periods
        self.least = least
        self.project = project

    def proposed(
        self, store: Store, since: datetime, until: datetime, *, query: str = "", limit: int = 30
    ) -> WordsReport:
        """The new words of the posts from `since` to `until`, in cleaned voices; nothing later is used.

        Words of the dictionary, words everybody has long used (`nlp.newwords.everyday`), names of the project, parts of
        them, and words it keeps or has rejected are not proposed. Raises
        `core.errors.QueryError` on a query that cannot be read.
        """
        asked = parse(query, self.project, now=until)
        now = _Window(store, asked, since, until)
        known = self._known()
        found = {one.word: one for one in new_words(now.texts, known.segmenter.cut, known, least=self.least)}
        used = now.using(list(found))
        wanted = [word for word in found if len(used[word]) >= self.least]
        frame = Frame(
            query=asked.within(since, until).text, base=CLEANED, coverage=coverage_text(store.coverage())
        )
        before = self._before(store, asked, since, until, wanted)
        days = (until - since).total_seconds() / _DAY_S
        words = [self._word(store, frame, found[word], used[word], before, now, days) for word in wanted]
        return WordsReport(
            since=since,
            until=until,
            periods=self.periods,
            query=asked.text,
            base=CLEANED,
            coverage=frame.coverage,
            posts=len(now.texts),
            words=tuple(sorted(words, key=_order)[:limit]),
        )

    def _known(self) -> _Known:
        names = frozenset().union(*map(own_words, self.project.brands))
        words = self.project.words
        return _Known(Segmenter(), names, frozenset(map(fold, (*words.whole, *words.rejected))))

    def _before(
        self, store: Store, asked: Query, since: datetime, until: datetime, words: Sequence[str]
    ) -> list[Counter[str] | None]:
        """How many accounts used each word in the windows before, the latest first; None: nothing was collected."""
        out: list[Counter[str] | None] = []
        for age in range(1, self.periods + 1):
            shift = age * (until - since)
            window = _Window(store, asked, since - shift, until - shift)
            used = window.using(words)
            counts = Counter({word: len(used[word]) for word in words})
            out.append(counts if window.collected else None)
        return out

    def _word(
        self,
        store: Store,
        frame: Frame,
        new: NewWord,
        posts: Sequence[int],
        earlier: Sequence[Counter[str] | None],
        now: _Window,
        days: float,
    ) -> ProposedWord:
        before = [None if counts is None else counts[new.word] for counts in earlier]
        raised = burst(len(posts), before, step_days=days)
        evidence = [now.ids[at] for at in reversed(posts)]
        asked = frame.asking(f'"{new.word}" {frame.query}'.strip())
        examples = store.get(evidence[:_EXAMPLES])
        return ProposedWord(
            word=new.word,
            probability=round(new.probability, 4),
            score=asked.number("burst_z", raised.z, n=raised.now, evidence=evidence),
            now=asked.number("burst_now", raised.now, n=raised.now, evidence=evidence),
            baseline=asked.number(
                "burst_baseline", raised.expected, n=sum(count is not None for count in before)
            ),
            platforms=dict(Counter(now.platforms[at] for at in posts).most_common()),
            examples=tuple(original_voice(item.post) for item in examples),
        )


@dataclass(frozen=True, slots=True)
class _Known:
    """Whether a word needs no proposal."""

    segmenter: Segmenter
    names: frozenset[str]
    decided: frozenset[str]

    def __call__(self, word: str) -> bool:
        return (
            self.segmenter.knows(word)
            or word in everyday()
            or word in self.decided
            or any(word in name or name in word for name in self.names)
        )


@dataclass(slots=True)
class _Window:
    """The cleaned voices of a span, oldest first."""

    store: Store
    asked: Query
    since: datetime
    until: datetime
    ids: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    platforms: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    collected: bool = False

    def __post_init__(self) -> None:
        sieve = Sieve()
        for row in self.store.scan(self.asked.within(self.since, self.until)):
            self.collected = True
            if CLEANED in sieve.bases(row):
                self._add(row)
        for kept in (self.ids, self.texts, self.platforms, self.accounts):
            del kept[:-MOST]

    def _add(self, row: AnnotatedPost) -> None:
        post, author = row.post, row.post.author
        self.ids.append(post.id)
        self.texts.append(post.text)
        self.platforms.append(post.platform)
        self.accounts.append((author and (author.id or author.name)) or post.id)

    def using(self, words: Sequence[str]) -> dict[str, list[int]]:
        """The numbers of the posts that use each word, of one account its first."""
        return {word: self._of_each(found) for word, found in texts_with(words, self.texts).items()}

    def _of_each(self, posts: Sequence[int]) -> list[int]:
        seen: dict[str, int] = {}
        for at in posts:
            seen.setdefault(self.accounts[at], at)
        return list(seen.values())


def _order(word: ProposedWord) -> tuple[float, float, str]:
    return (-float(word.score.value or 0.0), -float(word.now.value or 0), word.word)
