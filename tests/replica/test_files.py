"""A file of posts, whatever it lacks, can be served."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import UsageError
from core.ids import moment_of_mid
from core.models import Author, Kind, Post
from core.records import to_json
from replica.files import read_posts, world_from_posts
from replica.world.model import World
from tests.sites import LOGIN, get, serve, small_world

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_only_the_text_is_required(tmp_path: Path) -> None:
    first, second = read_posts(
        write(tmp_path / "posts.jsonl", {"text": "你好"}, {"text": "再见", "author": None})
    )
    assert (first.platform, first.kind, first.text, first.author) == ("weibo", Kind.POST, "你好", None)
    assert first.id != second.id


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    posts = small_world().posts
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"\n".join(map(to_json, posts)))
    assert read_posts(path) == posts


@pytest.mark.parametrize(
    "line", ['{"id": "weibo:1"}', '{"text": 5}', "{", "[]", '{"text": "x", "kind": "poem"}']
)
def test_a_line_that_is_no_post_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(f'{{"text": "x"}}\n{line}\n', "utf-8")
    with pytest.raises(UsageError, match="line 2"):
        read_posts(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.jsonl"):
        read_posts(tmp_path / "nowhere.jsonl")


def test_weibo_posts_get_the_ids_they_lack_and_keep_those_they_have() -> None:
    root = Post(
        id="weibo:a", platform="weibo", kind=Kind.POST, text="根", author=Author(name="甲"), published_at=AT
    )
    known = Post(id="weibo:5276269143133381", platform="weibo", kind=Kind.POST, text="旧")
    repost = Post(
        id="weibo:b",
        platform="weibo",
        kind=Kind.REPOST,
        text="转",
        author=Author(id="weibo:somebody", name="乙"),
        published_at=AT,
        root_id="weibo:a",
        parent_id="weibo:a",
    )
    world = world_from_posts([root, known, repost])
    by_text = {post.text: post for post in world.posts}
    assert by_text["旧"].id == known.id
    assert by_text["旧"].published_at == moment_of_mid("5276269143133381")
    assert moment_of_mid(by_text["根"].id.removeprefix("weibo:")) == AT
    assert by_text["转"].root_id == by_text["转"].parent_id == by_text["根"].id
    authors = [by_text[text].author for text in ("根", "转")]
    assert all(author and (author.id or "").startswith("weibo:99") for author in authors)
    assert world.now >= AT


def test_posts_of_one_second_get_different_ids() -> None:
    posts = [
        Post(id=f"weibo:x{n}", platform="weibo", kind=Kind.POST, text=str(n), published_at=AT)
        for n in range(50)
    ]
    ids = [post.id for post in world_from_posts(posts).posts]
    assert len(set(ids)) == 50
    assert {moment_of_mid(post_id.removeprefix("weibo:")) for post_id in ids} == {AT}


def test_forum_posts_become_threads_and_articles_pages() -> None:
    opening = Post(
        id="discuz:bbs.a.example:10",
        platform="discuz",
        kind=Kind.THREAD,
        text="标题\n正文",
        thread_id="discuz:bbs.a.example:t3",
        published_at=AT,
    )
    reply = Post(
        id="discuz:bbs.a.example:11",
        platform="discuz",
        kind=Kind.REPLY,
        text="回复",
        author=Author(name="丙"),
        thread_id="discuz:bbs.a.example:t3",
        parent_id="discuz:bbs.a.example:10",
        published_at=AT + timedelta(minutes=1),
    )
    topic = Post(
        id="discourse:f.example:7", platform="discourse", kind=Kind.THREAD, text="话题", published_at=AT
    )
    text = "头条\n第一段\n第二段"
    article = Post(id="feed:1", platform="feed", kind=Kind.ARTICLE, text=text, url="https://n.example/1.html")
    with serve(world_from_posts([reply, opening, topic, article])) as replica:
        thread = get(replica.proxy, "http://bbs.a.example/thread-3-1-1.html").text()
        assert 'id="postmessage_10">\n正文' in thread
        assert 'id="postmessage_11">\n回复' in thread
        assert "thread-3-1-1.html" in get(replica.proxy, "http://bbs.a.example/forum-1-1.html").text()
        assert (
            get(replica.proxy, "http://f.example/latest.json").json()["topic_list"]["topics"][0]["title"]
            == "话题"
        )
        assert "https://n.example/1.html" in get(replica.proxy, "http://n.example/feed.xml").text()
        assert "<p>第二段</p>" in get(replica.proxy, "http://n.example/1.html").text()


def test_a_world_and_the_file_of_its_posts_show_the_same_reposts() -> None:
    world = small_world()
    root = next(post for post in world.posts if post.kind is Kind.REPOST).root_id or ""
    url = f"http://m.weibo.cn/api/statuses/repostTimeline?id={root.removeprefix('weibo:')}&page=2"

    def rows(shown: World) -> list[tuple[str, str | None, str]]:
        with serve(shown) as replica:
            data = get(replica.proxy, url, headers=LOGIN).json()["data"]["data"]
        return [(row["mid"], row.get("pidstr"), row["raw_text"]) for row in data]

    assert rows(world) == rows(world_from_posts(world.posts))
