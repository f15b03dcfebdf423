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
    Emotion,
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
EMOTIONS = ("angry", "happy")
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
    text = draw(texts)
    gone = draw(st.sampled_from([None, None, "author", "missing"]))  # and not seen later
    post = Post(
        id=post_id,
        platform=draw(st.sampled_from(PLATFORMS)),
        kind=draw(st.sampled_from(list(Kind))),
        text=text,
        author=author,
        published_at=draw(times),
        root_id=draw(st.none() | st.sampled_from(["p:0", "p:1", "p:99"])),
        thread_id=draw(st.none() | st.sampled_from(["p:0", "t:1"])),
        topics=tuple(draw(st.lists(_texts, max_size=2))),
        mentions=tuple(draw(st.lists(st.sampled_from(NAMES), max_size=1))),
        urls=draw(st.sampled_from([(), ("https://t.cn/a",)])),
        media=tuple(draw(st.lists(st.sampled_from(["image", "video"]), max_size=2, unique=True))),
        region=draw(st.sampled_from([None, "广东 深圳", "广东", "廣東"])),
        client=draw(st.sampled_from([None, "iPhone 15", "网页"])),
        url=draw(st.sampled_from([None, "https://www.weibo.com/1", "http://bbs.example.com/t/1"])),
        engagement=Engagement(**counters),
        edited_at=draw(st.none() | st.just(_instants[1])),
        edits=draw(_counts),
        gone=gone,
        gone_at=gone and _instants[1] + timedelta(days=draw(st.integers(0, 3)), hours=73),
        fetched_at=draw(st.none() | st.just(_instants[1] + timedelta(days=draw(st.integers(0, 3))))),
    )
    return AnnotatedPost(post=post, annotation=draw(_annotations(text)))


def _cut(text: str, ends: list[int]) -> tuple[str, ...]:
    """The text in pieces, as a segmenter gives it."""
    places = sorted({end for end in ends if end < len(text)} | {len(text)})
    return tuple(text[start:end] for start, end in zip([0, *places], places, strict=False))


@st.composite
def _annotations(draw: Any, text: str) -> Annotation:
    label = draw(st.none() | st.sampled_from(LABELS))
    opinions = [
        AspectOpinion(aspect=aspect, target=None, polarity=polarity, confidence=1.0, evidence=aspect)
        for aspect in draw(st.lists(st.sampled_from(["刹车", "空间"]), max_size=2))
        for polarity in draw(st.lists(st.sampled_from(LABELS), max_size=1))
    ]
    return Annotation(
        words=draw(
            st.lists(st.sampled_from(WORDS), max_size=5).map(tuple)
            | st.lists(st.integers(1, 12), max_size=6).map(lambda ends: _cut(text, ends))
        ),
        keywords=tuple(draw(st.lists(st.sampled_from(["刹车", "A", "ａ"]), max_size=2))),
        sentiment=None if label is None else Sentiment(label=label, score=0.0, confidence=1.0),
        emotion=draw(st.none() | st.sampled_from(EMOTIONS).map(lambda label: Emotion(label=label))),
        aspects=tuple(opinions),
        brands=tuple(draw(st.lists(st.sampled_from(["lanshi", "mi"]), max_size=2, unique=True))),
        products=tuple(draw(st.lists(st.sampled_from(["s7", "su7"]), max_size=1))),
        intent=draw(st.sampled_from([None, "bought", "lost"])),
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


def _asked(word: str) -> str:
    """A word as one types it to find just that."""
    return _quoted(word) if is_punctuation(word) else word


_words = st.sampled_from([piece for piece in _PIECES if canonical(piece) and piece.isalnum()]) | st.text(
    alphabet=SIGNS, min_size=1, max_size=2
)
_spoken = (_words | st.sampled_from([word for word in WORDS if len(word) < 9])).filter(
    lambda word: not is_punctuation(word)
)
_signs = st.text(alphabet=SIGNS, min_size=1, max_size=1)
_phrases = (
    st.text(alphabet=SIGNS + MARKS, min_size=1, max_size=4).map(lambda text: _quoted(f"{text}!"))
    | st.text(alphabet=SIGNS + MARKS, min_size=1, max_size=6).map(lambda text: _quoted(f"{text}米"))
    | _pieces.map(lambda piece: _quoted(f"{piece}a"))
)


@st.composite
def _nearnesses(draw: Any) -> str:
    """Two sides or three, each a word, a phrase or two of them with OR, none of them twice."""
    words = st.one_of([kind.map(str) for kind in ((_words | _signs).map(_asked), _phrases)])
    some = draw(st.lists(words, min_size=2, max_size=4, unique_by=lambda word: canonical(word.strip('"'))))
    sides = some[:3] if draw(st.booleans()) else [some[0], _bracket(some[1:])]
    joints = st.sampled_from(["NEAR", "NEAR/0", "NEAR/1", "NEAR/3", "ONEAR/0", "ONEAR/2", "ＮＥＡＲ／２"])
    return "".join(f" {draw(joints)} {side}" if number else side for number, side in enumerate(sides))


def _bracket(words: list[str]) -> str:
    return f"({' OR '.join(words)})"


_fields = st.sampled_from(
    [
        *(
            "source:weibo.com",
            "站点：bbs.example.com",
            "verified:yes",
            "认证：个人",
            "verified:no",
            "verified:expert",
        ),
        *("region:广东", '地区："廣東 深圳"', "region:深圳", 'client:"iphone 15"', "客户端：网页"),
        *("aspect:刹车", "属性：空间：正面", "aspect:刹车:negative", "emotion:angry", "情绪：高兴"),
        *("intent:bought", "意向：流失", "voice:organic", "声音：媒体", "keyword:Ａ", "关键词：刹车"),
        *(
            "tag:甲",
            "标签：乙",
            "lang:zh",
            "语言：英文",
            "has:link",
            "带有：图片",
            "has:topic",
            "has:mention",
            "has:edit",
            "gone:yes",
            "已消失：作者删除",
            "gone:missing",
        ),
        *("id:p:1", "root:p:0", "原帖：p:99", "thread:p:0", "主题帖：t:1", "duplicate:p:1", "重复：p:77"),
        *("@小明", "@后面"),
    ]
)
_amounts = st.sampled_from(["{}", ">{}", ">={}", "<={}", "{}..3", "{}..", "..{}", "<9"])
_numbers = st.builds(
    lambda field, amount, number: f"{field}:{amount.format(number)}",
    st.sampled_from(["followers", "粉丝数", "likes", "reposts", "评论数", "views", "engagement"]),
    _amounts,
    st.integers(0, 3),
)
_times = (
    st.dates(date(1988, 1, 1), date(2029, 1, 1)).map("after:{}".format)
    | st.sampled_from(_instants).map(lambda at: f"before:{at.isoformat().replace('+00:00', 'Z')}")
    | st.sampled_from(["after:2026-11-02", "before:2026-11-02", "after:1988-04-17"])
)
_segmented = (
    _spoken.map("w:{}".format)
    | st.lists(_spoken, min_size=1, max_size=2).map(lambda some: f'w:"{" ".join(some)}"')
    | _spoken.map("{}*".format)
)
_values = (
    st.sampled_from(PLATFORMS).map("platform:{}".format)
    | st.sampled_from(list(Kind)).map("kind:{}".format)
    | st.sampled_from([*NAMES, "weibo:p-01", "@小明"]).map("author:{}".format)
    | _words.map("#米{}#".format)
    | _words.map('topic:"{}"'.format)
    | st.sampled_from([*LABELS, "正面"]).map("sentiment:{}".format)
    | _fields
)
# Mapped, so that each kind is as likely as the others, however many ways it has; nearness needs more draws
# than the others and would be left behind.
_kinds = (
    (_words | _signs).map(_asked),
    _phrases,
    _segmented,
    _values,
    _numbers,
    _times,
    *[_nearnesses()] * 5,
)
_leaves = st.one_of([kind.map(str) for kind in _kinds])
_joints = st.sampled_from([" ", " AND ", " OR ", " NOT ", " -", "｜"])


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.builds("{}{}{}".format, inner, _joints, inner)
    return joined | joined.map("({})".format) | inner.map("NOT ({})".format)


# Now and then with its copies folded, now and then everything.
_frames = st.sampled_from(["{}"] * 12 + ["({}) duplicate:folded"] * 3 + ["", "duplicate:folded"])
queries = st.builds(str.format, _frames, st.recursive(_leaves, _combined, max_leaves=8))


def plain(post_id: str, text: str) -> AnnotatedPost:
    """A post of which nothing but its text is known."""
    post = Post(id=post_id, platform="weibo", kind=Kind.POST, text=text)
    return AnnotatedPost(post=post, annotation=Annotation())
