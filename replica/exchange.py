"""One request and one answer, as the sites see them: no sockets, no framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

import msgspec

from replica.faults import Switch
from replica.identity import Identity

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asked of one host; `headers` have lower-case names."""

    host: str
    path: str
    now: datetime
    method: str = "GET"
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    identity: Identity = Identity.NONE
    faults: Mapping[str, Switch] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """The first value of a query argument."""
        values = self.query.get(name)
        return values[0] if values else default

    def number(self, name: str, default: int) -> int:
        """The same as a whole number; `default` where it is absent or not one."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    @property
    def url(self) -> str:
        query = "&".join(f"{name}={value}" for name, values in self.query.items() for value in values)
        return f"http://{self.host}{self.path}" + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back. `pause_s` waits in the middle of the body; `broken` hangs up before its end."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    pause_s: float = 0.0
    broken: bool = False

    def json(self) -> Any:
        """The body read as JSON."""
        return msgspec.json.decode(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def with_header(self, name: str, value: str) -> Answer:
        """A copy in which `name` has that one value."""
        kept = tuple(pair for pair in self.headers if pair[0] != name)
        return replace(self, headers=(*kept, (name, value)))

    def with_cookie(self, cookie: str) -> Answer:
        """A copy that sets one cookie more."""
        return replace(self, headers=(*self.headers, ("set-cookie", cookie)))


class Site(Protocol):
    """A site that answers for some hosts."""

    @property
    def hosts(self) -> tuple[str, ...]: ...

    def answer(self, request: Request) -> Answer: ...


def json_answer(value: Any, status: int = 200) -> Answer:
    """`value` as JSON."""
    return Answer(
        status=status, body=_encode(value), headers=(("content-type", "application/json; charset=utf-8"),)
    )


def html_answer(page: str, status: int = 200, charset: str = "utf-8") -> Answer:
    """`page` in `charset`; what the charset lacks becomes a numeric reference, as forums store it."""
    return Answer(
        status=status,
        body=page.encode(charset, "xmlcharrefreplace"),
        headers=(("content-type", f"text/html; charset={charset}"),),
    )


def text_answer(text: str, status: int = 200, kind: str = "text/plain") -> Answer:
    return Answer(status=status, body=text.encode(), headers=(("content-type", f"{kind}; charset=utf-8"),))


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers=(("content-type", "text/html"), ("location", location)))


def not_found(page: str = "<html><head><title>404 Not Found</title></head></html>") -> Answer:
    return html_answer(page, 404)


def read_query(raw: bytes) -> dict[str, list[str]]:
    """The arguments of a query string, blanks kept."""
    return parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True)


def read_cookies(header: str) -> dict[str, str]:
    """The cookies of a ``Cookie`` header; the first of two with one name counts."""
    cookies: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            cookies.setdefault(name, value)
    return cookies
