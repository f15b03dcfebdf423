"""One page of a site, fetched with a source's manners and made a case without the people in it.

The page is fetched in a process of its own: robots.txt, the source's rate, identity, budget and standing hold as in
any crawl, and nothing lands.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from core.errors import Blocked, TingfengError, UsageError
from core.language import chosen
from core.pseudonyms import Pseudonyms
from crawlers import registry
from crawlers.manners.blocks import BLOCKS
from crawlers.reading.charset import decode
from crawlers.registry import FOLDER
from crawlers.workbench.cases import Case, Meta, readers
from crawlers.workbench.masking import People

_CASE = re.compile(r"[a-z0-9][a-z0-9_]{0,60}")


class Fetched(msgspec.Struct, kw_only=True):
    """An answer; `failed` names why there is none."""

    failed: str | None = None
    status: int = 0
    body: bytes = b""
    content_type: str | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A case that was made: where it lies, and how many names and ids were replaced in it."""

    case: Case
    names: int
    ids: int


def record(
    url: str,
    source: str,
    kind: str,
    *,
    name: str | None = None,
    request: str | None = None,
    folder: Path = FOLDER,
) -> Recorded:
    """The page at `url`, recorded as a case of `source` that its reader `kind` reads.

    `name` is the case's, by default the kind and a number; `request` the kind of request of the spider, by default
    of the same name as the reader. Everybody named is replaced, public accounts too, by a key that is thrown away.
    Raises `Blocked` where the site or its robots.txt refuses, `UsageError` where the page cannot be read as that kind.
    """
    registry.source(source)
    known = readers(source)
    if kind not in known:
        raise UsageError(f"source {source} reads no pages of kind {kind!r}; it reads {', '.join(known)}")
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} is no address of a page; write one that begins with https://")
    home = folder / source / "cases" / _case_name(name, kind, folder / source / "cases")
    page = _fetched(source, url, request or kind)
    assert page.fetched_at is not None
    text, charset = decode(page.body, content_type=page.content_type)
    people = People(Pseudonyms(secrets.token_bytes(32)))
    before = _read(known[kind], page.body, url, page.fetched_at, kind)
    people.meet(before)
    people.meet_page(text)
    body = people.masked(text).encode(charset, "xmlcharrefreplace")
    meta = Meta(url=people.masked(url), fetched_at=page.fetched_at, kind=kind)
    after = _read(known[kind], body, meta.url, page.fetched_at, kind)
    if _shape(before) != _shape(after):
        raise UsageError(
            f"without the people in it {url} reads differently; nothing was written, record another page"
        )
    said = json.dumps(msgspec.to_builtins(after), ensure_ascii=False, default=str)
    if people.left(body.decode(charset, "replace") + said):
        raise UsageError(
            f"not everybody could be taken out of {url}; nothing was written, record another page"
        )
    return Recorded(_write(Case(source, home), body, meta), len(people.names), len(people.ids))


def _write(case: Case, body: bytes, meta: Meta) -> Case:
    case.folder.mkdir(parents=True)
    (case.folder / f"input.{_suffix(body)}").write_bytes(body)
    told = {name: value for name, value in msgspec.to_builtins(meta).items() if value}
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    (case.folder / "meta.json").write_text(text + "\n", "utf-8")
    case.update()
    return case


def _case_name(given: str | None, kind: str, folder: Path) -> str:
    if given is None:
        taken = {path.name for path in folder.glob("*")}
        return next(name for n in range(1, 10_000) if (name := f"{kind}_{n}") not in taken)
    if not _CASE.fullmatch(given):
        raise UsageError(f"{given!r} cannot name a case; use small letters, digits and _")
    if (folder / given).exists():
        raise UsageError(f"{folder / given} is there already; choose another name with --name")
    return given


def _read(reader: Any, body: bytes, url: str, at: datetime, kind: str) -> object:
    try:
        return reader(body, url, at)
    except Exception as error:  # whatever a parser under work raises
        raise UsageError(
            f"the page came, but cannot be read as {kind} ({type(error).__name__}: {error}); nothing was written"
        ) from error


def _shape(value: Any) -> Any:
    """How a result is built: its keys and lengths, whatever it says."""
    value = msgspec.to_builtins(value)

    def built(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: built(one) for key, one in part.items()}
        return [built(one) for one in part] if isinstance(part, list | tuple) else part is None

    return built(value)


def _suffix(body: bytes) -> str:
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return "json"
    if start.startswith((b"<?xml", b"<rss", b"<feed")):
        return "xml"
    return "html" if start[:1] == b"<" else "js"


def _fetched(source: str, url: str, request: str) -> Fetched:
    with tempfile.TemporaryDirectory(prefix="tingfeng-") as place:
        out = Path(place) / "page.json"
        command = [sys.executable, "-m", "crawlers.workbench.recorder", source, url, request, str(out)]
        root = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join([root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))])
        environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "crawlers.settings", "PYTHONPATH": paths}
        ended = subprocess.run(  # noqa: S603 - our own command, no shell
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment
        )
        if not out.exists():
            last = (ended.stderr.strip() or "no word").splitlines()[-1]
            raise TingfengError(
                f"the page could not be fetched ({last}); tingfeng source check {source} may say why"
            )
        page = msgspec.json.decode(out.read_bytes(), type=Fetched)
    if page.failed in BLOCKS:
        block = BLOCKS[page.failed]
        raise Blocked(
            f"{url} was refused: {block.title.of(chosen())}. {block.advice.of(chosen())}", reason=block.name
        )
    if page.failed is not None or page.status != 200:
        raise TingfengError(f"{url} did not come ({page.failed or page.status}); check the address")
    return page
