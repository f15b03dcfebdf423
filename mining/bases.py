"""口径: whose voices a number counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from core.models import AnnotatedPost, Kind, Voice
from core.project import Title
from core.texts import own_text
from mining.copying import copy_key

ALL = "all voices"
USER = "user voices"
CLEANED = "cleaned voices"

BASES: dict[str, Title] = {
    ALL: Title(
        zh="全部声音：检索到的每一条帖子、转发、评论和回复",
        en="all voices: every post, repost, comment and reply that was found",
    ),
    USER: Title(
        zh="用户声音：全部声音中去掉机构、媒体、企业认证账号和品牌自有账号",
        en="user voices: all voices without organisations, media, verified companies"
        " and the brand's own accounts",
    ),
    CLEANED: Title(
        zh="清洗后声音：用户声音中去掉营销号和水军，没有自己的话的转发不计，近似重复的只计一次",
        en="cleaned voices: user voices without marketing and spam, without reposts that add no words,"
        " near-duplicate copies counted once",
    ),
}


def clauses(base: str, own_accounts: Collection[str] = ()) -> str:
    """What a query can say of a base: all of user voices; of cleaned ones all but the reposts without words of
    their own, and of copies it shows the newest where the first counts."""
    if base == ALL:
        return ""
    told = ["NOT verified:organisation", "NOT voice:media"]
    told += [f'NOT author:"{name}"' for name in sorted(own_accounts)]
    if base == CLEANED:
        told += ["NOT voice:marketing", "NOT voice:spam", "duplicate:folded"]
    return " ".join(told)


_ORGANISATIONS = frozenset(range(1, 9))  # Weibo's verified_type: government, company, media, campus, site, …
_UNCLEAN = frozenset({Voice.MARKETING, Voice.SPAM})


@dataclass(slots=True)
class Sieve:
    """Says which bases a post counts for; one sieve sees the posts of one brand, oldest first.

    It remembers which near-duplicate groups it has seen, so of each group the first counts as cleaned.
    """

    own_accounts: Collection[str] = ()
    _seen: set[str] = field(default_factory=set)

    def bases(self, row: AnnotatedPost) -> tuple[str, ...]:
        """The bases `row` counts for: all; all and user; or all three."""
        if not self._is_user(row):
            return (ALL,)
        if not self._is_clean(row):
            return (ALL, USER)
        return (ALL, USER, CLEANED)

    def _is_user(self, row: AnnotatedPost) -> bool:
        author = row.post.author
        if author is not None:
            if author.verified_type in _ORGANISATIONS:
                return False
            if author.name is not None and author.name in self.own_accounts:
                return False
        return row.annotation.voice is not Voice.MEDIA

    def _is_clean(self, row: AnnotatedPost) -> bool:
        if row.annotation.voice in _UNCLEAN:
            return False
        words = own_text(row.post.text)
        if row.post.kind is Kind.REPOST and not words.strip():
            return False
        group = copy_key(row)
        if group is None:
            return True  # short words are alike without being copied
        if group in self._seen:
            return False
        self._seen.add(group)
        return True
