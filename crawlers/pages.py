"""Requests as the frontier keeps them: a page's address and what its callback needs, in plain JSON.

A worker on another host, or a later program, can read them; nothing is pickled.
"""

from __future__ import annotations

import base64
import dataclasses
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

import msgspec
from scrapy.http import Request

from core.errors import TingfengError
from crawlers.state.readings import Lease, Page
from crawlers.state.sealing import Sealer

_encode = msgspec.json.Encoder(order="sorted").encode
_OURS = ("core.models", "crawlers.")


def page_of(request: Request, sealer: Sealer, *, depth: int) -> Page:
    """The page of a request made by `SourceSpider.fetch`.

    A page asked for `again` is the same page only where its callback gets the same arguments.
    Raises `TypeError` naming an argument that cannot be kept.
    """
    meta = dict(request.meta)
    again = request.dont_filter
    arguments = {name: _pack(value, name) for name, value in meta.pop("arguments").items()}
    content = base64.b64encode(request.body).decode("ascii")
    body = {
        "url": request.url,
        "method": request.method,
        "headers": {k.decode("latin-1"): v[-1].decode("latin-1") for k, v in request.headers.items()},
        "body": content,
        "priority": request.priority,
        "arguments": arguments,
        "meta": meta,
    }
    told = [_encode(arguments).decode(), meta["page"]] if again else []
    return Page(
        key=sealer.digest(request.method, request.url, content, *told),
        body=_encode(body),
        priority=request.priority,
        depth=depth,
        slice=meta["slice"],
        batch=meta["batch"],
    )


def request_of(lease: Lease, callback: Callable[..., Any], errback: Callable[..., Any]) -> Request:
    """The request of a leased page, whose answer goes to `callback`, and what kept it away to `errback`."""
    told = msgspec.json.decode(lease.body)
    arguments = {name: _unpack(value) for name, value in told["arguments"].items()}
    return Request(
        told["url"],
        callback,
        method=told["method"],
        headers=told["headers"],
        body=base64.b64decode(told["body"]),
        priority=told["priority"],
        dont_filter=True,
        errback=errback,
        meta={**told["meta"], "arguments": arguments, "task": lease.task, "depth": lease.depth},
    )


def _pack(value: Any, name: str) -> Any:
    if value is None or isinstance(value, bool | int | float) or type(value) is str:
        return value
    if isinstance(value, datetime):
        return {"!": "moment", "v": value.isoformat()}
    if isinstance(value, tuple):
        return {"!": "tuple", "v": [_pack(one, name) for one in value]}
    if isinstance(value, list):
        return [_pack(one, name) for one in value]
    if isinstance(value, Mapping):
        return {"!": "map", "v": [[_pack(key, name), _pack(one, name)] for key, one in value.items()]}
    kind = type(value)
    if (dataclasses.is_dataclass(value) or isinstance(value, msgspec.Struct)) and kind.__module__.startswith(
        _OURS
    ):
        return {"!": f"{kind.__module__}:{kind.__qualname__}", "v": msgspec.to_builtins(value, str_keys=True)}
    raise TypeError(
        f"argument {name} of a page is a {kind.__qualname__}, which cannot be kept over a restart; "
        "give plain values, records of core.models or dataclasses of the source"
    )


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpack(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind, inner = value["!"], value["v"]
    if kind == "moment":
        return datetime.fromisoformat(inner)
    if kind == "tuple":
        return tuple(_unpack(one) for one in inner)
    if kind == "map":
        return {_unpack(key): _unpack(one) for key, one in inner}
    return msgspec.convert(inner, _type(kind), str_keys=True)


def _type(named: str) -> Any:
    """A record's type; raises `TingfengError` for one that is not ours, or is no more."""
    module, _, name = named.partition(":")
    found: Any = None
    if module.startswith(_OURS):
        found = sys.modules.get(module) or import_module(module)
        for part in name.split("."):
            found = getattr(found, part, None)
    if found is None:
        raise TingfengError(
            f"the state keeps a {named}, which this program does not know; start the crawl anew"
        )
    return found
