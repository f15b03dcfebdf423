"""JSON inside a script: ``callback({…});``, ``var data={…}``, ``callback([…])``, in UTF-8 or GB18030."""

from __future__ import annotations

from typing import Any

from crawlers.reading.unreadable import Unreadable, read_json


class NotJson(Unreadable):
    """Raised where a body holds no JSON; `block` is the name of what came instead."""

    def __init__(self, block: str) -> None:
        self.block = block
        super().__init__(block)


def read_jsonp(body: bytes) -> Any:
    """The JSON of a body, whatever script stands around it; raises `NotJson`.

    Cut from the first brace or bracket to the last that closes it; read as UTF-8, else as GB18030.
    """
    text = _text(body).strip()
    if not text:
        raise NotJson("empty_answer")
    if text.startswith("<"):
        raise NotJson("not_json")
    starts = [at for sign in "{[" if (at := text.find(sign)) >= 0]
    if not starts:
        raise NotJson("not_json")
    start = min(starts)
    end = text.rfind("}" if text[start] == "{" else "]")
    if end < start:
        raise NotJson("truncated_json")
    try:
        return read_json(text[start : end + 1].encode())
    except Unreadable as error:
        raise NotJson("truncated_json") from error


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")
