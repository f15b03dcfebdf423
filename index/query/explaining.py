"""A query said in words, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo

from index.query.choices import CHOICES
from index.query.outline import Clause, Denied, Joined, Outline, ambiguous, excluded, names, outline_of
from index.query.query import Query
from index.query.tree import (
    After,
    Before,
    Equals,
    Everything,
    Literal,
    Near,
    Node,
    OneOf,
    Prefix,
    Range,
    Word,
)

SHOWN = 8  # of many names or words in a row; the rest is counted
Said = Callable[[str, str], str]  # of the English and the Chinese of something, the one to say


def explain(query: Query, language: str, *, zone: tzinfo = UTC) -> str:
    """What the posts of a query are like, as one sentence in ``zh`` or ``en``; times are told in `zone`."""
    speaker = _Speaker(language, zone)
    parts = [speaker.whole(query.told)]
    if query.folded:
        parts.append(speaker.pick("Of near-duplicates one is shown.", "近似重复的帖子只显示一帖。"))
    return speaker.pick(" ", "").join(parts)


class _Speaker:
    def __init__(self, language: str, zone: tzinfo) -> None:
        self.zone = zone
        self.pick: Said = (lambda _, zh: zh) if language == "zh" else (lambda en, _: en)
        self.comma = self.pick(", ", "、")

    def whole(self, outline: Outline) -> str:
        told = self._told(outline, top=True)
        return (
            self.pick(f"Posts that {told}.", f"帖子：{told}。")
            if told
            else self.pick("Every post.", "全部帖子。")
        )

    def _told(self, outline: Outline, *, top: bool = False) -> str:
        match outline:
            case Clause():
                return self._clause(outline, deny=False)
            case Denied(Clause() as part):
                return self._clause(part, deny=True)
            case Denied(Joined() as part):
                return self.pick(
                    f"are none of those that ({self._joined(part)})", f"不符合（{self._joined(part)}）"
                )
            case Joined():
                told = self._joined(outline)
                return told if top or not told else self.pick(f"({told})", f"（{told}）")
        return ""

    def _joined(self, joined: Joined) -> str:
        joint = self.pick(" or ", "，或") if joined.either else self.pick(" and ", "，且")
        parts = [
            part for part in joined.parts if not (isinstance(part, Clause) and part.folds and not part.inner)
        ]
        words = [part.node for part in parts if isinstance(part, Clause) and isinstance(part.node, Literal)]
        if joined.either and len(words) == len(parts):
            return self.pick("contain ", "含") + self._row([word.text for word in words], joint)
        told = [self._told(part) for part in (parts[:SHOWN] if joined.either else parts)]
        if len(told) < len(parts):
            told.append(self._more(len(parts) - len(told)))
        return joint.join(told)

    def _row(self, names: Sequence[str], joint: str) -> str:
        shown = [self._quoted(name) for name in names[:SHOWN]]
        if len(names) > SHOWN:
            shown.append(self._more(len(names) - SHOWN))
        if len(shown) == 1:
            return shown[0]
        return self.comma.join(shown[:-1]) + self.pick(joint, "或") + shown[-1]

    def _more(self, number: int) -> str:
        return self.pick(f"one of {number} more", f"另外 {number} 个之一")

    def _quoted(self, text: str) -> str:
        return f"“{text}”"

    def _clause(self, clause: Clause, *, deny: bool) -> str:
        if clause.title is not None and not isinstance(clause.node, Equals):
            return self._named(clause, deny=deny)
        if clause.field in ("thread", "root"):
            assert not isinstance(clause.node, Everything)
            found = next(iter(_values(clause.node)))
            stem = (
                ("belong to the thread", "属于主题帖")
                if clause.field == "thread"
                else ("spring from", "出自原帖")
            )
            return self._verb(*stem, self._quoted(found), deny=deny)
        if isinstance(clause.node, Equals | Literal | Word | Prefix | Near | Range | After | Before | OneOf):
            return self._node(clause.node, clause, deny=deny)
        if isinstance(clause.node, Everything):
            return ""
        inner = outline_of(clause.node)  # a chain of NEARs, or one between brackets
        told = self._told(inner)
        return self.pick(f"are none of those that {told}", f"不符合{told}") if deny else told

    def _named(self, clause: Clause, *, deny: bool) -> str:
        """A brand, product, list or saved search, with what it stands for."""
        assert clause.title is not None
        title = self._quoted(clause.title.of(self.pick("en", "zh")))
        if isinstance(clause.node, OneOf):
            number = len(clause.node.values)
            return self.pick(
                f"are {'not ' if deny else ''}by one of the {number} accounts of the list {title}",
                f"作者{'不' if deny else ''}在名单{title}的 {number} 个账号之中",
            )
        if clause.field == "saved":
            inside = "" if clause.inner is None else self._told(clause.inner, top=True)
            if inside:
                title = self.pick(f"{title} ({inside})", f"{title}（{inside}）")
            return self._verb("are found by the saved search", "属于已存的查询", title, deny=deny)
        found = [part.text for part in names(clause.inner) if isinstance(part, Literal)]
        barred = [part.text for part in excluded(clause.inner) if isinstance(part, Literal)]
        told = self._row(found, " or ") if found else ""
        for maybe in ambiguous(clause.inner):
            told = self.pick(" or ", "或").join(filter(None, (told, self._told(maybe, top=True))))
        if barred:
            told += self.pick(" without ", "，但不含") + self._row(barred, " or ")
        kind = ("name the brand", "提到品牌") if clause.field == "brand" else ("name the product", "提到产品")
        return self._verb(*kind, self.pick(f"{title} ({told})", f"{title}（{told}）"), deny=deny)

    def _verb(self, english: str, chinese: str, what: str, *, deny: bool) -> str:
        english = _denied(english) if deny else english
        return self.pick(f"{english} {what}", f"{'不' if deny else ''}{chinese}{what}")

    def _node(self, node: Node, clause: Clause, *, deny: bool) -> str:
        match node:
            case Literal(text):
                return self._verb("contain", "含", self._quoted(text), deny=deny)
            case Word(spelled):
                row = self.pick(" followed by ", "后接").join(map(self._quoted, spelled))
                return self._verb("have the word", "含整词", row, deny=deny)
            case Prefix(start):
                return self._verb(
                    "have a word that begins with", "含这样开头的词：", self._quoted(start), deny=deny
                )
            case Near():
                return self._near(node, deny=deny)
            case Range():
                return self._range(node, deny=deny)
            case After(moment):
                return self._time("since", "起", moment, deny=deny)
            case Before(moment):
                return self._time("before", "之前", moment, deny=deny)
            case OneOf(_, several):
                return self._verb("are by", "作者是", self._row(several, " or "), deny=deny)
            case Equals(field, value):
                return self._equals(field, value, clause, deny=deny)
        raise AssertionError(node)

    def _near(self, near: Near, *, deny: bool) -> str:
        first, second = self._quoted(near.first.text), self._quoted(near.second.text)
        if near.ordered:
            told = self.pick(
                f"{first} and, at most {near.distance} characters behind it, {second}",
                f"{first}，其后至多隔 {near.distance} 个字有{second}",
            )
        else:
            told = self.pick(
                f"{first} and {second} at most {near.distance} characters apart",
                f"{first}与{second}，相隔至多 {near.distance} 个字",
            )
        return self._verb("contain", "含", told, deny=deny)

    def _range(self, node: Range, *, deny: bool) -> str:
        noun, zh = _COUNTED[node.field]
        low, high = node.low, node.high
        if low is not None and low == high:
            en_span, zh_span = f"exactly {low}", f"等于 {low}"
        elif low is not None and high is not None:
            en_span, zh_span = f"{low} to {high}", f"在 {low} 到 {high} 之间"
        elif low is not None:
            en_span, zh_span = f"at least {low}", f"不少于 {low}"
        else:
            en_span, zh_span = f"at most {high}", f"不多于 {high}"
        if not deny:
            return self.pick(f"have {en_span} {noun}", f"{zh}{zh_span}")
        return self.pick(f"do not have {en_span} {noun} (or nobody knows)", f"{zh}并非{zh_span}（或未知）")

    def _time(self, english: str, chinese: str, moment: datetime, *, deny: bool) -> str:
        local = moment.astimezone(self.zone)
        when = local.isoformat(
            sep=" ", timespec="minutes" if not (local.second or local.microsecond) else "auto"
        )
        if not deny:
            return self.pick(f"were published {english} {when}", f"发布于 {when} {chinese}")
        return self.pick(
            f"were not published {english} {when} (or nobody knows when)",
            f"并非发布于 {when} {chinese}（或时间未知）",
        )

    def _equals(self, field: str, value: str, clause: Clause, *, deny: bool) -> str:
        if field == "aspect" and ":" in value:
            aspect, _, polarity = value.partition(":")
            shown = self.pick(polarity, CHOICES["sentiment"].get(polarity, (polarity,))[0])
            return self._verb(
                f"speak {_MANNER.get(polarity, polarity)} of",
                f"对以下属性的评价为{shown}：",
                self._quoted(aspect),
                deny=deny,
            )
        if field == "has":
            english = "have an" if value[0] in "aeiou" else "have a"
            return self._verb(
                english, "带有", self.pick(value, CHOICES["has"].get(value, (value,))[0]), deny=deny
            )
        if field == "verified" and value in ("yes", "no"):
            english = (
                "are by a verified account" if value == "yes" else "are by an account that is not verified"
            )
            chinese = "作者已认证" if value == "yes" else "作者未认证"
            return self.pick(_denied(english) if deny else english, f"{'并非' if deny else ''}{chinese}")
        if field == "gone" and value == "yes":
            english, chinese = "are gone from their site", "已从平台消失"
            return self.pick(_denied(english) if deny else english, f"{'并非' if deny else ''}{chinese}")
        name = value
        if clause.title is not None:
            name = clause.title.of(self.pick("en", "zh"))
        elif field in CHOICES:
            name = self.pick(value, CHOICES[field].get(value, (value,))[0])
        english, chinese = _EQUAL[field]
        return self._verb(english, chinese, self._quoted(name), deny=deny)


_COUNTED = {
    "followers": ("followers", "粉丝数"),
    "likes": ("likes", "点赞数"),
    "reposts": ("reposts", "转发数"),
    "comments": ("comments", "评论数"),
    "views": ("views", "浏览数"),
    "engagement": ("reposts, comments and likes", "互动数"),
}
_MANNER = {"positive": "well", "neutral": "neutrally", "negative": "ill"}
_EQUAL = {
    "platform": ("are on the platform", "在平台"),
    "kind": ("are of the kind", "属于类型"),
    "source": ("are on the site", "在站点"),
    "account": ("are by", "由此账号发布："),
    "author": ("are by", "由此账号发布："),
    "verified": ("are by an account verified as", "由此类认证账号发布："),
    "region": ("are from", "来自地区"),
    "client": ("were written with", "用此客户端发布："),
    "brand": ("name the brand", "提到品牌"),
    "product": ("name the product", "提到产品"),
    "aspect": ("speak of", "谈到属性"),
    "sentiment": ("have the sentiment", "属于情感"),
    "emotion": ("show the emotion", "表现出情绪"),
    "intent": ("show the intent", "表现出意向"),
    "voice": ("are of the voice", "属于声音"),
    "topic": ("have the topic", "带话题"),
    "keyword": ("have the keyword", "有关键词"),
    "tag": ("bear the tag", "带标签"),
    "gone": ("are gone because of", "已从平台消失，原因为"),
    "lang": ("are in the language", "使用语言"),
    "id": ("have the id", "编号为"),
    "thread": ("are in the thread", "属于主题帖"),
    "root": ("spring from", "出自原帖"),
    "duplicate": ("are near-duplicates of", "近似重复于"),
}


def _denied(english: str) -> str:
    """A verb's phrase with its not."""
    verb, _, rest = english.partition(" ")
    if verb in ("are", "were"):
        return f"{verb} not {rest}"
    return f"do not {english}"


def _values(node: Node) -> Sequence[str]:
    return [part.value for part in getattr(node, "parts", (node,)) if isinstance(part, Equals)]
