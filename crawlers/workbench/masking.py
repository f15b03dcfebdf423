"""A recorded page without the people in it: each name and id replaced by the same invented one everywhere."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
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
_PERSONAL = (
    r"(?:[?&;](?:uid|user_?id|author_?id)=|space-uid-|/u/|/people/|/member/|/user/|/users/)"
    r"(?P<id>[A-Za-z0-9_.-]{1,40}?)(?=[^A-Za-z0-9_.-]|\.html|$)"
)
_ID_IN_LINK = re.compile(_PERSONAL)
_ID_IN_JSON = re.compile(rf'"(?:{"|".join(sorted(_ID_KEYS))})"\s*:\s*"?(?P<id>[A-Za-z0-9_.-]{{1,40}})')
_PERSON_LINK = re.compile(
    rf"<a\b[^>]*?href=[\"'][^\"'>]*?{_PERSONAL}[^>]*>\s*(?P<name>[^<>]{{1,40}}?)\s*</a>",
    re.IGNORECASE,
)
_SHORT = 5  # digits; a shorter number is replaced only where it is surely somebody's
_TRIES = 1_000
_UNIQUE = 8  # digits; so long a number means nobody else, even inside another (107603UID)


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
        for found in _ID_IN_LINK.finditer(text):
            self._id(found["id"])
        for found in _PERSON_LINK.finditer(text):
            self._name(unescape(found["name"]))
        with contextlib.suppress(ValueError, RecursionError):
            self._keys(msgspec.json.decode(text))

    def masked(self, text: str) -> str:
        """`text` with everybody replaced, in each way a page may write a name, and contacts masked."""
        for name in sorted(self.names, key=len, reverse=True):
            for raw, put in _spellings(name, self.names[name]):
                text = _replaced(text, raw, put, alone=len(name) < 2)
        text = self._without_ids(text)
        return _masked_contacts(text)

    def left(self, text: str) -> list[str]:
        """Names and ids that still stand in `text` as they were."""
        names = [name for name in self.names if len(name) > 1 and _stands(name, text)]
        anywhere = self._long_ids()
        return names + (sorted({found["id"] for found in anywhere.finditer(text)}) if anywhere else [])

    def _without_ids(self, text: str) -> str:
        """Each id replaced once: the replacement of one may not be taken for another."""

        def put(found: re.Match[str]) -> str:
            start, end = found.span("id")
            whole = found[0]
            number = found["id"]
            return (
                whole[: start - found.start()] + self.ids.get(number, number) + whole[end - found.start() :]
            )

        for where in (_ID_IN_LINK, _ID_IN_JSON):
            text = where.sub(put, text)
        anywhere = self._long_ids()
        return anywhere.sub(put, text) if anywhere else text

    def _long_ids(self) -> re.Pattern[str] | None:
        """Ids that are told from other numbers wherever they stand; the longest inside others, too."""
        long = sorted((number for number in self.ids if len(number) >= _SHORT), key=len, reverse=True)
        if not long:
            return None
        inside = [re.escape(number) for number in long if len(number) >= _UNIQUE]
        alone = [re.escape(number) for number in long if len(number) < _UNIQUE]
        parts = [*inside, *(rf"(?<![\w.]){number}(?!\w)" for number in alone)]
        return re.compile(f"(?P<id>{'|'.join(parts)})")

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
        taken = {*self.ids, *self.ids.values()}
        put, tries = self._invented(number, 0), 1
        while put in taken or put == number:  # of short ones there are few
            put, tries = self._invented(number, tries), tries + 1
            if tries > _TRIES:
                return
        self.ids[number] = put

    def _invented(self, number: str, tries: int) -> str:
        digest = self._pseudonyms.author_id("page", f"{number}/{tries}").rpartition("p-")[2]
        if not number.isdecimal():
            return f"p-{digest}"
        digits = str(int(digest, 16)).zfill(20)[-len(number) :]
        return digits if len(number) < 2 else "9" + digits[1:]


def _spellings(name: str, put: str) -> Iterator[tuple[str, str]]:
    """A name as it stands in text, HTML, JSON and addresses, and its pseudonym written likewise."""
    seen: set[str] = set()
    for way in _WAYS:
        raw = way(name)
        if raw not in seen:
            seen.add(raw)
            yield raw, way(put)


def _in_json(word: str) -> str:
    return json.dumps(word)[1:-1]


def _in_gbk_link(word: str) -> str:
    return quote(word.encode("gb18030", "replace"))


_WAYS: tuple[Callable[[str], str], ...] = (
    lambda word: word,
    escape,
    _in_json,
    lambda word: re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda found: found[0].upper(), _in_json(word)),
    quote,
    lambda word: re.sub(r"%..", lambda found: found[0].lower(), quote(word)),
    _in_gbk_link,
    lambda word: re.sub(r"%..", lambda found: found[0].lower(), _in_gbk_link(word)),
)


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
