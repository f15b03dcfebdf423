"""The guide to adding a source, followed step by step in a copy of the repository, against the replica."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.home import Home
from core.landing import read_landing
from core.models import Kind, Post
from replica.server import Replica
from tests.sites import NOW, small_world

ROOT = Path(__file__).parents[2]
GUIDES = ("adding_a_source.md", "adding_a_source.zh.md")
PACKAGES = ("core", "crawlers", "index", "mining", "nlp", "ops", "web")
FENCE = re.compile(
    r"^```(?P<kind>sh|python|toml)(?: (?P<path>\S+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def steps(guide: str) -> list[tuple[str, str | None, str]]:
    """The guide's blocks in order: commands, and lines to change in a file."""
    text = (ROOT / "docs" / guide).read_text("utf-8")
    return [(found["kind"], found["path"], found["body"]) for found in FENCE.finditer(text)]


def edit(path: Path, lines: str) -> None:
    """Puts each ``NAME = value`` of a block in the place of the file's first line for that name."""
    text = path.read_text("utf-8")
    for line in lines.splitlines():
        name = line.partition(" = ")[0]
        text, count = re.subn(rf"^{name} = .*$", lambda _, line=line: line, text, count=1, flags=re.MULTILINE)  # type: ignore[misc]
        assert count == 1, f"{path.name} has no line for {name}"
    path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    for source in (folder / "crawlers" / "sources").iterdir():
        if source.is_dir() and source.name != "discourse":
            shutil.rmtree(source)
    return folder


class Reader:
    """Somebody who does what the guide says, with the replica in the place of the internet."""

    def __init__(self, folder: Path, replica: Replica) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.told = ""
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TINGFENG_")},
            "PYTHONPATH": str(folder),
            "TINGFENG_HOME": str(self.home),
            "TINGFENG_PROXY": replica.proxy,
            "TINGFENG_NOW": NOW.isoformat(),
            "TINGFENG_LANG": "en",
        }

    def run(self, command: str, code: int = 0) -> str:
        words = command.split()
        if words[0] == "tingfeng":
            words = [sys.executable, "-m", "ops.cli", *words[1:]]
        done = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == code, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def reader(copy: Path) -> Iterator[Reader]:
    with Replica(small_world()) as replica:
        yield Reader(copy, replica)


def test_both_languages_take_the_same_steps() -> None:
    assert steps(GUIDES[0]) == steps(GUIDES[1])


def test_the_guide_leads_to_a_forum_that_is_collected(reader: Reader) -> None:
    for kind, path, body in steps(GUIDES[0]):
        if kind == "sh":
            for command in body.strip().splitlines():
                reader.run(command)
        else:
            assert path is not None
            edit(reader.folder / path, body)
    posts: dict[str, Post] = {}
    for landing in Home(reader.home).landing.glob("*.zst"):
        found = [record for frame in read_landing(landing) for record in frame.records]
        posts.update({post.id: post for post in found if isinstance(post, Post)})
    world = small_world()
    thread = next(one for one in world.threads.values() if one.host == "bbs.riji.example" and one.number == 1)
    truth = {post.id: post for post in world.posts if post.id in thread.post_ids}
    assert len(posts) == len(truth) == 45
    for post_id, true in truth.items():
        post = posts[f"riji:{post_id.rpartition(':')[2]}"]
        assert (post.kind, post.floor, post.thread_id) == (true.kind, true.floor, "riji:t1")
        assert post.published_at == true.published_at
        assert true.text.splitlines()[0] in post.text
        assert post.author is not None
        assert not post.author.public
    assert [post.kind for post in posts.values()].count(Kind.THREAD) == 1


def test_what_was_recorded_names_nobody(reader: Reader) -> None:
    cases = reader.folder / "crawlers" / "sources" / "riji" / "cases"
    assert {path.name for path in cases.iterdir()} == {"list_1", "thread_1"}
    kept = "".join(path.read_text("utf-8") for path in cases.rglob("*") if path.is_file())
    assert not re.search(r"会员\d|uid-100[0-9]\D", kept)
    recorded = json.loads((cases / "thread_1" / "expected.json").read_text("utf-8"))
    names = {post["author"]["name"] for post in recorded["posts"]}
    ids = {post["author"]["id"] for post in recorded["posts"]}
    page = (cases / "thread_1" / "input.html").read_text("utf-8")
    assert len(names) == len(ids) > 5
    assert all(name in page for name in names)
    assert all(f"space-uid-{one.rpartition(':')[2]}.html" in page for one in ids)


def test_a_change_of_the_site_is_shown_field_by_field(reader: Reader) -> None:
    path = reader.folder / "crawlers" / "sources" / "riji" / "parse.py"
    before = path.read_text("utf-8")
    edit(path, 'FLOOR_AUTHOR = "div.nowhere::text"')
    told = reader.run("tingfeng source check riji", code=1)
    assert "cases/thread_1" in told
    assert "posts[0].author.name: missing, expected" in told
    path.write_text(before, "utf-8")
    toml = reader.folder / "crawlers" / "sources" / "riji" / "source.toml"
    text = toml.read_text("utf-8")
    toml.write_text(text.replace("delay_s", "delays"), "utf-8")
    assert "delay" in reader.run("tingfeng source check riji", code=1)
    toml.write_text(text.replace('"url"]', '"url", "region"]'), "utf-8")
    assert "promises region" in reader.run("tingfeng source check riji", code=1)
    toml.write_text(text, "utf-8")
    reader.run("tingfeng source check riji")


@pytest.mark.parametrize(
    ("command", "says", "code"),
    [
        ("new riji --site https://bbs.riji.example", "is there already", 2),
        ("new Riji --site https://bbs.riji.example", "cannot name a source", 2),
        ("new other --site bbs.riji.example", "no site's address|not a site's address", 2),
        ("check nowhere", "there is no source 'nowhere'", 2),
        ("record https://bbs.riji.example/x --source nowhere --kind list", "there is no source 'nowhere'", 2),
        ("record https://bbs.riji.example/x --source riji --kind page", "it reads list, thread", 2),
        ("record bbs.riji.example/x --source riji --kind list", "begins with https://", 2),
        ("record https://bbs.riji.example/nowhere.html --source riji --kind list", "did not come", 1),
        ("record https://bbs.riji.example/search.php?x=1 --source riji --kind list", "robots", 3),
        ("record https://bbs.riji.example/forum-9-1.html --source riji --kind list --name list_1", "is there already", 2),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line(reader: Reader, command: str, says: str, code: int) -> None:
    told = reader.run(f"tingfeng source {command}", code=code)
    assert re.search(says, told)
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 1
