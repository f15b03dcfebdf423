"""The JSON that others script against."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from core.project import load
from ops.cli import run

POSTS = [
    {"id": "weibo:5000000000000001", "platform": "weibo", "kind": "post", "text": "新车动力很足，就是油耗有点高",
     "author": {"id": "weibo:9911111111", "name": "山里来的风", "followers": 820000, "verified_type": 0},
     "published_at": "2026-11-01T02:00:00Z", "engagement": {"reposts": 2, "comments": 0, "likes": 9}},
    {"id": "weibo:5000000000000002", "platform": "weibo", "kind": "repost", "text": "说得对//@山里来的风:新车动力很足，就是油耗有点高",
     "author": {"id": "weibo:9911111112", "name": "早起的蘑菇"}, "published_at": "2026-11-01T02:05:00Z",
     "root_id": "weibo:5000000000000001", "parent_id": "weibo:5000000000000001", "parent_confidence": 1.0},
    {"id": "weibo:5000000000000003", "platform": "weibo", "kind": "repost",
     "text": "转发微博//@早起的蘑菇:说得对//@山里来的风:新车动力很足，就是油耗有点高",
     "author": {"id": "weibo:9911111113", "name": "晚睡的海带"}, "published_at": "2026-11-01T02:09:00Z",
     "root_id": "weibo:5000000000000001"},
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINGFENG_HOME", str(tmp_path / "home"))
    for name in ("TINGFENG_PROJECT", "TINGFENG_STORE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def answer(arguments: list[str], capfd: pytest.CaptureFixture[str], *, code: int = 0) -> Any:
    assert run(arguments) == code
    return json.loads(capfd.readouterr().out)


@pytest.fixture
def filled(home: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    source = Path("posts.jsonl")
    rows = [json.dumps(post, ensure_ascii=False) for post in POSTS]
    source.write_text("\n".join([*rows, "{broken"]), "utf-8")
    imported = answer(["import", str(source), "--json"], capfd)
    assert set(imported) == {
        "read", "landed", "rejected", "originals", "originals_rejected", "run", "shape",
    }  # fmt: skip
    assert (imported["read"], imported["landed"], imported["rejected"]) == (4, 3, 1)
    reject = json.loads((home / "rejects" / f"{imported['run']}.jsonl").read_text("utf-8").splitlines()[0])
    assert reject["line"] == 4
    ingested = answer(["ingest", "--json", "--workers", "0"], capfd)
    assert set(ingested) == {"posts", "new", "updated", "refused", "seconds"}
    assert (ingested["posts"], ingested["new"]) == (3, 3)
    return home


def test_search(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(["search", "动力", "--json", "--limit", "1"], capfd)
    assert set(found) == {"query", "total", "posts", "cursor"}
    assert (found["query"], found["total"], len(found["posts"])) == ("动力", 3, 1)
    post = found["posts"][0]
    assert {
        "id", "platform", "kind", "author", "text", "published_at", "root_id", "parent_id", "parent_confidence",
        "quoted_id", "thread_id", "floor", "engagement", "topics", "mentions", "urls", "media", "region", "client",
        "url", "edited_at", "edits", "gone", "gone_at", "fetched_at", "run_id", "parser_version", "annotation",
        "highlights", "found_by",
    } == set(post)  # fmt: skip
    assert {"reposts", "comments", "likes", "views", "capped"} == set(post["engagement"])
    counted = answer(["search", "动力", "--json", "--count"], capfd)
    assert (counted["total"], counted["posts"]) == (3, [])
    assert answer(["search", "没有这样的话", "--json"], capfd) == {
        "query": "没有这样的话",
        "total": 0,
        "posts": [],
        "cursor": None,
    }


def test_ordinary_people_are_pseudonyms_and_public_ones_keep_their_names(
    filled: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    posts = {post["id"]: post for post in answer(["search", "", "--json"], capfd)["posts"]}
    assert posts["weibo:5000000000000001"]["author"]["name"] == "山里来的风"
    kept = b"".join(path.read_bytes() for path in filled.rglob("*") if path.is_file())
    for secret in ("早起的蘑菇", "晚睡的海带", "9911111112", "9911111113"):
        assert secret not in json.dumps(posts, ensure_ascii=False)
        assert secret.encode() not in kept


def test_cascade(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tree = answer(["cascade", "weibo:5000000000000001", "--json"], capfd)
    assert set(tree) == {"root", "nodes", "metrics", "key_spreaders"}
    nodes = {node["id"]: node for node in tree["nodes"]}
    assert {"id", "parent_id", "edge", "confidence", "depth", "published_at", "direct", "branch"} <= set(
        nodes["weibo:5000000000000002"]
    )
    assert nodes["weibo:5000000000000002"]["edge"] == "observed"
    # the chain names 早起的蘑菇, although both are pseudonyms by now
    third = nodes["weibo:5000000000000003"]
    assert (third["edge"], third["parent_id"], third["depth"]) == ("inferred", "weibo:5000000000000002", 2)
    assert {"id", "author", "direct", "branch", "path"} <= set(tree["key_spreaders"][0])


def test_kol_uses_nothing_later_than_until(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    late = answer(["kol", "动力", "--json"], capfd)
    assert {"author", "score", "reasons", "evidence"} <= set(late["candidates"][0])
    early = answer(["kol", "动力", "--json", "--until", "2026-11-01T02:04:00Z"], capfd)
    seen = json.dumps(early, ensure_ascii=False)
    assert "weibo:5000000000000002" not in seen
    assert "weibo:5000000000000003" not in seen


def test_ingest_again_changes_nothing(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    again = answer(["ingest", "--json"], capfd)
    assert (again["new"], again["updated"]) == (0, 0)
    rebuilt = answer(["ingest", "--rebuild", "--json", "--workers", "0"], capfd)
    assert rebuilt["new"] == 3


LINES = [
    (
        '{"id": 1, "text": "这款手机屏幕很好，电池不行", "domain": "phone", "aspect_terms": ["屏幕", "电池"]}',
        None,
    ),
    ('{"id": "b", "text": ""}', None),
    ('{"id": "c"}', "text"),
    ('{"id": "d", "text": 5}', "text"),
    ("{nonsense", "line"),
    ('{"id": "e", "text": "好", "domain": "boats"}', "boats"),
    ("[1, 2]", "line"),
    ("[" * 200_000, "line"),
    ('{"id": true, "text": "好"}', "line"),
]


def test_annotate_answers_line_by_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    text = "\ufeff" + "\n".join(line for line, _ in LINES) + "\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))
    assert run(["annotate", "-"]) == 0
    answers = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert len(answers) == len(LINES)
    for got, (line, fault) in zip(answers, LINES, strict=True):
        if fault:
            assert set(got) == {"id", "error"}, line
            assert fault in got["error"]
    first = answers[0]
    assert set(first) == {"id", "words", "keywords", "sentiment", "emotion", "aspects", "models"}
    assert first["id"] == 1
    assert [aspect["target"] for aspect in first["aspects"]] == ["屏幕", "电池"]
    assert {"aspect", "target", "polarity", "confidence", "evidence"} == set(first["aspects"][0])
    assert first["sentiment"]["label"] in ("positive", "neutral", "negative")
    assert -1 <= first["sentiment"]["score"] <= 1
    assert set(first["emotion"]["scores"]) == {"angry", "fear", "happy", "neutral", "sad", "surprise"}


def test_an_unreadable_stream_is_no_success(home: Path, tmp_path: Path) -> None:
    assert run(["annotate", str(tmp_path)]) != 0


def test_doctor_finds_a_filled_home_in_order(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = answer(["doctor", "--json"], capfd)
    assert report["ok"] is True
    (filled / "key").chmod(0o644)
    assert run(["doctor", "--json"]) == 1


def test_doctor_finds_a_key_that_is_none_or_gone(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (filled / "key").write_text("")
    assert run(["doctor"]) == 1
    (filled / "key").unlink()
    assert run(["doctor"]) == 1
    assert not (filled / "key").exists()


def test_doctor_is_content_with_a_landing_file_that_a_kill_cut_off(
    filled: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (path,) = (filled / "landing").glob("*.zst")
    path.write_bytes(path.read_bytes() + path.read_bytes()[:100])
    report = answer(["doctor", "--json"], capfd)
    assert report["ok"] is True
    assert "cut" in next(check["found"] for check in report["checks"] if check["name"] == "landing")


def test_words_are_proposed_and_decided(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = answer(["words", "--json", "--since", "2026-11-01", "--until", "2026-11-02"], capfd)
    assert set(report) == {"since", "until", "periods", "query", "base", "coverage", "posts", "words"}
    assert (report["posts"], report["words"]) == (2, [])
    assert run(["words", "--accept", "栓扣"]) == 2  # there is no project file yet
    assert run(["project", "new", "mine"]) == 0
    given = ["words", "--project", "mine.toml"]
    assert run([*given, "--accept", "栓扣", "--accept", "内卷", "--reject", "网页链接"]) == 0
    assert run([*given, "--accept", "小号车", "--as", "brand-alias:mybrand"]) == 0
    project = load(Path("mine.toml"))
    assert (project.words.keep, project.words.rejected) == (("栓扣", "内卷"), ("网页链接",))
    assert project.brands[0].names[-1] == "小号车"
    for wrong in (["--accept", "我", "--as", "word"], ["--accept", "栓扣", "--as", "name"]):
        assert run([*given, *wrong]) == 2
    assert load(Path("mine.toml")) == project


def test_wom_says_not_enough_data_on_an_empty_project(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["project", "new", "mine"]) == 0
    report = answer(["wom", "--project", "mine.toml", "--json"], capfd)
    assert report["brands"][0]["nsr"][0]["value"] is None
    assert "not enough data" in report["brands"][0]["nsr"][0]["note"]


@pytest.mark.parametrize(("language", "aspect"), [("zh", "动力"), ("en", "power")])
def test_wom_names_aspects_in_the_readers_language(
    filled: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    aspect: str,
) -> None:
    Path("mine.toml").write_text(
        '[project]\nid = "mine"\ntitle = { zh = "车", en = "Cars" }\n[[brand]]\nid = "car"\n'
        'title = { zh = "新车", en = "New car" }\nnames = ["新车"]\ndomain = "car"\n',
        "utf-8",
    )
    monkeypatch.setenv("TINGFENG_LANG", language)
    assert run(["wom", "--project", "mine.toml"]) == 0
    assert aspect in capfd.readouterr().out.split()


def test_copies_name_the_words_that_many_accounts_publish(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": f"weibo:60000000000000{n:02}", "platform": "weibo", "kind": "post",
         "text": "这款面霜真的好用到想囤货推荐给大家", "author": {"id": f"weibo:99222222{n:02}", "name": f"路人{n}"},
         "published_at": f"2026-11-01T02:{n:02}:00Z"}
        for n in range(6)
    ]  # fmt: skip
    Path("posts.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    answer(["import", "posts.jsonl", "--json"], capfd)
    answer(["ingest", "--json", "--workers", "0"], capfd)
    found = answer(["copies", "--json"], capfd)
    assert set(found) == {"posts", "copies", "texts", "rings"}
    assert (found["posts"], found["copies"], found["rings"]) == (6, 6, [])
    assert set(found["texts"][0]) == {
        "text", "posts", "accounts", "first_at", "last_at", "voice", "reason", "evidence",
    }  # fmt: skip
    assert (found["texts"][0]["accounts"], found["texts"][0]["voice"]) == (6, "spam")
    assert answer(["copies", "提车", "--json"], capfd)["posts"] == 0
    assert run(["copies"]) == 0
    assert "6 accounts published the same words" in capfd.readouterr().out
