"""What a person sees and decides of standings and identities at the command line."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.home import Home
from core.privacy import load_key
from crawlers.manners.blocks import BLOCKS
from crawlers.manners.standing import struck
from crawlers.state.engine import open_state
from crawlers.state.identities import IdentityStore
from crawlers.state.sealing import Sealer
from crawlers.state.standings import Key, Standings
from ops.cli import run

SECRET = "a-cookie-nobody-may-see"
REASON = "looked at the site: the captcha is gone"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("TINGFENG_HOME", str(tmp_path))
    monkeypatch.setenv("TINGFENG_LANG", "en")
    monkeypatch.delenv("TINGFENG_STATE", raising=False)
    return Home(tmp_path)


def disable(home: Home, key: Key) -> None:
    rule = BLOCKS["captcha"].standing
    assert rule is not None
    with open_state(home) as state:
        Standings(state).change(key, lambda told: struck(told, rule, "captcha", now=datetime.now(UTC)))


def give(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_closed_source_is_refused_in_one_line_and_opened_by_the_command_it_names(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    disable(home, Key("weibo"))
    assert run(["crawl", "weibo", "-a", "hot=true"]) == 3
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert "tingfeng standing --resume weibo --reason TEXT" in told[0]
    assert run(["standing", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["of"], entry["standing"]["condition"]) == ("weibo", "disabled")
    assert run(["standing", "--resume", "weibo", "--reason", REASON]) == 0
    assert "weibo: 1 standings are in order again." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--resume", "weibo"], "go together"),
        (["--reason", REASON], "go together"),
        (["--resume", "weibo", "--reason", "ok"], "wants a sentence"),
        (["--resume", "nowhere", "--reason", REASON], "no source"),
    ],
)
def test_nothing_is_resumed_without_a_reason(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["standing", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_cookie_comes_from_stdin_and_is_never_shown(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(monkeypatch, f"Cookie: SUB={SECRET}; SUBP=more\n")
    assert run(["identity", "add", "weibo", "first"]) == 0
    disable(home, Key("weibo", "", "first"))
    for arguments in (["identity", "list"], ["identity", "list", "--json"], ["standing"]):
        assert run(arguments) == 0
    shown = capsys.readouterr()
    assert "2 cookies are kept" in shown.err
    assert "first" in shown.out
    assert "captcha" in shown.out
    assert SECRET not in shown.out + shown.err
    with open_state(home) as state:
        store = IdentityStore(state, Sealer(load_key(home.key)))
        assert store.cookies("weibo", "first")["SUB"] == SECRET
    assert run(["identity", "remove", "weibo", "first"]) == 0
    assert run(["identity", "remove", "weibo", "first"]) == 2


@pytest.mark.parametrize("given", [f"{SECRET}", "", f"a {SECRET}=x"])
def test_what_is_no_cookie_is_told_without_repeating_it(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(monkeypatch, given)
    assert run(["identity", "add", "weibo", "first"]) == 2
    told = capsys.readouterr().err
    assert SECRET not in told
    assert "copy the text of the Cookie header" in told


def test_no_option_takes_a_cookie(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["identity", "add", "weibo", "first", f"SUB={SECRET}"]) == 2
