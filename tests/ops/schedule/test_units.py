"""Projects' wishes cut into units: one thing of one source each, wanted twice asked once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import ProjectError, UsageError
from core.project import Project, load, parse
from ops.schedule.units import Unit, cut, revisiting


def hide(source: str, account: str) -> str:
    return f"{source}:hidden-{len(account)}"


def project(*sources: dict[str, Any], name: str = "car", line: int = 100_000) -> Project:
    head = {"id": name, "title": {"zh": name, "en": name}, "follower_line": line}
    return parse({"project": head, "source": list(sources)})


def weibo(arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "weibo", "arguments": arguments, **more}


def units(*projects: Project) -> list[Unit]:
    return cut([(Path(f"{one.id}.toml"), one) for one in projects], hide)


CUTS = [
    ({"hot": True}, [("hot", {"hot": "true"})]),
    ({"hot": False}, []),
    (
        {"search": "澜石; 北曜", "since": "2d"},
        [("keyword", {"search": "澜石", "since": "2d"}), ("keyword", {"search": "北曜", "since": "2d"})],
    ),
    (
        {"hot": True, "search": "澜石", "depth": "comments"},
        [("hot", {"hot": "true"}), ("keyword", {"search": "澜石", "depth": "comments", "since": "last"})],
    ),
    ({"users": "9900000001"}, [("timeline", {"users": "9900000001", "since": "last"})]),
    ({"search": "澜石", "until": "2026-11-01"}, [("keyword", {"search": "澜石", "until": "2026-11-01"})]),
    ({"posts": "Qk5vQ0abc"}, [("post", {"posts": "Qk5vQ0abc"})]),
]


@pytest.mark.parametrize(("arguments", "found"), CUTS)
def test_one_unit_a_thing(arguments: dict[str, Any], found: list[tuple[str, dict[str, str]]]) -> None:
    assert [(one.kind, dict(one.arguments)) for one in units(project(weibo(arguments)))] == found


def test_a_source_without_cadences_is_one_unit_and_each_host_has_its_queue() -> None:
    forum = {"name": "discourse", "arguments": {"url": "https://forum.example", "max_pages": 3}}
    feeds = {"name": "feed", "arguments": {"url": "https://a.example/f.xml;https://b.example/f.xml"}}
    found = units(project(forum, feeds))
    assert [(one.kind, one.queue) for one in found] == [
        ("forum", "discourse:forum.example"),
        ("feed", "feed:a.example"),
        ("feed", "feed:b.example"),
    ]


def test_what_two_projects_want_is_asked_once_at_the_tightest() -> None:
    car = project(weibo({"search": "澜石;刹车"}, every="1h", budget_s=60), line=100_000)
    phone = project(
        weibo({"search": "澜石"}, every="20m", budget_s=90, robots_override="allowed in writing, 2026-11-01"),
        name="phone",
        line=500_000,
    )
    shared, alone = units(car, phone)
    assert shared.projects == ("car", "phone")
    assert alone.projects == ("car",)
    assert sorted(wish.every_s or 0 for wish in shared.wishes) == [1200, 3600]
    assert shared.budget_s == 90
    assert shared.robots_override == "allowed in writing, 2026-11-01"
    assert shared.project_path == Path("phone.toml")  # the one that keeps fewer names
    assert units(phone, car)[0].key == shared.key


def test_account_ids_are_pseudonyms_wherever_a_person_may_look() -> None:
    (timeline,) = units(project(weibo({"users": "9900000001"})))
    assert "9900000001" not in f"{timeline.key} {timeline.shown}"
    assert timeline.arguments == {"users": "9900000001", "since": "last"}


def test_only_sources_that_can_be_asked_for_posts_re_visit_them() -> None:
    feed = {"name": "feed", "arguments": {"url": "https://a.example/f.xml"}, "revisit": True}
    found = units(project(weibo({"search": "澜石;刹车"}, revisit=True), feed))
    (one,) = revisiting(found)
    assert (one.key, one.kind, one.projects) == ("weibo-revisit", "post", ("car",))
    assert revisiting(units(project(weibo({"search": "澜石"})))) == []


def test_threads_are_read_again_site_by_site_as_each_is_asked() -> None:
    boards = [
        {"name": "discuz", "arguments": {"url": f"https://{host}", "fids": "2;9", "charset": "gbk", "since": "7d"},
         "revisit": True}
        for host in ("bbs.one.example", "bbs.other.example")
    ]  # fmt: skip
    found = revisiting(units(project(*boards)))
    assert [(one.key, one.queue, dict(one.arguments)) for one in found] == [
        (f"discuz:{host}-revisit", f"discuz:{host}", {"url": f"https://{host}", "charset": "gbk"})
        for host in ("bbs.one.example", "bbs.other.example")
    ]
    assert all(one.revisits for one in found)


WRONG = [
    ("every = '10m'\nat = '03:00'", "both every and at"),
    ("every = '10 seconds'", "no span from 1m"),
    ("every = '0m'", "no span from 1m"),
    ("every = '90d'", "no span from 1m"),
    ("at = '25:00'", "no time of day"),
    ("at = 'noon'", "no time of day"),
    ("budget_s = 3", "budget_s wants seconds"),
    ("evry = '10m'", "unknown field 'evry'"),
    ("every = 10", "every wants a text"),
]


@pytest.mark.parametrize(("line", "told"), WRONG)
def test_a_wrong_cadence_is_one_clear_line(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "car.toml"
    path.write_text(
        '[project]\nid = "car"\ntitle = { zh = "车", en = "car" }\n[[source]]\nname = "feed"\n'
        f'arguments = {{ url = "https://a.example/f.xml" }}\n{line}\n'
    )
    with pytest.raises(ProjectError, match=told):
        load(path)


def test_a_wrong_argument_is_told_before_anything_runs() -> None:
    with pytest.raises(UsageError, match="no argument 'serch'"):
        units(project(weibo({"serch": "澜石"})))
