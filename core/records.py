"""Records to JSON and back, with the types checked on the way in."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from core.models import AnnotatedPost

Record = TypeVar("Record")

_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def to_json(record: object) -> bytes:
    """One line of UTF-8 JSON; times as ``2026-11-21T11:59:33Z``, bytes as base64."""
    try:
        return _encoder.encode(record)
    except UnicodeEncodeError:  # half a character, as broken pages and exports have them
        return _encoder.encode(_mended(to_builtins(record)))


def from_json(data: bytes | str, kind: type[Record]) -> Record:
    """A record of `kind`; raises `msgspec.ValidationError`, which names the field, on a wrong type."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    record: Record = decoder.decode(data)
    return record


def to_builtins(record: object) -> Any:
    """The same as plain dicts, lists and strings, for JSON answers."""
    return msgspec.to_builtins(record)


def from_builtins(data: object, kind: type[Record]) -> Record:
    """A record of `kind` from plain dicts; raises `msgspec.ValidationError` on a wrong type."""
    return msgspec.convert(data, kind)


_EXPECTED = re.compile(r"Expected `(.+)`, got `(.+)`", re.DOTALL)
_TYPES = {
    "object": "a table", "array": "a list", "str": "a text", "int": "a whole number", "bool": "true or false",
    "str | array": "a text or a list",
}  # fmt: skip


def wanted_by(fault: str) -> str | None:
    """What a field should have held, of msgspec's words for it; None where they are about something else."""
    found = _EXPECTED.fullmatch(fault)
    if found is None:
        return None
    wanted = found[1].removesuffix(" | null")
    return _TYPES.get(wanted, wanted)


def _mended(value: Any) -> Any:
    """`value` with every half character replaced, so that it can be written."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {key: _mended(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(part) for part in value]
    return value


def post_json(item: AnnotatedPost) -> dict[str, Any]:
    """A post by its public field names, with what was read in it under `annotation`."""
    answer: dict[str, Any] = to_builtins(item.post)
    annotation = to_builtins(item.annotation)
    annotation.pop("signature", None)
    answer["annotation"] = annotation
    return answer
