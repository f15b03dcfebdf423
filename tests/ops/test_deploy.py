"""What `deploy/` ships calls commands and options that exist, and systemd finds nothing wrong with its units."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from ops.cli import run

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
BINARY = "/opt/tingfeng/.venv/bin/tingfeng"


def calls() -> list[tuple[str, list[str]]]:
    """Every call of the command line in the files: the file's name and the arguments."""
    found = []
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_dir():
            continue
        text = path.read_text("utf-8")
        written = re.findall(rf"{BINARY} (.+)", text)
        found += [(path.name, shlex.split(re.sub(r"\s+2>>.*", "", line))) for line in written]
        found += [(path.name, json.loads(line)) for line in re.findall(r"^CMD (\[.+\])", text, re.MULTILINE)]
    return found


@pytest.mark.parametrize(("name", "arguments"), calls())
def test_calls_exist(name: str, arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    command = arguments[:2] if arguments[0] == "schedule" else arguments[:1]
    assert run([*command, "--help"]) == 0
    told = capfd.readouterr().out
    for option in (one for one in arguments if one.startswith("--")):
        assert option in told, name


def test_every_way_to_run_it_is_there() -> None:
    assert {name for name, _ in calls()} == {
        "Containerfile",
        "crontab.example",
        "tingfeng-once.service",
        "tingfeng-schedule.service",
    }


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze here")
    for path in (DEPLOY / "systemd").iterdir():
        (tmp_path / path.name).write_text(path.read_text("utf-8").replace(BINARY, "/bin/true"), "utf-8")
    told = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True
    )
    assert (told.returncode, told.stderr) == (0, "")


def test_a_container_is_built_from_what_is_in_the_repository() -> None:
    """Not from what lies in the checkout besides, gigabytes of packages and a history."""
    left_out = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    assert ".git" in left_out
    assert {f"**/{name.rstrip('/')}" for name in ignored} <= set(left_out)


def test_the_container_copies_what_it_installs_from() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    named = re.findall(r"-r (\S+)", text)
    (copied,) = re.findall(r"^COPY (.+) \./$", text, re.MULTILINE)
    assert set(named) == set(copied.split())
    assert all((ROOT / name).exists() for name in named)
    assert re.search(r'^ENTRYPOINT \["tingfeng"\]$', text, re.MULTILINE)
