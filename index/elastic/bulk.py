"""Writing many documents: whole, in requests as large as the server likes, each tried until it is told yes or no."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec
from elasticsearch import ApiError, Elasticsearch

from core.errors import TingfengError
from index.elastic.server import BUSY, Address, reason, refusal

_MOST, _LEAST = 1_000_000, 32_000  # bytes of one request; a batch is several, so that two are under way
_TRIES = 8  # in a row, of which none gets anything through
_LONGEST_WAIT_S = 10.0
_SENDERS = 2  # one request is made and read while the server works on another
_TOO_LARGE = 413


@dataclass(frozen=True, slots=True)
class Operation:
    """One document to write: `action` is create, index or delete, `condition` what must hold of the stored one."""

    index: str
    id: str
    document: dict[str, Any] | msgspec.Raw | None = None
    action: str = "index"
    condition: tuple[int, int] | None = None  # its _seq_no and _primary_term

    def lines(self) -> bytes:
        head: dict[str, Any] = {"_index": self.index, "_id": self.id}
        if self.condition is not None:
            head["if_seq_no"], head["if_primary_term"] = self.condition
        line = _encode({self.action: head}) + b"\n"
        return line if self.document is None else line + _encode(self.document) + b"\n"


_encode = msgspec.json.encode


@dataclass(slots=True)
class Outcome:
    """`conflicts` met another state than their condition says; `refused` say why they never will be taken."""

    conflicts: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


class Pace:
    """How many bytes a request may have: halved when the server is busy, grown while it is not."""

    def __init__(self, bytes_: int = _MOST) -> None:
        self.bytes = bytes_
        self._lock = threading.Lock()

    def slower(self) -> None:
        with self._lock:
            self.bytes = max(_LEAST, self.bytes // 2)

    def faster(self) -> None:
        with self._lock:
            self.bytes = min(_MOST, self.bytes + self.bytes // 4)


Encoded = tuple[Operation, bytes]


class Bulk:
    """Writes to one server, and remembers how much it takes at once."""

    def __init__(
        self, client: Elasticsearch, address: Address, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        # Whole requests that are refused for the moment are ours to shrink, not the client's to repeat.
        self._client = client.options(retry_on_status=())
        self._address = address
        self._sleep = sleep
        self.pace = Pace()

    def write(self, operations: Iterable[Operation]) -> Outcome:
        """Refused for the moment (429, 503): tried again, less at once, later and later, at last `StoreAway`.

        Raises `UsageError` or `StoreAway` where it is the server, not the document, that is in no order.
        """
        outcome = Outcome()
        with ThreadPoolExecutor(_SENDERS) as senders:
            under_way: deque[Future[None]] = deque()
            for chunk in self._chunks(operations):  # the next is made while the server works on this one
                under_way.append(senders.submit(self._deliver, chunk, outcome))
                if len(under_way) > _SENDERS:
                    under_way.popleft().result()
            for sent in under_way:
                sent.result()
        return outcome

    def _chunks(self, operations: Iterable[Operation]) -> Iterator[list[Encoded]]:
        return self._split((operation, operation.lines()) for operation in operations)

    def _split(self, encoded: Iterable[Encoded]) -> Iterator[list[Encoded]]:
        chunk: list[Encoded] = []
        size = 0
        for one in encoded:
            if chunk and size + len(one[1]) > self.pace.bytes:
                yield chunk
                chunk, size = [], 0
            chunk.append(one)
            size += len(one[1])
        if chunk:
            yield chunk

    def _deliver(self, chunk: list[Encoded], outcome: Outcome) -> None:
        """Sends until nothing is left of it."""
        left = deque([chunk])
        vain = 0
        while left:
            part = left.popleft()
            again, why = self._send(part, outcome)
            if not again:
                vain = 0
                self.pace.faster()
                continue
            vain = vain + 1 if len(again) == len(part) else 0
            if vain == _TRIES and why is not None:
                raise why
            self.pace.slower()
            self._sleep(min(_LONGEST_WAIT_S, 0.1 * 2**vain))
            left.extendleft(reversed(list(self._split(again))))

    def _send(self, part: list[Encoded], outcome: Outcome) -> tuple[list[Encoded], TingfengError | None]:
        """One request; what of it is to be tried again, and why."""
        lines: list[Any] = [b"".join([encoded for _, encoded in part])]  # encoded already
        try:
            answer = self._client.bulk(operations=lines, filter_path=_ASKED)
        except ApiError as error:
            status, why = error.meta.status, reason(error.body)
            if status == _TOO_LARGE and len(part) == 1:
                outcome.refused[part[0][0].id] = f"{status}: {why}"
                return [], None
            if status in BUSY or status == _TOO_LARGE:
                return part, refusal(status, why, self._address)
            raise
        return self._sorted(part, answer["items"] if answer["errors"] else [], outcome)

    def _sorted(
        self, part: list[Encoded], items: Sequence[dict[str, Any]], outcome: Outcome
    ) -> tuple[list[Encoded], TingfengError | None]:
        again: list[Encoded] = []
        why: TingfengError | None = None
        for one, item in zip(part, items, strict=bool(items)):
            operation = one[0]
            result = item[operation.action]
            status = result["status"]
            if status < 300 or (status == 404 and operation.action == "delete"):
                continue
            told = reason(result)
            if status == 409:
                outcome.conflicts.add(operation.id)
            elif status in BUSY and "cluster_block_exception" not in told:  # a block waits for a person
                again.append(one)
                why = refusal(status, told, self._address)
            elif status == 400:
                outcome.refused[operation.id] = told
            else:
                raise refusal(status, f"document {operation.id}: {told}", self._address)
        return again, why


_ASKED: Sequence[str] = ("errors", "items.*.status", "items.*.error")
