"""Pseudonyms, the key they hang on, and the names that need none."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LandingError
from core.privacy import Pseudonyms, load_key
from core.public_names import PublicNames
from core.texts import chain
from tests.core.people import KEY, PSEUDONYMS
from tests.core.privacy.masked import token


def test_a_pseudonym_depends_on_key_platform_and_id() -> None:
    one = PSEUDONYMS.author_id("weibo", "1000000017")
    assert one == Pseudonyms(KEY).author_id("weibo", "1000000017")
    others = [
        PSEUDONYMS.author_id("weibo", "1000000018"),
        PSEUDONYMS.author_id("discuz", "1000000017"),
        Pseudonyms(bytes(32)).author_id("weibo", "1000000017"),
    ]
    assert len({one, *others}) == 4
    assert Pseudonyms(bytes(32)).name("某网友") != PSEUDONYMS.name("某网友")


def test_a_pseudonym_of_a_pseudonym_is_itself() -> None:
    account = PSEUDONYMS.author_id("weibo", "1000000017")
    assert PSEUDONYMS.author_id("weibo", account.partition(":")[2]) == account
    assert token(token("某网友")) == token("某网友")


@given(st.text(min_size=1))
def test_a_name_token_reads_as_a_name_in_any_text(name: str) -> None:
    stands = token(name)
    assert [link.name for link in chain(f"好//@{stands}:好")] == [stands]
    assert token(f" {name} ") == stands


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Pseudonyms(b"short")


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    key = load_key(path)
    assert len(key) == 32
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_a_key_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_key(path)
    path.chmod(0o644)
    load_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"no key", b"abcd", b"\xff\xfe"])
def test_a_broken_key_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(LandingError, match="restore it from a backup"):
        load_key(path)
    assert path.read_bytes() == content


def test_a_key_that_is_gone_is_not_made_anew_beside_its_posts(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "run.zst").write_bytes(b"")
    with pytest.raises(LandingError, match="is gone"):
        load_key(tmp_path / "key")
    assert not (tmp_path / "key").exists()


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    code = "import sys, pathlib, core.privacy as p; print(p.load_key(pathlib.Path(sys.argv[1])).hex())"
    command = [sys.executable, "-c", code, str(tmp_path / "key")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    assert len({process.communicate()[0] for process in running}) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_public_names_grow_and_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "public_names"
    names = PublicNames(path, ["甲"])
    for entry in ("乙", " 乙", "weibo:1", None, "", "两\n行"):
        names.add(entry)
    assert "甲" in names
    assert "乙" in names
    assert "丙" not in names
    names.save()
    names.save()
    assert path.read_text("utf-8") == "乙\nweibo:1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = PublicNames(path)
    assert "乙" in again
    assert "weibo:1" in again


def test_runs_that_write_at_once_both_add(tmp_path: Path) -> None:
    path = tmp_path / "public_names"
    one, two = PublicNames(path), PublicNames(path)
    one.add("甲")
    two.add("乙")
    one.save()
    two.save()
    assert "甲" in PublicNames(path)
    assert "乙" in PublicNames(path)
