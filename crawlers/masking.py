"""A recorded page without the people in it: each name and id replaced by the same invented one everywhere."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any
from urllib.parse import quote

import msgspec

from core.pseudonyms import Pseudonyms, is_pseudo_name
from core.texts import chain, mask_contacts, mentions_of

_NAME_KEYS = frozenset(
    {
        "screen_name",
        "nick",
        "nickname",
        "nick_name",
        "user_name",
        "username",
        "name_show",
        "user_nickname",
        "author_name",
    }
    | {"real_name", "realname", "display_username", "login", "mobile_name", "replyname"}
)
_ID_KEYS = frozenset(
    {
        "uid",
        "user_id",
        "userid",
        "author_id",
        "authorid",
        "member_id",
        "memberid",
        "portrait",
        "un",
        "space_uid",
    }
)
_ID_IN_LINK = re.compile(
    r"(?:[?&;](?:uid|user_?id|author_?id)=|space-uid-|/u/|/people/|/member/|/user/|/users/)([\w.-]{1,40})"
)
_PERSON_LINK = re.compile(
    rf"<a\b[^>]*?href=[\"'][^\"'>]*?{_ID_IN_LINK.pattern}[^>]*>\s*([^<>]{{1,40}}?)\s*</a>", re.IGNORECASE
)
_SHORT = 5  # digits; a shorter number is replaced only where it is surely somebody's


class People:
    """The names and ids of everybody on a page, and what stands for each in its recording.

    A name becomes a pseudonym as at the landing's door; an id of digits becomes as many digits, so that a page
    still reads as it did. `pseudonyms` has a key of its own for each recording, which nobody keeps.
    """

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self.names: dict[str, str] = {}
        self.ids: dict[str, str] = {}

    def meet(self, found: object) -> None:
        """Everybody whom what a parser read (records, lists, pages of them) names."""
        self._walk(msgspec.to_builtins(found))

    def meet_page(self, text: str) -> None:
        """Everybody a page names besides: by the keys of its JSON, and by its links to people's pages."""
        for number in _ID_IN_LINK.findall(text):
            self._id(number)
        for _, name in _PERSON_LINK.findall(text):
            self._name(unescape(name))
        with contextlib.suppress(ValueError, RecursionError):
            self._keys(msgspec.json.decode(text))

    def masked(self, text: str) -> str:
        """`text` with everybody replaced, in each way a page may write a name, and contacts masked."""
        for name in sorted(self.names, key=len, reverse=True):
            for raw, put in _spellings(name, self.names[name]):
                text = _replaced(text, raw, put, alone=len(name) < 2)
        for number in sorted(self.ids, key=len, reverse=True):
            text = self._without(text, number)
        return _masked_contacts(text)

    def left(self, text: str) -> list[str]:
        """Names and ids that still stand in `text` as they were."""
        names = [name for name in self.names if len(name) > 1 and _stands(name, text)]
        return names + [number for number in self.ids if len(number) >= _SHORT and _stands(number, text)]

    def _without(self, text: str, number: str) -> str:
        put = self.ids[number]
        if len(number) >= _SHORT:
            return re.sub(rf"(?<![\w.]){re.escape(number)}(?![\w])", put, text)
        in_link = re.compile(
            _ID_IN_LINK.pattern.replace(r"([\w.-]{1,40})", rf"{re.escape(number)}(?![\w.-])")
        )
        text = in_link.sub(lambda found: found[0][: -len(number)] + put, text)
        keys = "|".join(_ID_KEYS)
        return re.sub(rf'("(?:{keys})"\s*:\s*"?){re.escape(number)}(?!\d)', rf"\g<1>{put}", text)

    def _walk(self, value: Any) -> None:
        if isinstance(value, dict):
            author = value.get("author")
            for one in (author, value if {"id", "name", "verified_type"} <= value.keys() else None):
                if isinstance(one, dict):
                    self._name(one.get("name"))
                    self._id((one.get("id") or "").rpartition(":")[2])
            for name in value.get("mentions") or ():
                self._name(name)
            text = value.get("text")
            if isinstance(text, str):
                for name in (*mentions_of(text), *(hop.name for hop in chain(text))):
                    self._name(name)
            value = list(value.values())
        if isinstance(value, list | tuple):
            for part in value:
                self._walk(part)

    def _keys(self, value: Any) -> None:
        if isinstance(value, dict):
            for key, part in value.items():
                if key.lower() in _NAME_KEYS and isinstance(part, str):
                    self._name(part)
                elif key.lower() in _ID_KEYS and isinstance(part, str | int) and not isinstance(part, bool):
                    self._id(str(part))
                self._keys(part)
        elif isinstance(value, list):
            for part in value:
                self._keys(part)

    def _name(self, name: str | None) -> None:
        name = (name or "").strip().lstrip("@＠")
        if name and not is_pseudo_name(name):
            self.names.setdefault(name, self._pseudonyms.name(name))

    def _id(self, number: str) -> None:
        if not number or number in self.ids or number in self.names or set(number) <= {"0"}:
            return
        digest = self._pseudonyms.author_id("page", number).rpartition("p-")[2]
        if number.isdecimal():
            digits = str(int(digest, 16)).zfill(20)[-len(number) :]
            self.ids[number] = digits if len(number) < 2 else "9" + digits[1:]
        else:
            self.ids[number] = f"p-{digest}"


def _spellings(name: str, put: str) -> Iterator[tuple[str, str]]:
    """A name as it stands in text, HTML, JSON and addresses, and its pseudonym written likewise."""
    ways = (
        lambda word: word,
        escape,
        lambda word: json.dumps(word)[1:-1],
        lambda word: json.dumps(word)[1:-1].replace("/", "\\/"),
        quote,
        lambda word: quote(word.encode("gb18030", "replace")),
    )
    seen: set[str] = set()
    for way in ways:
        for raw in (way(name), way(name).lower(), way(name).upper()):
            if raw not in seen and (raw == way(name) or "\\u" in way(name) or "%" in raw):
                seen.add(raw)
                yield raw, way(put)


def _replaced(text: str, raw: str, put: str, *, alone: bool) -> str:
    if alone:  # one letter: only where it is all there is
        return re.sub(rf"(?<=[>\"]){re.escape(raw)}(?=[<\"])", lambda _: put, text)
    if raw.isascii() and raw.isalnum():
        return re.sub(rf"(?<![A-Za-z0-9_]){re.escape(raw)}(?![A-Za-z0-9_])", lambda _: put, text)
    return text.replace(raw, put)


def _stands(word: str, text: str) -> bool:
    return _replaced(text, word, "", alone=False) != text


_IN_NUMBER = re.compile(r"(?<=[:\[,])\s*\d{11}(?=\s*[,\]}])")


def _masked_contacts(text: str) -> str:
    """Phones and e-mails masked but for bare JSON numbers, which a mask in brackets would break."""
    parts = []
    at = 0
    for number in _IN_NUMBER.finditer(text):
        parts += [mask_contacts(text[at : number.start()]), number[0]]
        at = number.end()
    return "".join([*parts, mask_contacts(text[at:])])
