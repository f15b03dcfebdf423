"""News portals and WeChat accounts: articles and their comments beside the stories, from a chance of their own.

`publish` adds them to a world and moves nothing that is there.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha1
from random import Random

from core.ids import post_id
from core.models import Author, Engagement, Kind, Post
from core.texts import mentions_of
from replica.world.clock import CHINA
from replica.world.grammar import Teller
from replica.world.model import Article, OfficialAccount, Portal, World
from replica.world.talk import Context, Talk

PORTALS = (
    Portal(name="sina", host="news.sina.com.cn", title="新浪新闻"),
    Portal(name="netease", host="www.163.com", title="网易新闻"),
    Portal(name="tencent", host="new.qq.com", title="腾讯新闻"),
    Portal(name="sohu", host="www.sohu.com", title="搜狐"),
    Portal(name="ifeng", host="news.ifeng.com", title="凤凰网"),
    Portal(name="toutiao", host="www.toutiao.com", title="今日头条"),
    Portal(name="thepaper", host="www.thepaper.cn", title="澎湃新闻"),
    Portal(name="changyan", host="www.nanwan.example", title="南湾在线"),
)
OFFICIAL = (
    OfficialAccount(number="MP_WXS_3900000001", title="座舱夜话"),
    OfficialAccount(number="MP_WXS_3900000002", title="成分小课堂"),
)
WECHAT = "mp.weixin.qq.com"
_MEDIA = ("南江晚报", "新湾财经", "岭南巷子口", "一线车讯", "海湾都市报", "美妆观察站")
_ARTICLES = 12  # of one portal in a full-size world
_TALK = (34, 0, 3, 75, 14, 1)  # comments of its articles, in turn
_DAYS = 20
_ANSWERS = 0.45  # share of comments that answer another
_DEEPEST = 6
_SUMMARY = 90
_LINES = ("re.agree", "re.doubt", "re.angry", "re.warm", "re.ask", "re.car", "re.life", "re.laugh")
_SHALLOW = frozenset({"toutiao"})  # shows three answers of a comment, and none of an answer
_FLAT = frozenset({"thepaper"})  # does not say who answers whom
_INLINE = 3


def publish(world: World, *, seed: int = 7, size: float = 1.0) -> World:
    """`world` with the portals and the public accounts; `size` 1 is about 2,100 posts more.

    The same seed, moment and size add the same posts.
    """
    posts: list[Post] = []
    articles: dict[str, Article] = {}
    presses = [_Press(portal.name, portal.host, seed, world.now) for portal in PORTALS]
    for press in presses:
        for at in range(max(2, round(_ARTICLES * size))):
            press.article(at, _TALK[at % len(_TALK)])
    accounts = [_Press(account.number, f"{WECHAT}/{account.number}", seed, world.now) for account in OFFICIAL]
    for press, account in zip(accounts, OFFICIAL, strict=True):
        for at in range(max(2, round(_ARTICLES * size))):
            press.essay(at, account)
    for press in (*presses, *accounts):
        posts.extend(press.posts)
        articles.update(press.articles)
    return replace(
        world,
        posts=world.joined(posts),
        articles=world.articles | articles,
        portals=(*world.portals, *PORTALS),
        official=(*world.official, *OFFICIAL),
    )


class _Press:
    """One portal or account while its articles are written."""

    def __init__(self, name: str, host: str, seed: int, now: datetime) -> None:
        self._name = name
        self._host = host
        self._now = now.replace(second=0, microsecond=0)
        self._rng = Random(f"tingfeng press {name} {seed}")
        self._teller = Teller(self._rng)
        self._talk = Talk(self._rng, self._teller)
        self._number = 100_000 + self._rng.randrange(50_000)
        self.posts: list[Post] = []
        self.articles: dict[str, Article] = {}
        self._readers = [
            Author(id=post_id("portal", name, 9_900_000_000 + at * 17), name=nick)
            for at, nick in enumerate(self._nicks(60))
        ]
        self._homes = {reader.id: self._teller.say("home").split()[0] for reader in self._readers}

    def _nicks(self, count: int) -> list[str]:
        names: dict[str, None] = {}
        while len(names) < count:
            names.setdefault(self._teller.say("nick")[:20])
        return list(names)

    def _at(self, number: int) -> datetime:
        """The newest first, about evenly over the last days."""
        back = timedelta(days=_DAYS * (number + self._rng.uniform(0.1, 0.9)) / _ARTICLES)
        return (self._now - back).replace(second=self._rng.randrange(60), microsecond=0)

    def _text(self) -> tuple[str, str]:
        """An article and what it is about."""
        kind = self._rng.choice(("car", "car", "beauty", "life"))
        context: Context = {"town": self._teller.say("home").split()[-1]}
        if kind != "life":
            good = "chunxin" if kind == "beauty" else self._rng.choice(("s7", "y6", "t3"))
            context |= self._talk.media(good)
        return self._teller.say(f"news.plain.{kind}", context), kind

    def article(self, number: int, talk: int) -> None:
        """One article of a portal and what readers say below it."""
        at = self._at(number)
        native, url = self._address(at)
        text, kind = self._text()
        medium = self._rng.choice(_MEDIA)
        press = self._name not in ("tencent", "sohu", "toutiao", "changyan")
        author = (
            Author(id=post_id("portal", self._name, _digest(medium)), name=medium, verified_type=3)
            if press
            else Author(name=medium)
        )
        root = Post(
            id=post_id("portal", self._name, native),
            platform="portal",
            kind=Kind.ARTICLE,
            text=text,
            author=author,
            published_at=at,
            url=url,
        )
        self._keep(root, kind)
        self.posts.extend(self._comments(root, talk))

    def essay(self, number: int, account: OfficialAccount) -> None:
        """One article of a public account; every sixth is nothing but pictures."""
        text, kind = self._text()
        at = self._at(number)
        media: tuple[str, ...] = ("image",) if number % 2 else ()
        if number % 6 == 5:
            text, media = text.partition("\n")[0], ("image",) * 4
        token = self._letters(22)
        url = f"https://{WECHAT}/s/{token}"
        post = Post(
            id=post_id("wechat", _digest(url)),
            platform="wechat",
            kind=Kind.ARTICLE,
            text=text,
            author=Author(id=post_id("wechat", account.number), name=account.title),
            published_at=at,
            media=media,
            url=url,
        )
        self._keep(post, kind)

    def _keep(self, post: Post, kind: str) -> None:
        title, _, body = post.text.partition("\n")
        paragraphs = tuple(line for line in body.split("\n") if line)
        self.posts.append(post)
        self.articles[post.id] = Article(
            post_id=post.id,
            host=self._host,
            title=title,
            body=paragraphs,
            summary=(paragraphs[0] if paragraphs else title)[:_SUMMARY],
            tags=({"car": "汽车", "beauty": "美妆", "life": "民生"}[kind],),
        )

    def _comments(self, root: Post, count: int) -> Iterator[Post]:
        """Comments in order of time; some answer one before them."""
        assert root.published_at is not None
        said: list[tuple[Post, int]] = []
        answers: dict[str, int] = {}
        for _ in range(count):
            at = root.published_at + timedelta(minutes=2 + self._rng.paretovariate(0.6))
            above = self._above(said, answers)
            if above is not None:
                at = max(at, (above.published_at or at) + timedelta(seconds=self._rng.randint(20, 4000)))
            at = at.replace(microsecond=0)
            if at >= self._now:
                continue
            depth = 0 if above is None else next(deep for post, deep in said if post is above) + 1
            said.append((self._comment(root, above, at), depth))
            if above is not None:
                answers[above.id] = answers.get(above.id, 0) + 1
        yield from (post for post, _ in said)

    def _above(self, said: list[tuple[Post, int]], answers: dict[str, int]) -> Post | None:
        """The comment that is answered, or None for one on the article itself."""
        if not said or self._name in _FLAT or self._rng.random() > _ANSWERS:
            return None
        post, depth = self._rng.choice(said)
        if self._name in _SHALLOW and (depth or answers.get(post.id, 0) >= _INLINE):
            return None
        return post if depth < _DEEPEST else None

    def _comment(self, root: Post, above: Post | None, at: datetime) -> Post:
        self._number += self._rng.randint(1, 9)
        text = self._teller.say(
            self._rng.choice(_LINES), {"town": "江湾", "friend": "", "friend2": "", **self._talk.media("s7")}
        )
        reader = self._rng.choice(self._readers) if self._rng.random() > 0.05 else None
        return Post(
            id=post_id("portal", self._name, f"c{self._mark()}"),
            platform="portal",
            kind=Kind.COMMENT,
            text=text,
            author=reader,
            published_at=at,
            root_id=root.id,
            parent_id=above.id if above else root.id,
            parent_confidence=1.0,
            engagement=Engagement(likes=int(self._rng.paretovariate(0.9)) - 1),
            mentions=mentions_of(text),
            region=self._homes[reader.id] if reader else None,
            url=root.url,
        )

    def _mark(self) -> str:
        """A comment's number as its site writes it."""
        if self._name == "sina":
            return f"6A{self._number:06X}-7F000001-9C{self._rng.randrange(1 << 24):06X}-86C-90A"
        return str(70_000_000_000 + self._number)

    # --- addresses ---

    def _letters(self, count: int, of: str = string.ascii_letters + string.digits) -> str:
        return "".join(self._rng.choice(of) for _ in range(count))

    def _address(self, at: datetime) -> tuple[str, str]:
        """The article's id as its site gives them out, and its address."""
        day = at.astimezone(CHINA)
        digits, capitals = string.digits, string.ascii_uppercase + string.digits
        match self._name:
            case "sina":
                native = self._letters(7, string.ascii_lowercase) + self._letters(7, digits)
                return native, f"https://{self._host}/c/{day:%Y-%m-%d}/doc-i{native}.shtml"
            case "netease":
                native = self._letters(16, capitals)
                return native, f"https://{self._host}/news/article/{native}.html"
            case "tencent":
                native = f"{day:%Y%m%d}A{self._letters(7, capitals)}"
                return native, f"https://{self._host}/rain/a/{native}"
            case "sohu":
                native = "8" + self._letters(8, digits)
                return native, f"https://{self._host}/a/{native}_12{self._letters(4, digits)}"
            case "ifeng":
                native = "8" + self._letters(10)
                return native, f"https://{self._host}/c/{native}"
            case "toutiao":
                native = "76" + self._letters(17, digits)
                return native, f"https://{self._host}/article/{native}/"
            case "thepaper":
                native = "33" + self._letters(6, digits)
                return native, f"https://{self._host}/newsDetail_forward_{native}"
        url = f"https://{self._host}/{day:%Y/%m/%d}/{self._letters(6, digits)}.html"
        return _digest(url), url


def _digest(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()[:16]
