"""What a person sees at a terminal: one line where one is enough, and all of it in their language."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMANDS: tuple[list[str], ...] = (
    [], ["demo"], ["project"], ["project", "new"], ["project", "check"], ["crawl"], ["import"], ["ingest"], ["annotate"],
    ["reannotate"], ["accuracy"], ["search"], ["count"], ["series"], ["tags"], ["tags", "apply"], ["wom"], ["topics"], ["cascade"], ["kol"], ["serve"],
    ["erase"], ["doctor"],
)  # fmt: skip


def started(arguments: list[str], home: Path, language: str = "en") -> subprocess.Popen[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TINGFENG_")},
        "TINGFENG_HOME": str(home),
        "TINGFENG_LANG": language,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "ops.cli", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=home.parent,
    )  # fmt: skip


def done(arguments: list[str], home: Path, language: str = "en") -> tuple[int, str, str]:
    process = started(arguments, home, language)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_a_store_that_is_away_costs_one_line(tmp_path: Path) -> None:
    code, out, err = done(["search", "x", "--store", "http://127.0.0.1:9"], tmp_path / "home")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1, err
    assert "(Connection refused)" in err


@pytest.mark.parametrize("arguments", [[], ["project"]])
def test_no_command_shows_the_help(arguments: list[str], tmp_path: Path) -> None:
    code, _, err = done(arguments, tmp_path / "home")
    assert code == 2
    assert err.startswith("Usage:")
    assert "\nCommands:\n" in err


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_says_what_became_of_its_work(which: int, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = started(["annotate", str(pipe)], tmp_path / "home")
    with pipe.open("wb"):  # opens when the command reads
        time.sleep(0.2)
        process.send_signal(which)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "tingfeng: Interrupted; what was done is kept.\n"


def test_a_torn_landing_file_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text('{"text": "刹车异响"}', "utf-8")
    assert done(["import", "posts.jsonl"], tmp_path / "home")[0] == 0
    (path,) = (tmp_path / "home" / "landing").glob("*.zst")
    path.write_bytes(path.read_bytes() + path.read_bytes()[:100])
    code, _, err = done(["ingest", "--workers", "0", "--json"], tmp_path / "home", "zh")
    assert code == 0
    assert len(err.splitlines()) == 1, err
    assert err.startswith(f"tingfeng: {path}：末尾 ")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_help_in_chinese_holds_no_english_sentence(arguments: list[str], tmp_path: Path) -> None:
    _, out, _ = done([*arguments, "--help"], tmp_path / "home", "zh")
    prose = re.sub(r"例：.*|tingfeng( project| tags)? \w+", "", out)
    assert re.findall(r"\b[a-z]+ [a-z]+ [a-z]+\b", prose) == []
    assert "用法" in out
    assert "Options" not in out


def test_a_table_in_chinese_has_chinese_headings(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text('{"text": "刹车异响"}', "utf-8")
    home = tmp_path / "home"
    for arguments in (["import", "posts.jsonl"], ["ingest", "--workers", "0"]):
        assert done(arguments, home)[0] == 0
    _, out, _ = done(["search", "刹车"], home, "zh")
    assert out.splitlines()[0].split() == ["时间", "平台", "作者", "情感", "正文", "id"]


def test_annotate_answers_a_line_before_the_next_is_there(tmp_path: Path) -> None:
    environment = {**os.environ, "TINGFENG_HOME": str(tmp_path / "home")}
    with subprocess.Popen(
        [sys.executable, "-m", "ops.cli", "annotate", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=Path(__file__).parents[2],
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (b"1", b"2"):
            process.stdin.write(b'{"id": ' + number + b', "text": "\xe5\xa5\xbd"}\n')
            process.stdin.flush()
            assert process.stdout.readline().startswith(b'{"id":' + number)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
@pytest.mark.parametrize(
    "arguments", [["annotate", "-"], ["search", "", "--count"], ["search", "", "--json"]], ids=" ".join
)
def test_a_full_disk_is_named_as_such(arguments: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "TINGFENG_HOME": str(tmp_path / "home"), "TINGFENG_LANG": "en"}
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "ops.cli", *arguments],
            input=b'{"text": "x"}\n', stdout=full, stderr=subprocess.PIPE,
            env=environment, cwd=Path(__file__).parents[2], check=False,
        )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.decode().splitlines()[-1].startswith("tingfeng: The disk is full")
