"""The one way a parser says that a page is not what it was taken for, and JSON read in that way."""

from __future__ import annotations

from typing import Any

import msgspec


class Unreadable(ValueError):
    """Raised for a body that is no page of the kind asked for; says what is missing.

    Whatever else a parser raises is an error of its own.
    """


def read_json(body: bytes) -> Any:
    """The JSON value of a body; raises `Unreadable` for what is cut, spoiled, or deeper than anything sent in earnest."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"JSON that cannot be read: {error}") from error
