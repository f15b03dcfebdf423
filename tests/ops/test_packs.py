"""Own packs from the first seed word to the brand page, and learned from labelled rows."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.home import Home
from core.project import load
from index.address import open_store
from index.query import parse
from ops.cli import run
from web.app import create_app

PROJECT = """[project]
id = "pets"
title = { zh = "喵粮", en = "Miao" }
[language]
second_tier = "off"
[[brand]]
id = "miao"
title = { zh = "喵粮", en = "Miao" }
names = ["喵粮"]
domain = "pets"
"""
SEEDS = "aspect,word,en\n适口性,爱吃,palatability\n适口性,挑食,\n包装,包装,packaging\n"
POSTS = ("喵粮我家猫特别爱吃，非常满意", "喵粮的包装太差了，漏了一地", "喵粮买回来猫挑食，失望")
# what people say of an aspect, beyond its seed words
SAID = {
    ("适口性", "positive"): ("特别爱吃", "一口气吃光了", "天天舔盆", "闻到就跑过来"),
    ("适口性", "negative"): ("挑食不碰", "闻都不闻", "一口没动", "全剩在碗里"),
    ("包装", "positive"): ("包装很结实", "袋子密封得好", "箱子完好无损"),
    ("包装", "negative"): ("包装破了", "袋子漏气", "箱子压扁了"),
}
Run = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in ("STORE", "PROJECT", "HOME"):
        monkeypatch.delenv(f"TINGFENG_{name}", raising=False)
    monkeypatch.setenv("TINGFENG_LANG", "en")
    monkeypatch.setenv("TINGFENG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    home = Home(tmp_path / "home")
    home.root.mkdir()
    (home.root / "project.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "seeds.csv").write_text(SEEDS, "utf-8")
    rows = [
        {"id": f"weibo:{number}", "text": text, "published_at": "2026-11-01T08:00:00Z"}
        for number, text in enumerate(POSTS)
    ]
    (tmp_path / "posts.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return home


@pytest.fixture
def answer(capfd: pytest.CaptureFixture[str]) -> Run:
    def told(*arguments: str) -> Any:
        capfd.readouterr()
        assert run(list(arguments)) == 0
        return json.loads(capfd.readouterr().out)

    return told


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def told(*arguments: str) -> str:
        capfd.readouterr()
        assert run(list(arguments)) == 2
        return capfd.readouterr().err

    return told


def labelled(path: Path, texts: int) -> None:
    """Texts of two opinions each, two rows a text."""
    draw = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("text", "aspect", "polarity"))
        for number in range(texts):
            pair = [(aspect, draw.choice(("positive", "negative"))) for aspect in ("适口性", "包装")]
            text = f"第{number}袋，" + "，".join(draw.choice(SAID[opinion]) for opinion in pair)
            rows.writerows((text, *opinion) for opinion in pair)


def test_seed_words_reach_the_brand_page(home: Home, answer: Run) -> None:
    assert run(["pack", "new", "pets", "--from", "seeds.csv"]) == 0
    pack = home.root / "packs" / "pets.toml"
    assert answer("pack", "check", str(pack), "--json")["aspects"][0]["words"] == ["爱吃", "挑食"]
    assert "pets" in [one["id"] for one in answer("pack", "list", "--json")]
    assert run(["import", "posts.jsonl"]) == 0
    assert run(["ingest", "--workers", "1"]) == 0
    told = {one["aspect"]: one for one in answer("wom", "--json")["brands"][0]["aspects"]}
    assert told["适口性"]["positive"]["value"] == told["适口性"]["negative"]["value"] == 1
    assert told["包装"]["negative"]["value"] == 1
    project = load(home.root / "project.toml")
    with closing(open_store(None, home)) as store:
        assert store.count(parse("aspect:palatability", project)) == 2
        (item,) = store.get(["weibo:1"])
        assert item.annotation.models["aspects"].startswith("pets-")
        page = TestClient(create_app(home, store, project)).get("/brand/miao?days=0&lang=en").text
    assert "palatability" in page
    assert "packaging" in page


def test_labelled_rows_teach_a_pack_what_its_words_miss(home: Home, answer: Run) -> None:
    assert run(["pack", "new", "pets", "--from", "seeds.csv"]) == 0
    labelled(Path("rows.csv"), 260)
    told = answer("pack", "learn", "rows.csv", "--pack", "pets", "--json")
    assert (told["rows"], told["texts"], told["left_out"], told["taken"]) == (520, 260, [], True)
    assert told["held_back"] == 78
    before, after = told["by_words"]["aspects"], told["learned"]["aspects"]
    assert after[2]["value"] > 0.95 > before[2]["value"]
    assert told["learned"]["pairs"][2]["low"] > told["by_words"]["pairs"][2]["high"]
    line = {"text": "喵粮一口没动，袋子漏气", "domain": "pets"}
    Path("line.jsonl").write_text(json.dumps(line), "utf-8")
    read = answer("annotate", "line.jsonl")
    assert {one["aspect"]: one["polarity"] for one in read["aspects"]} == {
        "适口性": "negative",
        "包装": "negative",
    }
    assert read["models"]["aspects"].startswith("pets-")
    (home.root / "packs" / "pets.npz").unlink()
    by_words = answer("annotate", "line.jsonl")
    assert by_words["aspects"] == []
    assert by_words["models"]["aspects"] not in (read["models"]["aspects"], None)


def test_rows_that_teach_nothing_are_refused_with_what_to_do(
    home: Home, refused: Callable[..., str], tmp_path: Path
) -> None:
    learn = ("pack", "learn", "rows.csv", "--pack")
    labelled(tmp_path / "rows.csv", 100)
    assert run(["pack", "new", "pets", "--from", "seeds.csv"]) == 0
    assert "200 labelled rows are too few to learn from; label 500 at least" in refused(*learn, "pets")
    assert "the project has no pack 'car' of its own (it has pets)" in refused(*learn, "car")
    pack = home.root / "packs" / "pets.toml"
    more = '    { id = "价格", en = "price", words = ["太贵"] },\n]'
    pack.write_text(pack.read_text("utf-8").rstrip().removesuffix("]") + more, "utf-8")
    labelled(tmp_path / "rows.csv", 260)
    assert "aspect '价格' has 0 labelled rows; label 10 at least" in refused(*learn, "pets")
    assert not (home.root / "packs" / "pets.npz").exists()


def test_a_project_without_packs_says_so(home: Home, refused: Callable[..., str], tmp_path: Path) -> None:
    (home.root / "project.toml").write_text(
        '[project]\nid = "pets"\ntitle = { zh = "宠物", en = "pets" }\n', "utf-8"
    )
    labelled(tmp_path / "rows.csv", 100)
    told = refused("pack", "learn", "rows.csv", "--pack", "pets")
    assert "the project has no pack of its own; tingfeng pack new ID writes one" in told


def test_weights_that_are_none_are_told(home: Home, refused: Callable[..., str]) -> None:
    assert run(["pack", "new", "pets", "--from", "seeds.csv"]) == 0
    (home.root / "packs" / "pets.npz").write_bytes(b"PK no weights")
    told = refused("annotate", "posts.jsonl")
    assert (
        "pets.npz holds no weights of a pack; learn it again (tingfeng pack learn ROWS --pack pets)" in told
    )


def test_a_pack_is_never_written_over(home: Home, refused: Callable[..., str]) -> None:
    assert run(["pack", "new", "pets"]) == 0
    written = (home.root / "packs" / "pets.toml").read_bytes()
    assert "pets.toml is there already" in refused("pack", "new", "pets")
    assert "'car' is a pack that ships" in refused("pack", "new", "car")
    assert (home.root / "packs" / "pets.toml").read_bytes() == written
