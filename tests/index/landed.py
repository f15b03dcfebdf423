"""A landing to ingest: several runs, posts seen again, cut texts, near-duplicates, profiles, a hot list."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from core.home import Home
from core.landing import LandingWriter
from core.models import Author, Coverage, Engagement, HotEntry, Kind, Post, Run
from core.pseudonyms import Pseudonyms
from index.query import parse
from index.store import Store

START = datetime(2026, 11, 1, tzinfo=UTC)
_OPENINGS = (
    "今天去试驾了澜石的新车",
    "客服一直没有回复",
    "这个颜色真的好看",
    "续航比想象的差",
    "刹车有异响，4S店说正常",
)
_CLOSINGS = ("，大家怎么看", "，气死我了！", "，推荐给大家😂", "。", "，iPhone 15 都比它快", "……坐等官方说法")
DOOR = Pseudonyms(b"k" * 32)


def post(number: int, *, fetched: datetime) -> Post:
    """Post `number` as it looks when fetched."""
    rng = random.Random(number)
    text = f"{rng.choice(_OPENINGS)}{rng.choice(_OPENINGS)}{rng.choice(_CLOSINGS)}{number % 7}"
    return Post(
        id=f"weibo:{number}",
        platform="weibo",
        kind=Kind.POST,
        text=text,
        author=Author(id=f"weibo:{1000 + number % 50}", name=f"车友{number % 50}", followers=number % 9),
        published_at=START + timedelta(minutes=number),
        engagement=Engagement(reposts=number % 5, comments=0, likes=int(fetched.timestamp()) % 97),
        topics=("澜石刹车",) if number % 3 == 0 else (),
        fetched_at=fetched,
    )


def land(home: Home, *, runs: int, posts: int, first: int = 0) -> None:
    """`runs` files of `posts` posts each, numbered from `first`; a third of each was seen by the run before."""
    for number in range(first, first + runs):
        began = START + timedelta(hours=number)
        # Names do not sort as times do: the order is that of the runs' beginnings.
        run = Run(
            id=f"{'zyxwvutsrq'[number % 10]}{number:03}",
            source="weibo",
            asked={"n": number},
            started_at=began,
        )
        with LandingWriter(home, run.id, DOOR, 100_000, frame_records=20) as landing:
            landing.run(run)
            for place in range(posts):
                seen = post(number * posts * 2 // 3 + place, fetched=began + timedelta(seconds=place))
                cut = place % 11 == 0
                landing.post(replace(seen, text=seen.text[:12] + "...全文") if cut else seen)
                if place % 40 == 0:
                    landing.author(Author(id=f"weibo:{1000 + place}", name="车友", followers=place), "weibo")
            landing.hot(HotEntry(platform="weibo", title="澜石刹车", at=began, rank=number + 1))
            landing.coverage(Coverage(source="weibo", slice="澜石", expected=posts, got=posts))
            landing.run(replace(run, ended_at=began + timedelta(minutes=9), outcome="finished", posts=posts))


def contents(store: Store) -> dict[str, Any]:
    """Everything a store can tell, to compare two of them."""
    everything = parse("")
    posts = list(store.scan(everything))
    ids = [item.post.id for item in posts]
    return {
        "posts": posts,
        "count": store.count(everything),
        "found": {
            text: store.count(parse(text))
            for text in ("澜石", "全文", "差", "iPhone15", "#澜石刹车#", "-澜石")
        },
        "days": store.histogram(everything, by="sentiment"),
        "series": [store.series(post_id) for post_id in ids],
        "founders": sorted(store.founders()),
        "marks": store.marks(),
        "runs": store.runs(),
        "coverage": store.coverage(),
        "hot": store.hot(),
        "authors": store.authors(sorted({i.post.author.id or "" for i in posts if i.post.author})),
    }
