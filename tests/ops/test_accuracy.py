"""``tingfeng accuracy`` and ``tingfeng reannotate`` as a person at a terminal runs them."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.home import Home
from core.models import AnnotatedPost, Annotation, AspectOpinion, Emotion, Kind, Post, Voice
from core.project import EMPTY, Brand, Project, Title
from index.address import open_store
from index.ingest.judgements import Judgement, JudgementFile, append, file_of, read_judgements
from index.ingest.questions import QUESTIONS, WHOLE, said_of
from index.query import parse
from ops.cli import run
from ops.judging import Judging, printable

HOUSE = Path(__file__).parents[2]
PATIENCE_S = 60


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Home:
    for name in ("STORE", "PROJECT", "HOME"):
        monkeypatch.delenv(f"TINGFENG_{name}", raising=False)
    monkeypatch.setenv("TINGFENG_LANG", "en")
    monkeypatch.setenv("TINGFENG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    lines = [
        {"id": f"weibo:{number}", "text": f"{text}第{number}次"}
        for number in range(30)
        for text in [("太好了，很满意，推荐", "质量太差，失望，别买", "会议定于周三下午举行")[number % 3]]
    ]
    (tmp_path / "posts.jsonl").write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    assert run(["import", "posts.jsonl"]) == 0
    assert run(["ingest", "--workers", "0"]) == 0
    capfd.readouterr()
    return Home(tmp_path / "home")


def answer(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> dict[str, object]:
    capfd.readouterr()
    assert run(arguments) == 0
    found: dict[str, object] = json.loads(capfd.readouterr().out)
    return found


def typed(home: Home, keys: str) -> str:
    """What a person sees who types these keys, each when the command asks for one."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.cli", "accuracy", "--sample", "10", "--by", "ann"],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=HOUSE, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    os.close(theirs)
    seen = ""
    rest = iter(keys)
    while select.select([ours], [], [], PATIENCE_S)[0]:
        try:
            part = os.read(ours, 65536).decode("utf-8", "replace")
        except OSError:  # the other side has ended
            break
        seen += part
        if part.rstrip().endswith("q quit") and (key := next(rest, None)):
            while termios.tcgetattr(ours)[3] & termios.ICANON:  # it does not listen yet
                time.sleep(0.01)
            os.write(ours, key.encode())
    os.close(ours)
    assert process.wait(PATIENCE_S) == 0, seen
    return seen


def test_a_person_judges_quits_and_goes_on(home: Home) -> None:
    path = file_of(home, EMPTY.id)
    seen = typed(home, "12sb3q")
    first = read_judgements(path)
    assert [one.label for one in first.of("sentiment").judged.values()] == ["positive", "neutral", "negative"]
    assert {one.by for one in first.of("sentiment").judged.values()} == {"ann"}
    assert "not enough data: 3 < 30" in seen
    typed(home, "3q")
    second = read_judgements(path)
    assert len(second.of("sentiment").judged) == 4
    assert list(second.of("sentiment").judged)[:3] == list(first.of("sentiment").judged)
    with closing(open_store("sqlite", home)) as store:
        for post, (told,) in second.corrections().items():
            (item,) = store.get([post])
            assert item.annotation.sentiment is not None
            assert item.annotation.sentiment.label == told.label
            assert item.annotation.models["sentiment"] == "human"


def keys(text: str) -> Iterator[str]:
    yield from text


@pytest.mark.parametrize(
    ("typing", "labels"),
    [
        ("123", ["positive", "neutral", "negative"]),
        ("xs1", ["positive"]),
        ("1b2", ["neutral"]),
        ("bb1", ["positive"]),
        ("q", []),
        ("\x03", []),
        ("1\x04", ["positive"]),
    ],
)
def test_a_key_is_a_judgement(home: Home, tmp_path: Path, typing: str, labels: list[str]) -> None:

    file = JudgementFile(tmp_path / "kept.jsonl")
    with closing(open_store("sqlite", home)) as store:
        items = list(store.scan(parse("")))[:3]
    given = keys(typing)
    Judging(file, "ann", items, lambda: next(given, "q")).sit()
    assert [one.label for one in file.now().of("sentiment").judged.values()] == labels


READ = Annotation(
    emotion=Emotion(label="sad", scores={"sad": 0.6}),
    aspects=(
        AspectOpinion(aspect="动力", target=None, polarity="positive", confidence=0.8, evidence="动力"),
        AspectOpinion(aspect="油耗", target=None, polarity="negative", confidence=0.7, evidence="油耗"),
    ),
    brands=("lanshi",),
    intent="interest",
    voice=Voice.ORGANIC,
    models={"language": "linear-1"},
)
OURS = Project(
    id="p",
    title=EMPTY.title,
    brands=(Brand(id="lanshi", title=Title(zh="澜石", en="Lanstone"), names=("澜石",), domain="car"),),
)
# Of two posts that were read alike: what is asked, the keys, and what is kept of each post.
ASKED = [
    ("emotion", "1q", [{"": "happy"}]),
    ("emotion", "7x6s", [{"": "angry"}]),
    ("voice", "25", [{"": "marketing"}, {"": "spam"}]),
    ("intent", "46", [{"": "bought"}, {"": "none"}]),
    ("aspect", "13\r", [{"动力": "positive", "油耗": "negative"}]),
    ("aspect", "14\n31\r", [{"动力": "positive", "油耗": "none"}, {"动力": "negative", "油耗": "positive"}]),
    ("aspect", "13+1\r2\r", [{"动力": "positive", "油耗": "negative", "价格": "neutral"}]),
    ("aspect", "13+99\r+\r\r", [{"动力": "positive", "油耗": "negative"}]),  # no such number, no number
    ("aspect", "1s", []),  # a post is judged whole or not at all
    ("aspect", "13b11\r", [{"动力": "positive", "油耗": "positive"}]),
    ("aspect", "13+q", []),
    ("brand", "2", [{"lanshi": "none"}]),
    ("brand", "3\x04", []),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("question", "typing", "kept"), ASKED)
def test_every_question_is_answered_by_keys(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    question: str,
    typing: str,
    kept: list[dict[str, str]],
    language: str,
) -> None:
    monkeypatch.setenv("TINGFENG_LANG", language)
    file = JudgementFile(tmp_path / "kept.jsonl")
    items = [
        AnnotatedPost(
            post=Post(id=f"weibo:{number}", platform="weibo", kind=Kind.POST, text="澜石动力很足，油耗高"),
            annotation=READ,
        )
        for number in range(2)
    ]
    given = keys(typing)
    Judging(file, "ann", items, lambda: next(given, "q"), question=QUESTIONS[question], project=OURS).sit()
    assert [one.all() for one in file.now().of(question).judged.values()] == kept
    assert all(not file.now().of(other).judged for other in QUESTIONS if other != question)


def test_a_sitting_is_told_in_the_words_of_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TINGFENG_LANG", "zh")
    post = Post(id="weibo:1", platform="weibo", kind=Kind.POST, text="澜石动力很足，油耗高")
    given = keys("14\r")
    Judging(
        JudgementFile(tmp_path / "kept.jsonl"), "ann", [AnnotatedPost(post=post, annotation=READ)],
        lambda: next(given, "q"), question=QUESTIONS["aspect"], project=OURS,
    ).sit()  # fmt: skip
    seen = capsys.readouterr().err
    assert "1 正面, 2 中性, 3 负面, 4 没有谈到; s 跳过，b 返回，q 退出" in seen
    assert "动力 正面, 油耗 没有谈到: 与系统不同 (动力 正面 0.80, 油耗 负面 0.70)" in seen


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_has_its_report(home: Home, capfd: pytest.CaptureFixture[str], question: str) -> None:
    drawn = answer(["accuracy", "--of", question, "--sample", "30", "--json"], capfd)
    assert drawn["of"] == question
    assert bool(drawn["drawn"]) is (question != "brand")  # the project has no brands
    assert run(["accuracy", "--of", question]) == 0
    told = capfd.readouterr()
    assert "95 % interval" in told.out
    assert ("calibration error" in told.out) is QUESTIONS[question].sure
    assert (f"tingfeng accuracy --of {question} in a terminal" in told.err) is (question != "brand")


def test_hostile_text_moves_nothing_on_the_screen() -> None:
    assert printable("a\x1b[2J\u202eb\nc\x07\ud800") == "a\ufffd[2J\ufffdb\nc\ufffd\ufffd"


def test_the_report_as_json(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    before = answer(["accuracy", "--json"], capfd)
    assert (before["drawn"], before["judged"]) == (0, 0)
    drawn = answer(["accuracy", "--sample", "30", "--json"], capfd)
    assert (drawn["drawn"], drawn["judged"]) == (30, 0)
    path = file_of(home, EMPTY.id)
    known = read_judgements(path)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    append(path, [Judgement(post, one.said, "ann", at) for post, one in known.of("sentiment").drawn.items()])
    report = answer(["accuracy", "--json"], capfd)
    assert set(report) == {
        "project", "of", "drawn", "judged", "counted", "corrections", "rules", "judges", "models", "covered", "accuracy",
        "classes", "platforms", "parts", "calibration_error", "calibration",
    }  # fmt: skip
    accuracy = report["accuracy"]
    assert isinstance(accuracy, dict)
    assert (accuracy["found"]["value"], accuracy["found"]["n"], accuracy["high"]) == (1.0, 30, 1.0)


def test_rules_are_refused_with_too_few_and_taken_where_they_help(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    path = file_of(home, EMPTY.id)
    assert answer(["accuracy", "--sample", "30", "--json"], capfd)["drawn"] == 30
    assert run(["accuracy", "--learn"]) == 2
    assert "Too few to learn from" in capfd.readouterr().err
    assert run(["accuracy", "--unlearn"]) == 0
    lines = [{"id": f"weibo:b{n}", "text": f"推荐大家去打卡，很满意{n}"} for n in range(120)]
    Path("more.jsonl").write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    assert run(["import", "more.jsonl"]) == 0
    assert run(["ingest", "--workers", "0"]) == 0
    with closing(open_store("sqlite", home)) as store:
        posts = [item.post.id for item in store.scan(parse("打卡"))]
    at = datetime(2026, 11, 20, tzinfo=UTC)
    append(path, [Judgement(post, "negative", "ann", at) for post in posts])
    assert run(["accuracy", "--learn", "--yes"]) == 0
    rules = read_judgements(path).rules["sentiment"]
    assert rules.rules[0].label == "negative"
    lines = [{"id": "weibo:c", "text": "推荐大家去打卡，很满意999"}]
    Path("last.jsonl").write_text(json.dumps(lines[0]), "utf-8")
    assert run(["import", "last.jsonl"]) == 0
    assert run(["ingest", "--workers", "0"]) == 0
    with closing(open_store("sqlite", home)) as store:
        (item,) = store.scan(parse("999"))
    assert item.annotation.sentiment is not None
    assert item.annotation.sentiment.label == "negative"
    assert item.annotation.models["sentiment"] == rules.version


@pytest.mark.parametrize(("question", "label"), [("emotion", "fear"), ("voice", "fan"), ("intent", "lost")])
def test_rules_are_learned_for_other_questions_too_and_taken_back(
    home: Home, capfd: pytest.CaptureFixture[str], question: str, label: str
) -> None:
    path = file_of(home, EMPTY.id)
    with closing(open_store("sqlite", home)) as store:
        said = {item.post.id: said_of(question, item.annotation) for item in store.scan(parse(""))}
    lines = [{"id": f"weibo:b{n}", "text": f"推荐大家去打卡，很满意{n}"} for n in range(120)]
    Path("more.jsonl").write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    assert run(["import", "more.jsonl"]) == 0
    assert run(["ingest", "--workers", "0"]) == 0
    with closing(open_store("sqlite", home)) as store:
        posts = [item.post.id for item in store.scan(parse("打卡")) if item.post.id not in said]
    at = datetime(2026, 11, 20, tzinfo=UTC)
    append(path, [Judgement(post, label, "ann", at, of=question) for post in posts])
    capfd.readouterr()
    assert run(["accuracy", "--of", question, "--learn", "--yes"]) == 0
    assert "0 spoiled" in capfd.readouterr().err
    (learned,) = read_judgements(path).rules.values()
    assert (learned.of, learned.rules[0].label) == (question, label)
    assert run(["reannotate", "--workers", "0"]) == 0
    with closing(open_store("sqlite", home)) as store:
        now = {item.post.id: said_of(question, item.annotation) for item in store.scan(parse("打卡"))}
    assert {told[WHOLE][0] for post, told in now.items() if told and post in posts} == {label}
    assert run(["accuracy", "--of", question, "--unlearn"]) == 0
    assert read_judgements(path).rules == {}


def test_reannotate_tells_what_changed(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    done = answer(["reannotate", "--workers", "0", "--json"], capfd)
    assert set(done) == {"changes", "resumed", "judged"}
    assert done["changes"] == {
        "posts": 30, "changed": 0, "sentiment": {}, "emotion": {}, "aspects": {}, "intent": {}, "voice": {},
        "brands": {}, "models": {},
    }  # fmt: skip
    assert run(["reannotate", "--workers", "0"]) == 0
    assert "30 posts read anew, 0 changed." in capfd.readouterr().err
