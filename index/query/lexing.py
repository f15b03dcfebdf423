"""Query text to tokens. Full-width marks mean what their ASCII twins mean."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from index.query.fields import NUMBERS, Spot, field_named, unknown_field
from index.query.nearness import OPERATOR as NEAR
from index.tokens import canonical, is_punctuation


class Mark(Enum):
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    WORD = auto()
    PHRASE = auto()
    PREFIX = auto()
    NEAR = auto()
    ACCOUNT = auto()
    TOPIC = auto()
    FIELD = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what was read: for a field its value, with the field's name in `field`.

    `position` and `end` say where it stands in the query.
    """

    mark: Mark
    text: str
    position: int
    end: int
    field: str = ""


_QUOTES = {'"': '"“”＂', "“": '"“”＂', "”": '"“”＂', "＂": '"“”＂', "「": "」", "『": "』"}
_SENTENCE = "，、；。！？…"  # between words these are what a space is
_EDGES = ",;.!?'*"  # at the edge of an unquoted word they are how it was pasted, inside it they count
_BRACKETS = {"(": Mark.OPEN, "（": Mark.OPEN, ")": Mark.CLOSE, "）": Mark.CLOSE}
_BARS = "|｜"
_ENDS = frozenset(_SENTENCE + _BARS + "".join(_BRACKETS) + "".join(_QUOTES))
_OPERATORS = {"AND": Mark.AND, "OR": Mark.OR, "NOT": Mark.NOT, "&&": Mark.AND, "&": Mark.AND}
_TOPIC = re.compile(r"[#＃]([^#＃\n]{1,140})[#＃]")
_ACCOUNT = re.compile(r"[@＠]([\w\-·.]{1,60})")
_NAME = re.compile(r"[A-Za-z_]{1,20}|[\u4e00-\u9fff]{2,4}")
_COLONS = (":", "：")
_SIGNS = ("<", ">", "＜", "＞", "≤", "≥")


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
                return self._token(_BRACKETS[character], start, start + 1)
            if character in _BARS:
                end = start
                while end < len(query) and query[end] in _BARS:
                    end += 1
                return self._token(Mark.OR, start, end)
            if character in _QUOTES:
                text = self._quoted()
                return Token(Mark.PHRASE, text, start, self.at)
            if character in "-－" and self._term_follows():
                return self._token(Mark.NOT, start, start + 1)
            if (topic := _TOPIC.match(query, start)) and not is_punctuation(canonical(topic[1])):
                self.at = topic.end()
                return Token(Mark.TOPIC, topic[1], start, self.at)
            if character.isspace() or character in _ENDS:
                self.at += 1
                continue
            if token := self._word():
                return token
        return None

    def _token(self, mark: Mark, start: int, end: int) -> Token:
        self.at = end
        return Token(mark, self.query[start:end], start, end)

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
        spot = Spot(self.query, start)
        raise spot.error(
            f"the quote opened at character {spot.number} is not closed; add a closing quote",
            f"第 {spot.number} 个字符处的引号没有闭合；请补上右引号",
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
        if field := self._field():
            return field
        text = self._bare()
        plain = unicodedata.normalize("NFKC", text)
        if operator := _OPERATORS.get(plain):
            return Token(operator, text, start, self.at)
        if NEAR.fullmatch(plain):
            return Token(Mark.NEAR, text, start, self.at)
        if is_punctuation(canonical(text)):
            return None
        if account := _ACCOUNT.fullmatch(text):
            return Token(Mark.ACCOUNT, account[1], start, self.at)
        word = text.strip(_EDGES)
        start += text.index(word)
        if text.endswith(("*", "＊")) and text[:-1].strip(_EDGES) == text[:-1]:
            return Token(Mark.PREFIX, text, start, self.at)
        return Token(Mark.WORD, word, start, start + len(word))

    def _field(self) -> Token | None:
        """``name:value`` or, of numbers, ``name>value``; raises `QueryError` for an English name of no field."""
        start = self.at
        name = _NAME.match(self.query, start)
        if name is None:
            return None
        field, following = field_named(name[0]), self.query[name.end() : name.end() + 1]
        if following in _COLONS:
            if field:
                self.at = name.end() + 1
                value = self._value(name[0], start)
                return Token(Mark.FIELD, value, start, self.at, field)
            address = self.query[name.end() + 1 : name.end() + 3] == "//"
            if name[0].isascii() and len(name[0]) > 1 and not address:
                raise unknown_field(name[0], Spot(self.query, start))
        elif field in NUMBERS and following in _SIGNS:
            self.at = name.end()
            value = self._value(name[0], start)
            return Token(Mark.FIELD, value, start, self.at, field)
        return None

    def _value(self, name: str, start: int) -> str:
        self._pass_blanks()
        value, bare = "", False
        if self.at < len(self.query):
            character = self.query[self.at]
            topic = _TOPIC.match(self.query, self.at)
            if character in _QUOTES:
                value = self._quoted()
            elif topic:
                self.at, value = topic.end(), topic[1]
            else:
                value, bare = self._bare(), True
                if value and value.strip("<>=＜＞＝≤≥") == "":  # likes:> 100
                    self._pass_blanks()
                    value += self._bare()
        if not value.strip() or (bare and value in _OPERATORS):
            spot = Spot(self.query, start)
            raise spot.error(
                f"{name}: at character {spot.number} needs a value, as in {name}:VALUE",
                f"第 {spot.number} 个字符处的 {name}: 后面缺少取值，写作 {name}:取值",
            )
        return value

    def _pass_blanks(self) -> None:
        while self.at < len(self.query) and self.query[self.at].isspace():
            self.at += 1
