"""A small world made by hand, and what tests need to ask a replica for its pages.

Everybody and everything in it is invented.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from core.ids import mid_at
from core.models import Author, Engagement, HotEntry, Kind, Post
from replica.faults import Faults
from replica.identity import LOGIN_SUB
from replica.server import Replica
from replica.world.model import Account, Article, Board, Forum, Site, Thread, World

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LOGIN = {"Cookie": f"SUB={LOGIN_SUB}"}

MAKER = Author(id="weibo:9900000001", name="青禾汽车", followers=1_203_400, verified_type=2)
STAR = Author(id="weibo:9900000002", name="陆小行", followers=71_648_123, verified_type=0)
NOBODY = Author(id="weibo:9900000003", name="爱吃橘子-的猫", followers=6905, verified_type=-1)

LONG = "提车三个月的感受。" * 30 + "#青禾E5# 就说到这里 @陆小行"
ROOT_TEXT = "青禾E5 今天开始交付 #青禾E5# 详情见 http://t.cn/A6abcdef [鲜花]"


@dataclass(slots=True)
class _Maker:
    """Gives out ids and keeps what it made."""

    posts: list[Post] = field(default_factory=list)
    sequence: int = 0

    def weibo(self, kind: Kind, author: Author | None, text: str, at: datetime, **more: Any) -> Post:
        self.sequence += 1
        post = Post(
            id=f"weibo:{mid_at(at, self.sequence)}",
            platform="weibo",
            kind=kind,
            text=text,
            author=author,
            published_at=at,
            **more,
        )
        self.posts.append(post)
        return post


def reader(number: int) -> Author:
    """One of the many who repost and comment."""
    return Author(id=f"weibo:99000001{number:02d}", name=f"路人{number:02d}号", followers=100 + number)


def small_world() -> World:
    """Weibo with a cascade, comments, a long post, a timeline and a busy word; two boards; a Discourse; two feeds."""
    maker = _Maker()
    _weibo(maker)
    forums, threads = _boards(maker)
    articles = _articles(maker)
    accounts = [
        Account(
            author=MAKER, description="青禾汽车官方微博", location="上海", verified_reason="青禾汽车官方微博"
        ),
        Account(
            author=STAR, description="🎈", location="北京 海淀区", verified_reason="演员", statuses_count=4019
        ),
        Account(author=NOBODY, location="海外 日本", joined_at=NOW - timedelta(days=900)),
    ]
    hot = [
        HotEntry(platform="weibo", title=title, at=at, rank=rank, heat=1_160_335 // rank, label=label)
        for at in (NOW - timedelta(hours=1), NOW - timedelta(minutes=1))
        for rank, (title, label) in enumerate((("青禾E5交付", "沸"), ("下雪了", None), ("省考", "新")), 1)
    ]
    return World(
        now=NOW,
        posts=sorted(maker.posts, key=lambda post: (post.published_at or NOW, post.id)),
        accounts={account.author.id or "": account for account in accounts},
        hot=hot,
        forums=forums,
        threads=threads,
        sites=(Site(host="news.example", title="示例新闻"), Site(host="blog.example", title="示例博客")),
        articles=articles,
    )


def _weibo(maker: _Maker) -> None:
    start = NOW - timedelta(days=2)
    counts = Engagement(comments=2_000_000, likes=116_398)
    root = maker.weibo(
        Kind.POST,
        MAKER,
        ROOT_TEXT,
        start,
        engagement=counts,
        region="上海",
        client="微博 weibo.com",
        topics=("青禾E5",),
        media=("image", "image"),
    )
    line = [root]  # every third repost reposts the one before it
    for number in range(35):
        parent = line[-1] if number % 3 else root
        words = ("", "转发微博", f"第{number}个来看热闹 [doge]")[number % 3]
        at = start + timedelta(minutes=number)
        line.append(
            maker.weibo(
                Kind.REPOST,
                reader(number),
                words,
                at,
                root_id=root.id,
                parent_id=parent.id,
                parent_confidence=1.0,
                region="北京",
            )
        )
    _comments(maker, root, start)
    maker.weibo(Kind.POST, STAR, LONG, NOW - timedelta(days=400), media=("video",))
    for number in range(25):
        text = f"日常{number} 今天天气不错"
        maker.weibo(Kind.POST, STAR, text, NOW - timedelta(days=300, hours=number), client="iPhone客户端")
    for number in range(620):
        text = f"蛋挞真好吃 {number} 号" + ("，再来一个" if number % 2 else "")
        maker.weibo(Kind.POST, NOBODY, text, NOW - timedelta(minutes=30 + number * 7))


def _comments(maker: _Maker, root: Post, start: datetime) -> None:
    tops = [
        maker.weibo(
            Kind.COMMENT,
            reader(number),
            f"评论{number} 支持",
            start + timedelta(hours=1, minutes=number),
            root_id=root.id,
            parent_id=root.id,
            engagement=Engagement(likes=number),
            region="河南",
        )
        for number in range(45)
    ]
    above = tops[44]
    for number in range(23):
        above = maker.weibo(
            Kind.COMMENT,
            reader(50 + number),
            f"回答{number}",
            start + timedelta(hours=3, minutes=number),
            root_id=root.id,
            parent_id=above.id if number % 2 else tops[44].id,
        )


def _boards(maker: _Maker) -> tuple[tuple[Forum, ...], dict[str, Thread]]:
    boards = (Board(number=9, name="用车交流", slug="cars"), Board(number=12, name="灌水", slug="water"))
    forums = (
        Forum(host="bbs.cheyou.example", platform="discuz", title="车友之家", charset="gbk", boards=boards),
        Forum(host="bbs.riji.example", platform="discuz", title="日记论坛", boards=boards),
        Forum(host="forum.meizhuang.example", platform="discourse", title="美妆社区", boards=boards),
    )
    threads: dict[str, Thread] = {}
    for forum, count in zip(forums, (65, 3, 65), strict=True):
        for number in range(1, count + 1):
            replies = 44 if number == 1 else number % 4
            thread = _thread(maker, forum, number, replies)
            threads[thread.id] = thread
    return forums, threads


def _thread(maker: _Maker, forum: Forum, number: int, replies: int) -> Thread:
    """The opening and its replies: every fifth quotes the one before, the others answer the topic."""
    at = NOW - timedelta(hours=3 * number)
    thread_id = f"{forum.platform}:{forum.host}:t{number}"
    title = f"主题{number}：刹车异响 <求助> & 讨论"
    posts: list[Post] = []
    for floor in range(replies + 1):
        quoted = posts[-1].id if floor > 1 and floor % 5 == 0 else None
        author = 1000 + (number + floor) % 40
        posts.append(
            Post(
                id=f"{forum.platform}:{forum.host}:{number * 1000 + floor}",
                platform=forum.platform,
                kind=Kind.REPLY if floor else Kind.THREAD,
                text=f"第{floor}楼的话\n换行 http://example.com/a?b=1"
                if floor
                else f"{title}\n正文在此\n第二段",
                author=Author(id=f"{forum.platform}:{forum.host}:{author}", name=f"会员{author}"),
                published_at=at + timedelta(minutes=floor),
                thread_id=thread_id,
                root_id=posts[0].id if posts else None,
                parent_id=(quoted or posts[0].id) if posts else None,
                parent_confidence=1.0 if posts else None,
                quoted_id=quoted,
                floor=floor + 1,
                engagement=Engagement(likes=floor % 3),
                media=("image",) if floor == 0 else (),
            )
        )
    maker.posts.extend(posts)
    return Thread(
        id=thread_id,
        host=forum.host,
        number=number,
        board=9 if number % 2 else 12,
        title=title,
        post_ids=tuple(post.id for post in posts),
        views=number * 10,
        sticky=number == 3,
    )


def _articles(maker: _Maker) -> dict[str, Article]:
    articles: dict[str, Article] = {}
    for host in ("news.example", "blog.example"):
        for number in range(4):
            title = f"{host}的第{number}篇：新能源汽车交付量继续增长"
            body = tuple(
                f"这是第{line}段。" + "行业人士认为，价格战仍会持续，消费者更看重质量与服务。" * 3
                for line in range(4)
            )
            url = f"https://{host}/2026/11/{number}.html"
            post = Post(
                id=f"feed:{sha1(url.encode(), usedforsecurity=False).hexdigest()[:16]}",
                platform="feed",
                kind=Kind.ARTICLE,
                text="\n".join((title, *body)),
                author=Author(name="记者甲"),
                published_at=NOW - timedelta(days=number, hours=1),
                url=url,
            )
            maker.posts.append(post)
            articles[post.id] = Article(
                post_id=post.id, host=host, title=title, body=body, summary=body[0], tags=("汽车",)
            )
    return articles


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    cookies: tuple[str, ...]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def text(self, charset: str = "utf-8") -> str:
        return self.body.decode(charset)


def get(
    proxy: str,
    url: str,
    *,
    headers: dict[str, str] | None = None,
    method: str = "GET",
    body: str | None = None,
) -> Page:
    """Asks `proxy` for `url` as any HTTP client behind a proxy does."""
    parts = urlsplit(proxy)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        host = urlsplit(url).netloc
        connection.request(method, url, body=body, headers={"Host": host, **(headers or {})})
        response = connection.getresponse()
        pairs = response.getheaders()
        cookies = tuple(value for name, value in pairs if name.lower() == "set-cookie")
        named = {name.lower(): value for name, value in pairs}
        return Page(response.status, named, cookies, response.read())
    finally:
        connection.close()


def visitor(proxy: str, host: str = "visitor.passport.weibo.cn") -> dict[str, str]:
    """Headers of a new visitor of that host's domain."""
    page = get(
        proxy,
        f"http://{host}/visitor/genvisitor2",
        method="POST",
        body="cb=visitor_gray_callback&tid=&from=weibo",
    )
    return {"Cookie": page.cookies[0].split(";")[0]}


@contextmanager
def serve(world: World | None = None, **options: Any) -> Iterator[Replica]:
    """A running replica of `world`, by default the small one, with its own switchboard."""
    with Replica(world or small_world(), faults=Faults(), **options) as replica:
        yield replica
