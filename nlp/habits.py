"""What is known of an account: its profile's counters and the habits its posts show. No name, no words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.models import AnnotatedPost, Kind, Post
from core.texts import fold, own_text
from nlp.clean import EMOTICON

LEAST = 10  # posts from which habits can be told
LATEST = 180  # posts looked at, as in the accounts the model learned from
_ZONE = ZoneInfo("Asia/Shanghai")
_NIGHT = 6  # o'clock, from midnight
_BURST_S = 300.0
_SAYING = 6  # characters from which equal words are a repetition
_HASHTAG = re.compile(r"#[^#\n]{1,60}#")
_LINK = re.compile(r"https?://")
_MENTION = re.compile(r"@[\w\-]{1,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Features of an account, each None when unknown. Shares are of its posts; rates are per post.

    `level` is Weibo's user level; `found` the share of the latest 180 posts that could be shown, which
    deletions lower; `repeats` posts that nearly repeat another of its own; `top_hashtag` and `top_mention`
    the share of the commonest among all; `night_share` of active days those with a post before six;
    `burst` most posts within five minutes; `clockwork` 1 for posts at machine intervals; `gap_spread` and
    `hour_spread` how uneven pauses and hours are, as the training set gives them.
    """

    followers: float | None = None
    followees: float | None = None
    posts: float | None = None
    level: float | None = None
    follow_ratio: float | None = None
    posts_per_follower: float | None = None
    found: float | None = None
    repeats: float | None = None
    repeat_share: float | None = None
    hashtag_share: float | None = None
    hashtags: float | None = None
    top_hashtag: float | None = None
    link_share: float | None = None
    links: float | None = None
    emoticon_share: float | None = None
    emoticons: float | None = None
    repost_share: float | None = None
    mention_share: float | None = None
    mentions: float | None = None
    top_mention: float | None = None
    reposts: float | None = None
    comments: float | None = None
    night_share: float | None = None
    burst: float | None = None
    active_days: float | None = None
    clockwork: float | None = None
    gap_spread: float | None = None
    hour_spread: float | None = None


def habits(items: Sequence[AnnotatedPost]) -> Account:
    """What the latest `LATEST` of some posts of one account show of it.

    Only the followers are known with fewer than `LEAST` posts. Features that want a whole timeline
    (active days, pauses) or a profile that is not collected stay None.
    """
    rows = sorted(items, key=lambda item: item.post.published_at or _NEVER)[-LATEST:]
    followers = _latest_followers(rows)
    if len(rows) < LEAST:
        return Account(followers=followers)
    posts = [item.post for item in rows]
    texts = [own_text(post.text) for post in posts]
    tags = _counts(texts, _HASHTAG)
    names = _counts(texts, _MENTION)
    faces = _counts(texts, EMOTICON)
    links = [max(len(post.urls), len(_LINK.findall(text))) for post, text in zip(posts, texts, strict=True)]
    moments = [post.published_at for post in posts if post.published_at is not None]
    return Account(
        followers=followers,
        repeat_share=_repeats(rows, texts) / len(rows),
        hashtag_share=_share(map(bool, tags)),
        hashtags=_mean(list(map(len, tags))),
        top_hashtag=_top(tags),
        link_share=_share(map(bool, links)),
        links=_mean(links),
        emoticon_share=_share(map(bool, faces)),
        emoticons=_mean(list(map(len, faces))),
        repost_share=_share(post.kind is Kind.REPOST for post in posts),
        mention_share=_share(map(bool, names)),
        mentions=_mean(list(map(len, names))),
        top_mention=_top(names),
        reposts=_received(posts, lambda post: post.engagement.reposts),
        comments=_received(posts, lambda post: post.engagement.comments),
        night_share=_nights(moments),
        burst=_burst(moments),
    )


_NEVER = datetime.min.replace(tzinfo=_ZONE)


def _latest_followers(rows: Sequence[AnnotatedPost]) -> float | None:
    told = (item.post.author.followers for item in reversed(rows) if item.post.author is not None)
    return next((float(count) for count in told if count is not None), None)


def _counts(texts: Sequence[str], pattern: re.Pattern[str]) -> list[list[str]]:
    return [pattern.findall(text) for text in texts]


def _share(flags: Iterable[bool]) -> float:
    told = list(flags)
    return sum(told) / len(told)


def _mean(counts: Sequence[int]) -> float:
    return sum(counts) / len(counts)


def _top(found: Sequence[Sequence[str]]) -> float:
    """The share of the commonest; 0 with none, as in the training set."""
    counts = Counter(each for one in found for each in one)
    return max(counts.values()) / counts.total() if counts else 0.0


def _received(posts: Sequence[Post], counter: Callable[[Post], int | None]) -> float | None:
    known = [count for post in posts if (count := counter(post)) is not None]
    return _mean(known) if known else None


def _repeats(rows: Sequence[AnnotatedPost], texts: Sequence[str]) -> int:
    """Posts whose own words stand, nearly the same, in another of them; wordless reposts are none."""
    keys = []
    for item, text in zip(rows, texts, strict=True):
        plain = fold("".join(text.split()))
        if len(plain) >= _SAYING:
            own = item.annotation.duplicate_group if text == item.post.text else None
            keys.append(own or plain)
    counts = Counter(keys)
    return sum(count for count in counts.values() if count > 1)


def _nights(moments: Sequence[datetime]) -> float | None:
    local = [moment.astimezone(_ZONE) for moment in moments]
    days = {moment.date() for moment in local}
    return len({m.date() for m in local if m.hour < _NIGHT}) / len(days) if days else None


def _burst(moments: Sequence[datetime]) -> float | None:
    """The most posts within `_BURST_S` seconds."""
    times = sorted(moment.timestamp() for moment in moments)
    start = most = 0
    for end, at in enumerate(times):
        while at - times[start] > _BURST_S:
            start += 1
        most = max(most, end - start + 1)
    return float(most) if times else None
