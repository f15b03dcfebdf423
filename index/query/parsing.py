"""Query tokens to the tree: NOT binds tightest, then AND (also unwritten), then OR."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.errors import QueryError
from core.project import EMPTY, Project
from index.query.fields import read_field, topic_key
from index.query.lexing import Lexer, Mark, Token
from index.query.tree import EVERYTHING, And, Equals, Literal, Node, Not, Or, Query, all_of, any_of, negation
from index.tokens import canonical

MAX_LENGTH = 8_000  # characters; a sign is a clause to Elasticsearch, which takes 8,192 on a small heap
MAX_TERMS = 1_000
MAX_BRACKETS = 100  # open at once
MAX_DEPTH = 20  # levels of AND, OR and NOT that are left; both engines bound theirs


def parse(text: str, project: Project | None = None) -> Query:
    """The query of a text; of blank text, everything.

    Dates without a zone are days of the project's zone. Raises `QueryError`, which says what was
    read, where, and what to write instead, and nothing else.
    """
    if not text.strip():
        return Query("", EVERYTHING)
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"the query has {len(text)} characters; {MAX_LENGTH} are accepted: split it",
            position=MAX_LENGTH,
            query=text,
            zh=f"查询有 {len(text)} 个字符，上限是 {MAX_LENGTH}；请拆成几个查询",
        )
    parser = _Parser(text, (project or EMPTY).zone)
    return Query(text.strip(), parser.parse())


class _Parser:
    def __init__(self, query: str, zone: ZoneInfo) -> None:
        self.query = query
        self.zone = zone
        self.tokens = Lexer(query).tokens()
        self.at = 0
        self.depth = 0

    def parse(self) -> Node:
        if not self.tokens:
            raise self._error(
                "there is nothing to search for, only punctuation; write a word",
                "没有可搜索的内容，只有标点；请写一个词",
                0,
            )
        terms = [token for token in self.tokens if token.mark in _TERMS]
        if len(terms) > MAX_TERMS:
            raise self._error(
                f"the query has {len(terms)} terms; {MAX_TERMS} are accepted: split it",
                f"查询有 {len(terms)} 个词，上限是 {MAX_TERMS}；请拆成几个查询",
                terms[MAX_TERMS].position,
            )
        tree = self._or()
        if token := self._peek():  # only a closing bracket ends an expression early
            raise self._error(
                f"the bracket {token.text!r} at character {token.position + 1} closes nothing; remove it",
                f"第 {token.position + 1} 个字符处的右括号没有对应的左括号；请删去",
                token.position,
            )
        if _depth(tree) > MAX_DEPTH:
            raise self._too_deep(0)
        return tree

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self, mark: Mark) -> bool:
        token = self._peek()
        if token is None or token.mark is not mark:
            return False
        self.at += 1
        return True

    def _or(self) -> Node:
        parts = [self._and()]
        while self._take(Mark.OR):
            parts.append(self._and())
        return any_of(parts)

    def _and(self) -> Node:
        parts = [self._not()]
        while (token := self._peek()) and token.mark not in (Mark.OR, Mark.CLOSE):
            self._take(Mark.AND)
            parts.append(self._not())
        return all_of(parts)

    def _not(self) -> Node:
        denied = False
        while self._take(Mark.NOT):
            denied = not denied
        part = self._primary()
        return negation(part) if denied else part

    def _primary(self) -> Node:
        token = self._peek()
        if token is None or token.mark not in (*_TERMS, Mark.OPEN):
            raise self._missing(token)
        self.at += 1
        if token.mark is Mark.OPEN:
            return self._bracket(token)
        if token.mark is Mark.FIELD:
            return read_field(token.field, token.text, token.position, self.query, self.zone)
        if token.mark is Mark.TOPIC:
            return Equals("topic", topic_key(token.text))
        if not canonical(token.text):
            raise self._error(
                f"the phrase at character {token.position + 1} holds no word; write one in it",
                f"第 {token.position + 1} 个字符处的短语是空的；请在引号里写上词语",
                token.position,
            )
        return Literal(token.text, quoted=token.mark is Mark.PHRASE)

    def _bracket(self, opening: Token) -> Node:
        self.depth += 1
        if self.depth > MAX_BRACKETS:
            raise self._too_deep(opening.position)
        inner = self._or()
        if not self._take(Mark.CLOSE):
            raise self._error(
                f"the bracket opened at character {opening.position + 1} is not closed; add )",
                f"第 {opening.position + 1} 个字符处的左括号没有闭合；请补上 )",
                opening.position,
            )
        self.depth -= 1
        return inner

    def _missing(self, token: Token | None) -> QueryError:
        """Something should stand here: name the operator or bracket that asks for it."""
        before = self.tokens[self.at - 1] if self.at else None
        if before and before.mark is Mark.OPEN and (token is None or token.mark is Mark.CLOSE):
            where = before.position
            return self._error(
                f"the bracket at character {where + 1} holds nothing; write words in it or remove it",
                f"第 {where + 1} 个字符处的括号是空的；请写上词语或删去",
                where,
            )
        asks, side, zh_side = (
            (token, "left", "左边") if token and token.mark in _BINARY else (before, "right", "右边")
        )
        asks = asks or self.tokens[0]
        return self._error(
            f"{asks.text} at character {asks.position + 1} has nothing on its {side}; add a word",
            f"第 {asks.position + 1} 个字符处的 {asks.text} {zh_side}没有内容；请补上词语",
            asks.position,
        )

    def _too_deep(self, position: int) -> QueryError:
        return self._error(
            f"the brackets are nested too deep; {MAX_DEPTH} levels of AND, OR and NOT are accepted",
            f"括号嵌套过深；AND、OR、NOT 最多 {MAX_DEPTH} 层",
            position,
        )

    def _error(self, message: str, zh: str, position: int) -> QueryError:
        return QueryError(message, position=position, query=self.query, zh=zh)


_TERMS = (Mark.WORD, Mark.PHRASE, Mark.TOPIC, Mark.FIELD)
_BINARY = (Mark.AND, Mark.OR)


def _depth(tree: Node) -> int:
    """Levels of AND, OR and NOT; brackets that change nothing count nothing."""
    if isinstance(tree, And | Or):
        return 1 + max(map(_depth, tree.parts))
    return 1 + _depth(tree.part) if isinstance(tree, Not) else 0
