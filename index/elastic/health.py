"""Whether an Elasticsearch store is in order, for ``tingfeng doctor``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elasticsearch import __version__ as client_version

from core.errors import TingfengError
from index.elastic import paging, state
from index.elastic.schema import VERSION
from index.elastic.server import told
from index.elastic.store import ElasticStore

Found = tuple[str, bool, str]  # what was looked at, whether it is in order, what is told
_SERVERS = (8, 9)
_SHOWN = 3  # refused posts named with their reasons
_MOST = 1_000


def examine(store: ElasticStore) -> list[Found]:
    """Every look in order; one that fails does not keep the others from being taken."""
    looks: list[tuple[str, Callable[[ElasticStore], tuple[bool, str]]]] = [
        ("server", _server),
        ("cluster", _cluster),
        ("mapping", _mapping),
        ("indices", _indices),
        ("writing", _writing),
        ("refused posts", _refused),
    ]
    return [(name, *_looked(look, store)) for name, look in looks]


def _looked(look: Callable[[ElasticStore], tuple[bool, str]], store: ElasticStore) -> tuple[bool, str]:
    try:
        with told(store.indices.address):
            return look(store)
    except TingfengError as error:
        return False, str(error)


def _server(store: ElasticStore) -> tuple[bool, str]:
    client = ".".join(map(str, client_version))
    nodes = store.indices.client.nodes.info(filter_path="nodes.*.version")["nodes"]
    versions = sorted({node["version"] for node in nodes.values()})
    text = f"Elasticsearch {', '.join(versions)} on {len(nodes)} nodes, client {client}"
    if any(int(version.split(".")[0]) not in _SERVERS for version in versions):
        return False, f"{text}; only 8.19 and 9 were tried: use one of them"
    return True, text


def _cluster(store: ElasticStore) -> tuple[bool, str]:
    names = f"{store.indices.posts},{store.indices.state}"
    store.indices.ensure()
    health = store.indices.client.cluster.health(index=names)
    missing = health["unassigned_shards"]
    if health["status"] == "green":
        return True, f"green, {health['number_of_nodes']} nodes"
    if health["status"] == "yellow":
        return False, f"yellow: {missing} copies have no node; all posts are there, bring the lost node back"
    return False, f"red: {missing} parts of the index do not answer; bring the lost nodes back"


def _mapping(store: ElasticStore) -> tuple[bool, str]:
    store.indices.ensure()  # says itself what is wrong
    found = store.indices.client.indices.get_index_template(name=store.indices.posts)
    version = found["index_templates"][0]["index_template"].get("version")
    if version != VERSION:
        return (
            False,
            f"the template has version {version}, this Tingfeng writes {VERSION}; delete the template",
        )
    return True, f"version {VERSION}"


def _indices(store: ElasticStore) -> tuple[bool, str]:
    store.indices.ensure()
    answer = store.indices.client.indices.stats(index=store.indices.posts, metric=["docs", "store"])
    total = answer["_all"]["primaries"]
    size = total["store"]["size_in_bytes"] / 1e6
    return True, f"{total['docs']['count']} posts in {len(answer['indices'])} indices, {size:.1f} MB"


def _writing(store: ElasticStore) -> tuple[bool, str]:
    store.indices.ensure()
    names = f"{store.indices.posts},{store.indices.state}"
    found: dict[str, Any] = store.indices.client.indices.get_settings(
        index=names, name="index.blocks.*", flat_settings=True
    ).body
    blocked = sorted(
        name for name, one in found.items() if "true" in map(str, one.get("settings", {}).values())
    )
    if blocked:
        return False, f"read-only: {', '.join(blocked)}; free disk space on the server, then lift the block"
    return True, "every index takes posts"


def _refused(store: ElasticStore) -> tuple[bool, str]:
    """Posts kept aside that were not taken since."""
    answer = store.indices.search(
        store.indices.state,
        query={"term": {"kind": state.REFUSED}},
        size=_MOST,
        source=["key", "body.reason"],
    )
    reasons = {hit["_source"]["key"]: hit["_source"]["body"]["reason"] for hit in answer["hits"]["hits"]}
    for hit in paging.posts_of(store.indices, list(reasons), ()):
        reasons.pop(hit["_id"], None)
    if not reasons:
        return True, "none"
    shown = "; ".join(f"{key}: {why}" for key, why in list(reasons.items())[:_SHOWN])
    return False, f"{len(reasons)} kept aside, {shown}; they are in no result, report them with these reasons"
