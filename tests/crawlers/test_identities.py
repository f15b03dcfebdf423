"""The operator's identities: encrypted, sticky, benched with a reason, and never told."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from scrapy import Request

from core.errors import TingfengError, UsageError
from core.home import Home
from core.models import Kind
from core.privacy import load_key
from crawlers.manners.blocks import BLOCKS
from crawlers.manners.guard import Guard
from crawlers.manners.identity import Identities, Login
from crawlers.manners.standing import Condition
from crawlers.state.engine import State, open_state
from crawlers.state.identities import STICKY, IdentityStore
from crawlers.state.sealing import Sealer
from crawlers.state.standings import Key, Standings
from replica.identity import LOGIN_SUB
from tests.crawlers.crawling import run
from tests.crawlers.states import KINDS, state_url
from tests.sites import MAKER, serve, small_world

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "A-very-secret-value"
WORLD = small_world()
ROOT = next(post for post in WORLD.posts if post.kind is Kind.POST and post.author == MAKER)
CASCADE = {"posts": ROOT.id.removeprefix("weibo:"), "depth": "reposts"}


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    with state_url(request.param, tmp_path) as url, open_state(Home(tmp_path), url) as opened:
        yield opened


@pytest.fixture
def store(state: State, tmp_path: Path) -> IdentityStore:
    return IdentityStore(state, Sealer(load_key(tmp_path / "key")))


def anyone(_: str) -> bool:
    return True


# --- kept ---------------------------------------------------------------------------------------------


def test_a_cookie_is_kept_encrypted_and_read_with_the_key_alone(
    store: IdentityStore, state: State, tmp_path: Path
) -> None:
    store.add("weibo", "first", {"SUB": SECRET}, site="", at=NOW)
    assert store.cookies("weibo", "first") == {"SUB": SECRET}
    assert [(one.name, one.used_at) for one in store.known("weibo")] == [("first", None)]
    assert SECRET not in repr(store.known())
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()
    with pytest.raises(TingfengError, match="another key"):
        IdentityStore(state, Sealer(os.urandom(32))).cookies("weibo", "first")


@pytest.mark.parametrize(
    ("source", "name", "site", "cookies", "told"),
    [
        ("weibo", "login", "", {"a": "b"}, "is not a name"),
        ("weibo", "A Name", "", {"a": "b"}, "is not a name"),
        ("weibo", "first", "", {}, "empty"),
        ("weibo", "first", "m.weibo.cn", {"a": "b"}, "leave --site out"),
        ("discuz", "first", "", {"a": "b"}, "--site HOST"),
    ],
)
def test_a_wrong_identity_is_told(store: IdentityStore, source, name, site, cookies, told) -> None:
    with pytest.raises(UsageError, match=told):
        store.add(source, name, cookies, site=site, at=NOW)


def test_a_removed_identity_is_gone_with_all_that_was_kept_of_it(store: IdentityStore) -> None:
    store.add("weibo", "first", {"SUB": SECRET}, site="", at=NOW)
    store.hold("weibo", "search:x", ["first"], anyone, NOW)
    store.remove("weibo", "first")
    assert store.known() == []
    assert store.hold("weibo", "search:x", ["second"], anyone, NOW) == "second"
    with pytest.raises(UsageError, match="no identity 'first'"):
        store.remove("weibo", "first")


def test_a_new_cookie_puts_a_benched_identity_in_order(store: IdentityStore, state: State) -> None:
    guard = Guard("weibo", by_site=False)
    guard.share(Standings(state), lambda: NOW)
    store.add("weibo", "first", {"SUB": SECRET}, site="", at=NOW)
    guard.bench("first", BLOCKS["login_required"])
    assert Standings(state).of()[Key("weibo", "", "first")].condition is Condition.DISABLED
    store.add("weibo", "first", {"SUB": "new"}, site="", at=NOW)
    assert Standings(state).of() == {}


# --- sticky -------------------------------------------------------------------------------------------


def test_a_slice_keeps_its_identity_and_new_ones_go_to_the_longest_unused(store: IdentityStore) -> None:
    names = ["first", "second", "third"]
    held = [store.hold("weibo", f"search:{n}", names, anyone, NOW + timedelta(seconds=n)) for n in range(4)]
    assert held == ["first", "second", "third", "first"]
    again = [store.hold("weibo", f"search:{n}", names, anyone, NOW + timedelta(hours=1)) for n in range(4)]
    assert again == held


def test_a_new_slice_costs_no_look_at_all_slices(tmp_path: Path) -> None:
    """A crawl of 500,000 pages has as many slices; the plan of the question must not grow with them."""
    plans: list[str] = []

    def explain(_: Any, cursor: Any, statement: str, given: Any, *__: Any) -> None:
        if "sticky" in statement:
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", given))

    with open_state(Home(tmp_path)) as state:
        sa.event.listen(state.engine, "before_cursor_execute", explain)
        store = IdentityStore(state, Sealer(load_key(tmp_path / "key")))
        store.hold("weibo", "search:one", ["a", "b"], anyone, NOW)
    assert any("sticky_last" in plan for plan in plans)
    assert [plan for plan in plans if plan.startswith("SCAN")] == []


def test_a_benched_identity_s_slices_wait_for_it_and_new_ones_go_on(store: IdentityStore) -> None:
    names = ["first", "second"]

    def is_usable(name: str) -> bool:
        return name != "first"

    assert store.hold("weibo", "search:old", names, anyone, NOW) == "first"
    assert store.hold("weibo", "search:old", names, is_usable, NOW) == "first", "never handed over"
    assert store.hold("weibo", "search:new", names, is_usable, NOW) == "second"
    later = NOW + STICKY + timedelta(seconds=1)
    assert store.hold("weibo", "search:old", names, is_usable, later) == "second", "a walk of another day"
    assert store.hold("weibo", "search:none", names, lambda _: False, NOW) is None


def test_cookies_go_to_the_hosts_they_are_meant_for_alone() -> None:
    logins = {"first": Login({"SUB": SECRET}, frozenset({"weibo.cn"}))}
    identities = Identities(logins, guard=Guard("weibo", by_site=False))
    for url, given in (("http://m.weibo.cn/", True), ("http://weibo.cn.evil.example/", False)):
        assert bool(identities.cookies(Request(url, meta={"as": "first"}))) is given
    assert identities.cookies(Request("http://m.weibo.cn/", meta={"identity": "visitor"})) == {}
    assert SECRET not in repr(logins)


# --- crawls -------------------------------------------------------------------------------------------


def keep(folder: Path, **cookies: str) -> None:
    home = Home(folder / "home")
    with open_state(home) as opened:
        store = IdentityStore(opened, Sealer(load_key(home.key)))
        for name, value in cookies.items():
            store.add("weibo", name, {"SUB": value}, site="", at=NOW)


def test_an_expired_identity_is_benched_with_its_reason_and_the_next_goes_on(tmp_path: Path) -> None:
    keep(tmp_path, first="SUB-long-gone", second=LOGIN_SUB)
    with serve() as replica:
        got = run(replica, tmp_path, {"search": "蛋挞"}, login=False, one_by_one=True)
        again = run(replica, tmp_path, {"search": "青禾E5"}, login=False, one_by_one=True)
    with open_state(Home(tmp_path / "home")) as opened:
        (benched,) = Standings(opened).of().items()
    assert (str(benched[0]), benched[1].block) == ("weibo/first", "login_required")
    assert got.posts
    assert again.posts
    assert again.report.run.blocks == (), "what was benched is not even tried"


def test_a_captcha_before_one_identity_stops_all_of_them(tmp_path: Path) -> None:
    keep(tmp_path, first=LOGIN_SUB, second=LOGIN_SUB)
    with serve() as replica:
        replica.faults.on("captcha", route="s.weibo.com/weibo", times=1)
        run(replica, tmp_path, {"search": "蛋挞;青禾E5"}, login=False, one_by_one=True)
        first = next(number for number, entry in enumerate(replica.log) if entry.fault == "captcha")
        assert len(replica.log) == first + 1


def test_no_byte_that_is_kept_holds_a_cookie(tmp_path: Path) -> None:
    keep(tmp_path, first="SUB-long-gone", second=LOGIN_SUB)
    given = {"TINGFENG_COOKIE_WEIBO": f"SUB={LOGIN_SUB}; SUBP=another-secret"}
    with serve() as replica:
        replica.faults.on("login_redirect", route="s.weibo.com/weibo", after=3)
        got = run(
            replica,
            tmp_path,
            {**CASCADE, "search": "蛋挞", "users": "9900000002", "hot": True},
            environment=given,
            LOG_LEVEL="DEBUG",
        )
        visitors = list(replica.passport._domains)
    secrets = [LOGIN_SUB, "SUB-long-gone", "another-secret", *visitors]
    assert not [secret for secret in secrets if secret in repr(got)]
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"crawl.log", "state.sqlite", "key"} <= {path.name for path in kept}
    assert visitors
    for path in kept:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], path
