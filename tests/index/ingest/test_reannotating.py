"""Re-annotation reads every stored post anew, tells what changed, and goes on where it was killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.home import Home
from core.project import EMPTY
from index.address import open_store
from index.ingest.ingesting import ingest
from index.ingest.judgements import Drawn, Judgement, append, file_of, read_judgements
from index.ingest.reannotating import Changes, reannotate
from index.query import parse
from index.reference import ReferenceStore
from index.store import Store
from tests.index.ingest.falling import Falling
from tests.index.landed import land
from tests.index.readers import glad, gloomy

HOUSE = Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    land(found, runs=3, posts=40)
    return found


def labels(store: Store) -> set[str]:
    return {item.annotation.sentiment.label for item in store.scan(parse("")) if item.annotation.sentiment}


def expected(posts: int) -> Changes:
    return Changes(
        posts=posts,
        changed=posts,
        sentiment={"positive → negative": posts},
        emotion={"happy → sad": posts},
        aspects={"动力: positive → negative": posts},
        intent={"interest → -": posts},
        voice={"organic → fan": posts},
        models={"language: positive → negative": posts},
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_everything_is_read_anew_and_what_changed_is_told(home: Home, workers: int) -> None:
    with closing(open_store("sqlite", home)) as store:
        ingest(home, store, workers=0, reader=glad)
        before = {item.post.id: item for item in store.scan(parse(""))}
        told: list[int] = []
        done = reannotate(home, store, workers=workers, batch=25, reader=gloomy, progress=told.append)
        assert done.changes == expected(len(before))
        assert told == [*range(25, len(before), 25), len(before)]
        assert labels(store) == {"negative"}
        after = {item.post.id: item for item in store.scan(parse(""))}
        assert {key: item.post for key, item in after.items()} == {
            key: item.post for key, item in before.items()
        }
        groups = [
            {i.post.id: i.annotation.duplicate_group for i in side.values()} for side in (before, after)
        ]
        assert groups[0] == groups[1]
        again = reannotate(home, store, workers=0, reader=gloomy)
        assert again.changes == Changes(posts=len(before))
        assert not again.resumed


def test_a_killed_one_goes_on_and_counts_each_post_once(home: Home) -> None:
    with closing(open_store("sqlite", home)) as store:
        ingest(home, store, workers=0, reader=glad)
        posts = store.count(parse(""))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.index.ingest.reannotating", str(home.root)],
        stdout=subprocess.PIPE, text=True, cwd=HOUSE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "10\n"
    process.kill()
    process.communicate(timeout=60)
    with closing(open_store("sqlite", home)) as store:
        done = reannotate(home, store, workers=0, batch=10, reader=gloomy)
        assert done.resumed
        assert done.changes == expected(posts)
        assert labels(store) == {"negative"}
    assert not home.reannotating.exists()


@pytest.mark.parametrize("after", [False, True], ids=["before a write", "behind a write"])
def test_wherever_it_falls_the_counts_are_whole(home: Home, after: bool) -> None:
    store = Falling()
    ingest(home, store, workers=0, reader=glad)
    store.left, store.after = 3, after
    with pytest.raises(OSError, match="power"):
        reannotate(home, store, workers=0, batch=10, reader=gloomy)
    store.left = None
    done = reannotate(home, store, workers=0, batch=10, reader=gloomy)
    assert done.resumed
    assert done.changes == expected(store.count(parse("")))


Fate = Callable[[Home], None]


def _another_project(home: Home) -> None:
    home.reannotating.write_text('{"store":"x","project":"y","cursor":"z"}')


def _spoiled(home: Home) -> None:
    home.reannotating.write_text("{")


@pytest.mark.parametrize("fate", [_another_project, _spoiled])
def test_a_place_that_is_not_its_own_is_no_place(home: Home, fate: Fate) -> None:
    store = ReferenceStore()
    ingest(home, store, workers=0, reader=glad)
    fate(home)
    assert not reannotate(home, store, workers=0, reader=gloomy).resumed


def test_the_readings_of_judged_posts_are_noted(home: Home) -> None:
    store = ReferenceStore()
    ingest(home, store, workers=0, reader=glad)
    path = file_of(home, EMPTY.id)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    append(
        path,
        [
            Drawn("d1", 0, "weibo:5", "weibo", "positive", 0.9, "positive"),
            Judgement("weibo:5", "neutral", "ann", at),
        ],
    )
    assert reannotate(home, store, workers=0, reader=gloomy).judged == 1
    assert read_judgements(path).of("sentiment").readings["weibo:5"].said == "negative"
    assert reannotate(home, store, workers=0, reader=gloomy).judged == 0
