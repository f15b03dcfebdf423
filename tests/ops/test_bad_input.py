"""A wrong input is one clear line that says what to do, exit code 2, no traceback, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.cli import run

CASES = {
    "unknown option": (["search", "x", "--colour"], "--colour", 2),
    "unknown command": (["dance"], "dance", 2),
    "missing argument": (["search"], "QUERY", 2),
    "limit not a number": (["search", "x", "--limit", "many"], "--limit", 2),
    "unknown field": (["search", "platfrom:weibo"], "platform", 2),
    "open bracket": (["search", "(刹车 OR 异响"], ")", 2),
    "date that is none": (["search", "x", "--since", "yesterweek"], "--since", 2),
    "span the wrong way": (["search", "x", "--since", "2026-11-02", "--until", "2026-11-01"], "swap", 2),
    "more days than the calendar has": (["search", "x", "--since", "99999999d"], "--since", 2),
    "a number of days no clock holds": (["search", "x", "--since", "9" * 30 + "d"], "--since", 2),
    "unknown sort": (["search", "x", "--sort", "best"], "engaged", 2),
    "unknown store": (["search", "x", "--store", "ftp://example"], "ftp://example", 2),
    "store away": (["search", "x", "--store", "http://127.0.0.1:9"], "127.0.0.1:9", 1),
    "no project file": (["search", "x", "--project", "missing.toml"], "project new", 2),
    "import of nothing": (["import", "missing.csv"], "missing.csv", 2),
    "import of a picture": (["import", "picture.png"], "picture.png", 2),
    "preview of nothing": (["import", "missing.csv", "--preview"], "missing.csv", 2),
    "import of an empty file": (["import", "empty.csv"], "is empty", 2),
    "import without a text": (["import", "odd.csv"], "--write-mapping", 2),
    "import by a missing mapping": (["import", "odd.csv", "--mapping", "no.toml"], "no.toml", 2),
    "import by a mapping of another file": (
        ["import", "odd.csv", "--mapping", "map.toml"],
        "its columns are x, y",
        2,
    ),
    "import by a mapping that is none": (["import", "odd.csv", "--mapping", "odd.csv"], "no valid TOML", 2),
    "a sheet of a text": (["import", "odd.csv", "--sheet", "A"], "--sheet", 2),
    "a mapping over a file": (["import", "odd.csv", "--write-mapping", "map.toml"], "is there already", 2),
    "a mapping into no folder": (["import", "odd.csv", "--write-mapping", "nowhere/m.toml"], "nowhere", 2),
    "preview and mapping to write": (
        ["import", "odd.csv", "--preview", "--write-mapping", "m.toml"],
        "goes alone",
        2,
    ),
    "a source without a site": (["source", "new", "mine"], "--site", 2),
    "a source that is there": (
        ["source", "new", "weibo", "--site", "https://a.example"],
        "is there already",
        2,
    ),
    "check of no source": (["source", "check", "myspace"], "myspace", 2),
    "a source called like a word of Python": (
        ["source", "new", "class", "--site", "https://a.example"],
        "another name",
        2,
    ),
    "a source with a path for a name": (
        ["source", "new", "../x", "--site", "https://a.example"],
        "small letters",
        2,
    ),
    "a source of no site": (["source", "new", "mine", "--site", "nonsense"], "https://bbs.example.com", 2),
    "record without a source": (["source", "record", "https://a.example"], "--source", 2),
    "record of no page": (
        ["source", "record", "nonsense", "--source", "feed", "--kind", "feed"],
        "https://",
        2,
    ),
    "record of no kind": (
        ["source", "record", "https://a.example", "--source", "feed", "--kind", "x"],
        "it reads",
        2,
    ),
    "a mapping with a field that is none": (
        ["import", "odd.csv", "--mapping", "colour.toml"],
        "there is no field 'colour'",
        2,
    ),
    "a mapping with a table that is none": (
        ["import", "odd.csv", "--mapping", "fixed.toml"],
        "unknown table or field 'fixed'; known are columns",
        2,
    ),
    "a mapping with a number for a table": (
        ["import", "odd.csv", "--mapping", "number.toml"],
        "number.toml: the field columns wants a table",
        2,
    ),
    "a mapping with a number for a column": (
        ["import", "odd.csv", "--mapping", "five.toml"],
        "a field of columns wants a text or a list",
        2,
    ),
    "a mapping with half a chain": (
        ["import", "odd.csv", "--mapping", "chain.toml"],
        "the field chain.name is missing",
        2,
    ),
    "a mapping in another encoding": (["import", "odd.csv", "--mapping", "gb.toml"], "save it as UTF-8", 2),
    "a mapping that is a folder": (["import", "odd.csv", "--mapping", "."], "Is a directory", 2),
    "import of a folder": (["import", "."], "is a folder", 2),
    "import of two files": (["import", "odd.csv", "odd.csv"], "odd.csv", 2),
    "too small a sample": (["accuracy", "--sample", "5"], "--sample", 2),
    "a seed that is no number": (["accuracy", "--seed", "x"], "--seed", 2),
    "nothing to learn from": (
        ["accuracy", "--learn"],
        "judge more: tingfeng accuracy --of sentiment --sample 100",
        2,
    ),
    "no voices to learn from": (
        ["accuracy", "--of", "voice", "--learn"],
        "judge more: tingfeng accuracy --of voice --sample 100",
        2,
    ),
    "learn and unlearn": (["accuracy", "--learn", "--unlearn"], "opposites", 2),
    "a question nobody asks": (
        ["accuracy", "--of", "weather"],
        "sentiment, emotion, aspect, intent, voice, brand",
        2,
    ),
    "yes to nothing": (["accuracy", "--yes"], "--learn", 2),
    "accuracy in a store that is none": (["accuracy", "--store", "ftp://x"], "ftp://x", 2),
    "fewer workers than none": (["reannotate", "--workers", "-1"], "--workers", 2),
    "an argument too many": (["reannotate", "now"], "now", 2),
    "plan without sources": (["schedule", "plan"], "[[source]]", 2),
    "plan of a project without sources": (["schedule", "plan", "bare.toml"], "[[source]]", 2),
    "plan of nothing": (["schedule", "plan", "missing.toml"], "project new", 2),
    "plan of no project": (["schedule", "plan", "odd.csv"], "TOML", 2),
    "a command that is nearly one": (["schedule", "onse"], "Did you mean 'once'? Try", 2),
    "no such run": (["runs", "nope"], "tingfeng runs", 2),
    "runs of no source": (["runs", "--source", "myspace"], "myspace", 2),
    "runs since no day": (["runs", "--since", "never"], "--since", 2),
    "resume of no source": (["standing", "--resume", "myspace", "--reason", "x"], "myspace", 2),
    "an identity without a name": (["identity", "add", "weibo"], "name", 2),
    "an identity of no source": (["identity", "add", "myspace", "mine"], "myspace", 2),
    "an identity that is a path": (["identity", "add", "weibo", "../mine"], "not a name", 2),
    "no such identity": (["identity", "remove", "weibo", "mine"], "mine", 2),
    "unknown source": (["crawl", "myspace"], "myspace", 2),
    "unknown argument of a source": (["crawl", "feed", "-a", "colour=red"], "colour", 2),
    "argument without value": (["crawl", "feed", "-a", "url"], "NAME=VALUE", 2),
    "no sources": (["crawl"], "[[source]]", 2),
    "no brands": (["wom"], "project new", 2),
    "query and brand": (["kol", "x", "--brand", "y"], "not both", 2),
    "unknown brand": (["kol", "--brand", "y"], "'y'", 2),
    "a list that is no workbook": (["kol", "--xlsx", "kol.csv"], ".xlsx", 2),
    "a workbook in no folder": (["kol", "--xlsx", "nowhere/kol.xlsx"], "nowhere", 2),
    "no such post": (["cascade", "weibo:1"], "weibo:1", 2),
    "no id of a post": (["cascade", " "], "weibo:", 2),
    "public address": (["serve", "--host", "0.0.0.0"], "127.0.0.1", 2),
    "annotate a missing file": (["annotate", "missing.jsonl"], "missing.jsonl", 2),
    "project name with a slash": (["project", "new", "a/b"], "a/b", 2),
    "project check of nothing": (["project", "check", "missing.toml"], "missing.toml", 2),
}

MAPPINGS = {
    "map.toml": '[columns]\ntext = "正文"\n',
    "gb.toml": '[columns]\ntext = "正文"\n',
    "colour.toml": '[columns]\ncolour = "x"\n',
    "fixed.toml": '[columns]\ntext = "x"\n[fixed]\nplatform = "weibo"\n',
    "number.toml": "columns = 5\n",
    "five.toml": "[columns]\ntext = 5\n",
    "chain.toml": '[columns]\ntext = "x"\n[chain]\nown = "a"\n',
    "bare.toml": '[project]\nid = "a"\ntitle = { zh = "a", en = "a" }\n',
}


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINGFENG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TINGFENG_LANG", "en")
    for name in ("TINGFENG_PROJECT", "TINGFENG_STORE", "TINGFENG_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", CASES)
def test_one_line_that_says_what_to_do(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    arguments, named, code = CASES[name]
    (Path.cwd() / "picture.png").write_bytes(b"\x89PNG\r\n")
    Path("empty.csv").touch()
    Path("odd.csv").write_text("x,y\n1,2\n")
    for mapping, text in MAPPINGS.items():
        Path(mapping).write_bytes(text.encode("gb18030" if mapping == "gb.toml" else "utf-8"))
    there = sorted(path.name for path in Path.cwd().iterdir())
    assert run(arguments) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert named in err
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err
    assert sorted(path.name for path in Path.cwd().iterdir() if path.name != "home") == there


BRAND = '[project]\nid="a"\ntitle={zh="a",en="a"}\n[[brand]]\nid="b"\ntitle={zh="b",en="b"}\n'
BROKEN_PROJECTS = {
    "not toml": ("[project\nid=1", "TOML"),
    "unknown table": ('[project]\nid="a"\n[[colour]]\n', "colour"),
    "unknown field": ('[project]\nid="a"\ntitle={zh="a",en="a"}\n[[brand]]\nname="x"\n', "name"),
    "brand without names": (
        '[project]\nid="a"\ntitle={zh="a",en="a"}\n[[brand]]\nid="b"\ntitle={zh="b",en="b"}\nnames=[]\n',
        "names",
    ),
    "zone that is none": ('[project]\nid="a"\ntitle={zh="a",en="a"}\ntimezone="Mars/Base"\n', "Mars/Base"),
    "title in one language": ('[project]\nid="a"\ntitle={zh="a"}\n', "en"),
    "no fields": ("", "the field id is missing"),
    "a number for a text": ("[project]\nid=5\n", "the field id wants a text"),
    "brand without a title": (
        '[project]\nid="a"\ntitle={zh="a",en="a"}\n[[brand]]\nid="b"\nnames=["b"]\n',
        "[[brand]] number 1: the field title is missing",
    ),
    "a text for a list": (
        '[project]\nid="a"\ntitle={zh="a",en="a"}\n[[brand]]\nid="b"\ntitle={zh="b",en="b"}\nnames="b"\n',
        "[[brand]] number 1: the field names wants a list",
    ),
    "a number for tables": ('brand=5\n[project]\nid="a"\n', "[[brand]]"),
    "a number for the head": ("project=5\n", "[project]"),
    "everybody public": ('[project]\nid="a"\ntitle={zh="a",en="a"}\nfollower_line=0\n', "follower_line"),
    "an id that is no name": ('[project]\nid="../a b"\ntitle={zh="a",en="a"}\n', "'../a b'"),
    "unknown domain": (BRAND + 'names=["b"]\ndomain="boat"\n', "'boat'"),
    "a quotation mark in a name": (BRAND + "names=['a\"b']\n", "cannot be searched"),
    "a name of punctuation": (BRAND + 'names=["澜石", "！"]\n', "'！'"),
    "two brands of one id": (
        '[project]\nid="a"\ntitle={zh="a",en="a"}\n'
        + '[[brand]]\nid="b"\ntitle={zh="b",en="b"}\nnames=["b"]\n' * 2,
        "'b'",
    ),
}


@pytest.mark.parametrize("name", BROKEN_PROJECTS)
def test_a_broken_project_file_is_named_with_its_fault(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    text, named = BROKEN_PROJECTS[name]
    Path("broken.toml").write_text(text, "utf-8")
    assert run(["search", "x", "--project", "broken.toml"]) == 2
    err = capfd.readouterr().err
    assert "broken.toml" in err
    assert named in err
    assert len(err.strip().splitlines()) == 1


USELESS_PROJECTS = {
    "open bracket": ('[[query]]\nid="q"\ntitle={zh="q",en="q"}\nquery="(刹车"\n', "'q'"),
    "a search that asks for itself": (
        '[[query]]\nid="q"\ntitle={zh="q",en="q"}\nquery="a saved:q"\n',
        "[[query]] 'q': saved:q",
    ),
    "a tag rule that moves": (
        '[[tag]]\nid="t"\ntitle={zh="t",en="t"}\nquery="a within:7d"\n',
        "[[tag]] 't': within:",
    ),
    "a tag of a tag": ('[[tag]]\nid="t"\ntitle={zh="t",en="t"}\nquery="tag:t"\n', "[[tag]] 't': tag:t"),
    "unknown source": ('[[source]]\nname="myspace"\n', "'myspace'"),
    "unknown argument": ('[[source]]\nname="feed"\narguments={colour="red"}\n', "'colour'"),
}


@pytest.mark.parametrize("name", USELESS_PROJECTS)
def test_project_check_tries_queries_and_sources(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    text, named = USELESS_PROJECTS[name]
    Path("a.toml").write_text('[project]\nid="a"\ntitle={zh="a",en="a"}\n' + text, "utf-8")
    assert run(["project", "check", "a.toml"]) == 2
    err = capfd.readouterr().err
    assert "a.toml" in err
    assert named in err


def test_a_project_file_in_another_encoding_says_what_to_save_it_as(
    capfd: pytest.CaptureFixture[str],
) -> None:
    Path("gb.toml").write_bytes('[project]\nid="a"\ntitle={zh="听风",en="a"}\n'.encode("gb18030"))
    assert run(["project", "check", "gb.toml"]) == 2
    assert "UTF-8" in capfd.readouterr().err


def test_a_project_file_with_the_mark_windows_writes_is_read() -> None:
    Path("bom.toml").write_text('[project]\nid="a"\ntitle={zh="a",en="a"}\n', "utf-8-sig")
    assert run(["project", "check", "bom.toml"]) == 0


def test_a_new_project_is_valid_and_is_not_overwritten(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["project", "new", "mine"]) == 0
    written = Path("mine.toml").read_bytes()
    assert run(["project", "check", "mine.toml"]) == 0
    assert "MyBrand" in capfd.readouterr().out
    assert run(["project", "new", "mine"]) == 2
    assert Path("mine.toml").read_bytes() == written


@pytest.mark.parametrize(
    "arguments", [["search", "x", "--colour"], ["search", "x", "--store", "ftp://x"], ["wom"]]
)
def test_errors_are_told_in_chinese_too(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TINGFENG_LANG", "zh")
    assert run(arguments) == 2
    assert any("\u4e00" <= character <= "\u9fff" for character in capfd.readouterr().err)
