"""Query text to tokens. Full-width marks mean what their ASCII twins mean."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from core.errors import QueryError
from index.query.fields import field_named, unknown_field
from index.tokens import canonical, is_punctuation


class Mark(Enum):
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    WORD = auto()
    PHRASE = auto()
    TOPIC = auto()
    FIELD = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what was read: for a field its value, with the field's name in `field`."""

    mark: Mark
    text: str
    position: int
    field: str = ""


_QUOTES = {'"': '"“”＂', "“": '"“”＂', "”": '"“”＂', "＂": '"“”＂', "「": "」", "『": "』"}
_SENTENCE = "，、；。！？…"  # between words these are what a space is
_EDGES = ",;.!?'*"  # at the edge of an unquoted word they are how it was pasted, inside it they count
_BRACKETS = {"(": Mark.OPEN, "（": Mark.OPEN, ")": Mark.CLOSE, "）": Mark.CLOSE}
_BARS = "|｜"
_ENDS = frozenset(_SENTENCE + _BARS + "".join(_BRACKETS) + "".join(_QUOTES))
_OPERATORS = {"AND": Mark.AND, "OR": Mark.OR, "NOT": Mark.NOT, "&&": Mark.AND, "&": Mark.AND}
_TOPIC = re.compile(r"[#＃]([^#＃\n]{1,140})[#＃]")
_NAME = re.compile(r"[A-Za-z_]{2,20}|[\u4e00-\u9fff]{2,4}")


class Lexer:
    """Cuts one query; `tokens` raises `QueryError`."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.at = 0

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        while (token := self._next()) is not None:
            found.append(token)
        return found

    def _next(self) -> Token | None:
        query = self.query
        while self.at < len(query):
            start, character = self.at, query[self.at]
            if character in _BRACKETS:
                self.at += 1
                return Token(_BRACKETS[character], character, start)
            if character in _BARS:
                while self.at < len(query) and query[self.at] in _BARS:
                    self.at += 1
                return Token(Mark.OR, query[start : self.at], start)
            if character in _QUOTES:
                return Token(Mark.PHRASE, self._quoted(), start)
            if character in "-－" and self._term_follows():
                self.at += 1
                return Token(Mark.NOT, character, start)
            if (topic := _TOPIC.match(query, start)) and not is_punctuation(canonical(topic[1])):
                self.at = topic.end()
                return Token(Mark.TOPIC, topic[1], start)
            if character.isspace() or character in _ENDS:
                self.at += 1
                continue
            if token := self._word():
                return token
        return None

    def _term_follows(self) -> bool:
        rest = self.query[self.at + 1 : self.at + 2]
        return bool(rest) and not rest.isspace() and rest not in "-－)）|｜"

    def _quoted(self) -> str:
        start = self.at
        closers = _QUOTES[self.query[start]]
        for end in range(start + 1, len(self.query)):
            if self.query[end] in closers:
                self.at = end + 1
                return self.query[start + 1 : end]
        raise QueryError(
            f"the quote opened at character {start + 1} is not closed; add a closing quote",
            position=start,
            query=self.query,
            zh=f"第 {start + 1} 个字符处的引号没有闭合；请补上右引号",
        )

    def _bare(self) -> str:
        """Up to the next space, bracket, quote, bar or sentence mark."""
        start = self.at
        while self.at < len(self.query):
            character = self.query[self.at]
            if character.isspace() or character in _ENDS:
                break
            self.at += 1
        return self.query[start : self.at]

    def _word(self) -> Token | None:
        """A word, an operator or a field with its value; None for bare punctuation, which is skipped."""
        start = self.at
        if (name := _NAME.match(self.query, start)) and self.query[name.end() : name.end() + 1] in (
            ":",
            "：",
        ):
            if field := field_named(name[0]):
                self.at = name.end() + 1
                return Token(Mark.FIELD, self._value(name[0], start), start, field)
            if name[0].isascii() and self.query[name.end() + 1 : name.end() + 3] != "//":
                raise unknown_field(name[0], start, self.query)
        text = self._bare()
        if operator := _OPERATORS.get(unicodedata.normalize("NFKC", text)):
            return Token(operator, text, start)
        if is_punctuation(canonical(text)):
            return None
        word = text.strip(_EDGES)
        return Token(Mark.WORD, word, start + text.index(word))

    def _value(self, name: str, start: int) -> str:
        while self.at < len(self.query) and self.query[self.at].isspace():
            self.at += 1
        value = ""
        if self.at < len(self.query):
            character = self.query[self.at]
            topic = _TOPIC.match(self.query, self.at)
            if character in _QUOTES:
                value = self._quoted()
            elif topic:
                self.at, value = topic.end(), topic[1]
            else:
                value = self._bare()
        if not value.strip() or value in _OPERATORS:
            raise QueryError(
                f"{name}: at character {start + 1} needs a value, as in {name}:VALUE",
                position=start,
                query=self.query,
                zh=f"第 {start + 1} 个字符处的 {name}: 后面缺少取值，写作 {name}:取值",
            )
        return value
