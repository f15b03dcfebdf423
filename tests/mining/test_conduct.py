"""Which accounts and which words give posts a voice, and which must not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.models import AnnotatedPost, Annotation, Author, Engagement, Kind, Post, Voice
from index.ingest.verdicts import CONDUCT, words_key
from mining.conduct import verdicts
from mining.copying import CROWD
from nlp.because import titles
from tests.mining.stores import stored

START = datetime(2026, 3, 2, 4, tzinfo=UTC)
UNTIL = START + timedelta(days=9)
SAME = "这款保温杯真的很好用推荐大家都去入手一个试试看"


def said(number: int, text: str, who: str, voice: Voice = Voice.ORGANIC, **fields: Any) -> AnnotatedPost:
    author = Author(id=who, verified_type=fields.pop("verified_type", None))
    models = fields.pop("models", {})
    at = START + timedelta(seconds=15 * number)
    post = Post(
        id=f"x:{number}", platform="x", kind=Kind.POST, text=text, author=author, published_at=at, **fields
    )
    return AnnotatedPost(post=post, annotation=Annotation(voice=voice, models=models))


def advert(number: int, voice: Voice = Voice.ORGANIC, **fields: Any) -> AnnotatedPost:
    """One of an account that posts the same with a link again and again, which nobody answers."""
    text = "星途 全场特价 http://example.com/s 速抢"
    nobody = Engagement(reposts=0, comments=0)
    return said(number, text, "x:u", voice, urls=("http://example.com/s",), engagement=nobody, **fields)


@pytest.mark.parametrize(
    ("what", "rows", "voice"),
    [
        ("spam", [advert(n) for n in range(60)], Voice.SPAM),
        ("adverts", [advert(n, Voice.MARKETING) for n in range(60)], Voice.MARKETING),
        ("what behaviour made of them before", [advert(n, Voice.MARKETING, models={"voice": CONDUCT}) for n in range(60)], Voice.SPAM),
        ("a fan", [advert(n, Voice.FAN) for n in range(60)], None),
        ("reports", [advert(n, Voice.MEDIA) for n in range(60)], None),
        ("an organisation", [advert(n, verified_type=2) for n in range(60)], None),
        ("too few posts", [advert(n) for n in range(9)], None),
        ("a person", [said(n, f"第{n}天的晚饭，今天换了一种做法", "x:u", engagement=Engagement(comments=n % 7)) for n in range(0, 90000, 1500)], None),
    ],
)  # fmt: skip
def test_which_accounts_are_judged(what: str, rows: list[AnnotatedPost], voice: Voice | None) -> None:
    # at a base rate of one half, so that what is known of an account here is enough to be sure
    found = verdicts(stored(rows), until=UNTIL, spam_rate=0.5).accounts
    assert {key: one.voice for key, one in found.items()} == ({} if voice is None else {"x:u": voice}), what
    for one in found.values():
        assert len(titles(one.because)) == len(one.because) > 1


@pytest.mark.parametrize(
    ("what", "rows", "voice"),
    [
        ("an army", [said(n, SAME, f"x:u{n}") for n in range(CROWD)], Voice.SPAM),
        ("an advert", [said(n, SAME, f"x:u{n}", Voice.MARKETING) for n in range(CROWD)], Voice.MARKETING),
        ("a report", [said(n, SAME, f"x:u{n}", Voice.MEDIA) for n in range(CROWD)], None),
        ("fans", [said(n, SAME, f"x:u{n}", Voice.FAN) for n in range(CROWD)], None),
        ("too few", [said(n, SAME, f"x:u{n}") for n in range(CROWD - 1)], None),
        ("short words, that people may share", [said(n, SAME[:15], f"x:u{n}") for n in range(CROWD)], None),
    ],
)
def test_which_words_are_judged(what: str, rows: list[AnnotatedPost], voice: Voice | None) -> None:
    found = verdicts(stored(rows), until=UNTIL).words
    assert {key: one.voice for key, one in found.items()} == (
        {} if voice is None else {words_key(SAME): voice}
    ), what
    for one in found.values():
        assert str(CROWD) in titles(one.because)[0].en
