"""Posts with every field an answer may show, among them texts that would harm a spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.models import AnnotatedPost, Annotation, AspectOpinion, Author, Engagement, Kind, Post, Sentiment

NOON = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
HOSTILE = ('=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1", "＝1", "\ud800\x01<b>")


def sample(
    number: int, text: str = "刹车有异响", *, keywords: tuple[str, ...] = ("刹车", "异响")
) -> AnnotatedPost:
    """Post `number`, a minute after the one before; every third has no author, time or reading."""
    bare = number % 3 == 2
    post = Post(
        id=f"weibo:{number}",
        platform="weibo",
        kind=Kind.POST,
        text=text,
        author=None
        if bare
        else Author(id=f"weibo:p-{number % 5:016x}", name=f"车友{number % 5}", followers=number),
        published_at=None if bare else NOON + timedelta(minutes=number),
        engagement=Engagement() if bare else Engagement(reposts=number, likes=2 * number),
        topics=("澜石刹车",) if number % 2 else (),
        url=f"https://m.weibo.cn/status/{number}",
        fetched_at=NOON + timedelta(days=1),
    )
    if bare:
        return AnnotatedPost(post=post, annotation=Annotation(keywords=keywords))
    opinion = AspectOpinion(
        aspect="刹车", target=None, polarity="negative", confidence=0.9, evidence="刹车有异响"
    )
    return AnnotatedPost(
        post=post,
        annotation=Annotation(
            words=keywords,
            keywords=keywords,
            sentiment=Sentiment(label="negative", score=-0.5, confidence=0.9),
            aspects=(opinion,),
        ),
    )
