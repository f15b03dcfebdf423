"""JSON Feed 1 and 1.1 to the same entries as RSS and Atom give."""

from __future__ import annotations

from typing import Any

from crawlers.sources.feed.entry import Entry, Problem, clean_name


def is_json_feed(document: Any) -> bool:
    """Whether a JSON document says of itself that it is a feed."""
    return (
        isinstance(document, dict)
        and "jsonfeed.org/version" in str(document.get("version") or "")
        and isinstance(document.get("items"), list)
    )


def read_json_feed(document: Any) -> tuple[str, list[Entry]]:
    """The feed's title and its entries; raises `Problem` for any other JSON."""
    if not is_json_feed(document):
        raise Problem("not_feed", "JSON without a jsonfeed.org version and items")
    shared = _author(document)
    entries = [_entry(item, shared) for item in document["items"] if isinstance(item, dict)]
    return _text(document.get("title")), entries


def _entry(item: dict[str, Any], shared: str | None) -> Entry:
    html, plain = _text(item.get("content_html")), _text(item.get("content_text"))
    return Entry(
        title=_text(item.get("title")),
        html=html or None,
        plain=plain or (None if html else _text(item.get("summary")) or None),
        link=_text(item.get("url")) or _text(item.get("external_url")) or None,
        guid=_text(item.get("id")) or None,
        date=_text(item.get("date_published")) or _text(item.get("date_modified")) or None,
        author=_author(item) or shared,
        tags=tuple(tag for tag in (_text(tag) for tag in _list(item.get("tags"))) if tag),
        media=_media(item),
    )


def _author(thing: dict[str, Any]) -> str | None:
    """The first named author: ``authors`` of 1.1, ``author`` of 1."""
    people = [*_list(thing.get("authors")), thing.get("author")]
    names = (clean_name(_text(person.get("name"))) for person in people if isinstance(person, dict))
    return next((name for name in names if name), None)


def _media(item: dict[str, Any]) -> tuple[str, ...]:
    kinds = ["image"] if _text(item.get("image")) else []
    for attachment in _list(item.get("attachments")):
        kind = _text(attachment.get("mime_type") if isinstance(attachment, dict) else None).split("/")[0]
        if kind in ("image", "video", "audio"):
            kinds.append(kind)
    return tuple(kinds)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A string field; ids are numbers in some feeds."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""
