"""A month on six sites, written by a clockwork: so much each day, so that what a crawl must find can be counted.

Nobody in it is real.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha1

from core.ids import mid_at, post_id
from core.models import Author, Kind, Post
from replica.world.model import Article, Board, Forum, Site, Thread, World

START = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)  # midnight in Beijing
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
DAYS = 30
WORD = "澜石"
NEWS = "news.example"
HOSTS = {
    "discuz": "bbs.example",
    "discourse": "forum.example",
    "tieba": "tieba.baidu.com",
    "v2ex": "www.v2ex.com",
}
BOARDS = {
    "discuz": Board(number=9, name="用车交流", slug="cars"),
    "discourse": Board(number=9, name="用车交流", slug="cars"),
    "tieba": Board(number=27_900_001, name="澜石", slug="lanstone"),
    "v2ex": Board(number=790, name="车友", slug="cheyou"),
}
REPLIES = 3  # a thread's, within eight hours
EVERY = {"weibo": 4 * HOUR, "feed": 5 * HOUR, "discuz": 8 * HOUR, "discourse": 8 * HOUR, "tieba": 8 * HOUR, "v2ex": 8 * HOUR}  # fmt: skip


@dataclass(slots=True)
class Month:
    """What is being written: posts, threads and articles up to when each site falls silent."""

    silent: dict[str, datetime]  # by source
    posts: list[Post] = field(default_factory=list)
    threads: dict[str, Thread] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)

    def moments(self, source: str) -> list[datetime]:
        """When something new is begun: from three days before the first run on."""
        last = self.silent.get(source, START + DAYS * DAY)
        at, found = START - 3 * DAY, []
        while at < last:
            found.append(at)
            at += EVERY[source]
        return found

    def weibo(self) -> None:
        for number, at in enumerate(self.moments("weibo")):
            author = Author(
                id=f"weibo:99000002{number % 40:02d}", name=f"车友{number % 40:02d}号", followers=99
            )
            self.posts.append(
                Post(
                    id=f"weibo:{mid_at(at, number)}", platform="weibo", kind=Kind.POST, author=author,
                    text=f"{WORD}今天开了{number}公里", published_at=at,
                )
            )  # fmt: skip

    def feed(self) -> None:
        for number, at in enumerate(self.moments("feed")):
            url = f"https://{NEWS}/{number}.html"
            digest = sha1(url.encode(), usedforsecurity=False).hexdigest()[:16]
            title = f"第{number}篇：{WORD}的交付"
            body = ("行业人士认为，价格战仍会持续。" * 3,)
            post = Post(
                id=f"feed:{digest}", platform="feed", kind=Kind.ARTICLE, text="\n".join((title, *body)),
                author=Author(name="记者甲"), published_at=at, url=url,
            )  # fmt: skip
            self.posts.append(post)
            self.articles[post.id] = Article(
                post_id=post.id, host=NEWS, title=title, body=body, summary=body[0]
            )

    def forum(self, platform: str) -> None:
        for number, at in enumerate(self.moments(platform), 101):
            self._thread(platform, number, at)

    def _thread(self, platform: str, number: int, at: datetime) -> None:
        key = (platform, HOSTS[platform]) if platform in ("discuz", "discourse") else (platform,)
        thread_id = post_id(*key, f"t{number}")
        title = f"主题{number}：{WORD}的刹车"
        members: list[Post] = []
        for floor in range(REPLIES + 1):
            native = number * 100 + floor
            first = floor == 0
            bare = platform == "v2ex" and not first
            members.append(
                Post(
                    id=post_id(
                        *key, f"r{native}" if bare else f"t{number}" if platform == "v2ex" else native
                    ),
                    platform=platform,
                    kind=Kind.THREAD if first else Kind.REPLY,
                    text=f"{title}\n正文在此" if first else f"第{floor}个回答，主题{number}",
                    author=Author(id=post_id(*key, 7000 + native % 50), name=f"会员{native % 50}"),
                    published_at=at + floor * 2 * HOUR,
                    thread_id=thread_id,
                    root_id=None if first else members[0].id,
                    parent_id=None if first else members[0].id,
                    parent_confidence=None if first else 1.0,
                    floor=None
                    if platform == "v2ex" and first
                    else floor
                    if platform == "v2ex"
                    else floor + 1,
                )
            )
        self.posts.extend(members)
        self.threads[thread_id] = Thread(
            id=thread_id, host=HOSTS[platform], number=number, board=BOARDS[platform].number, title=title,
            post_ids=tuple(post.id for post in members),
        )  # fmt: skip


def month(silent: dict[str, datetime]) -> World:
    """The world; `silent` says from when on a source publishes nothing new."""
    written = Month(silent)
    written.weibo()
    written.feed()
    for platform in HOSTS:
        written.forum(platform)
    return World(
        now=START + DAYS * DAY,
        posts=sorted(written.posts, key=lambda post: (post.published_at or START, post.id)),
        forums=tuple(
            Forum(host=host, platform=platform, title=host, boards=(BOARDS[platform],))
            for platform, host in HOSTS.items()
        ),
        threads=written.threads,
        sites=(Site(host=NEWS, title="示例新闻"),),
        articles=written.articles,
    )
