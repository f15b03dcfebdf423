"""A result as a file that the browser saves: written whole, noted in the ledger, then sent and forgotten here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore

from fastapi import HTTPException, Request
from fastapi.responses import StreamingResponse

from core.errors import UsageError
from index.exports.exporting import export
from index.query import Query
from index.store import Sort
from web.site import Site

TYPES = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST = 100_000  # posts of one download; the command line writes more
_AT_ONCE = BoundedSemaphore(2)
_CHUNK = 1 << 18  # bytes


def download(
    site: Site,
    request: Request,
    query: Query,
    kind: str,
    *,
    sort: Sort,
    limit: int,
    language: str,
    at: datetime,
) -> StreamingResponse:
    """The first `limit` posts of a result as a file of `kind`, one of `TYPES`.

    The ledger keeps its name and its posts, for an erasure to say where copies went. Raises `UsageError`
    for another kind or limit, `HTTPException` for a request from another site, or one too many at once.
    """
    if kind not in TYPES:
        raise UsageError(f"format {kind!r} is unknown; write one of {', '.join(TYPES)}.")
    if not 1 <= limit <= MOST:
        raise UsageError(
            f"limit {limit} is not from 1 to {MOST}; ask for fewer, or export on the command line."
        )
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise HTTPException(403, "Another site asked for this file; open the search page and take it there.")
    if not _AT_ONCE.acquire(blocking=False):
        raise HTTPException(429, "Two files are being written already; try again in a minute.")
    folder = TemporaryDirectory(prefix="tingfeng-")
    # its own name, so that the ledger's entry can be told from any other
    name = f"tingfeng-{at.astimezone(site.project.zone):%Y%m%dT%H%M%S}-{token_hex(3)}.{kind}"
    path = Path(folder.name) / name
    try:
        export(
            site.store, query, path,
            home=site.home, project=site.project, at=at, sort=sort, limit=limit, language=language,
        )  # fmt: skip
    except BaseException:
        folder.cleanup()
        raise
    finally:
        _AT_ONCE.release()
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(path.stat().st_size),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_sent(path, folder), media_type=TYPES[kind], headers=headers)


def _sent(path: Path, folder: TemporaryDirectory[str]) -> Iterator[bytes]:
    with folder, path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
