"""Whose voice equal words of many accounts are, and which accounts keep saying the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from core.models import AnnotatedPost, Annotation, Author, Kind, Post, Voice
from mining.copying import CROWD, RING, Copying, CopyReport

START = datetime(2026, 3, 2, 4, tzinfo=UTC)
SAME = "这款保温杯真的很好用推荐大家入手"


def said(
    number: int,
    text: str,
    who: str | None,
    *,
    voice: Voice = Voice.ORGANIC,
    group: str | None = None,
    kind: Kind = Kind.POST,
    root: str | None = None,
) -> AnnotatedPost:
    return AnnotatedPost(
        post=Post(
            id=f"x:{number}",
            platform="x",
            kind=kind,
            root_id=root,
            text=text,
            author=Author(id=who) if who else None,
            published_at=START + timedelta(minutes=number),
        ),
        annotation=Annotation(voice=voice, duplicate_group=group),
    )


def report(rows: Sequence[AnnotatedPost]) -> CopyReport:
    copying = Copying()
    for row in rows:
        copying.add(row)
    return copying.report()


@pytest.mark.parametrize(
    ("what", "rows", "voice"),
    [
        ("an army", [said(n, SAME, f"x:u{n}") for n in range(CROWD)], Voice.SPAM),
        ("near-duplicates", [said(n, f"{SAME}{n}", f"x:u{n}", group="x:0") for n in range(CROWD)], Voice.SPAM),
        ("adverts", [said(n, SAME, f"x:u{n}", voice=Voice.MARKETING) for n in range(CROWD)], Voice.MARKETING),
        ("a report", [said(n, SAME, f"x:u{n}", voice=Voice.MEDIA) for n in range(CROWD)], Voice.MEDIA),
        ("fans", [said(n, SAME, f"x:u{n}", voice=Voice.FAN) for n in range(CROWD)], Voice.FAN),
        ("the same words on reposts",
         [said(n, f"{SAME}//@甲:原来的话{n}", f"x:u{n}", kind=Kind.REPOST) for n in range(CROWD)], Voice.SPAM),
        ("too few", [said(n, SAME, f"x:u{n}") for n in range(CROWD - 1)], None),
        ("one account alone", [said(n, SAME, "x:u") for n in range(9)], None),
        ("nobody known", [said(n, SAME, None) for n in range(9)], None),
        ("short words", [said(n, "太好看了", f"x:u{n}") for n in range(9)], None),
        ("bare reposts that carry a text they share a group with",
         [said(0, SAME, "x:u"), *(said(n, f"//@甲:{SAME}", f"x:u{n}", kind=Kind.REPOST, group="x:0") for n in range(1, 9))], None),
        ("reposts of nothing known, whose words are their original's",
         [said(n, SAME, f"x:u{n}", kind=Kind.REPOST, group="x:0") for n in range(9)], None),
        ("reposts that carry the words of their root",
         [said(0, SAME, "x:u"), *(said(n, SAME, f"x:u{n}", kind=Kind.REPOST, root="x:0") for n in range(1, 9))], None),
        ("reposts of something else that all say the same",
         [said(n, SAME, f"x:u{n}", kind=Kind.REPOST, root="x:99") for n in range(CROWD)], Voice.SPAM),
        ("faces and names", [said(n, "[哈哈][哈哈][哈哈]@老朋友小刚", f"x:u{n}") for n in range(9)], None),
        ("bare reposts", [said(n, "转发微博", f"x:u{n}", kind=Kind.REPOST) for n in range(9)], None),
        ("a button's words",
         [said(n, "我参与了@某号 发起的投票【晚饭吃什么】我投给了面条", f"x:u{n}") for n in range(9)], None),
    ],
)  # fmt: skip
def test_whose_voice_equal_words_are(what: str, rows: list[AnnotatedPost], voice: Voice | None) -> None:
    found = report(rows)
    assert [text.voice for text in found.texts] == ([] if voice is None else [voice]), what
    for text in found.texts:
        assert text.accounts == CROWD
        assert str(CROWD) in text.reason.zh
        assert str(CROWD) in text.reason.en
        assert set(text.evidence) == {row.post.id for row in rows}
        assert (text.first_at, text.last_at) == (rows[0].post.published_at, rows[-1].post.published_at)
    assert found.copies == (0 if voice is None else CROWD)


def test_a_ring_is_accounts_that_keep_sharing_texts() -> None:
    texts = [f"第{part}段话，几个账号都照着发的内容" for part in range(RING)]
    ring = [said(10 * part + n, text, f"x:r{n}") for part, text in enumerate(texts) for n in range(3)]
    once = [said(100 + n, texts[0], f"x:once{n}") for n in range(2)]
    found = report([*ring, *once])
    assert [one.accounts for one in found.rings] == [("x:r0", "x:r1", "x:r2")]
    assert found.rings[0].texts == RING
    assert set(found.rings[0].evidence) == {row.post.id for row in ring}


def test_passing_on_reports_makes_no_ring() -> None:
    rows = [
        said(10 * part + n, f"第{part}条报道，多家媒体转载的消息", f"x:m{n}", voice=Voice.MEDIA)
        for part in range(RING)
        for n in range(3)
    ]
    assert not report(rows).rings


def test_widest_first_and_limited() -> None:
    wide = [said(n, SAME, f"x:u{n}") for n in range(CROWD + 2)]
    other = [said(50 + n, "另一段很多账号都在发的话", f"x:u{n}") for n in range(CROWD)]
    copying = Copying()
    for row in [*other, *wide]:
        copying.add(row)
    assert [text.accounts for text in copying.report().texts] == [CROWD + 2, CROWD]
    assert len(copying.report(limit=1).texts) == 1
    assert copying.report().posts == len(wide) + len(other)
