"""Cookies that an operator gives, read from text; and the domain to which a cookie belongs."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from core.errors import UsageError

_COOKIE_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


def domain_of(url: str) -> str:
    """The last two labels of a host, three under two-letter registries like com.cn; addresses stay whole."""
    host = url.split("/", 3)[2].rsplit("@", 1)[-1].split(":", 1)[0].lower()
    labels = host.split(".")
    if len(labels) <= 2 or labels[-1].isdigit():
        return host
    deep = len(labels[-1]) == 2 and labels[-2] in ("com", "net", "org", "gov", "edu", "co", "ac")
    return ".".join(labels[-3:] if deep else labels[-2:])


def login_cookies(
    source: str, *, environment: Mapping[str, str] = os.environ, file: str | None = None
) -> dict[str, str]:
    """The operator's cookies for a source, from ``TINGFENG_COOKIE_<SOURCE>`` or a private file.

    Raises `UsageError` when the file is readable by others or the text is not ``NAME=value; NAME=value``.
    """
    name = f"TINGFENG_COOKIE_{source.upper().replace('-', '_')}"
    text = environment.get(name) or (_private(Path(file).expanduser()) if file else "")
    return read_cookies(text, where=name if environment.get(name) else str(file))


def read_cookies(text: str, *, where: str) -> dict[str, str]:
    """Cookies by name of a ``Cookie:`` header's text; raises `UsageError` naming `where`, never the value."""
    text = text.strip().removeprefix("Cookie:").strip()
    if not text:
        return {}
    pairs = [part.strip().partition("=") for part in text.split(";") if part.strip()]
    if not all(equals and _COOKIE_NAME.fullmatch(name) for name, equals, _ in pairs):
        raise UsageError(
            f"{where} is not a cookie; copy the text of the Cookie header: NAME=value; NAME=value"
        )
    return {name: value for name, _, value in pairs}


def _private(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"the cookie file {path} cannot be read: {error.strerror}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"the cookie file {path} can be read by others; run: chmod 600 {path}")
    return text
