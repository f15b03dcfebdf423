"""The server: its address and credentials, and its errors in our words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from elastic_transport import ConnectionError as NotConnected
from elastic_transport import ConnectionTimeout, SerializationError, TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError
from elasticsearch.serializer import CompatibilityModeJsonSerializer

from core.errors import StoreAway, UsageError

_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}")
_AGAIN = "nothing was lost, run again when it is back"
BUSY = (429, 502, 503, 504)  # statuses of a server that will take it later


@dataclass(frozen=True, slots=True)
class Address:
    """`url` without credentials, its hosts apart by commas; `prefix` begins the name of every index."""

    url: str
    prefix: str = "tingfeng"
    user: str | None = None
    password: str | None = None

    def __str__(self) -> str:
        return f"{self.url}/{self.prefix}"

    @property
    def nodes(self) -> list[str]:
        """The address of each node that may be asked."""
        scheme, _, hosts = self.url.partition("://")
        return [f"{scheme}://{host}" for host in hosts.split(",")]


def read_address(text: str) -> Address:
    """The parts of ``http(s)://[user:password@]host[:port][,host[:port]...][/prefix]``; else `UsageError`."""
    scheme, _, rest = text.partition("://")
    place, _, path = rest.partition("/")
    credentials, at, hosts = place.rpartition("@")
    user, _, password = credentials.partition(":")
    prefix = path.strip("/") or "tingfeng"
    if scheme not in ("http", "https") or not hosts or set("?#") & set(text):
        raise UsageError(f"store address {text!r} cannot be read; write http://HOST:9200 or .../PREFIX")
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(f"{prefix!r} cannot begin an index name; use lower case letters, digits, - and _")
    if f"{prefix}-".find("-posts-") >= 0:
        raise UsageError(f"{prefix!r} would mix with the indices of another prefix; leave -posts out of it")
    return Address(
        url=f"{scheme}://{','.join(_host(scheme, host, text) for host in hosts.split(','))}",
        prefix=prefix,
        user=unquote(user) if at else None,
        password=unquote(password) if at and ":" in credentials else None,
    )


def _host(scheme: str, host: str, text: str) -> str:
    """HOST:PORT, the port spelled out."""
    try:
        parts = urlsplit(f"{scheme}://{host}")
        port = parts.port
    except ValueError as error:
        raise UsageError(f"store address {text!r} cannot be read: {error}") from error
    if not parts.hostname:
        raise UsageError(f"store address {text!r} cannot be read; write http://HOST:9200 or .../PREFIX")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{name}:{port or (443 if scheme == 'https' else 9200)}"


class _Json(CompatibilityModeJsonSerializer):
    """Reads answers in a third of the time: every document that is written gets a line in one."""

    def json_loads(self, data: bytes) -> Any:
        try:
            return msgspec.json.decode(data)
        except ValueError:  # half a character, as the standard library lets it pass
            return super().json_loads(data)


def connect(address: Address, environ: Mapping[str, str] = os.environ) -> Elasticsearch:
    """A client; credentials from ``TINGFENG_ES_API_KEY``, or ``_USER`` and ``_PASSWORD``, or the address.

    ``TINGFENG_ES_CA`` names the file of the authority that signed the server's certificate.
    """
    options: dict[str, Any] = {"serializers": {_Json.mimetype: _Json()}}
    if key := environ.get("TINGFENG_ES_API_KEY"):
        options["api_key"] = key
    elif user := environ.get("TINGFENG_ES_USER") or address.user:
        options["basic_auth"] = (user, environ.get("TINGFENG_ES_PASSWORD") or address.password or "")
    if ca := environ.get("TINGFENG_ES_CA"):
        if not address.url.startswith("https:"):
            raise UsageError(f"TINGFENG_ES_CA is set, but {address.url} is not https")
        if not Path(ca).is_file():
            raise UsageError(f"TINGFENG_ES_CA names {ca}, which is no file")
        options["ca_certs"] = ca
    try:
        # Each try of a request goes to another node, so a lost one costs a try.
        return Elasticsearch(
            address.nodes,
            request_timeout=60,
            retry_on_timeout=True,
            max_retries=max(3, len(address.nodes)),
            **options,
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"{address}: {error}") from error


@contextmanager
def told(address: Address) -> Iterator[None]:
    """Turns the client's errors into ours."""
    try:
        yield
    except (ApiError, TransportError) as error:
        raise _meaning(error, address) from error


def _meaning(error: ApiError | TransportError, address: Address) -> StoreAway | UsageError:
    if isinstance(error, TlsError):
        return UsageError(
            f"{address.url}: no trusted TLS connection ({_short(error)}); check http or https,"
            " and name the authority's file in TINGFENG_ES_CA"
        )
    if isinstance(error, ConnectionTimeout):
        return StoreAway(f"Elasticsearch at {address.url} does not answer in time; {_AGAIN}")
    if isinstance(error, NotConnected):
        return StoreAway(f"Elasticsearch at {address.url} cannot be reached ({_short(error)}); {_AGAIN}")
    if isinstance(error, UnsupportedProductError | SerializationError) or _of_another_program(error):
        return UsageError(f"{address.url} answers, but not as Elasticsearch does; check the address")
    if isinstance(error, ApiError):
        return refusal(error.meta.status, reason(error.body), address)
    return StoreAway(f"Elasticsearch at {address.url}: {_short(error)}; {_AGAIN}")


def _of_another_program(error: ApiError | TransportError) -> bool:
    """Elasticsearch signs its answers; what has no signature and is no proxy's complaint is not its own."""
    if not isinstance(error, ApiError) or error.meta.status in (401, 403, 407, *BUSY):
        return False
    return "x-elastic-product" not in error.meta.headers


def refusal(status: int, why: str, address: Address) -> StoreAway | UsageError:
    """What an answer with this status, or an item of a bulk with it, means."""
    if status == 401:
        return UsageError(
            f"{address.url} does not accept the credentials;"
            " set TINGFENG_ES_USER and TINGFENG_ES_PASSWORD, or TINGFENG_ES_API_KEY"
        )
    if "cluster_block_exception" in why or "read-only" in why:
        return StoreAway(
            f"Elasticsearch at {address.url} takes no writes now ({why});"
            " nothing was lost: free disk space there, lift the block, and run again"
        )
    if "too many nested clauses" in why or "maximum nested depth" in why:
        return UsageError(f"the query is too large for {address.url} ({why}); split it")
    if status == 403:
        return UsageError(f"{address.url} does not allow this user: {why}")
    if status in BUSY:
        return StoreAway(f"Elasticsearch at {address.url} is overloaded or not ready ({why}); {_AGAIN}")
    return StoreAway(f"Elasticsearch at {address.url} refuses ({status}): {why}; nothing was lost")


def reason(body: Any) -> str:
    """The one sentence of an error body that says most."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        causes = error.get("root_cause") or [error]
        deepest = error.get("caused_by") or causes[0]
        return f"{causes[0].get('type')}: {deepest.get('reason') or causes[0].get('reason')}"
    return str(error)[:300]


def _short(error: TransportError) -> str:
    told = str(error.message).split("\n")[0]
    # the client describes itself before it comes to what the system said
    of_the_system = re.search(r"\[Errno -?\d+\] ([^)]+)", told)
    return of_the_system[1] if of_the_system else told[:200]
