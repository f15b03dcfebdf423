"""What a world is: accounts, posts, forums, articles, hot lists, and the truth planted in them.

Nobody and nothing in it is real. Identities are raw, as a site would show them (the landing door
is not in here): weibo uids have ten digits and start with 99, which Weibo has not given out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.models import Author, HotEntry, Post
from core.project import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account with what its profile page shows.

    `author.id` is ``weibo:9900000001``, ``discuz:bbs.cheyou.example:1207``,
    ``discourse:forum.meizhuang.example:88``; feed writers have a name and no account.
    """

    author: Author
    description: str = ""
    location: str | None = None  # a province or "海外 日本", as a profile shows it
    verified_reason: str | None = None
    statuses_count: int = 0
    follow_count: int = 0
    gender: str | None = None  # m, f
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A section of a forum; `number` is Discuz's fid, Discourse's category id."""

    number: int
    name: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forum:
    """One forum host. Texts of a host with charset gbk survive GB18030 and hold no emoji."""

    host: str
    platform: str  # discuz, discourse
    title: str
    charset: str = "utf-8"
    boards: tuple[Board, ...] = ()
    version: str = "X3.4"  # of Discuz!: X2 to X5.0, or 7.2
    skin: str = "default"  # or cards: lists and floors in other tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One thread; `number` is Discuz's tid, Discourse's topic id.

    The opening `Post` (kind thread, floor 1) has the text ``title\\nbody``; `title` alone is here.
    """

    id: str  # equals `Post.thread_id` of its posts: discuz:HOST:tTID, discourse:HOST:tID
    host: str
    number: int
    board: int
    title: str
    post_ids: tuple[str, ...]  # by floor, the opening first
    views: int = 0
    sticky: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A news or blog host that publishes feeds."""

    host: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """A news portal, served on its real hosts; its articles have `host`, its comments hang below them."""

    name: str  # sina, netease, …: the middle of its posts' ids
    host: str  # where its articles are
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialAccount:
    """A WeChat public account; its articles have the host ``mp.weixin.qq.com/NUMBER``."""

    number: str  # MP_WXS_3912345678
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a feed and an article page show besides the post's text, which is ``title\\nbody``."""

    post_id: str  # feed:<16 hex digits of the sha1 of the url>
    host: str
    title: str
    body: tuple[str, ...]  # paragraphs
    summary: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of a post's text: `before` is what it said until `at`."""

    at: datetime
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """When a post went, and through whom: its author, the site, or the author hiding it."""

    at: datetime
    by: str = "author"  # author, site, hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the writer of a post meant: the truth a language model is measured against."""

    sentiment: str | None = None  # positive, neutral, negative
    aspects: tuple[tuple[str, str], ...] = ()  # (aspect of the domain pack, polarity)
    brand: str | None = None  # id in project.toml
    product: str | None = None
    intent: str | None = None  # aware, interested, buying, bought, leaving
    voice: str = "organic"  # values of core.models.Voice
    copy_of: str | None = None  # planted near-duplicate of this post
    sarcastic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story planted in the world, told so that a test can check the product finds it."""

    id: str
    title: Title
    what: Title  # what happened
    ask: Title  # the question the product should answer
    brand: str | None = None
    queries: tuple[str, ...] = ()  # queries that find it
    root_ids: tuple[str, ...] = ()  # roots of its cascades, the biggest first
    post_ids: tuple[str, ...] = ()  # other posts that matter: the first thread, a statement
    began_at: datetime | None = None
    broke_out_at: datetime | None = None
    ended_at: datetime | None = None
    key_spreaders: tuple[str, ...] = ()  # author ids, the strongest first
    water_army: tuple[str, ...] = ()  # author ids of planted coordinated accounts
    true_kols: tuple[str, ...] = ()  # author ids whose posts really move others
    false_kols: tuple[str, ...] = ()  # many followers, nobody moved
    directions: Mapping[str, str] = field(default_factory=dict)  # measure -> rises, falls, recovers


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the sites would show at `now`, and the truth behind it.

    The texts of `posts` are those after all `edits`; `replica.history` tells what stood at other moments.

    `posts` are ordered by time; parents come before children; parent and root ids are truth
    (`parent_confidence` 1.0). Only `now` and `posts` are required, so that a file of posts is a
    world too.
    """

    now: datetime
    posts: list[Post]
    accounts: dict[str, Account] = field(default_factory=dict)
    hot: list[HotEntry] = field(default_factory=list)
    forums: tuple[Forum, ...] = ()
    threads: dict[str, Thread] = field(default_factory=dict)
    sites: tuple[Site, ...] = ()
    articles: dict[str, Article] = field(default_factory=dict)  # by post id
    portals: tuple[Portal, ...] = ()
    official: tuple[OfficialAccount, ...] = ()
    stories: list[Story] = field(default_factory=list)
    truth: dict[str, Label] = field(default_factory=dict)  # by post id, for a share of the posts
    edits: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)  # by post id, in order of time
    removals: Mapping[str, Removal] = field(default_factory=dict)  # by post id
    seed: int | None = None

    def story(self, story_id: str) -> Story:
        """The story of that id; raises `KeyError` naming those there are."""
        for story in self.stories:
            if story.id == story_id:
                return story
        raise KeyError(f"no story {story_id!r}; there are {', '.join(s.id for s in self.stories)}")

    def joined(self, posts: Iterable[Post]) -> list[Post]:
        """Its posts and these by time; of one moment they stay in order, parents before children."""
        return sorted((*self.posts, *posts), key=lambda post: post.published_at or self.now)
