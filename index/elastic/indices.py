"""The indices of one prefix: made, checked, refreshed and read to the end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from core.errors import UsageError
from index.elastic.bulk import Bulk
from index.elastic.schema import STATE, UNKNOWN, VERSION, settings, template
from index.elastic.server import Address, connect, told

_KEEP = "5m"
_PAGE = 1_000
_FRESH = 100_000  # documents written between two refreshes; their ids are kept in memory


class Indices:
    """`posts` is an alias of the months' indices, `state` an index; both are made on first use."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.client: Elasticsearch = connect(address)
        self.bulk = Bulk(self.client, address)
        self.posts = f"{address.prefix}-posts"
        self.state = f"{address.prefix}-state"
        # Where what this process wrote lies that searches do not see yet, by document id.
        self.fresh: dict[str, str] = {}
        self._months: set[str] = set()
        self._ready = False
        self._stale = False  # something was written that searches do not see yet
        self._lock = threading.Lock()

    def ensure(self) -> None:
        """Makes what is missing and checks that what is there was written by this version."""
        with self._lock, told(self.address):
            if not self._ready:
                # What a process wrote that was killed is to be seen by the one that goes on.
                self._stale = self._there(self.posts)
                if not self._there(self.state):
                    self._make(self.state, mappings=STATE, settings=settings())
                self._template()
                if not self._stale:
                    self._make(f"{self.posts}-{UNKNOWN}")
                self._ready = True

    def _there(self, name: str) -> bool:
        try:
            found = self.client.indices.get_mapping(index=name, filter_path="*.mappings._meta")
        except NotFoundError:
            return False
        for index, one in found.body.items():
            version = one.get("mappings", {}).get("_meta", {}).get("version")
            if version != VERSION:
                raise UsageError(
                    f"{index} was written by another version of Tingfeng (mapping {version}, this one writes"
                    f" {VERSION}); run tingfeng ingest --rebuild, or give --store another prefix"
                )
            self._months.add(index)
        return True

    def _template(self) -> None:
        if not self.client.indices.exists_index_template(name=self.posts):
            self.client.indices.put_index_template(name=self.posts, **template(self.posts))

    def _make(self, name: str, **body: Any) -> None:
        """An index with all its copies, so that no node is the only one to have what it is told."""
        try:
            self.client.indices.create(index=name, wait_for_active_shards="all", timeout="30s", **body)
        except BadRequestError as error:  # another process was first
            if error.error != "resource_already_exists_exception":
                raise
            self.client.cluster.health(index=name, wait_for_status="yellow", timeout="30s")

    def provide(self, months: set[str]) -> None:
        """Makes those of these indices that are not there; they fit the template."""
        with self._lock, told(self.address):
            for name in sorted(months - self._months):
                self._make(name)
                self._months.add(name)

    def forget(self) -> None:
        """Deletes every index of the prefix and the template."""
        with self._lock, told(self.address):
            for name in (self.posts, self.state):
                with contextlib.suppress(NotFoundError):
                    # Wildcards cannot be deleted on a well-kept server: the names are looked up.
                    found = list(self.client.indices.get_settings(index=name, flat_settings=True).body)
                    self.client.indices.delete(index=",".join(found))
            with contextlib.suppress(NotFoundError):
                self.client.indices.delete_index_template(name=self.posts)
            self.fresh.clear()
            self._months.clear()
            self._ready = self._stale = False

    def written(self, places: Mapping[str, str]) -> None:
        """Notes that searches must see something new: the documents of these ids, in these indices."""
        self._stale = True
        self.fresh.update(places)
        if len(self.fresh) > _FRESH:
            self.refresh()

    def refresh(self) -> None:
        """Makes searches see all that this process wrote."""
        if self._stale:
            self._stale = False  # before asking: what is written from here on wants another refresh
            seen = dict(self.fresh)
            try:
                with told(self.address):
                    self.client.indices.refresh(index=f"{self.posts},{self.state}")
            except BaseException:
                self._stale = True
                raise
            for key, place in seen.items():
                if self.fresh.get(key) == place:
                    del self.fresh[key]

    def search(self, index: str, *, refreshed: bool = True, **body: Any) -> dict[str, Any]:
        """One answer, whole or an error: never the part some shards could give."""
        self.ensure()
        if refreshed:
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
