"""The README's own commands, in a fresh copy of the repository with nothing set up."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.demo import SEED
from replica.world import generate

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh.md")
# what a test cannot do as written: it would leave this machine, or never end
NOT_HERE = ("tingfeng crawl", "tingfeng serve")
POST = "weibo:5300000000000001"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def blocks(name: str) -> list[list[str]]:
    """The commands of every sh block of a README."""
    found = re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    return [block.strip().splitlines() for block in found]


def environment() -> dict[str, str]:
    """As a newcomer has it: none of the test run's own settings."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TINGFENG_", "VIRTUAL_ENV"))
    }
    return {**kept, "LANG": "C.UTF-8"}


def shell(command: str, folder: Path, extra: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**environment(), **(extra or {})},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("fresh") / "tingfeng"
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, files.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    yield folder
    subprocess.run(["make", "stop"], cwd=folder, env=environment(), capture_output=True)


def test_both_languages_give_the_same_commands() -> None:
    def bare(name: str) -> list[list[str]]:
        return [[line.split("#")[0].strip() for line in block] for block in blocks(name)]

    assert bare("README.md") == bare("README.zh.md")


def test_the_demo_leaves_a_populated_living_site(copy: Path) -> None:
    assert blocks("README.md")[0] == ["make demo"]
    told = shell("make demo", copy)
    address = re.search(r"http://127\.0\.0\.1:\d+/", told)
    assert address, told
    recall = re.search(r"recall (\d\.\d+)\)", told)
    edges = re.search(r"observed \((\d\.\d+)\)", told)
    assert recall is not None
    assert edges is not None
    assert float(recall[1]) >= 0.99
    assert float(edges[1]) >= 0.97
    with urllib.request.urlopen(address[0]) as page:
        assert "澜石" in page.read().decode()


def test_the_demo_answers_what_its_world_planted(copy: Path) -> None:
    """Who lit the flaw is first on its path and among the first candidates; bought followers do not help."""
    world = generate(seed=SEED, now=datetime.now(UTC), posts=12_000)
    names = {key: account.author.name for key, account in world.accounts.items()}
    lit = names[world.story("flaw").key_spreaders[0]]
    moving = {names[key] for key in world.story("candidates").true_kols}
    bought = {names[key] for key in world.story("candidates").false_kols}
    tingfeng = ".venv/bin/tingfeng --home .demo"
    listed = json.loads(
        shell(f"{tingfeng} kol --brand lanstone --public --json --limit 50 2>/dev/null", copy)
    )
    ranked = [one["author"]["name"] for one in listed["candidates"]]
    assert lit in ranked[:3]
    assert moving & set(ranked[:6])
    assert not bought & set(ranked[:6])
    found = json.loads(shell(f"{tingfeng} search '黑屏 kind:post' --sort engaged --limit 5 --json", copy))
    trees = [json.loads(shell(f"{tingfeng} cascade {post['id']} --json", copy)) for post in found["posts"]]
    spreaders = [
        one["author"]["name"] for tree in trees for one in tree["key_spreaders"][:1] if one["author"]
    ]
    assert lit in spreaders


def test_ones_own_brand_takes_the_commands_as_written(copy: Path) -> None:
    folder = copy
    rows = [
        {"id": POST, "platform": "weibo", "text": "我的品牌的刹车有异响，失望", "author_id": "9900000001", "author_name": "海边的猫"},
        {"id": "weibo:5300000000000002", "platform": "weibo", "text": "真的假的//@海边的猫:我的品牌的刹车有异响，失望",
         "author_id": "9900000002", "author_name": "山上的狗"},
    ]  # fmt: skip
    rows[1]["root_id"] = POST
    with (folder / "posts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=[*rows[0], "root_id", "published_at"])
        writer.writeheader()
        writer.writerows(
            {**row, "published_at": f"2026-11-0{n}T08:00:00+08:00"} for n, row in enumerate(rows, 1)
        )
    script = ["set -e"]
    for line in blocks("README.md")[1]:
        command = line.split("#")[0].strip()
        if not any(name in command for name in NOT_HERE):
            script.append(command.replace("weibo:ROOT_ID", shlex.quote(POST)))
    told = shell("\n".join(script), folder)
    assert "异响" in told
    assert (folder / "kol.xlsx").stat().st_size > 1000
    assert (folder / "data" / "key").stat().st_mode & 0o777 == 0o600
