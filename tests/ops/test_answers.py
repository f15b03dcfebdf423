"""The commands that answer about a result: what they promise to scripts, and what they refuse."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from ops.cli import run

THEMES = ("刹车有异响，踏板很软", "颜色好看，哑光车漆", "客服推诿，电话等待")
PLATFORMS = ("discuz", "weibo")
PROJECT = """
[project]
id = "p"
title = {zh = "甲", en = "A"}

[[tag]]
id = "brakes"
title = {zh = "刹车", en = "brakes"}
query = "刹车"
owner = "me"

[[tag]]
id = "bad"
title = {zh = "差", en = "bad"}
query = "推诿 OR 异响"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with 60 posts on each of three themes, at one a minute."""
    folder = tmp_path_factory.mktemp("answers")
    rows = [
        {
            "id": f"{PLATFORMS[number % 2]}:51000000000{number:05}",
            "platform": PLATFORMS[number % 2],
            "kind": "post",
            "text": f"{THEMES[number % 3]}，第{number}回",
            "author": {"id": f"weibo:99111{number % 30:05}", "name": f"网友_{number % 30}"},
            "published_at": f"2026-11-01T{2 + number // 60:02}:{number % 60:02}:00Z",
            "fetched_at": "2026-11-02T00:00:00Z",
            "engagement": {"reposts": number % 7, "likes": number % 11},
        }
        for number in range(180)
    ]
    (folder / "posts.jsonl").write_text(
        "\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8"
    )
    (folder / "p.toml").write_text(PROJECT, "utf-8")
    where = ["--home", str(folder / "home")]
    assert run([*where, "import", str(folder / "posts.jsonl")]) == 0
    assert run([*where, "ingest", "--workers", "0"]) == 0
    return folder


@pytest.fixture(autouse=True)
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("TINGFENG_HOME", str(home / "home"))
    monkeypatch.setenv("TINGFENG_LANG", "en")
    for name in ("TINGFENG_PROJECT", "TINGFENG_STORE"):
        monkeypatch.delenv(name, raising=False)


def answer(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> Any:
    assert run([*arguments, "--json"]) == 0
    return json.loads(capfd.readouterr().out)


def test_pages_follow_one_another(capfd: pytest.CaptureFixture[str]) -> None:
    asked = ["search", "刹车", "--limit", "25", "--sort", "engaged"]
    first = answer(asked, capfd)
    second = answer([*asked, "--after", first["cursor"]], capfd)
    third = answer([*asked, "--after", second["cursor"]], capfd)
    ids = [post["id"] for page in (first, second, third) for post in page["posts"]]
    assert (len(ids), len(set(ids)), third["cursor"]) == (60, 60, None)
    whole = answer(["search", "刹车", "--limit", "60", "--sort", "engaged"], capfd)
    assert [post["id"] for post in whole["posts"]] == ids


@pytest.mark.parametrize(
    ("query", "marked", "forms"),
    [("刹车", ["刹车"], ["literal"]), ("w:异响", ["异响"], ["word"]), ("platform:weibo 刹", ["刹"], ["literal"]),
     ("platform:weibo", [], ["field"]), ("NOT 颜色", [], [])],
)  # fmt: skip
def test_a_hit_says_what_found_it(
    query: str, marked: list[str], forms: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    for post in answer(["search", query, "--limit", "3"], capfd)["posts"]:
        assert [post["text"][start:end] for start, end in post["highlights"]] == marked
        assert post["found_by"] == forms


def test_folded_hits_say_what_they_stand_for(capfd: pytest.CaptureFixture[str]) -> None:
    folded = answer(["search", "刹车", "--fold", "--limit", "60"], capfd)
    assert folded["total"] == 60
    assert sum(post["spread"]["posts"] for post in folded["posts"]) == 60
    assert set(folded["posts"][0]["spread"]) == {"posts", "authors", "platforms", "first_at", "last_at"}


def test_counts(capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(["count", "刹车"], capfd)
    assert (found["posts"], found["authors"]) == (60, 10)
    assert set(found["counters"]["likes"]) == {"n", "sum", "p50", "p90", "p99", "max"}
    values = answer(["count", "刹车", "--by", "platform"], capfd)
    assert values["values"] == [{"value": "discuz", "count": 30}, {"value": "weibo", "count": 30}]


def test_histograms_keep_empty_spans(capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(["count", "第0回 OR 第120回", "--histogram", "hour"], capfd)
    assert [(one["start"], one["count"]) for one in found["buckets"]] == [
        ("2026-11-01T10:00+08:00", 1), ("2026-11-01T11:00+08:00", 0), ("2026-11-01T12:00+08:00", 1),
    ]  # fmt: skip
    by = answer(["count", "刹车", "--histogram", "day", "--by", "platform"], capfd)
    assert [(one["value"], one["count"]) for one in by["buckets"]] == [("discuz", 30), ("weibo", 30)]


def test_words_name_their_measure(capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(["count", "刹车", "--words"], capfd)
    assert (found["n"], found["rest"], found["note"]) == (60, 120, None)
    assert "Dunning 1993" in found["measure"]
    assert {"异响", "踏板"} <= {one["word"] for one in found["words"]}
    few = answer(["count", "第1回", "--words"], capfd)
    assert (few["words"], few["note"]) == ([], "not enough data")


def test_clusters_and_similar_posts(capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(["count", "", "--clusters"], capfd)
    assert sum(one["size"] for one in found["clusters"]) == found["n"] == 180
    alike = answer(["search", "", "--similar", "discuz:5100000000000000", "--limit", "5"], capfd)
    assert all("刹车" in post["text"] for post in alike["posts"])


def test_a_query_is_explained_linted_and_previewed(capfd: pytest.CaptureFixture[str]) -> None:
    told = answer(["search", "刹车 platform:weibo", "--explain"], capfd)
    assert "刹车" in told["en"]
    assert "刹车" in told["zh"]
    assert answer(["search", "刹 OR 车漆 颜色", "--lint"], capfd)["remarks"]
    shown = answer(["search", "刹车 -异响", "--preview"], capfd)
    assert (shown["posts"], shown["count"], [part["count"] for part in shown["parts"]]) == (180, 0, [60, 60])


def test_the_series_of_a_post(capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(["series", "discuz:5100000000000010"], capfd)
    assert [(one["at"], one["engagement"]["likes"]) for one in found["series"]] == [
        ("2026-11-02T00:00:00Z", 10)
    ]


def test_tags_are_listed_and_applied(capfd: pytest.CaptureFixture[str]) -> None:
    project = ["--project", "p.toml"]
    states = {one["tag"]: one for one in answer(["tags", *project], capfd)["tags"]}
    assert (states["brakes"]["to_add"], states["bad"]["to_add"]) == (60, 120)
    assert answer(["tags", "apply", "brakes", *project], capfd) == {"added": 60, "removed": 0}
    assert answer(["tags", "apply", *project], capfd) == {"added": 120, "removed": 0}
    assert answer(["search", "tag:brakes", "--count", *project], capfd)["total"] == 60
    assert answer(["tags", "apply"], capfd) == {"added": 0, "removed": 180}  # a project without rules


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "xlsx"])
def test_a_result_is_exported_whole(ending: str, capfd: pytest.CaptureFixture[str]) -> None:
    done = answer(["search", "刹车", "--export", f"out.{ending}"], capfd)
    assert done["posts"] == 60
    assert Path(done["path"]).stat().st_size > 0
    limited = answer(["search", "刹车", "--export", f"out.{ending}", "--limit", "7"], capfd)
    assert limited["posts"] == 7


WRONG = [
    (["search", "x", "--lint", "--count"], "--count and --lint are different answers"),
    (["search", "x", "--sort", "best"], "--sort 'best' is unknown; use newest, oldest, engaged or relevant"),
    (["search", "x", "--after", "x"], "'x' is no cursor; begin with the first page"),
    (["search", "x", "--limit", "20000"], "--limit 20000 is more than 10000"),
    (["search", "x", "--export", "a.doc"], "'a.doc' names no format; end it with .jsonl"),
    (["search", "x", "--export", "no/where/a.csv"], "is not there; make it, or write elsewhere"),
    (["search", "x", "--similar", "weibo:1"], "post weibo:1 is not in the store"),
    (["series", "weibo:1"], "post weibo:1 is not in the store"),
    (["count", "x", "--by", "shoe"], "results cannot be counted by 'shoe'; known are platform"),
    (["count", "x", "--histogram", "year"], "--histogram 'year' is unknown; use minute, hour, day"),
    (["count", "x", "--words", "--clusters"], "are different answers; ask for one of them"),
    (["tags", "apply", "shoe"], "tag 'shoe' is unknown; tingfeng tags lists"),
    (["erase"], "Say whom or what: --author ID|NAME, or --post POST_ID"),
    (["erase", "--author", "nobody"], "nothing is kept of 'nobody'"),
    (["erase", "--post", "weibo:1"], "nothing is kept of weibo:1"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(one) for one, _ in WRONG])
def test_wrong_input_is_one_clear_line(
    arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    told = capfd.readouterr()
    assert message in told.err
    assert len(told.err.splitlines()) == 1


def test_erase_says_what_goes_asks_and_does_it(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    inside, outside = home / "home" / "all.csv", home / "all.csv"
    for path in (inside, outside):
        assert run(["search", "", "--export", str(path)]) == 0
    capfd.readouterr()
    asked = ["erase", "--author", "9911100007"]
    assert run(asked) == 2  # nobody can be asked in a test
    told = capfd.readouterr().err
    assert "6 posts go" in told
    assert f"{inside} goes" in told
    assert "add --yes" in told
    done = answer([*asked, "--yes"], capfd)
    assert (done["posts"], done["exports"]) == (6, [str(inside)])
    assert str(outside) in done["elsewhere"]
    assert not inside.exists()
    assert answer(["search", "", "--count"], capfd)["total"] == 174
    with outside.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 180  # named, and left to its owner
    assert str(outside) in erasures(capfd)
    for path in done["elsewhere"]:
        Path(path).unlink()
    assert erasures(capfd) == "none is unfinished"
    (home / "home" / "erasing.jsonl").touch()
    assert "stopped half way" in erasures(capfd)
    (home / "home" / "erasing.jsonl").unlink()


def erasures(capfd: pytest.CaptureFixture[str]) -> str:
    """What doctor finds of erasures."""
    run(["doctor", "--json"])
    found = {check["name"]: check["found"] for check in json.loads(capfd.readouterr().out)["checks"]}
    return str(found["erasures"])
