"""Posts and queries Hypothesis makes: a small alphabet, so that they meet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from core.models import (
    AnnotatedPost,
    Annotation,
    AspectOpinion,
    Author,
    Engagement,
    Kind,
    Post,
    Sentiment,
    Voice,
)
from index.tokens import canonical, is_punctuation

# Han (simplified and traditional of one another), Latin in both widths and cases, digits, emoji with
# selector and joiner, symbols, punctuation of both widths, blanks, an invisible space.
SIGNS = "小米汽车车車后後面麵aAbＢ17７é😂❤👍+$"
MARKS = " \u3000\n，。！-_#@/\u200b\ufe0f\u200d"
_texts = st.text(alphabet=SIGNS + MARKS, max_size=8)
_PIECES = [
    "小米",
    "汽车",
    "車",
    "后",
    "麵",
    "SU7",
    "17",
    "a",
    "Ｂ",
    "😂",
    "小米SU7",
    "iPhone 15",
    "Apple Watch",
    "3.5",
]
_PIECES += ["C++", "👨‍👩‍👧", "#小米#", " ", "，", "\n"]
_pieces = st.sampled_from(_PIECES)
texts = st.lists(_pieces | _texts, max_size=6).map("".join)
# Second-level ties, microseconds, and the days on which clocks changed in Shanghai and Berlin.
_instants = [
    datetime(2026, 11, 1, 15, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 1, 16, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 16, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
    datetime(1988, 4, 16, 17, 30, tzinfo=UTC),
    datetime(1988, 9, 10, 16, 30, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]
few_months = st.none() | st.sampled_from(_instants)  # each month is an index of its own in Elasticsearch
times = few_months | st.integers(540_000_000, 1_900_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
ZONES = ("Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "UTC")
PLATFORMS = ("weibo", "discuz", "feed")
NAMES = ("小明", "Ａda", "某品牌官方", "后面")
LABELS = ("positive", "neutral", "negative")
WORDS = ("小米", "小米汽车", "SU7", "su", "3.5", "车", "。", " ", "a" * 300, "a" * 301)
_counts = st.none() | st.integers(0, 3)


@st.composite
def items(draw: Any, post_id: str, times: st.SearchStrategy[datetime | None] = times) -> AnnotatedPost:
    """One annotated post with this id."""
    author = draw(
        st.none()
        | st.builds(
            Author,
            id=st.none() | st.sampled_from(["weibo:p-01", "discuz:p-02"]),
            name=st.none() | st.sampled_from(NAMES),
            followers=_counts,
            verified_type=st.sampled_from([None, -1, 0, 3, 200]),
        )
    )
    counters = {name: draw(_counts) for name in ("reposts", "comments", "likes", "views")}
    post = Post(
        id=post_id,
        platform=draw(st.sampled_from(PLATFORMS)),
        kind=draw(st.sampled_from(list(Kind))),
        text=draw(texts),
        author=author,
        published_at=draw(times),
        root_id=draw(st.none() | st.sampled_from(["p:0", "p:1", "p:99"])),
        thread_id=draw(st.none() | st.sampled_from(["p:0", "t:1"])),
        topics=tuple(draw(st.lists(_texts, max_size=2))),
        media=tuple(draw(st.lists(st.sampled_from(["image", "video"]), max_size=2, unique=True))),
        region=draw(st.sampled_from([None, "广东 深圳", "广东", "廣東"])),
        client=draw(st.sampled_from([None, "iPhone 15", "网页"])),
        url=draw(st.sampled_from([None, "https://www.weibo.com/1", "http://bbs.example.com/t/1"])),
        engagement=Engagement(**counters),
        fetched_at=draw(st.none() | st.just(_instants[1] + timedelta(days=draw(st.integers(0, 3))))),
    )
    return AnnotatedPost(post=post, annotation=draw(_annotations()))


@st.composite
def _annotations(draw: Any) -> Annotation:
    label = draw(st.none() | st.sampled_from(LABELS))
    opinions = [
        AspectOpinion(aspect=aspect, target=None, polarity=polarity, confidence=1.0, evidence=aspect)
        for aspect in draw(st.lists(st.sampled_from(["刹车", "空间"]), max_size=2))
        for polarity in draw(st.lists(st.sampled_from(LABELS), max_size=1))
    ]
    return Annotation(
        words=tuple(draw(st.lists(st.sampled_from(WORDS), max_size=5))),
        keywords=tuple(draw(st.lists(st.sampled_from(["刹车", "A", "ａ"]), max_size=2))),
        sentiment=None if label is None else Sentiment(label=label, score=0.0, confidence=1.0),
        aspects=tuple(opinions),
        brands=tuple(draw(st.lists(st.sampled_from(["lanshi", "mi"]), max_size=2, unique=True))),
        intent=draw(st.sampled_from([None, "buy"])),
        voice=draw(st.none() | st.sampled_from(list(Voice))),
        tags=tuple(draw(st.lists(st.sampled_from(["甲", "乙"]), max_size=2, unique=True))),
        duplicate_group=draw(st.sampled_from([None, "p:0", "p:1", "p:77"])),
    )


@st.composite
def collections(
    draw: Any, *, most: int = 12, times: st.SearchStrategy[datetime | None] = times
) -> list[AnnotatedPost]:
    """Posts whose ids now and then occur twice."""
    numbers = draw(st.lists(st.integers(0, most), min_size=draw(st.sampled_from([0, 4, 8])), max_size=most))
    return [draw(items(f"p:{number}", times)) for number in numbers]


def _quoted(text: str) -> str:
    return f'"{text}"'


_words = st.sampled_from([piece for piece in _PIECES if canonical(piece) and piece.isalnum()]) | st.text(
    alphabet=SIGNS, min_size=1, max_size=2
)
_leaves = (
    (_words | st.text(alphabet=SIGNS, min_size=1, max_size=1)).map(
        lambda word: _quoted(word) if is_punctuation(word) else word
    )
    | st.text(alphabet=SIGNS + MARKS, min_size=1, max_size=4).map(lambda text: _quoted(f"{text}!"))
    | st.text(alphabet=SIGNS + MARKS, min_size=1, max_size=6).map(lambda text: _quoted(f"{text}米"))
    | _pieces.map(lambda piece: _quoted(f"{piece}a"))
    | st.sampled_from(PLATFORMS).map("platform:{}".format)
    | st.sampled_from(list(Kind)).map("kind:{}".format)
    | st.sampled_from([*NAMES, "weibo:p-01", "@小明"]).map("author:{}".format)
    | _words.map("#米{}#".format)
    | _words.map('topic:"{}"'.format)
    | st.sampled_from([*LABELS, "正面"]).map("sentiment:{}".format)
    | st.dates(date(1988, 1, 1), date(2029, 1, 1)).map("after:{}".format)
    | st.sampled_from(_instants).map(lambda at: f"before:{at.isoformat().replace('+00:00', 'Z')}")
    | st.sampled_from(["after:2026-11-02", "before:2026-11-02", "after:1988-04-17"])
)
_joints = st.sampled_from([" ", " AND ", " OR ", " NOT ", " -", "｜"])


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.builds("{}{}{}".format, inner, _joints, inner)
    return joined | joined.map("({})".format) | inner.map("NOT ({})".format)


queries = st.recursive(_leaves, _combined, max_leaves=8) | st.just("")


def plain(post_id: str, text: str) -> AnnotatedPost:
    """A post of which nothing but its text is known."""
    post = Post(id=post_id, platform="weibo", kind=Kind.POST, text=text)
    return AnnotatedPost(post=post, annotation=Annotation())
