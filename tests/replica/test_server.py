"""The replica as a proxy: hosts, the log, the clock, and that it stops."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from core.errors import UsageError
from replica.server import Replica
from replica.world.model import World
from tests.sites import LOGIN, NOW, get, serve


def test_every_host_of_the_world_answers(replica: Replica) -> None:
    assert {
        "m.weibo.cn",
        "weibo.com",
        "s.weibo.com",
        "visitor.passport.weibo.cn",
        "passport.weibo.com",
        "login.sina.com.cn",
        "bbs.cheyou.example",
        "bbs.riji.example",
        "forum.meizhuang.example",
        "news.example",
        "blog.example",
    } <= set(replica.hosts)
    for host in replica.hosts:
        page = get(replica.proxy, f"http://{host}/robots.txt")
        assert page.status == 200
        assert "User-agent: *" in page.text()


def test_a_host_it_does_not_have_is_404(replica: Replica) -> None:
    assert get(replica.proxy, "http://www.example.org/").status == 404


def test_the_host_may_stand_in_the_line_or_in_the_header(replica: Replica) -> None:
    for target in ("http://weibo.com/ajax/side/hotSearch", "/ajax/side/hotSearch"):
        with socket.create_connection(("127.0.0.1", replica.port), timeout=10) as connection:
            connection.sendall(
                f"GET {target} HTTP/1.1\r\nHost: weibo.com\r\nConnection: close\r\n\r\n".encode()
            )
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")


def test_a_client_with_a_proxy_needs_no_other_setting(replica: Replica) -> None:
    with httpx2.Client(proxy=replica.proxy) as client:
        client.post(
            "http://visitor.passport.weibo.cn/visitor/genvisitor2", data={"cb": "visitor_gray_callback"}
        )
        client.get("http://m.weibo.cn/")
        page = client.get("http://m.weibo.cn/api/container/getIndex?containerid=1005059900000001")
        assert page.json()["data"]["userInfo"]["screen_name"] == "青禾汽车"
        assert client.cookies.get("MLOGIN") == "0"


def test_https_is_refused_with_a_reason(replica: Replica) -> None:
    with socket.create_connection(("127.0.0.1", replica.port), timeout=10) as connection:
        connection.sendall(
            b"CONNECT m.weibo.cn:443 HTTP/1.1\r\nHost: m.weibo.cn:443\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 501")
    assert b"http://" in answer


def test_the_log_tells_who_asked_for_what(replica: Replica) -> None:
    get(replica.proxy, "http://m.weibo.cn/api/config", headers=LOGIN)
    get(replica.proxy, "http://m.weibo.cn/statuses/show?id=1")
    assert [(e.host, e.path, e.query, e.status, e.identity) for e in replica.log] == [
        ("m.weibo.cn", "/api/config", "", 200, "login"),
        ("m.weibo.cn", "/statuses/show", "id=1", 432, "none"),
    ]
    assert replica.served()["m.weibo.cn", "/api/config", 200] == 1


def test_the_clock_of_the_sites_is_the_worlds_unless_another_is_given(replica: Replica, world: World) -> None:
    assert (
        get(replica.proxy, "http://weibo.com/robots.txt").headers["date"] == "Sat, 21 Nov 2026 12:00:00 GMT"
    )
    with serve(world, clock=lambda: NOW + timedelta(hours=1)) as later:
        page = get(later.proxy, "http://bbs.cheyou.example/thread-1-1-1.html").text("gbk")
        assert "4&nbsp;小时前" in page


def test_the_same_seed_gives_the_same_bytes(world: World) -> None:
    def pages() -> list[bytes]:
        with serve(world, seed=7) as replica:
            replica.faults.on("missing_reposts")
            urls = (
                "http://bbs.cheyou.example/forum-9-1.html",
                "http://s.weibo.com/weibo?q=%E8%9B%8B%E6%8C%9E",
            )
            got = [get(replica.proxy, url, headers=LOGIN).body for url in urls]
            got.append(
                get(replica.proxy, "http://visitor.passport.weibo.cn/visitor/genvisitor2", method="POST").body
            )
            return got

    assert pages() == pages()


def test_a_taken_port_is_said_in_one_line(replica: Replica, world: World) -> None:
    with pytest.raises(UsageError, match="cannot be used"):
        Replica(world, port=replica.port).start()


def test_it_stops_and_its_port_is_free_again(world: World) -> None:
    with serve(world) as replica:
        port = replica.port
        assert get(replica.proxy, "http://weibo.com/robots.txt").status == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    with pytest.raises(UsageError, match="start it first"):
        _ = replica.proxy


def test_a_page_that_fails_is_500_and_the_rest_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with serve(world) as replica:
        monkeypatch.setattr(replica.shelf, "author", None)
        page = get(
            replica.proxy,
            "http://m.weibo.cn/api/container/getIndex?containerid=1005059900000001",
            headers=LOGIN,
        )
        assert page.status == 500
        assert "the replica failed at" in caplog.text
        assert get(replica.proxy, "http://weibo.com/robots.txt").status == 200


def test_a_file_of_posts_is_served_from_the_command_line(tmp_path: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.write_text('{"id": "weibo:5276269143133381", "text": "你好"}\n', "utf-8")
    command = [sys.executable, "-m", "replica", str(posts), "--fault", "too_fast"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            proxy = process.stderr.readline().removeprefix("proxy ").strip()
            page = get(proxy, "http://m.weibo.cn/statuses/show?id=5276269143133381", headers=LOGIN)
        finally:
            process.terminate()
        assert "served 1 requests" in process.stderr.read()
    assert page.status == 418
    assert process.returncode == 0


@pytest.mark.parametrize("line", ["{", None])
def test_a_file_that_cannot_be_served_is_one_line_and_exit_code_2(tmp_path: Path, line: str | None) -> None:
    posts = tmp_path / "posts.jsonl"
    if line:
        posts.write_text(line, "utf-8")
    command = [sys.executable, "-m", "replica", str(posts)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "posts.jsonl" in ended.stderr
