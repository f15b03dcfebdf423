"""One row of a file, by its columns, to one post."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from core.ids import content_id, mid_from_bid, moment_of_mid, post_id
from core.imports import cells
from core.imports.cells import CellError
from core.imports.columns import platform_of
from core.imports.mapping import Mapping
from core.imports.plans import COUNTERS, POST_IDS, Plan, Plans
from core.links import public_link, weibo_id_of
from core.models import Author, Engagement, Kind, Post
from core.privacy import Pseudonyms
from core.texts import mentions_of, topics_of

PARSER_VERSION = "import-1"
DEFAULT_PLATFORM = "import"

_PREFIXED = re.compile(r"(?P<platform>[a-z][a-z0-9_]{1,31}):\S")
_BID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{9}")
_CAPS = {"weibo": 1_000_000}  # what a platform's interfaces say of every larger count
_NOBODY = Author()


class RowError(Exception):
    """A row that is no post: the field at fault, and why; nothing of what the row holds."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"{field} {reason}")


class RowReader:
    """Reads rows of one file into posts of the run `run_id`, by a mapping or by what the columns are called."""

    def __init__(
        self,
        *,
        run_id: str,
        pseudonyms: Pseudonyms,
        now: datetime,
        zone: ZoneInfo,
        typed: bool,
        mapping: Mapping | None = None,
    ) -> None:
        self._run_id = run_id
        self._pseudonyms = pseudonyms
        self._plans = Plans(now=now, zone=zone, typed=typed, mapping=mapping)
        chain = mapping.chain if mapping else None
        self._chain = cells.chain_reader(chain.own, chain.name, chain.original) if chain else None

    @property
    def ignored(self) -> tuple[str, ...]:
        """The headers met so far that no field takes."""
        return tuple(self._plans.ignored)

    def read(self, values: dict[str, Any]) -> Post:
        """The post of a row; raises `RowError`."""
        return self._post({**self._plans.defaults, **_given(values, self._plans.of_post(values))})

    def read_original(self, values: dict[str, Any]) -> Post | None:
        """The reposted post that lies in the row of its repost; None where there is none. Raises `RowError`."""
        plan = self._plans.of_original(values)
        given = _given(values, plan) if plan else {}
        if "text" not in given or "id" not in given:
            return None  # deleted, or no repost
        if "platform" in self._plans.defaults:
            given.setdefault("platform", self._plans.defaults["platform"])
        return self._post(given)

    def _post(self, given: dict[str, Any]) -> Post:
        text = _titled(given.get("title"), given.get("text"))
        if text is None:
            raise RowError("text", "is missing")
        if self._chain is not None:
            text = self._chain(text)
        url = given.get("url")
        platform = _platform(given)
        author = _author(given, platform)
        above = [_post_id(platform, given.get(field)) for field in POST_IDS]
        identity = _post_id(platform, given.get("id") or _id_in(url, platform))
        if identity is None:
            identity = self._made_id(platform, text, given, author, above)
        root, parent, quoted, thread = (None if post == identity else post for post in above)
        confidence = given.get("parent_confidence", 1.0)
        kind = given.get("kind") or _kind(given, root or parent, thread)
        if kind is Kind.COMMENT and parent is None and root is not None:
            parent, confidence = root, 1.0  # what answers no other comment answers the post
        return Post(
            id=identity,
            platform=platform,
            kind=kind,
            text=text,
            author=author,
            published_at=self._published(given.get("published_at"), identity),
            root_id=root,
            parent_id=parent,
            parent_confidence=None if parent is None else confidence,
            quoted_id=quoted,
            thread_id=thread,
            floor=_number(given, "floor"),
            engagement=_engagement(given, platform),
            topics=given["topics"] if "topics" in given else topics_of(text),
            mentions=given["mentions"] if "mentions" in given else mentions_of(text),
            urls=given.get("urls", ()),
            media=given["media"] if "media" in given else _media(given),
            region=given.get("region"),
            client=given.get("client"),
            url=url,
            fetched_at=given.get("fetched_at"),
            run_id=self._run_id,
            parser_version=PARSER_VERSION,
        )

    def _published(self, told: datetime | None, identity: str) -> datetime | None:
        """When it was published: a mid knows the second where the file knows nothing, or only the day."""
        made = _moment_in(identity)
        if told is None or made is None:
            return told or made
        local = told.astimezone(self._plans.zone)
        is_day = local.time() == time()
        return made if is_day and local.date() == made.astimezone(self._plans.zone).date() else told

    def _made_id(
        self,
        platform: str,
        text: str,
        given: dict[str, Any],
        author: Author | None,
        above: list[str | None],
    ) -> str:
        """An id from the content; people stand in it by pseudonym, for the digest itself has no key."""
        native = author.id if author is not None else None
        who = None if native is None else self._pseudonyms.author_id(platform, native)
        at, url = given.get("published_at"), given.get("url")
        when = None if at is None else at.isoformat()
        return content_id(platform, text, when, who, url and public_link(url), *above)


def _given(values: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """The values of a row by field, those left out that are blank; raises `RowError`."""
    given: dict[str, Any] = {}
    for field, header, clean, read, might in plan:
        if field in given:
            continue  # an earlier column of this field was filled
        try:
            value = clean(values[header])
            if value is not None:
                given[field] = read(value)
        except CellError as error:
            if not might:
                raise RowError(field, str(error)) from None
    return given


def _platform(given: dict[str, Any]) -> str:
    """As the row says, or its id, or its address; else nobody's."""
    url = given.get("url")
    told = given.get("platform") or _platform_in(given.get("id")) or (platform_of(url) if url else None)
    return told or DEFAULT_PLATFORM


def _titled(title: str | None, text: str | None) -> str | None:
    if title is None or text is None:
        return title or text
    return text if text.startswith(title) else f"{title}\n{text}"


def _author(given: dict[str, Any], platform: str) -> Author | None:
    """The author, or None when nothing is said; one with a name only has the name for an id."""
    name = given.get("author.name")
    name = None if name is None else name.lstrip("@")
    native = given.get("author.id") or name
    author = Author(
        id=None if native is None else _prefixed(platform, native),
        name=name,
        followers=_number(given, "author.followers"),
        verified_type=given.get("author.verified_type"),
        name_key=given.get("author.name_key"),
    )
    return None if author == _NOBODY else author


def _number(given: dict[str, Any], field: str) -> int | None:
    counter = given.get(field)
    return None if counter is None else counter.value


def _prefixed(platform: str, native: str) -> str:
    return native if native.startswith(f"{platform}:") else post_id(platform, native)


def _post_id(platform: str, native: str | None) -> str | None:
    """The id of a post; 0 means none, and a Weibo bid is the mid it stands for."""
    if native is None or native == "0":
        return None
    native = native.removeprefix(f"{platform}:")
    if platform == "weibo" and _BID.fullmatch(native):
        native = mid_from_bid(native)
    return post_id(platform, native)


def _id_in(url: str | None, platform: str) -> str | None:
    return weibo_id_of(url) if url is not None and platform == "weibo" else None


def _moment_in(identity: str) -> datetime | None:
    platform, _, native = identity.partition(":")
    return moment_of_mid(native) if platform == "weibo" else None


def _platform_in(native: str | None) -> str | None:
    prefixed = _PREFIXED.match(native) if native else None
    return prefixed["platform"] if prefixed else None


def _media(given: dict[str, Any]) -> tuple[str, ...]:
    """One kind for each link of a column of links."""
    images: int = given.get("media.image", 0)
    videos: int = given.get("media.video", 0)
    return ("image",) * images + ("video",) * videos


def _kind(given: dict[str, Any], above: str | None, thread: str | None) -> Kind:
    if "is_comment" in given:
        return Kind.COMMENT
    if above is not None or given.get("is_original") is False:
        return Kind.REPOST
    return Kind.POST if thread is None else Kind.REPLY


def _engagement(given: dict[str, Any], platform: str) -> Engagement:
    cap = _CAPS.get(platform)
    counts = {name: given[field] for name, field in COUNTERS if field in given}
    capped = [
        name for name, count in counts.items() if count.capped or (cap is not None and count.value == cap)
    ]
    if named := given.get("engagement.capped"):
        capped = [name for name in counts if name in named or name in capped]
    return Engagement(**{name: count.value for name, count in counts.items()}, capped=tuple(capped))
