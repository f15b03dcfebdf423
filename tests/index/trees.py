"""Trees of queries Hypothesis makes: every node, over the values of `tests.index.made`."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from index.facets import NUMBERS
from index.query import (
    EVERYTHING,
    After,
    And,
    Before,
    Equals,
    Literal,
    Near,
    Node,
    Not,
    OneOf,
    Or,
    Prefix,
    Query,
    Range,
    Word,
)
from index.tokens import canonical, words
from tests.index.made import EMOTIONS, LABELS, MARKS, PLATFORMS, SIGNS, WORDS, few_months

_VALUES: dict[str, tuple[str, ...]] = {
    "platform": PLATFORMS,
    "kind": ("post", "repost", "comment"),
    "source": ("weibo.com", "bbs.example.com"),
    "account": ("weibo:p-01", "小明"),
    "author": ("weibo:p-01", "ada", "后面"),
    "verified": ("yes", "no", "person"),
    "region": ("广东", "深圳", "广东 深圳"),
    "client": ("iphone 15", "网页"),
    "brand": ("lanshi", "mi"),
    "product": ("s7", "su7"),
    "aspect": ("刹车", "刹车:negative"),
    "sentiment": LABELS,
    "emotion": EMOTIONS,
    "intent": ("bought", "lost"),
    "voice": ("organic", "spam"),
    "topic": ("小米", "a"),
    "keyword": ("刹车", "a"),
    "lang": ("zh", "en"),
    "has": ("image", "topic", "edit"),
    "gone": ("yes", "author", "missing"),
    "tag": ("甲", "乙"),
    "id": ("p:0", "p:3", "nothing"),
    "root": ("p:0", "p:99"),
    "thread": ("p:0", "t:1"),
    "duplicate": ("p:0", "p:77", "p:5"),
}
_texts = (
    st.text(alphabet=SIGNS, min_size=1, max_size=2)
    | st.text(alphabet=SIGNS + MARKS, min_size=1, max_size=5)
    | st.sampled_from(["小米", "小米SU7", "车", "a", "米 S", "7 小", "小 米"])
).filter(lambda text: bool(canonical(text)))
literals = st.builds(Literal, _texts)
_moments = few_months.map(lambda at: at or datetime(2026, 11, 2, tzinfo=UTC))
_words = st.sampled_from([found for word in WORDS if (found := words([word]))])
_fields = st.sampled_from(sorted(_VALUES))
_bounds = st.none() | st.integers(-1, 6) | st.sampled_from([2**63, -(2**63) - 1])
nearnesses = st.builds(Near, literals, literals, st.integers(0, 4), st.booleans())
leaves: st.SearchStrategy[Node] = (
    literals
    | st.lists(_words, min_size=1, max_size=3).map(lambda found: Word(tuple(found)))
    | _words.flatmap(lambda word: st.integers(1, 4).map(lambda end: Prefix(word[:end])))
    | nearnesses
    | _fields.flatmap(lambda field: st.sampled_from(_VALUES[field]).map(lambda value: Equals(field, value)))
    | _fields.flatmap(
        lambda field: st.lists(st.sampled_from(_VALUES[field]), max_size=3).map(
            lambda values: OneOf(field, tuple(values))
        )
    )
    | st.builds(Range, st.sampled_from(sorted(NUMBERS)), _bounds, _bounds)
    | st.builds(After, _moments)
    | st.builds(Before, _moments)
    | st.just(EVERYTHING)
)


def _combined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return several.map(And) | several.map(Or) | inner.map(Not)


trees: st.SearchStrategy[Node] = st.recursive(leaves, _combined, max_leaves=6)
queries = st.builds(Query, st.just(""), trees, st.booleans())
