"""Erasure, proved by every byte kept below the home; and of others nothing is lost."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
import zstandard
from msgspec.structs import replace

from core.errors import LandingError, UsageError
from core.home import Home
from core.landing import LandingWriter
from core.models import AnnotatedPost, Annotation, Author, Coverage, Engagement, Kind, Post, Run
from core.project import EMPTY
from core.pseudonyms import Pseudonyms, load_key
from crawlers.state.engine import open_state
from crawlers.state.ledger import RunLedger
from crawlers.state.plan import Job, Jobs
from crawlers.state.revisits import Revisits
from index.erasure.erasing import Erased, erase, resume
from index.erasure.whereabouts import find_author, find_posts
from index.exports.exporting import export
from index.exports.ledger import Ledger
from index.ingest.ingesting import ingest
from index.query import parse
from index.sqlite import SqliteStore
from index.store import Batch, Store

AT = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
SOUGHT = Author(id="weibo:9911111112", name="早起的蘑菇_9", followers=3)
FAMOUS = Author(id="weibo:9911111119", name="山里来的风_9", followers=820_000, verified_type=0)
OTHER = Author(id="weibo:9911111113", name="晚睡的海带_9", followers=5)
STRANGER = Author(id="discuz:77", name="路过的石头_9")
WORDS = "紫色的拖拉机在屋顶上弹钢琴"
FORMATS = ("jsonl", "csv", "parquet", "xlsx")


def post(number: int, author: Author, text: str, **facts: object) -> Post:
    whole = Post(
        id=f"{(author.id or '').partition(':')[0]}:{number}",
        platform=(author.id or "").partition(":")[0],
        kind=Kind.POST,
        text=text,
        author=author,
        published_at=AT + timedelta(minutes=number),
        engagement=Engagement(likes=number),
        fetched_at=AT + timedelta(days=1),
    )
    return replace(whole, **facts)  # type: ignore[arg-type]


def posts(author: Author) -> list[Post]:
    return [
        post(1, OTHER, "今天的天气不错"),
        post(2, author, WORDS),
        post(3, OTHER, f"说得对//@{author.name}:{WORDS}", kind=Kind.REPOST, root_id="weibo:2"),
        post(4, OTHER, f"哈哈 @{author.name} 你看", mentions=(author.name or "",)),
        post(5, author, "还有一句：蓝色的面包会飞"),
        post(6, STRANGER, "论坛里的另一个人"),
        post(7, OTHER, f"也是//@{FAMOUS.name}:别的话//@{author.name}:{WORDS}"),
    ]


def world(tmp_path: Path, author: Author = SOUGHT) -> Home:
    """A landing with the account in posts, chains, mentions, a profile, a slice and a run; and exports of it."""
    home = Home(tmp_path / "home")
    key = Pseudonyms(load_key(home.key))
    for number in range(2):
        run = Run(
            id=f"run-{number}",
            source="weibo",
            asked={"uid": (author.id or "")[6:], "n": number},
            started_at=AT,
        )
        with LandingWriter(home, run.id, key, 100_000, frame_records=4) as landing:
            landing.run(run)
            landing.author(FAMOUS, "weibo")
            for one in posts(author):
                landing.post(replace(one, fetched_at=AT + timedelta(days=1 + number)))
            landing.author(author, "weibo")
            landing.coverage(
                Coverage(source="weibo", slice=f"timeline {(author.id or '')[6:]}", expected=2, got=2)
            )
            landing.run(replace(run, ended_at=AT, outcome="finished"))
            _remember(home, run, f"timeline {(author.id or '')[6:]}", posts(author))
    home.rejects.mkdir()
    account = (
        author if author == FAMOUS else replace(author, id=key.author_id("weibo", "9911111112"))
    ).id or ""
    (home.rejects / "run-1.jsonl").write_text(
        f'{{"line":3,"field":"id","reason":"{account}"}}\n{{"line":4,"field":null,"reason":"x"}}\n', "utf-8"
    )
    (home.root / "serve.log").write_text(f"GET /search?q=author%3A{quote(account)}\nGET /\n", "utf-8")
    return home


def _remember(home: Home, run: Run, name: str, landed: list[Post]) -> None:
    """What the state keeps of a run: its row, its slice, its job and the posts it will visit again."""
    with open_state(home) as state:
        ledger, jobs = RunLedger(state), Jobs(state)
        ledger.begin(run)
        reached = Coverage(source="weibo", slice=name, expected=2, got=2, run_id=run.id)
        ended = replace(run, ended_at=AT, outcome="finished")
        ledger.end(ended, [reached], filled={}, unmet=(), newest_at=None, fresh=None)
        job = Job(
            key=run.id, source="weibo", kind="timeline", queue="weibo", shown=run.asked, projects=(),
            wanted_at=AT, due_at=AT,
        )  # fmt: skip
        jobs.want([job], AT)
        Revisits(state).plan("weibo", {post.id: AT for post in landed}, AT)


def opened(home: Home) -> SqliteStore:
    store = SqliteStore(home.database)
    ingest(home, store, workers=0)
    return store


def exported(home: Home, store: Store, folder: Path, query: str = "") -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"posts.{ending}" for ending in FORMATS]
    for path in paths:
        export(store, parse(query), path, home=home, project=EMPTY, at=AT)
    return paths


def kept(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Every byte below a folder, as it lies there and unpacked from whatever it is packed in."""
    for path in sorted(one for one in root.rglob("*") if one.is_file()):
        data = path.read_bytes()
        yield path, data
        yield from ((path, found) for found in _unpacked(data, _dictionary(path)))
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield from ((path, book.read(name)) for name in book.namelist())
        if path.suffix == ".parquet":
            yield path, json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str).encode()


def _unpacked(data: bytes, common: zstandard.ZstdCompressionDict | None) -> Iterator[bytes]:
    """What any zstd frame in these bytes holds, whole or as far as it goes."""
    at = data.find(b"\x28\xb5\x2f\xfd")
    while at >= 0:
        reader = zstandard.ZstdDecompressor(dict_data=common) if common else zstandard.ZstdDecompressor()
        frame, parts = reader.decompressobj(), []
        try:
            for start in range(at, len(data), 16):
                parts.append(frame.decompress(data[start : start + 16]))
                if frame.eof:
                    break
        except zstandard.ZstdError:
            pass
        yield b"".join(parts)
        at = data.find(b"\x28\xb5\x2f\xfd", at + 1)


def _dictionary(path: Path) -> zstandard.ZstdCompressionDict | None:
    if path.name != "tingfeng.sqlite":
        return None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (found,) = connection.execute("SELECT value FROM meta WHERE key = 'dictionary'").fetchone()
    return zstandard.ZstdCompressionDict(found, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def secrets(home: Home, author: Author) -> list[str]:
    key = Pseudonyms(load_key(home.key))
    platform, _, native = (author.id or "").partition(":")
    pseudonyms = [key.author_id(platform, native).partition(":")[2]]
    names = [author.name or ""] if author == FAMOUS else [author.name or "", key.name(author.name or "")]
    return [native, *names, *pseudonyms, WORDS, "蓝色的面包会飞"]


def traces(home: Home, author: Author) -> list[tuple[str, str]]:
    found = [
        (path.name, secret)
        for path, data in kept(home.root)
        for secret in secrets(home, author)
        if secret.encode() in data
    ]
    return sorted(set(found))


def done(home: Home, store: Store, given: str) -> Erased:
    resume(home, store)
    return erase(home, store, EMPTY, find_author(home, store, given), at=AT)


def spelled(home: Home, given: str) -> str:
    key = Pseudonyms(load_key(home.key))
    hidden = key.author_id("weibo", "9911111112")
    whole = {"weibo:p-": hidden, "p-": hidden.partition(":")[2], "用户": key.name(SOUGHT.name or "")}
    return whole.get(given, given)


@pytest.mark.parametrize(
    "given", ["weibo:9911111112", "9911111112", "weibo:p-", "p-", "早起的蘑菇_9", "@早起的蘑菇_9", "用户"]
)
def test_no_byte_of_an_ordinary_author_is_kept(given: str, tmp_path: Path) -> None:
    home = world(tmp_path)
    with closing(opened(home)) as store:
        inside, outside = exported(home, store, home.root / "out"), exported(home, store, tmp_path / "out")
        seen = {name for name, _ in traces(home, SOUGHT)}  # what the search below is able to see
        assert seen >= {"run-0.zst", "tingfeng.sqlite", "state.sqlite", *(path.name for path in inside)}
        told = done(home, store, spelled(home, given))
    assert traces(home, SOUGHT) == []
    assert (told.posts, told.changed, told.named_in, told.lost) == (2, 3, (), 0)
    assert sorted(told.exports) == sorted(map(str, inside))
    assert sorted(told.elsewhere) == sorted(map(str, outside))
    assert not any(path.exists() for path in inside)
    assert all(path.exists() for path in outside)


@pytest.mark.parametrize("given", [FAMOUS.id, FAMOUS.name])
def test_no_byte_of_a_public_author_is_kept(given: str, tmp_path: Path) -> None:
    home = world(tmp_path, FAMOUS)
    with closing(opened(home)) as store:
        assert FAMOUS.name in home.public_names.read_text("utf-8")
        done(home, store, given)
    assert traces(home, FAMOUS) == []


def test_what_others_said_stays_in_store_and_landing(tmp_path: Path) -> None:
    home = world(tmp_path)
    with closing(opened(home)) as store:
        before = {item.post.id: item for item in store.scan(parse(""))}
        series = store.series("weibo:3")
        done(home, store, "weibo:9911111112")
        after = {item.post.id: item for item in store.scan(parse(""))}
        assert set(before) - set(after) == {"weibo:2", "weibo:5"}
        assert after["weibo:1"] == before["weibo:1"]
        assert after["discuz:6"] == before["discuz:6"]
        assert after["weibo:3"].post.text == "说得对//@已删除用户:"
        assert after["weibo:4"].post.text == "哈哈 @已删除用户 你看"
        assert after["weibo:4"].post.mentions == ("已删除用户",)
        assert after["weibo:7"].post.text == f"也是//@{FAMOUS.name}:别的话//@已删除用户:"
        assert "拖拉机" not in after["weibo:3"].annotation.words
        assert store.series("weibo:3") == series
        assert [one.slice for one in store.coverage()] == ["timeline 已删除用户"] * 2
        assert [run.asked["uid"] for run in store.runs()] == ["已删除用户"] * 2
        again = ingest(home, store, workers=0)
        assert (again.posts, again.torn, again.damaged) == (0, (), ())  # the marks still hold
        store.clear()
        ingest(home, store, workers=0)
        rebuilt = {item.post.id: item.post for item in store.scan(parse(""))}
        assert rebuilt == {key: item.post for key, item in after.items()}


def test_a_post_goes_with_what_chains_repeat_of_it(tmp_path: Path) -> None:
    home = world(tmp_path)
    with closing(opened(home)) as store:
        exported(home, store, home.root / "out", WORDS)
        told = erase(home, store, EMPTY, find_posts(home, store, ["weibo:2"]), at=AT)
        assert (told.posts, told.changed, len(told.exports)) == (1, 2, 4)
        assert store.count(parse("蓝色的面包")) == 1
        assert store.get(["weibo:4"])[0].post.mentions != ("已删除用户",)
    assert not [path for path, data in kept(home.root) if WORDS.encode() in data]


def test_an_erased_post_is_not_visited_again(tmp_path: Path) -> None:
    home = world(tmp_path)
    with closing(opened(home)) as store:
        erase(home, store, EMPTY, find_posts(home, store, ["weibo:2"]), at=AT)
    with open_state(home) as state:
        due = Revisits(state).due("weibo", AT + timedelta(hours=2), 100)
    assert "weibo:2" not in due
    assert "weibo:3" in due


def test_a_name_of_several_accounts_is_asked_about(tmp_path: Path) -> None:
    home = world(tmp_path)
    with LandingWriter(home, "namesake", Pseudonyms(load_key(home.key)), 100_000) as landing:
        landing.post(post(8, replace(STRANGER, name=SOUGHT.name), "另一个叫这个名字的人"))
    with closing(opened(home)) as store:
        for given in ("早起的蘑菇_9", "@早起的蘑菇_9", spelled(home, "用户")):
            with pytest.raises(
                UsageError, match=r"may be discuz:p-.*, weibo:p-.*; write the one that is meant"
            ):
                find_author(home, store, given)
        told = done(home, store, "discuz:77")
        assert (told.posts, told.changed) == (2, 0)
        assert store.count(parse(WORDS)) == 3


@pytest.mark.parametrize("given", ["weibo:1", "没有这个人", "9999999999"])
def test_who_is_not_there_is_told(given: str, tmp_path: Path) -> None:
    home = world(tmp_path)
    with closing(opened(home)) as store, pytest.raises(UsageError, match="nothing is kept of"):
        find_author(home, store, given)
    with closing(SqliteStore(home.database)) as store, pytest.raises(UsageError, match="nothing is kept of"):
        find_posts(home, store, ["weibo:404"])


def test_exports_elsewhere_are_named_until_they_are_gone(tmp_path: Path) -> None:
    home = world(tmp_path)
    with closing(opened(home)) as store:
        outside = exported(home, store, tmp_path / "out", "拖拉机")
        assert len(done(home, store, "weibo:9911111112").elsewhere) == 4
        assert [entry.owed for entry in Ledger(home)] == [3] * 4
        outside[0].unlink()
        assert done(home, store, "discuz:77").elsewhere == tuple(
            entry.path for entry in Ledger(home) if entry.path != str(outside[0])
        )


@pytest.mark.parametrize("step", ["erase", "write"])
def test_a_second_asking_ends_what_was_stopped(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = world(tmp_path)
    with closing(opened(home)) as store:
        before = {item.post.id for item in store.scan(parse(""))}
        exported(home, store, home.root / "out")
        found = find_author(home, store, "weibo:9911111112")

        def stop(*_: object, **__: object) -> None:
            raise LandingError("stopped")

        with monkeypatch.context() as broken:
            broken.setattr(SqliteStore, step, stop)
            with pytest.raises(LandingError, match="stopped"):
                erase(home, store, EMPTY, found, at=AT)
        with suppress(UsageError):  # all that was left to do was to write what others said
            done(home, store, "weibo:9911111112")
        assert {item.post.id for item in store.scan(parse(""))} == before - {"weibo:2", "weibo:5"}
    assert traces(home, SOUGHT) == []
    assert not home.erasing.exists()


def test_the_log_says_when_and_how_much_but_not_of_whom(tmp_path: Path) -> None:
    home = world(tmp_path)
    with closing(opened(home)) as store:
        done(home, store, "weibo:9911111112")
    (line,) = home.erasures.read_text("utf-8").splitlines()
    told = json.loads(line)
    assert (told["at"], told["of"], told["posts"], told["changed"]) == (
        "2026-11-01T04:00:00Z",
        "author",
        2,
        3,
    )
    assert all(len(key) == 16 for key in told["keys"])
    assert home.erasures.stat().st_mode & 0o077 == 0


def test_a_project_that_names_the_account_is_left_to_its_owner(tmp_path: Path) -> None:
    home = world(tmp_path, FAMOUS)
    (home.root / "project.toml").write_text(f'accounts = ["{FAMOUS.name}"]', "utf-8")
    with closing(opened(home)) as store:
        assert done(home, store, FAMOUS.id or "").named_in == (str(home.root / "project.toml"),)


def test_every_store_forgets_accounts_and_the_slices_that_name_them(store: Store) -> None:
    profiles = [
        Author(id="weibo:p-0000000000000001", name="甲"),
        Author(id="weibo:p-0000000000000002", name="乙"),
    ]
    slices = [
        Coverage(source="weibo", slice=f"timeline p-000000000000000{n}", expected=1, got=1, run_id="r")
        for n in (1, 2)
    ]
    item = AnnotatedPost(
        post=Post(id="weibo:1", platform="weibo", kind=Kind.POST, text="x", author=profiles[0]),
        annotation=Annotation(),
    )
    store.write(Batch(posts=[item], authors=profiles, coverage=slices))
    assert store.erase([], accounts=["weibo:p-0000000000000002"]) == 0
    assert store.coverage() == slices[:1]
    assert list(store.authors([one.id or "" for one in profiles])) == ["weibo:p-0000000000000001"]
    assert store.erase(["weibo:1"], accounts=["weibo:p-0000000000000001"]) == 1
    assert store.coverage() == []
