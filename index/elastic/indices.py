"""The indices of one prefix: made, checked, refreshed and read to the end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from core.errors import UsageError
from index.elastic.schema import POSTS, STATE, VERSION, settings, template
from index.elastic.server import Address, connect, told

_KEEP = "5m"
_PAGE = 1_000


class Indices:
    """`posts` is an alias, `state` an index; both are made on first use."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.client: Elasticsearch = connect(address)
        self.posts = f"{address.prefix}-posts"
        self.state = f"{address.prefix}-state"
        self._ready = False
        self._stale = False  # something was written that searches do not see yet
        self._lock = threading.Lock()

    def ensure(self) -> None:
        """Makes what is missing and checks that what is there was written by this version."""
        with self._lock, told(self.address):
            if not self._ready:
                for name, mapping in ((self.posts, POSTS), (self.state, STATE)):
                    self._make_or_check(name, mapping)
                self._ready = True

    def _make_or_check(self, name: str, mapping: dict[str, Any]) -> None:
        try:
            found = self.client.indices.get_mapping(index=name)
        except NotFoundError:
            self._make(name, mapping)
            return
        for one in found.body.values():
            version = one["mappings"].get("_meta", {}).get("version")
            if version != VERSION:
                raise UsageError(
                    f"{self.address} was written by another version of Tingfeng ({version}, this one"
                    f" writes {VERSION}); rebuild it from the landing, or give another prefix"
                )

    def _make(self, name: str, mapping: dict[str, Any]) -> None:
        indices = self.client.indices
        with contextlib.suppress(_Exists):
            if name == self.posts:
                indices.put_index_template(name=name, **template(name))
                _create(self.client, f"{name}-000001")
            else:
                _create(self.client, name, mappings=mapping, settings=settings())
        self.client.cluster.health(index=name, wait_for_status="yellow", timeout="30s")

    def forget(self) -> None:
        """Deletes every index of the prefix and the template."""
        with self._lock, told(self.address):
            for name in (self.posts, self.state):
                with contextlib.suppress(NotFoundError):
                    # Wildcards cannot be deleted on a well-kept server: the names are looked up.
                    for concrete in self.client.indices.get(index=name, filter_path="*.aliases").body:
                        self.client.indices.delete(index=concrete)
            with contextlib.suppress(NotFoundError):
                self.client.indices.delete_index_template(name=self.posts)
            self._ready = self._stale = False

    def written(self) -> None:
        """Notes that searches must see something new."""
        self._stale = True

    def refresh(self) -> None:
        """Makes searches see all that this process wrote."""
        if self._stale:
            self._stale = False  # before asking: what is written from here on wants another refresh
            try:
                with told(self.address):
                    self.client.indices.refresh(index=f"{self.posts},{self.state}")
            except BaseException:
                self._stale = True
                raise

    def search(self, index: str, **body: Any) -> dict[str, Any]:
        """One answer, whole or an error: never the part some shards could give."""
        self.ensure()
        self.refresh()
        with told(self.address):
            answer: dict[str, Any] = self.client.search(
                index=index, allow_partial_search_results=False, **body
            ).body
            return answer

    def stream(
        self, index: str, query: dict[str, Any], *, sort: Sequence[Any] = ("_shard_doc",), source: Any = True
    ) -> Iterator[dict[str, Any]]:
        """Every hit of one moment in the order of `sort`, whatever is written meanwhile."""
        self.ensure()
        self.refresh()
        with told(self.address):
            moment = self.client.open_point_in_time(index=index, keep_alive=_KEEP)["id"]
        try:
            after = None
            while True:
                with told(self.address):
                    answer = self.client.search(
                        pit={"id": moment, "keep_alive": _KEEP},
                        query=query,
                        sort=list(sort),
                        size=_PAGE,
                        source=source,
                        search_after=after,
                        track_total_hits=False,
                        allow_partial_search_results=False,
                    )
                moment = answer["pit_id"]
                hits = answer["hits"]["hits"]
                yield from hits
                if len(hits) < _PAGE:
                    return
                after = hits[-1]["sort"]
        finally:
            with contextlib.suppress(Exception):  # it ends by itself after five minutes
                self.client.close_point_in_time(id=moment)


class _Exists(Exception):
    """Another process made the index first."""


def _create(client: Elasticsearch, name: str, **body: Any) -> None:
    try:
        client.indices.create(index=name, wait_for_active_shards=1, **body)
    except BadRequestError as error:
        if error.error == "resource_already_exists_exception":
            raise _Exists from error
        raise
