"""What names an account, or repeats a post, in a record; and the record without it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from core.frames import Record
from core.models import Author, Coverage, Gone, Post, Run
from core.pseudonyms import Pseudonyms, is_pseudo_name
from core.records import to_json
from core.texts import own_text, without_hops
from index.store.plan import SURE_NATIVE

ERASED = "已删除用户"  # stands where a name stood
RUNS = b'{"type":"run"'  # their lines may hold a raw number, which only the key can tell
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{5,}(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """An account by all it is called, raw and by pseudonym, or posts by id and words.

    `words` are (name, own words) of erased posts, as a chain of reposts repeats them. With a `key`, numbers and
    names that a run was asked for are told from their pseudonyms.
    """

    platform: str | None = None
    accounts: frozenset[str] = frozenset()  # platform:native
    names: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    words: frozenset[tuple[str, str]] = frozenset()
    key: Pseudonyms | None = None

    def needles(self) -> tuple[bytes, ...]:
        """What a line of JSON or of a log holds when there may be something of them in it."""
        found = {
            *self.accounts,
            *self._natives(),
            *self.names,
            *self.posts,
            *(name for name, _ in self.words),
        }
        spelled = {to_json(text)[1:-1] for text in found} | {quote(text).encode() for text in found}
        return tuple(sorted(spelled))

    def wrote(self, post: Post) -> bool:
        """Whether a post goes altogether."""
        return post.id in self.posts or (
            post.author is not None and self.is_account(post.author, post.platform)
        )

    def is_account(self, author: Author, platform: str | None) -> bool:
        """Whether an account is the one; by its name only where it has no id."""
        if author.id is not None:
            return author.id in self.accounts
        return self._here(platform) and not self.names.isdisjoint(
            filter(None, (author.name, author.name_key))
        )

    def without(self, record: Record) -> Record | None:
        """The record with nothing of them in it; None where nothing would be left."""
        match record:
            case Post():
                return None if self.wrote(record) else self._without_words(record)
            case Gone():
                return None if record.id in self.posts else record
            case Author():
                return (
                    None if self.is_account(record, (record.id or ":").partition(":")[0] or None) else record
                )
            case Coverage():
                return replace(record, slice=self.hidden(record.slice))
            case Run():
                return replace(record, asked=self._hidden(record.asked))
        return record

    def hidden(self, text: str) -> str:
        """A text for people or programs without the account's ids and, where they stand after @, names."""
        for known in sorted(self.accounts | self._natives(), key=len, reverse=True):
            text = text.replace(known, ERASED)
        return self._without_mentions(_NUMBER.sub(lambda found: self._number(found[0]), text))

    def _number(self, native: str) -> str:
        """A number, unless it is what the account is called at the site."""
        if self.key is None or self.platform is None:
            return native
        return ERASED if self.key.author_id(self.platform, native) in self.accounts else native

    def _here(self, platform: str | None) -> bool:
        return self.platform is None or platform is None or platform == self.platform

    def _natives(self) -> set[str]:
        found = {key.rpartition(":")[2] for key in self.accounts}
        return {native for native in found if len(native) >= SURE_NATIVE}

    def _without_words(self, post: Post) -> Post:
        if not self._here(post.platform):
            return post
        return replace(
            post,
            text=self._without_mentions(without_hops(post.text, self._gone, ERASED)),
            mentions=tuple(dict.fromkeys(ERASED if name in self.names else name for name in post.mentions)),
        )

    def _gone(self, name: str, words: str) -> bool:
        return name in self.names or (name, words) in self.words

    def _without_mentions(self, text: str) -> str:
        if "@" not in text and "＠" not in text:
            return text
        for name in sorted(self.names, key=len, reverse=True):
            # a pseudonym ends where it ends; another name goes on as long as letters do
            end = "" if is_pseudo_name(name) else r"(?![\w·-])"
            text = re.sub(f"(?<=[@＠]){re.escape(name)}{end}", ERASED, text)
        return text

    def _hidden(self, value: Any) -> Any:
        if isinstance(value, str):
            known = value in self.names or (self.key is not None and self.key.name(value) in self.names)
            return ERASED if known else self.hidden(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value if self.hidden(str(value)) == str(value) else ERASED
        if isinstance(value, dict):
            return {name: self._hidden(part) for name, part in value.items()}
        return [self._hidden(part) for part in value] if isinstance(value, list | tuple) else value


def words_of(post: Post) -> set[tuple[str, str]]:
    """A post's own words as a chain names them: by each name of its author."""
    author, words = post.author, own_text(post.text)
    if author is None or not words:
        return set()
    return {(name, words) for name in (author.name, author.name_key) if name}
