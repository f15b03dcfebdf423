"""Keyed pseudonyms for people, and the key behind them.

A key is needed because ids are ten digits: anybody could hash them all and look a person up.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from core.errors import LandingError

_KEY_BYTES = 32
_ID_PREFIX = "p-"
_NAME_PREFIX = "用户"
_PSEUDO_ID = re.compile(r"p-[0-9a-f]{16}")
PSEUDO_NAME = re.compile(r"用户[a-z2-7]{12}")


def is_pseudo_id(native: str) -> bool:
    """Whether the native part of an author id is a pseudonym."""
    return native.startswith(_ID_PREFIX) and _PSEUDO_ID.fullmatch(native) is not None


def is_pseudo_name(name: str) -> bool:
    """Whether a name is a pseudonym."""
    return name.startswith(_NAME_PREFIX) and PSEUDO_NAME.fullmatch(name) is not None


_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [one + two for one in _LETTERS for two in _LETTERS]  # ten bits each
_SHIFTS = range(50, -1, -10)


class Pseudonyms:
    """Keyed pseudonyms: HMAC-SHA256, cut to 64 bits for ids and to 60 for names.

    The same key gives the same pseudonym for ever; without it nobody can tell whose it is, nor test a
    guess. What is a pseudonym already comes back as it is.
    """

    __slots__ = ("_mac", "_names")

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError(f"a key needs 16 bytes or more, not {len(key)}")
        self._mac = hmac.new(key, digestmod="sha256")
        # The same few names fill a chain, its mentions and the reposts after it; all of these take 5 MB.
        self._names: Callable[[str], str] = lru_cache(maxsize=16_384)(self._name)

    def author_id(self, platform: str, native: str) -> str:
        """``weibo:p-`` and 16 hex digits, for the account `native` of `platform`."""
        if is_pseudo_id(native):
            return f"{platform}:{native}"
        digest = self._digest(f"id\x1f{platform}\x1f{native}")
        return f"{platform}:{_ID_PREFIX}{digest[:8].hex()}"

    def name(self, name: str) -> str:
        """``用户`` and 12 letters: a name that stands wherever `name` stood, in a ``//@name:`` chain too."""
        return self._names(name)

    def _name(self, name: str) -> str:
        name = unicodedata.normalize("NFC", name).strip()
        if is_pseudo_name(name):
            return name
        bits = int.from_bytes(self._digest(f"name\x1f{name}")[:8])
        return _NAME_PREFIX + "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])

    def _digest(self, message: str) -> bytes:
        mac = self._mac.copy()  # half the time of setting up the key anew
        mac.update(message.encode("utf-8", "replace"))
        return mac.digest()


def load_key(path: Path) -> bytes:
    """The key of the pseudonyms; made, with mode 0600, where there is none yet.

    Raises `LandingError` when the file cannot be read or written, or holds no key, and when it is gone while the
    folder holds posts under its pseudonyms: a new one would make two people of each.
    """
    try:
        landed = next(
            (path.parent / "landing").glob("*.zst"), None
        )  # looked for first: the key is made before it
        if not path.exists():
            if landed is not None:
                raise LandingError(
                    f"the key {path} is gone, and posts have landed under its pseudonyms;"
                    " restore it from a backup, or begin anew with another --home"
                )
            _make_key(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        key = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        raise LandingError(
            f"the key {path} cannot be used ({error.strerror}); check its folder's rights"
        ) from error
    except ValueError as error:
        raise LandingError(_broken(path)) from error
    if len(key) != _KEY_BYTES:
        raise LandingError(_broken(path))
    return key


def _broken(path: Path) -> str:
    return f"{path} holds no key; restore it from a backup, or old and new pseudonyms will not match"


def _make_key(path: Path) -> None:
    """Writes a key aside, then links it to its place: of two at once one wins, and both read it whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, secrets.token_hex(_KEY_BYTES).encode("ascii") + b"\n")
        os.fsync(file)
    finally:
        os.close(file)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
