"""The one door for personal data: what passes it names no ordinary person.

Ids and names of ordinary people become keyed pseudonyms; so do ``@names`` in texts, with the same
pseudonym, so that repost chains still resolve. Organisations, media, verified people and accounts above
the operator's follower line keep theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from urllib.parse import unquote

from msgspec.structs import replace

from core.links import public_link, public_links_in, weibo_link
from core.models import Author, Coverage, Kind, Post
from core.pseudonyms import PSEUDO_NAME, Pseudonyms, is_pseudo_id, is_pseudo_name, load_key
from core.texts import mask_contacts

__all__ = ["Pseudonyms", "door", "door_author", "door_coverage", "is_public", "load_key", "mask_names"]


def is_public(author: Author, *, follower_line: int, public_names: Container[str] = ()) -> bool:
    """Whether an account keeps its name: verified (Weibo's types 0 to 8), much followed, or known public."""
    if author.id is not None and is_pseudo_id(author.id.rpartition(":")[2]):
        return False
    if author.name is not None and is_pseudo_name(author.name):
        return False
    return (
        (author.verified_type is not None and 0 <= author.verified_type <= 8)
        or (author.followers is not None and author.followers >= follower_line)
        or (author.id is not None and author.id in public_names)
    )


def door_author(
    author: Author,
    *,
    platform: str,
    pseudonyms: Pseudonyms,
    follower_line: int,
    public_names: Container[str] = (),
) -> Author:
    """The account as it may be kept; `public` and `name_key` are decided here, whatever came in."""
    public = is_public(author, follower_line=follower_line, public_names=public_names)
    name_key = _name_key(author, pseudonyms)
    account, name = author.id, author.name
    if not public:
        name = None if name is None else name_key
        if account is not None:
            prefix, colon, native = account.partition(":")
            account = pseudonyms.author_id(*((prefix, native) if colon else (platform, prefix)))
    return Author(
        id=account,
        name=name,
        followers=author.followers,
        verified_type=author.verified_type,
        public=public,
        name_key=name_key,
    )


def _name_key(author: Author, pseudonyms: Pseudonyms) -> str | None:
    if author.name is not None:
        return pseudonyms.name(author.name)
    known = author.name_key
    return known if known is not None and is_pseudo_name(known) else None


def door(
    post: Post, *, pseudonyms: Pseudonyms, follower_line: int, public_names: Container[str] = ()
) -> Post:
    """The post as it may be kept; what went through once goes through unchanged.

    Phone numbers and e-mail addresses are masked, links lose the users they name, and names after ``@``
    become pseudonyms unless they are in `public_names`. The ids of posts stay: they name no person.
    """
    author: Author | None = None
    own_name: str | None = None
    traces: tuple[str, ...] = ()
    if post.author is not None:
        author = door_author(
            post.author,
            platform=post.platform,
            pseudonyms=pseudonyms,
            follower_line=follower_line,
            public_names=public_names,
        )
        if author.public:
            own_name = author.name
        else:
            traces = _traces(post.author)

    def public_name(name: str) -> str:
        return name if name == own_name or name in public_names else pseudonyms.name(name)

    text = mask_names(public_links_in(mask_contacts(post.text)), public_name, post.mentions)
    for trace in traces:  # a name may be a word like any other; a long number is nothing but the id
        if trace.isdigit() and len(trace) >= 6 and _stands_in(trace, text):
            text = text.replace(trace, pseudonyms.author_id(post.platform, trace).rpartition(":")[2])
    return _kept(post, author, text, public_name, traces)


def _kept(
    post: Post,
    author: Author | None,
    text: str,
    public_name: Callable[[str], str],
    traces: tuple[str, ...],
) -> Post:
    """The whitelist: a field not named here does not pass."""
    return Post(
        id=post.id,
        platform=post.platform,
        kind=post.kind,
        text=text,
        author=author,
        published_at=post.published_at,
        root_id=post.root_id,
        parent_id=post.parent_id,
        parent_confidence=post.parent_confidence,
        quoted_id=post.quoted_id,
        thread_id=post.thread_id,
        floor=post.floor,
        engagement=post.engagement,
        topics=post.topics,
        mentions=tuple(dict.fromkeys([public_name(name.lstrip("@＠")) for name in post.mentions])),
        urls=tuple([link for url in post.urls if (link := _link(url, traces)) is not None]),
        media=tuple([kind for kind in post.media if _MEDIA_KIND.fullmatch(kind)]),
        region=_label(post.region, traces),
        client=_label(post.client, traces),
        url=_own_link(post, traces),
        edited_at=post.edited_at,
        edits=post.edits,
        gone=post.gone,
        gone_at=post.gone_at,
        fetched_at=post.fetched_at,
        run_id=post.run_id,
        parser_version=post.parser_version,
    )


def door_coverage(
    coverage: Coverage, *, pseudonyms: Pseudonyms, public_names: Container[str] = ()
) -> Coverage:
    """The coverage as it may be kept: a slice may be the timeline of one person."""

    def public_name(name: str) -> str:
        return name if name in public_names else pseudonyms.name(name)

    def public_id(found: re.Match[str]) -> str:
        account = f"{coverage.source}:{found['id']}"
        if account not in public_names:
            account = pseudonyms.author_id(coverage.source, found["id"])
        return found["what"] + account.rpartition(":")[2]

    asked = _SLICE_OF_PERSON.sub(public_id, mask_contacts(coverage.slice))
    return replace(coverage, slice=mask_names(public_links_in(asked), public_name))


_SLICE_OF_PERSON = re.compile(
    r"(?P<what>\b(?:timeline|profile|user|uid|account|author)s?[\s:=/]+)(?P<id>\d{5,15})\b"
)
_MEDIA_KIND = re.compile(r"[a-z][a-z_-]{0,20}")
_SIMPLE_NAME = re.compile(r"[\w·-]+")
_AT_NAME = re.compile(
    # in a chain a name is whatever `core.texts.chain` takes for one
    r"(?P<lead>//\s*|回[复復覆]\s*)[@＠](?P<hop>[^\s:：/@＠]{1,30})(?=\s*[:：])"
    r"|[@＠](?P<name>[\w·-](?:[\w·.-]*[\w·-])?)"
)


def mask_names(text: str, public_name: Callable[[str], str], known: Iterable[str] = ()) -> str:
    """`text` with every name after ``@`` put through `public_name`.

    `known` are names the site itself marked as mentions: those with blanks or signs in them could not be
    told from the words around them.
    """
    if "@" not in text and "＠" not in text:
        return text
    for name in sorted(known, key=len, reverse=True):
        if not _SIMPLE_NAME.fullmatch(name) and (at := "@" + name) in text:
            text = text.replace(at, "@" + public_name(name))

    def mask(found: re.Match[str]) -> str:
        name = found["hop"] or found["name"]
        if PSEUDO_NAME.match(name):  # with words that follow it without a blank
            return found[0]
        return f"{found['lead'] or ''}@{public_name(name)}"

    return _AT_NAME.sub(mask, text)


def _traces(author: Author) -> tuple[str, ...]:
    """The raw name and id of an author, where they are long enough to be told from other words."""
    native = (author.id or "").rpartition(":")[2]
    found = (native if len(native) >= 5 else "", author.name or "")
    return tuple([trace for trace in found if len(trace) >= 2])


def _stands_in(trace: str, value: str) -> bool:
    """Whether a name or id is in `value`; one of letters and digits only as a word of its own."""
    if trace not in value:
        return False
    return (
        not trace.isascii()
        or re.search(rf"(?<![A-Za-z0-9]){re.escape(trace)}(?![A-Za-z0-9])", value) is not None
    )


def _link(url: str, traces: tuple[str, ...]) -> str | None:
    if _NO_SCHEME.match(url):
        url = "https://" + url.lstrip("/")
    link = public_link(url)
    if link is None or mask_contacts(link) != link:
        return None
    plain = unquote(link)
    return None if any(_stands_in(trace, plain) for trace in traces) else link


_NO_SCHEME = re.compile(r"(?://)?(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?:[:/?#]|$)")


def _own_link(post: Post, traces: tuple[str, ...]) -> str | None:
    if post.url is None:
        return None
    link = _link(post.url, traces)
    if link is None and post.platform == "weibo" and post.kind in {Kind.POST, Kind.REPOST}:
        native = post.id.rpartition(":")[2]
        return weibo_link(native) if _MID_OR_BID.fullmatch(native) else None
    return link


_MID_OR_BID = re.compile(r"\d{16}|[A-Za-z0-9]{9}")


def _label(value: str | None, traces: tuple[str, ...]) -> str | None:
    """A region or client, or None where somebody wrote a name or a contact into it."""
    if value is None or "@" in value or any(_stands_in(trace, value) for trace in traces):
        return None
    return mask_contacts(value)
