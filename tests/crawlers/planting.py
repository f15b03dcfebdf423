"""Invented people, put into a recorded page in the places of those who are in it, so that they can be looked for."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from core.models import Author, Gone, HotEntry, Post
from core.privacy import is_public
from crawlers.reading.charset import decode
from crawlers.workbench.cases import Case, readers

PHONE = "139-0000-8123"
MAIL = "zhongxia.ren@post.example.org"
FOLLOWER_LINE = 100_000
_ENOUGH = 3  # people, and posts with words of theirs
_CHINESE = re.compile(r"[一-鿿]{4,}")
Record = Post | Author | HotEntry | Gone


def records(found: object) -> Iterator[Record]:
    """Every record in what a parser read, however deep."""
    if isinstance(found, Post | Author | HotEntry | Gone):
        yield found
    elif dataclasses.is_dataclass(found) and not isinstance(found, type):
        for one in dataclasses.fields(found):
            yield from records(getattr(found, one.name))
    elif isinstance(found, msgspec.Struct):
        for name in found.__struct_fields__:
            yield from records(getattr(found, name))
    elif isinstance(found, dict):
        for value in found.values():
            yield from records(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from records(value)


def people(found: list[Record]) -> list[Author]:
    """The ordinary people among the authors, each once."""
    authors = [
        one.author if isinstance(one, Post) else one for one in found if isinstance(one, Post | Author)
    ]
    ordinary = [one for one in authors if one and not is_public(one, follower_line=FOLLOWER_LINE)]
    return list(dict.fromkeys(replace(one, followers=None) for one in ordinary if one.id or one.name))


def richest(case: Case) -> tuple[int, int]:
    """How much there is to lose in a case: people, then posts."""
    found = list(records(read(case, case.body)))
    return len(people(found)), sum(isinstance(one, Post) for one in found)


def read(case: Case, body: bytes) -> object:
    meta = case.meta
    return readers(case.source)[meta.kind](body, meta.url, meta.fetched_at)


@dataclass
class Planted:
    """A page while people are planted in it: a change that the parser does not show is undone."""

    case: Case
    text: str
    charset: str
    needles: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, case: Case) -> Planted:
        text, charset = decode(case.body)
        planted = cls(case, text, charset)
        for number, person in enumerate(people(planted.records)[:_ENOUGH]):
            planted.name(person, number)
            planted.id(person, number)
        planted.contacts()
        return planted

    @property
    def body(self) -> bytes:
        return self.text.encode(self.charset)

    @property
    def records(self) -> list[Record]:
        return list(records(read(self.case, self.body)))

    def name(self, person: Author, number: int) -> None:
        """Another name in all places, in whatever way it is written there."""
        name = person.name or ""
        new = f"zhongxia_ren_{number}" if name.isascii() else f"种下的人{number}号"
        if len(name) >= 2:
            changed = self.text
            for form in dict.fromkeys((name, html.escape(name), json.dumps(name)[1:-1])):
                changed = changed.replace(form, new)
            self._accept(changed, new)

    def id(self, person: Author, number: int) -> None:
        """Another id, wherever the parser takes it from."""
        native = (person.id or "").rpartition(":")[2]
        new = f"88610{number}7731"
        if not native.isdigit() or native == "0":
            return
        place = re.compile(rf"(?<!\d){native}(?!\d)")
        if len(native) >= 6:
            self._accept(place.sub(new, self.text), new)
            return
        for found in list(place.finditer(self.text)):
            if self._accept(self.text[: found.start()] + new + self.text[found.end() :], new):
                return

    def contacts(self) -> None:
        """A telephone number, an e-mail address and somebody's name in the words of some posts."""
        names = [needle for needle in self.needles if not needle.isdigit()]
        words = f" 找@{names[0]} {PHONE} {MAIL} " if names else f" {PHONE} {MAIL} "
        posts = [one for one in self.records if isinstance(one, Post)]
        planted = 0
        for post in posts:
            runs = [run for run in _CHINESE.findall(post.text) if run in self.text]
            if any(self._accept(self.text.replace(run, run + words, 1), PHONE, MAIL) for run in runs[:3]):
                planted += 1
            if planted == _ENOUGH:
                return

    def _accept(self, changed: str, *needles: str) -> bool:
        before, count = self.text, len(self.records)
        self.text = changed
        try:
            told = self.records
        except Exception:  # the page is no page any more
            told = []
        shown = raw(told) if all(needle in (PHONE, MAIL) for needle in needles) else raw(people(told))
        if changed == before or len(told) < count or not all(needle in shown for needle in needles):
            self.text = before
            return False
        self.needles += [needle for needle in needles if needle not in self.needles]
        return True


def raw(found: Any) -> str:
    """Records as they are before the door."""
    return msgspec.json.encode(found).decode()
