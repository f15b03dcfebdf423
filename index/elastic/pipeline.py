"""Batches under way: while the server writes one, it is asked what it has of the next ones.

Batches end in the order they began, and none is marked while an earlier one is not acknowledged: one that failed
holds up those behind it until its caller has asked for its answer. A batch that has a post of one under way waits
for it before it asks.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from core.models import Author
from index.elastic import state
from index.elastic.indices import Indices
from index.elastic.writing import look_up, write_batch
from index.store import Batch, Written

_WRITERS = (
    3  # one batch is acknowledged, one sent, one made ready: it begins when all requests before it are out
)
_LOOKUPS = 2  # of posts and of profiles


class Answer(Future[Written]):
    """What came of a batch; `told` once its caller asked."""

    told = False

    def result(self, timeout: float | None = None) -> Written:
        try:
            return super().result(timeout)
        finally:
            self.told = self.done()


@dataclass(slots=True)
class Turn:
    """One batch's place in the row: `profiles` are those it wrote."""

    ids: frozenset[str]
    before: tuple[Turn, ...]
    requested: threading.Event = field(default_factory=threading.Event)
    profiles: Mapping[str, Author] = field(default_factory=dict)
    done: Answer = field(default_factory=Answer)

    def begin(self) -> None:
        """Waits until the requests of earlier batches are out."""
        for turn in self.before:
            turn.requested.wait()

    def follow(self) -> None:
        """Waits until earlier batches are acknowledged; raises what was wrong with them."""
        for turn in self.before:
            if error := turn.done.exception():
                raise error

    def over(self) -> bool:
        """Whether a batch that begins now need not mind this one."""
        return self.done.done() and (self.done.told or self.done.exception() is None)

    def newest(self, stored: Mapping[str, Author]) -> dict[str, Author]:
        """Profiles as looked up, with what earlier batches wrote of them meanwhile."""
        found = dict(stored)
        for turn in self.before:
            found |= turn.profiles
        return found


class Pipeline:
    """The batches one process writes."""

    def __init__(self, indices: Indices) -> None:
        self._indices = indices
        self._writers = ThreadPoolExecutor(_WRITERS)
        self._lookups = ThreadPoolExecutor(_LOOKUPS)
        self._under_way: list[Turn] = []

    def submit(self, batch: Batch) -> Future[Written]:
        """Begins a batch; to be called by one thread at a time."""
        self._indices.ensure()
        self._under_way = [turn for turn in self._under_way if not turn.over()]
        turn = Turn(frozenset(item.post.id for item in batch.posts), tuple(self._under_way))
        for other in turn.before:
            if other.ids & turn.ids:
                other.done.exception()  # waits; what was wrong is told where it belongs
        self._under_way.append(turn)
        posts = self._lookups.submit(look_up, self._indices, turn.ids)
        profiles = self._lookups.submit(state.look_up, self._indices, batch)
        self._writers.submit(self._write, batch, turn, posts, profiles)
        return turn.done

    def _write(
        self,
        batch: Batch,
        turn: Turn,
        posts: Future[list[dict[str, Any]]],
        profiles: Future[state.Profiles],
    ) -> None:
        try:
            written = write_batch(self._indices, batch, turn, posts, profiles)
        except BaseException as error:
            turn.done.set_exception(error)
        else:
            turn.done.set_result(written)
        finally:
            turn.requested.set()
            turn.before = ()  # else each would keep all that ever were

    def drain(self) -> None:
        """Waits for all batches; what was wrong with one is told by its own answer."""
        for turn in self._under_way:
            turn.done.exception()

    def close(self) -> None:
        self._writers.shutdown()
        self._lookups.shutdown()
