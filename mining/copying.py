"""Words that many accounts publish as their own: campaigns, passed-on reports, water armies.

The text alone cannot tell them from somebody's own words; that others say the same can. Groups are reported
rather than single accounts: one copy proves nothing, three shared texts between the same accounts do.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from core.models import AnnotatedPost, Kind, Post, Voice
from core.project import EMPTY, Project, Title
from core.texts import fold, own_text
from index.ingest.verdicts import CONDUCT, words_key
from index.query import parse
from index.store import Store
from mining.findings import EVIDENCE
from nlp.because import copying, titles

CROWD = 5  # accounts from which equal words are no chance
RING = 3  # texts two accounts must share to be of one ring
_SAYING = 10  # characters from which the same words are a copy
_NO_WORDS = re.compile(r"\[[^\[\]]{1,8}\]|@[\w\-]{1,30}")
_MOST = 100  # accounts of a text that are paired; a text of more is everybody's


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedText:
    """One text of many accounts, with whose voice it is and why."""

    text: str
    posts: int
    accounts: int
    first_at: datetime | None
    last_at: datetime | None
    voice: Voice
    reason: Title
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Accounts each of which shares `RING` texts or more with another of them."""

    accounts: tuple[str, ...]
    texts: int
    reason: Title
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """`posts` looked at, `copies` among them; texts of most accounts first, rings of most accounts first."""

    posts: int
    copies: int
    texts: tuple[CopiedText, ...]
    rings: tuple[Ring, ...]


def copy_key(row: AnnotatedPost) -> str | None:
    """What equal words of one's own have in common: their near-duplicate group, else the words; None of too few words.

    Of a repost only its own words count, so that a bare one, which carries another's, has none; nor are faces and
    names words.
    """
    plain = fold("".join(own_text(row.post.text).split()))
    if len(_NO_WORDS.sub("", plain)) < _SAYING:
        return None
    group = row.annotation.duplicate_group
    return group if group is not None else "text " + plain


@dataclass(slots=True)
class _Text:
    text: str
    first_id: str
    posts: int = 0
    accounts: dict[str, str] = field(default_factory=dict)  # account → its first post of these words
    voices: Counter[Voice] = field(default_factory=Counter)
    times: list[datetime] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)  # of its wordings


class Copying:
    """Gathers posts one by one, oldest first; posts of accounts that are not known are passed over."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}
        self._posts = 0

    def add(self, row: AnnotatedPost) -> None:
        self._posts += 1
        author, key = row.post.author, copy_key(row)
        account = author and (author.id or author.name)
        if key is None or not account or _is_shared_by_button(row.post.text):
            return
        text = self._texts.get(key)
        if _passes_on(row.post, text):
            return
        text = text or self._texts.setdefault(key, _Text(own_text(row.post.text), row.post.id))
        text.posts += 1
        text.accounts.setdefault(account, row.post.id)
        text.voices[voice_of_text(row)] += 1
        if wording := words_key(row.post.text):
            text.keys.add(wording)
        if row.post.published_at is not None:
            text.times.append(row.post.published_at)

    def judged(self) -> Iterator[tuple[Voice, int, frozenset[str]]]:
        """Of each text that many accounts published: whose voice it is, how many they are, its wordings' keys."""
        for text in self._texts.values():
            if (judged := copied_voice(len(text.accounts), text.voices)) is not None:
                yield judged[0], len(text.accounts), frozenset(text.keys)

    def report(self, *, limit: int = 50) -> CopyReport:
        """What was found so far, the `limit` widest texts and rings of it."""
        crowds = [text for text in self._texts.values() if len(text.accounts) >= CROWD]
        crowds.sort(key=lambda text: (-len(text.accounts), -text.posts, text.first_id))
        return CopyReport(
            posts=self._posts,
            copies=sum(text.posts for text in crowds),
            texts=tuple(_copied(text) for text in crowds[:limit]),
            rings=tuple(_rings(self._texts.values())[:limit]),
        )


def copies(
    store: Store,
    query: str = "",
    *,
    until: datetime,
    since: datetime | None = None,
    project: Project = EMPTY,
    limit: int = 50,
) -> CopyReport:
    """The report of the posts that match; takes memory with their different texts. Raises `QueryError`."""
    found = Copying()
    for row in store.scan(parse(query, project, now=until).within(since, until)):
        found.add(row)
    return found.report(limit=limit)


def copied_voice(accounts: int, voices: Counter[Voice]) -> tuple[Voice, Title] | None:
    """Whose voice words of so many accounts are, by what their posts were read as, and why; None of too few.

    Reports, adverts and fans' slogans are copied openly: where half of the posts read as one of these,
    they stay it. Otherwise nobody says the same by chance: spam.
    """
    if accounts < CROWD:
        return None
    voice, most = max(voices.items(), key=lambda item: item[1], default=(Voice.ORGANIC, 0))
    named = voice if voice is not Voice.ORGANIC and 2 * most >= voices.total() else Voice.SPAM
    return named, titles([f"copies:{named.value}:{accounts}"])[0]


def _copied(text: _Text) -> CopiedText:
    judged = copied_voice(len(text.accounts), text.voices)
    assert judged is not None
    return CopiedText(
        text=text.text,
        posts=text.posts,
        accounts=len(text.accounts),
        first_at=min(text.times, default=None),
        last_at=max(text.times, default=None),
        voice=judged[0],
        reason=judged[1],
        evidence=tuple(text.accounts.values())[:EVIDENCE],
    )


def _rings(texts: Iterable[_Text]) -> list[Ring]:
    """Accounts joined by pairs that share enough texts that are nobody's news."""
    shared: defaultdict[tuple[str, str], list[_Text]] = defaultdict(list)
    for text in texts:
        reported = 2 * text.voices[Voice.MEDIA] >= text.posts
        if not reported and 2 <= len(text.accounts) <= _MOST:
            for pair in combinations(sorted(text.accounts), 2):
                shared[pair].append(text)
    bound = {pair: found for pair, found in shared.items() if len(found) >= RING}
    return sorted(
        (_ring(members, bound) for members in _joined(bound)),
        key=lambda ring: (-len(ring.accounts), ring.accounts),
    )


def _ring(members: set[str], bound: dict[tuple[str, str], list[_Text]]) -> Ring:
    texts = {id(text): text for pair, found in bound.items() if pair[0] in members for text in found}
    posts = [post for text in texts.values() for who, post in text.accounts.items() if who in members]
    size = len(members)
    return Ring(
        accounts=tuple(sorted(members)),
        texts=len(texts),
        reason=Title(
            zh=f"{size:,} 个账号之间反复发布同样的 {len(texts):,} 段话（每两个相连账号至少 {RING} 段）",
            en=f"{size:,} accounts share {len(texts):,} texts (each {RING} or more with another)",
        ),
        evidence=tuple(posts)[:EVIDENCE],
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """The connected components of these pairs."""
    of: dict[str, set[str]] = {}
    for one, other in pairs:
        left, right = of.setdefault(one, {one}), of.setdefault(other, {other})
        if left is not right:
            left |= right
            of.update(dict.fromkeys(right, left))
    return list({id(members): members for members in of.values()}.values())


def _passes_on(post: Post, text: _Text | None) -> bool:
    """Whether a repost's words are another's: those of the post it reposts, or it neither tells of one nor has a
    chain, so that they can be nobody else's."""
    if post.kind is not Kind.REPOST:
        return False
    if post.root_id is None and post.parent_id is None:
        return own_text(post.text) == post.text
    return text is not None and text.first_id in (post.root_id, post.parent_id)


def voice_of_text(row: AnnotatedPost) -> Voice:
    """The voice of a post's text and author, whatever behaviour made of it."""
    read = row.annotation
    return read.voice if read.voice and read.models.get("voice") != CONDUCT else Voice.ORGANIC


def _is_shared_by_button(text: str) -> bool:
    """Whether a site or an app wrote the words for whoever pressed its button."""
    return any(phrase in text for phrase in copying()["shared"]["phrases"])
