"""RSS and Atom, sound or broken, to entries; feedparser does the reading."""

from __future__ import annotations

import html.entities
import io
import re
from typing import Any

import feedparser

from crawlers.reading.charset import decode
from crawlers.reading.markup import without_wrong_references
from crawlers.sources.feed.entry import Entry, Problem, clean_name

_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")
_ROOT = re.compile(r"<(?:rss|feed|rdf:RDF|channel)\b", re.IGNORECASE)
_END = re.compile(r"</(?:rss|feed|rdf:RDF|channel)>\s*(?:<!--.*?-->\s*)*$", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(r"<!doctype html|<html\b", re.IGNORECASE)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,31};)")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def looks_like_xml_feed(body: bytes) -> bool:
    """Whether the head of a body is that of RSS or Atom."""
    head = body[:4096].decode("latin-1")
    return bool(_ROOT.search(head)) and not _HTML.match(head.lstrip("\ufeff \r\n\t"))


def read_xml_feed(body: bytes, *, url: str, content_type: str | None) -> tuple[str, list[Entry], str | None]:
    """The feed's title, its entries, and what is broken about it (None when sound).

    A feed that was cut off gives what came whole. Raises `Problem` for a body that is no feed.
    """
    text, _ = decode(body, content_type=content_type)
    if not _ROOT.search(text[:65536]):
        name = "HTML" if _HTML.search(text[:4096]) else "neither RSS nor Atom nor JSON Feed"
        raise Problem("not_feed", name)
    # The charset was settled above; what the prolog and the header claim must not undo it.
    sound = _mend(_PROLOG.sub("", text.lstrip("\ufeff")))
    parsed = feedparser.parse(
        io.BytesIO(sound.encode("utf-8")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
    )
    # In Atom a feed's author wrote every entry that names nobody; RSS has no such rule.
    shared = _author(parsed.feed) if str(parsed.get("version")).startswith("atom") else None
    entries = [_entry(entry, shared) for entry in parsed.entries]
    broken = None
    if parsed.get("bozo"):
        broken = "broken_feed"
    if not _END.search(sound):
        broken, entries = "truncated_feed", entries[:-1]  # the last one may have lost its end
    if not entries and not parsed.get("version"):
        raise Problem("not_feed", str(parsed.get("bozo_exception") or "no entries"))
    return str(parsed.feed.get("title") or "").strip(), entries, broken


def _mend(text: str) -> str:
    """XML without the slips nearly every broken feed is made of: HTML's entities, bare &, control characters."""

    def as_number(found: re.Match[str]) -> str:
        meant = html.entities.html5.get(found[1] + ";")
        if found[1] in _XML_ENTITIES or meant is None:
            return found[0]
        return "".join(f"&#{ord(char)};" for char in meant)

    text = without_wrong_references(_CONTROL.sub("", text))
    return _BARE_AMPERSAND.sub("&amp;", _ENTITY.sub(as_number, text))


def _entry(entry: Any, shared: str | None) -> Entry:
    contents = [entry.get("summary_detail"), *(entry.get("content") or ())]
    bodies = [body for body in contents if body and (body.get("value") or "").strip()]
    body = max(bodies, key=lambda found: len(found["value"]), default=None)
    plain = body is not None and body.get("type") == "text/plain" and "<" not in body["value"]
    return Entry(
        title=str(entry.get("title") or "").strip(),
        html=body["value"] if body is not None and not plain else None,
        plain=body["value"] if body is not None and plain else None,
        link=str(entry.get("feedburner_origlink") or entry.get("link") or "").strip() or None,
        guid=str(entry.get("id") or "").strip() or None,
        date=_date(entry),
        author=_author(entry) or shared,
        tags=tuple(
            dict.fromkeys(
                tag for found in entry.get("tags") or () if (tag := (found.get("term") or "").strip())
            )
        ),
        media=_media(entry),
    )


def _date(entry: Any) -> str | None:
    """When it was published, else last changed, as the feed wrote it."""
    return next((text for name in ("published", "created", "updated") if (text := entry.get(name))), None)


def _author(entry: Any) -> str | None:
    """The writer as the feed spells it; feedparser's own split of names and addresses goes wrong."""
    others = (who.get("name") for who in entry.get("authors") or () if "@" not in str(entry.get("author")))
    names = (clean_name(text) for text in (entry.get("author"), *others))
    return next((name for name in names if name), None)


def _media(entry: Any) -> tuple[str, ...]:
    attached = [*(entry.get("enclosures") or ()), *(entry.get("media_content") or ())]
    by_url = {str(found.get("href") or found.get("url") or at): found for at, found in enumerate(attached)}
    kinds = (str(found.get("type") or found.get("medium") or "").split("/")[0] for found in by_url.values())
    return tuple(kind for kind in kinds if kind in ("image", "video", "audio"))
