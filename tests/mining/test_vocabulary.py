"""New words that a window says and the windows before did not."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from core.models import AnnotatedPost, Voice
from core.project import Brand, Project, Title, Words
from core.records import to_json
from mining.reports import WordsReport
from mining.vocabulary import Vocabulary
from tests.mining.posts import NOON, read, root
from tests.mining.stores import stored
from tests.nlp.test_newwords import PLANTED, posts

WEEK = timedelta(days=7)
TITLE = Title(zh="甲", en="A")


def week(ago: int, *, without: tuple[str, ...] = (), platform: str = "weibo") -> list[AnnotatedPost]:
    """Posts of one week, those with a word of `without` left out; everybody wrote one."""
    rows = []
    for number, text in enumerate(posts()):
        if any(word in text for word in without):
            continue
        made = root(text, by=f"{ago}-{number}", key=f"{platform}:{ago * 1000 + number}")
        at = NOON - ago * WEEK - timedelta(minutes=1 + 20 * number)
        rows.append(read(structs.replace(made, published_at=at, platform=platform)))
    return rows


def proposed(rows: list[AnnotatedPost], **facts: object) -> WordsReport:
    project = Project(id="p", title=TITLE, **facts)  # type: ignore[arg-type]
    return Vocabulary(project=project).proposed(stored(rows), NOON - WEEK, NOON)


def test_what_is_new_this_week_comes_before_what_was_always_said() -> None:
    rows = week(0)
    for ago in range(1, 5):
        rows += week(ago, without=("栓扣",))
    report = proposed(rows)
    found = {one.word: one for one in report.words}
    assert report.words[0].word == "栓扣"
    assert set(PLANTED) <= set(found)
    new, old = found["栓扣"], found["瑞思拜"]
    assert (new.now.value, new.baseline.value) == (10, 0.0)
    assert (old.now.value, old.baseline.value, old.score.value) == (10, 10.0, 0.0)
    assert new.platforms == {"weibo": 10}
    assert len(new.now.evidence) == 10
    assert all("栓扣" in example.text for example in new.examples)
    assert new.now.query.startswith('"栓扣"')
    assert len(new.examples) == 3
    assert b'"words"' in to_json(report)


def test_nothing_known_of_before_is_unknown_and_not_nothing() -> None:
    (one, *_) = proposed(week(0)).words
    assert one.score.value is None
    assert one.baseline.value is None


def test_what_the_project_knows_is_not_proposed() -> None:
    brand = Brand(id="s", title=TITLE, names=("哏嘟",))
    words = Words(keep=("栓扣",), rejected=("打Call",))
    assert {one.word for one in proposed(week(0), brands=(brand,), words=words).words} == {"瑞思拜"}


def test_words_everybody_has_long_used_are_not_proposed() -> None:
    rows = []
    for row in week(0):
        text = row.post.text.replace("栓扣", "副驾").replace("瑞思拜", "好用")
        rows.append(structs.replace(row, post=structs.replace(row.post, text=text)))
    assert {one.word for one in proposed(rows).words} == {"哏嘟", "打call"}


def test_copies_advertisements_and_one_persons_words_do_not_count() -> None:
    rows = week(0)
    texts = [row for row in rows if "栓扣" in row.post.text]
    one = {"author": rows[0].post.author}
    changed = {
        "栓扣": lambda row: structs.replace(
            row, annotation=structs.replace(row.annotation, voice=Voice.MARKETING)
        ),
        "瑞思拜": lambda row: structs.replace(row, post=structs.replace(row.post, **one)),
        "哏嘟": lambda row: structs.replace(
            row, annotation=structs.replace(row.annotation, duplicate_group="weibo:copy")
        ),
    }
    assert len(texts) == 10
    for at, row in enumerate(rows):
        for word, change in changed.items():
            if word in row.post.text:
                rows[at] = change(row)
    assert {word.word for word in proposed(rows).words} == {"打call"}
