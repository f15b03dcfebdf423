"""``tingfeng import`` as a person meets it: a look first, a mapping where nothing fits, then the posts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops.cli import run

SHAPES = Path(__file__).parents[1] / "core" / "shapes"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINGFENG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TINGFENG_LANG", "en")
    for name in ("TINGFENG_PROJECT", "TINGFENG_STORE", "TINGFENG_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            [
                "CSV of dataabc/weibo-crawler",
                "original: text",
                "a precise place",
                "3 would land, 0 would be rejected",
            ],
        ),
        ("zh", ["dataabc/weibo-crawler 的 CSV", "原帖: text", "精确位置", "可导入 3 行，会拒收 0 行"]),
    ],
)
def test_a_preview_says_what_would_be_read_and_lands_nothing(
    language: str, says: list[str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINGFENG_LANG", language)
    assert run(["import", str(SHAPES / "weibo-crawler-csv.csv"), "--preview"]) == 0
    told = "".join(capfd.readouterr())
    for words in (*says, "源微博正文", "weibo:5300000000000002", "编辑次数"):
        assert words in told
    assert not list(Path("home").glob("*"))


def test_a_preview_in_json_has_all_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(SHAPES / "vendor.csv"), "--preview", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert set(found) == {
        "kind", "encoding", "by", "shape", "used", "defaults", "unused", "unknown", "rows", "whole", "landed",
        "rejected", "faults", "posts", "sheet", "other_sheets",
    }  # fmt: skip
    assert {
        "column": "情感属性",
        "reason": "the vendor's own judgement; Tingfeng reads the text itself",
    } in found["unused"]


def test_from_an_unknown_file_to_its_posts_by_a_mapping(capfd: pytest.CaptureFixture[str]) -> None:
    Path("odd.csv").write_text("那句话,何时\n今天提车,2026-11-01 08:30\n,昨天\n", "utf-8")
    assert run(["import", "odd.csv"]) == 2
    assert "--write-mapping" in capfd.readouterr().err
    assert run(["import", "odd.csv", "--write-mapping", "map.toml"]) == 0
    text = Path("map.toml").read_text("utf-8")
    text = text.replace('# text = ""', 'text = "那句话"').replace(
        '# published_at = ""', 'published_at = "何时"'
    )
    Path("map.toml").write_text(text, "utf-8")
    capfd.readouterr()
    assert run(["import", "odd.csv", "--mapping", "map.toml", "--preview"]) == 0
    told = "".join(capfd.readouterr())
    assert "1 would land, 1 would be rejected" in told
    assert "is missing" in told
    assert run(["import", "odd.csv", "--mapping", "map.toml", "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert (report["read"], report["landed"], report["rejected"]) == (2, 1, 1)
    assert (Path("home") / "rejects" / f"{report['run']}.jsonl").exists()


def test_an_import_names_what_it_did_not_keep(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(SHAPES / "weibo-crawler-csv.csv")]) == 0
    told = capfd.readouterr().err
    assert "1 reposted posts lay in these rows" in told
    assert "Not kept: 头条文章url" in told
    assert "Read 3 rows, landed 3, rejected 0" in told


def test_a_file_of_accounts_is_refused_in_the_readers_language(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINGFENG_LANG", "zh")
    assert run(["import", str(SHAPES / "mediacrawler-creators.csv")]) == 2
    assert "这是账号资料，不是帖子" in capfd.readouterr().err


def test_a_file_of_which_no_row_can_be_read_is_a_failure(capfd: pytest.CaptureFixture[str]) -> None:
    Path("a.jsonl").write_text('{"text": "好", "likes": "many"}\n', "utf-8")
    assert run(["import", "a.jsonl", "--json"]) == 1
    out, err = capfd.readouterr()
    assert json.loads(out)["rejected"] == 1
    assert "tingfeng import a.jsonl --preview" in err
    Path("b.csv").write_text("text\n", "utf-8")
    assert run(["import", "b.csv"]) == 0
