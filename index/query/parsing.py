"""Query tokens to the tree: NEAR binds tightest, then NOT, then AND (also unwritten), then OR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.errors import QueryError
from core.project import EMPTY, AccountList, Project, SavedQuery, TagRule
from index.query.bounds import MAX_BRACKETS, MAX_DEPTH, MAX_LENGTH, MAX_TERMS, SAVED_DEPTH, depth, folds, size
from index.query.fields import NUMBERS, Spot, name_key, plain_key, topic_key
from index.query.lexing import Lexer, Mark, Token
from index.query.naming import NAMED, named, title_of
from index.query.nearness import pairs, read_joint, sides, wrong_side
from index.query.outline import Clause, Joined, Outline, denied, tree_of
from index.query.query import Query
from index.query.tree import EVERYTHING, Equals, Literal, Node, OneOf, all_of
from index.query.values import read_prefix, read_range, read_value
from index.tokens import canonical


def parse(text: str, project: Project | None = None, *, now: datetime | None = None) -> Query:
    """The query of a text; of blank text, everything.

    Dates without a zone are days of the project's zone, names are the project's, and ``within:7d`` ends
    `now`; without one it is an error. Raises `QueryError`, which says what was read, where, and what to
    write instead, and nothing else.
    """
    if not text.strip():
        return Query("", EVERYTHING)
    return _read(text, _Setting(project or EMPTY, now), 0)


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a query is read with; `opened` are the saved searches it stands in, `known` those read before."""

    project: Project
    now: datetime | None
    opened: tuple[str, ...] = ()
    known: dict[str, Query] = field(default_factory=dict)


def _read(text: str, setting: _Setting, depth: int) -> Query:
    if len(text) > MAX_LENGTH:
        raise Spot(text, MAX_LENGTH).error(
            f"the query has {len(text)} characters; {MAX_LENGTH} are accepted: split it",
            f"查询有 {len(text)} 个字符，上限是 {MAX_LENGTH}；请拆成几个查询",
        )
    return _Parser(text, setting, depth).parse()


class _Parser:
    def __init__(self, query: str, setting: _Setting, depth: int) -> None:
        self.query = query
        self.setting = setting
        self.tokens = Lexer(query).tokens()
        self.at = 0
        self.depth = depth

    def parse(self) -> Query:
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
        outline = self._or()
        if token := self._peek():  # only a closing bracket ends an expression early
            raise self._error(
                f"the bracket {token.text!r} at character {token.position + 1} closes nothing; remove it",
                f"第 {token.position + 1} 个字符处的右括号没有对应的左括号；请删去",
                token.position,
            )
        folded, tree = folds(outline, self.query), tree_of(outline)
        if depth(tree) > MAX_DEPTH:
            raise self._too_deep(0)
        if (length := size(tree)) > MAX_LENGTH:
            raise self._error(
                f"written out, with brands, saved searches and pairs of NEAR, the query has {length} characters;"
                f" {MAX_LENGTH} are accepted: split it",
                f"把品牌、已存的查询和 NEAR 的各对都写出来，查询有 {length} 个字符，上限是 {MAX_LENGTH}；请拆成几个查询",
                0,
            )
        return Query(self.query.strip(), tree, folded, outline)

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self, mark: Mark) -> Token | None:
        token = self._peek()
        if token is None or token.mark is not mark:
            return None
        self.at += 1
        return token

    def _or(self) -> Outline:
        parts = [self._and()]
        while self._take(Mark.OR):
            parts.append(self._and())
        return _joined(parts, either=True)

    def _and(self) -> Outline:
        parts = [self._not()]
        while (token := self._peek()) and token.mark not in (Mark.OR, Mark.CLOSE):
            self._take(Mark.AND)
            parts.append(self._not())
        return _joined(parts, either=False)

    def _not(self) -> Outline:
        deny = False
        while self._take(Mark.NOT):
            deny = not deny
        part = self._near()
        return denied(part) if deny else part

    def _near(self) -> Outline:
        """A term, or a chain of NEARs, each of which joins its two neighbours."""
        start = self._peek()
        part = self._primary()
        found: list[Node] = []
        while token := self._take(Mark.NEAR):
            joint = read_joint(token.text, Spot(self.query, token.position))
            if (following := self._peek()) and following.mark is Mark.NOT:
                raise wrong_side(joint, "NOT cannot stand there", "那里不能放 NOT")
            left, part = part, self._primary()
            found.append(pairs(sides(left, joint), joint, sides(part, joint)))
        if not found or start is None:
            return part
        end = self.tokens[self.at - 1].end
        return Clause(self.query[start.position : end], all_of(found), start.position)

    def _primary(self) -> Outline:
        token = self._peek()
        if token is None or token.mark not in (*_TERMS, Mark.OPEN):
            raise self._missing(token)
        self.at += 1
        if token.mark is Mark.OPEN:
            return self._bracket(token)
        spot = Spot(self.query, token.position)
        clause = Clause(self.query[token.position : token.end], EVERYTHING, token.position)
        match token.mark:
            case Mark.FIELD:
                return self._field(replace(clause, field=token.field), token, spot)
            case Mark.TOPIC:
                return replace(clause, field="topic", node=Equals("topic", topic_key(token.text)))
            case Mark.ACCOUNT:
                return replace(clause, field="author", node=Equals("author", name_key(token.text)))
            case Mark.PREFIX:
                return replace(clause, node=read_prefix(token.text, spot))
        if not canonical(token.text):
            raise spot.error(
                f"the phrase at character {spot.number} holds no word; write one in it",
                f"第 {spot.number} 个字符处的短语是空的；请在引号里写上词语",
            )
        return replace(clause, node=Literal(token.text, quoted=token.mark is Mark.PHRASE))

    def _field(self, clause: Clause, token: Token, spot: Spot) -> Clause:
        name, value, project = token.field, token.text, self.setting.project
        if name in NAMED:
            return self._named(clause, value, spot)
        if name in NUMBERS:
            return replace(clause, node=read_range(name, value, spot))
        if name == "duplicate" and plain_key(value) in ("folded", "折叠"):
            return replace(clause, folds=True)
        return replace(clause, node=read_value(name, value, spot, project, self.setting.now))

    def _named(self, clause: Clause, value: str, spot: Spot) -> Clause:
        """What the project says of a name."""
        if clause.field == "tag" and not self.setting.project.tags:
            return replace(clause, node=Equals("tag", value.strip()))
        entry = named(clause.field, value, self.setting.project, spot)
        clause = replace(clause, title=title_of(entry))
        if isinstance(entry, AccountList):
            keys = tuple(dict.fromkeys(map(name_key, entry.accounts)))
            return replace(clause, node=OneOf("author", keys))
        if isinstance(entry, TagRule):
            return replace(clause, node=Equals("tag", entry.id))
        if isinstance(entry, SavedQuery):
            inner = self._saved(entry, spot)
            return replace(clause, node=inner.tree, inner=inner.outline, folds=inner.folded)
        inner = self._inside(entry.query(), self.setting, clause.text, spot)
        return replace(clause, node=inner.tree, inner=inner.outline)

    def _saved(self, entry: SavedQuery, spot: Spot) -> Query:
        setting = self.setting
        if entry.id in setting.opened:
            raise spot.error(
                f"saved:{entry.id} at character {spot.number} asks for itself;"
                " take it out of what it is made of",
                f"第 {spot.number} 个字符处的 saved:{entry.id} 引用了它自己；请从它的组成中去掉",
            )
        if entry.id not in setting.known:
            inside = replace(setting, opened=(*setting.opened, entry.id))
            setting.known[entry.id] = self._inside(entry.query, inside, f"saved:{entry.id}", spot)
        return setting.known[entry.id]

    def _inside(self, text: str, setting: _Setting, name: str, spot: Spot) -> Query:
        """A query of the project; its faults are told where this query asks for it."""
        if self.depth + SAVED_DEPTH > MAX_BRACKETS:
            raise self._too_deep(spot.position)
        if not text.strip():
            raise spot.error(
                f"{name} at character {spot.number} holds no query; write one in the project file",
                f"第 {spot.number} 个字符处的 {name} 没有内容；请在项目文件里写上查询",
            )
        try:
            return _read(text, setting, self.depth + SAVED_DEPTH)
        except QueryError as error:
            raise spot.error(
                f"{name} at character {spot.number}: {error}",
                f"第 {spot.number} 个字符处的 {name}：{error.zh}",
            ) from error

    def _bracket(self, opening: Token) -> Outline:
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
        return replace(inner, bracketed=True) if isinstance(inner, Joined) else inner

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
        return Spot(self.query, position).error(message, zh)


_TERMS = (Mark.WORD, Mark.PHRASE, Mark.PREFIX, Mark.ACCOUNT, Mark.TOPIC, Mark.FIELD)
_BINARY = (Mark.AND, Mark.OR, Mark.NEAR)


def _joined(parts: Sequence[Outline], *, either: bool) -> Outline:
    return Joined(tuple(parts), either) if len(parts) > 1 else parts[0]
