"""Reading posts in other processes: posts go out, annotations and rows for the store come back, in order."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from core.cycles import uncollected
from core.errors import TingfengError
from core.models import AnnotatedPost, Annotation, Post
from core.project import Project
from index.ingest.correcting import Corrections
from index.ingest.tagging import Tagger
from index.ingest.verdicts import VerdictFile
from index.store import Prepare

log = logging.getLogger(__name__)
Load = TypeVar("Load")
_AHEAD = 2  # batches a worker, so that none waits and memory stays flat


@dataclass(frozen=True)
class Reading:
    """What was read in some posts: an annotation each, and what the store made of them (`Store.preparing`).

    `prepared` is None where tags are still to be given. Annotations come from `make` when they are asked for: mostly
    the signatures are enough.
    """

    signatures: Sequence[bytes | None]
    prepared: bytes | None
    make: Callable[[], list[Annotation]]

    @cached_property
    def annotations(self) -> list[Annotation]:
        """One a post."""
        return self.make()


class _Sent(msgspec.Struct, array_like=True, gc=False):
    """A reading as it comes from another process."""

    signatures: list[bytes | None]
    prepared: bytes | None
    annotations: msgspec.Raw


class Reader(Protocol):
    """What reads posts: `nlp.annotate.Annotator`."""

    def annotate(self, posts: Sequence[Post]) -> list[Annotation]:
        """One annotation a post, in order."""


MakeReader = Callable[[Project], Reader]  # importable by name: workers are fresh processes


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is to do: read with a reader of this project, let people's corrections and verdicts on behaviour
    stand, give the project's tags, make rows for a store.

    Rules that ask for near-duplicates wait until the groups are known. `judgements` and `verdicts` are the project's
    files.
    """

    project: Project
    make: MakeReader
    prepare: Prepare
    judgements: Path
    verdicts: Path


def annotator(project: Project) -> Reader:
    """The language room's annotator. Its second tier reads again what the project has it read.

    What it says of a post depends on nothing but its text and the project, so workers and batches may be any.
    """
    from nlp.annotate import Annotator

    return Annotator(project)


def annotated(
    batches: Iterable[Load],
    posts_of: Callable[[Load], Sequence[Post]],
    orders: Orders,
    *,
    workers: int,
) -> Generator[tuple[Load, Reading], None, None]:
    """Each batch with what was read in its posts, in the order given.

    With no workers everything runs here. The reader is made when the first batch comes, so that
    nothing to do costs nothing.
    """
    if workers <= 0:
        here = _Worker(orders)
        for batch in batches:
            with _told():
                reading = here.read(posts_of(batch))
            yield batch, reading
        return
    waiting: deque[tuple[Load, Future[bytes]]] = deque()
    pool: ProcessPoolExecutor | None = None
    try:
        for batch in batches:
            pool = pool or _pool(workers, orders)
            with _told():
                waiting.append((batch, pool.submit(_work, _encoder.encode(posts_of(batch)))))
            if len(waiting) > workers * _AHEAD:
                yield _done(*waiting.popleft())
        while waiting:
            yield _done(*waiting.popleft())
    finally:
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


class _Worker:
    """What one process reads with; the reader is made by the first batch, whose answer can tell why not."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._tagger = Tagger(orders.project)
        self._corrections = Corrections(orders.judgements, orders.project)
        self._verdicts = VerdictFile(orders.verdicts)
        self._reader: Reader | None = None

    def read(self, posts: Sequence[Post]) -> Reading:
        if self._reader is None:
            self._reader = self._orders.make(self._orders.project)
            gc.collect()
            gc.freeze()  # models and lexicons stay: nobody need look through them again
        found = self._corrections.all([post.id for post in posts], read(self._reader, posts))
        annotations = self._verdicts.all(posts, found)
        if self._tagger.asks_groups:
            return _read(annotations, None)
        items = [
            self._tagger.tagged(AnnotatedPost(post=post, annotation=annotation))
            for post, annotation in zip(posts, annotations, strict=True)
        ]
        return _read([item.annotation for item in items], self._orders.prepare(items))


def _read(annotations: list[Annotation], prepared: bytes | None) -> Reading:
    return Reading([one.signature for one in annotations], prepared, lambda: annotations)


def read(reader: Reader, posts: Sequence[Post]) -> list[Annotation]:
    """The annotations of these posts; a post that cannot be read gets an empty one and a line in the log.

    What is no post's fault (a model that is missing, no memory) is raised.
    """
    try:
        return reader.annotate(posts)
    except (OSError, ImportError, MemoryError, TingfengError):
        raise
    except Exception:
        if len(posts) == 1:
            log.exception("post %s cannot be annotated; it is stored without", posts[0].id)
            return [Annotation()]
    return [one for post in posts for one in read(reader, [post])]


def _done(batch: Load, future: Future[bytes]) -> tuple[Load, Reading]:
    with _told():
        answer = future.result()
    sent = _sent.decode(answer)
    return batch, Reading(sent.signatures, sent.prepared, partial(_annotations.decode, sent.annotations))


@contextmanager
def _told() -> Iterator[None]:
    """Turns what ends all reading into our errors."""
    try:
        yield
    except BrokenProcessPool as error:
        raise TingfengError(
            "an annotating process died, perhaps for lack of memory; what was stored stays."
            " Run again, with fewer --workers"
        ) from error
    except (OSError, ImportError) as error:
        raise TingfengError(f"posts cannot be annotated: {error}") from error


_encoder = msgspec.msgpack.Encoder()
_posts = msgspec.msgpack.Decoder(list[Post])
_sent = msgspec.msgpack.Decoder(_Sent)
_annotations = msgspec.msgpack.Decoder(list[Annotation])


def _pool(workers: int, orders: Orders) -> ProcessPoolExecutor:
    # Fresh processes: a fork would copy open databases and threads.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(orders,))


_worker: list[_Worker] = []  # of this process, when it is one


def _begin(orders: Orders) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    parent = multiprocessing.parent_process()
    if parent is not None:  # a killed parent cannot tell its workers to end
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _worker.append(_Worker(orders))


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _work(data: bytes) -> bytes:
    with uncollected():
        found = _worker[0].read(_posts.decode(data))
        return _encoder.encode((found.signatures, found.prepared, found.annotations))
