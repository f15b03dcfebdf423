"""Writing many documents: whole, in bounded requests, each tried until it is told yes or no."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from elasticsearch import Elasticsearch

from index.elastic.server import Address, reason, refusal

_BYTES = 8_000_000  # of one request
_TRIES = 6
_BUSY = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Operation:
    """One document to write; `action` is create or index, `condition` what must hold of the stored one."""

    id: str
    document: dict[str, Any]
    action: str = "index"
    condition: tuple[int, int] | None = None  # its _seq_no and _primary_term

    def lines(self) -> bytes:
        head: dict[str, Any] = {"_id": self.id}
        if self.condition is not None:
            head["if_seq_no"], head["if_primary_term"] = self.condition
        encode = msgspec.json.encode
        return encode({self.action: head}) + b"\n" + encode(self.document) + b"\n"


def write(
    client: Elasticsearch,
    index: str,
    operations: Iterable[Operation],
    address: Address,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> set[str]:
    """Writes them and returns the ids that met another state than their condition says.

    Refused for the moment (429, 503): tried again, later and later. Refused for good: `StoreAway` or
    `UsageError` with the server's reason.
    """
    conflicts: set[str] = set()
    for chunk in _chunks(operations):
        left = dict(chunk)
        for attempt in range(_TRIES):
            left = _send(client, index, left, conflicts, address, last=attempt == _TRIES - 1)
            if not left:
                break
            sleep(0.2 * 2**attempt)
    return conflicts


def _send(
    client: Elasticsearch,
    index: str,
    chunk: dict[str, bytes],
    conflicts: set[str],
    address: Address,
    *,
    last: bool,
) -> dict[str, bytes]:
    """One request; what is to be tried again."""
    lines: list[Any] = list(chunk.values())  # encoded already
    answer = client.bulk(index=index, operations=lines, filter_path=_ASKED)
    again: dict[str, bytes] = {}
    for item in answer.get("items", []) if answer.get("errors") else []:
        for result in item.values():
            status = result["status"]
            if status < 300:
                continue
            if status == 409:
                conflicts.add(result["_id"])
            elif status in _BUSY and not last:
                again[result["_id"]] = chunk[result["_id"]]
            else:
                raise refusal(status, f"document {result['_id']}: {reason(result)}", address)
    return again


_ASKED: Sequence[str] = ("errors", "items.*.status", "items.*._id", "items.*.error")


def _chunks(operations: Iterable[Operation]) -> Iterator[list[tuple[str, bytes]]]:
    chunk: list[tuple[str, bytes]] = []
    size = 0
    for operation in operations:
        lines = operation.lines()
        if chunk and size + len(lines) > _BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append((operation.id, lines))
        size += len(lines)
    if chunk:
        yield chunk
