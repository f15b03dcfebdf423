"""A small store, filled through the landing door and ingest as any other, and the site over it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.home import Home
from core.landing import LandingWriter
from core.models import Author, Coverage, Engagement, HotEntry, Kind, Post, Run
from core.project import AccountList, Brand, Product, Project, SavedQuery, TagRule, Title
from core.pseudonyms import Pseudonyms, load_key
from index.address import open_store
from index.ingest.ingesting import ingest
from index.store import Store
from tests.web.collecting import fill

HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1"> </script> {{7*7}} 澜石刹车'
ROOT = "weibo:5300000000000001"

PROJECT = Project(
    id="test",
    title=Title(zh="试验项目", en="Test project"),
    brands=(
        Brand(
            id="lanshi",
            title=Title(zh="澜石", en="Lanstone"),
            names=("澜石",),
            products=(Product(id="s7", names=("S7",)),),
            exclude=("澜石街道",),
            domain="car",
        ),
        Brand(
            id="beiyao", title=Title(zh="北曜", en="Beiyao"), names=("北曜",), competitor=True, domain="car"
        ),
    ),
    queries=(SavedQuery(id="brakes", title=Title(zh="刹车", en="Brakes"), query="刹车"),),
    lists=(AccountList(id="circle", title=Title(zh="车圈", en="The circle"), accounts=("车评老周",)),),
    tags=(TagRule(id="complaint", title=Title(zh="投诉", en="Complaints"), query="失望 OR 粗糙"),),
)
LONG = "今天去看了车展，" * 80 + "尾巴上的词在这里"
SAYINGS = (
    "澜石S7的刹车太软了，踩下去心里没底，很失望",
    "澜石动力很足，提速快，开着真爽",
    "提了澜石一个月，油耗比想象的低，满意",
    "北曜的内饰做工粗糙，异响很多",
    "北曜空间大，后排坐着舒服",
    "今天食堂的面条又咸了",
)


def weibo(number: int, text: str, at: datetime, **fields: object) -> Post:
    author = Author(id=f"weibo:99000000{number % 40:02d}", name=f"海风里的第{number % 40}个", followers=120)
    defaults: dict[str, object] = {"kind": Kind.POST, "author": author, "fetched_at": at}
    return Post(
        id=f"weibo:{5300000000000000 + number}", platform="weibo", text=text, published_at=at,
        **{**defaults, **fields},  # type: ignore[arg-type]
    )  # fmt: skip


def posts(now: datetime) -> list[Post]:
    public = Author(id="weibo:9900000099", name="车评老周", followers=900_000, verified_type=0)
    found = [
        weibo(1, "澜石S7刹车失灵，大家看视频 #澜石刹车#", now - timedelta(days=2), author=public, topics=("澜石刹车",),
              engagement=Engagement(reposts=40, comments=3, likes=90)),
        weibo(2, HOSTILE, now - timedelta(days=1)),
        weibo(900, LONG, now - timedelta(days=3)),
    ]  # fmt: skip
    for number in range(3, 43):
        parent = ROOT if number < 23 else f"weibo:{5300000000000000 + 3 + number % 5}"
        at = now - timedelta(days=2) + timedelta(minutes=number * 7)
        found.append(
            weibo(number, f"太吓人了{number}//@车评老周:澜石S7刹车失灵，大家看视频 #澜石刹车#", at, kind=Kind.REPOST,
                  root_id=ROOT, parent_id=parent, parent_confidence=1.0, topics=("澜石刹车",))
        )  # fmt: skip
    for number in range(43, 343):
        at = now - timedelta(hours=number)
        found.append(weibo(number, f"{SAYINGS[number % len(SAYINGS)]}，第{number}天", at))
    return found


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Store]]:
    home = Home(tmp_path_factory.mktemp("site"))
    now = datetime.now(UTC).replace(microsecond=0)
    run = Run(id="weibo-test", source="weibo", asked={"search": "澜石"}, started_at=now)
    with LandingWriter(home, run.id, Pseudonyms(load_key(home.key)), 100_000) as landing:
        landing.run(run)
        for post in posts(now):
            landing.post(post)
        landing.hot(
            HotEntry(platform="weibo", title="澜石刹车", at=now - timedelta(hours=3), rank=4, heat=812_000)
        )
        landing.coverage(
            Coverage(source="weibo", slice="search 澜石", expected=400, got=342, because="captcha")
        )
        landing.run(
            Run(id=run.id, source="weibo", asked=run.asked, started_at=now, ended_at=now, outcome="blocked",
                posts=342, requests=41, blocks=("captcha",))
        )  # fmt: skip
    fill(home, now)
    store = open_store(None, home)
    ingest(home, store, PROJECT, workers=0)
    yield home, store
    store.close()
