"""Voices and purchase stages, each with its reason, and what must not be taken for one."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from core.models import Author, Kind, Post, Voice
from core.project import Brand, Project, Title
from nlp.annotate import Annotator
from nlp.because import titles
from nlp.model import MODELS, Models
from nlp.voice import Manner

PROJECT = Project(
    id="p",
    title=Title(zh="试", en="Try"),
    brands=(Brand(id="lark", title=Title(zh="云雀", en="Lark"), names=("云雀",), accounts=("云雀汽车",)),),
)


POSTS = tomllib.loads((Path(__file__).parent / "voice.toml").read_text("utf-8"))
TABLE = POSTS["table"]


@pytest.mark.parametrize("voice", TABLE)
def test_the_table_of_invented_posts(voice: str) -> None:
    manner = Manner(PROJECT)
    wrong = {
        text: reading.voice.value
        for text in TABLE[voice]
        if (reading := manner.read(Post(id="x:1", platform="x", kind=Kind.POST, text=text))).voice != voice
        or bool(reading.because) is (voice == "organic")
    }
    assert not wrong


@pytest.fixture(scope="module")
def annotator() -> Annotator:
    return Annotator(PROJECT)


@pytest.mark.parametrize(("part", "least"), [("table", 77), ("seen", 31), ("older", 20), ("fresh", 27)])
def test_voices_are_heard_and_no_persons_post_is_taken_for_another(
    annotator: Annotator, part: str, least: int
) -> None:
    """`least`: how many of the posts that are no person's must be found, two below what was measured."""
    gold = [(voice, text) for voice, texts in POSTS[part].items() for text in texts]
    read = annotator.annotate([Post(id="x:1", platform="x", kind=Kind.POST, text=text) for _, text in gold])
    pairs = list(zip(gold, read, strict=True))
    assert [text for (voice, text), one in pairs if voice == "organic" and one.voice != voice] == []
    assert sum(voice == one.voice for (voice, _), one in pairs if voice != "organic") >= least
    for one in read:
        told = titles(one.because)
        assert bool(told) is (one.voice is not Voice.ORGANIC)
        assert all(title.zh and title.en for title in told)


@pytest.mark.parametrize(
    ("code", "en"),
    [
        ("rule:lottery", "repost-to-win lottery"),
        ("words:0.93:包邮,现货", "its words: 包邮, 现货 (93%)"),
        ("words:0.93:", "its wording (93%)"),
        ("copies:spam:1200", "1,200 accounts published the same words: like a water army's"),
        ("habits:0.97", "the account posts like a spammer's (0.97)"),
        ("habit:link_share:0.9", "posts with a link: 90% (usually"),
        ("rule:no more", None),
        ("of another version", None),
    ],
)
def test_a_reason_is_kept_as_a_code_and_said_as_a_sentence(code: str, en: str | None) -> None:
    found = titles([code])
    assert len(found) == (en is not None)
    for title in found:
        assert en is not None
        assert title.en.startswith(en)
        assert title.zh


def test_without_a_voice_head_the_rules_alone_speak(tmp_path: Path) -> None:
    for path in MODELS.glob("*.npz"):
        if path.stem != "voice":
            (tmp_path / path.name).symlink_to(path)
    plain = Annotator(models=Models(tmp_path), second_tier="off")
    read = [plain.read(text) for text in ("转发抽奖送出一台手机", POSTS["fresh"]["media"][0], "今天下雨")]
    assert [one.voice for one in read] == [Voice.SPAM, Voice.ORGANIC, Voice.ORGANIC]


@pytest.mark.parametrize(
    ("text", "author", "voice"),
    [
        ("后排坐着挺舒服的", None, Voice.ORGANIC),
        ("转发抽奖送出一台手机", None, Voice.SPAM),
        ("现货包邮，加微信私信我下单", None, Voice.MARKETING),
        ("本报讯 记者从工厂了解到新车下线", None, Voice.MEDIA),
        ("姐妹们去超话打榜控评", None, Voice.FAN),
        ("今天的新车", Author(verified_type=3), Voice.MEDIA),
        ("今天的新车", Author(verified_type=2), Voice.MARKETING),
        ("今天的新车", Author(verified_type=-1), Voice.ORGANIC),
        ("今天的新车", Author(verified_type=None), Voice.ORGANIC),
        ("今天的新车", Author(name="云雀汽车", verified_type=0), Voice.MARKETING),
        ("转发", None, Voice.ORGANIC),  # without words of its own
        ("转发微博", None, Voice.ORGANIC),
    ],
)
def test_whose_voice_it_is(annotator: Annotator, text: str, author: Author | None, voice: Voice) -> None:
    post = Post(id="x:1", platform="x", kind=Kind.POST, text=text, author=author)
    reading = annotator.voice(post)
    assert reading.voice is voice
    assert bool(reading.because) is (voice is not Voice.ORGANIC)
    assert annotator.annotate([post])[0].voice is voice


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("被种草了这支口红", "aware"),
        ("这车好不好用，有没有人用过", "interest"),
        ("想买一台，落地价多少", "purchase"),
        ("昨天提车了，开心", "bought"),
        ("质量太差已经退货，再也不买", "lost"),
        ("不想买了", None),
        ("朋友想买，帮朋友问一下", None),
        ("想买的私信我，包邮", None),
        ("转发抽奖，想买就评论", None),
        ("恭喜提车的各位", None),
        ("七天无理由退货", None),
        ("今天下雨", None),
    ],
)
def test_the_purchase_stage(annotator: Annotator, text: str, stage: str | None) -> None:
    assert annotator.read(text).intent == stage
