"""The parts of the crawl framework that need no crawl."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scrapy import Request
from scrapy.settings import Settings

from core.errors import UsageError
from core.models import Author, Engagement, Kind, Post
from crawlers import config, registry
from crawlers.coverage import CoverageBook, records
from crawlers.manners.blocks import BLOCKS
from crawlers.manners.cookies import domain_of, login_cookies, read_cookies
from crawlers.manners.detection import retry_after
from crawlers.manners.guard import Guard
from crawlers.manners.identity import Identities
from crawlers.pipelines import fullness
from crawlers.state.readings import Line
from crawlers.workbench.cases import differences

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WEIBO = registry.source("weibo")


# --- coverage -----------------------------------------------------------------------------------------


def book() -> CoverageBook:
    seen: set[tuple[str, str]] = set()

    def first(group: str, key: str) -> bool:
        new = (group, key) not in seen
        seen.add((group, key))
        return new

    return CoverageBook(first)


def test_coverage_tells_each_slice() -> None:
    told = book()
    told.ask("empty")
    told.expect("short", 5)
    told.got("short", 3)
    told.got("open")
    told.because("cut", "truncated")
    told.because("cut", "max_pages")
    told.because("stopped", "split")
    told.because("stopped", "captcha", refused=True)
    told.because("stopped", "truncated")
    assert told.refused
    lines = records(told.take(None).items(), source="s", run_id="r")
    assert {line.slice: (line.expected, line.got, line.because) for line in lines} == {
        "empty": (None, 0, None),
        "short": (5, 3, "not_shown"),
        "open": (None, 1, None),
        "cut": (None, 0, "truncated"),
        "stopped": (None, 0, "captcha"),
    }


def test_what_a_page_adds_is_held_until_it_is_done() -> None:
    told = book()
    told.task = 1
    told.got("s", 2)
    told.task = 2
    told.got("s", 3)
    assert told.take(1) == {"s": Line(got=2)}
    assert told.take(1) == {}
    assert told.take(2) == {"s": Line(got=3)}


def test_a_larger_number_replaces_a_smaller_expectation() -> None:
    told = book()
    for number in (3, None, 7, 5):
        told.expect("s", number)
    assert told.take(None)["s"].expected == 7


def test_a_page_that_came_before_is_known_again() -> None:
    told = book()
    assert not told.seen_page("a", ["1", "2"])
    assert not told.seen_page("a", ["2", "1"])
    assert not told.seen_page("b", ["1", "2"])
    assert told.seen_page("a", ["1", "2"])
    assert not told.seen_page("a", [])
    assert not told.seen_page("a", [])


# --- the guard ----------------------------------------------------------------------------------------


def test_a_stopped_identity_leaves_the_others() -> None:
    guard = Guard("weibo", by_site=False)
    login, visitor = (Request("http://m.weibo.cn/", meta={"identity": name}) for name in ("login", "visitor"))
    guard.stop(guard.asker(login), BLOCKS["login_required"])
    assert guard.refusal(login) == BLOCKS["login_required"]
    assert guard.refusal(visitor) is None
    guard.stop(guard.site(visitor), BLOCKS["captcha"])
    assert guard.refusal(visitor) == BLOCKS["captcha"]
    assert guard.stopped


def test_a_site_of_an_engine_is_stopped_alone() -> None:
    guard = Guard("discuz", by_site=True)
    one, other = Request("http://bbs.one.example/"), Request("http://bbs.other.example/")
    guard.stop(guard.site(one), BLOCKS["captcha"])
    assert guard.refusal(one) == BLOCKS["captcha"]
    assert guard.refusal(other) is None
    assert guard.source is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        ("Sat, 21 Nov 2026 12:00:45 GMT", 45),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, now=NOW) == seconds


# --- identities ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://m.weibo.cn/x", "weibo.cn"),
        ("http://visitor.passport.weibo.cn/visitor", "weibo.cn"),
        ("https://weibo.com/", "weibo.com"),
        ("https://login.sina.com.cn/sso", "sina.com.cn"),
        ("http://bbs.example:8080/a", "bbs.example"),
        ("http://127.0.0.1:9000/", "127.0.0.1"),
    ],
)
def test_cookies_are_kept_by_domain(url: str, domain: str) -> None:
    assert domain_of(url) == domain


def test_a_cookie_comes_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    assert login_cookies("weibo", environment={}) == {}
    assert login_cookies("weibo", environment={"TINGFENG_COOKIE_WEIBO": "SUB=a; SUBP=b"}) == {
        "SUB": "a",
        "SUBP": "b",
    }
    path = tmp_path / "cookie"
    path.write_text("Cookie: SUB=secret\n", "utf-8")
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        login_cookies("weibo", environment={}, file=str(path))
    path.chmod(0o600)
    assert login_cookies("weibo", environment={}, file=str(path)) == {"SUB": "secret"}
    with pytest.raises(UsageError, match="cannot be read"):
        login_cookies("weibo", environment={}, file=str(tmp_path / "none"))


def test_what_is_no_cookie_is_told_without_repeating_it() -> None:
    with pytest.raises(UsageError) as caught:
        read_cookies("just a secret", where="TINGFENG_COOKIE_WEIBO")
    assert "secret" not in str(caught.value)
    assert "TINGFENG_COOKIE_WEIBO" in str(caught.value)


def test_a_visitor_is_renewed_three_times_an_hour() -> None:
    identities = Identities({}, guard=Guard("weibo", by_site=False))
    identities.generation = 1
    request = Request("http://m.weibo.cn/", meta={"identity": "visitor", "generation": 1})
    assert [identities.renew(request) for _ in range(4)] == [True, True, True, False]
    late = Request("http://m.weibo.cn/", meta={"identity": "visitor", "generation": 0})
    assert identities.renew(late), "another request had it renewed meanwhile: just ask again"
    assert not identities.renew(Request("http://m.weibo.cn/", meta={"identity": "login"}))


# --- settings -----------------------------------------------------------------------------------------


def read(environment: dict[str, str] | None = None, **options: str) -> config.Config:
    settings = Settings({"ROBOTSTXT_OBEY": True, "TINGFENG_PAUSE_S": 300.0, "TINGFENG_MAX_WAIT_S": 600.0})
    settings.setdict(options, priority="cmdline")
    return config.read(settings, WEIBO, environment=environment or {}, at=NOW)


def test_an_option_goes_before_the_environment() -> None:
    environment = {"TINGFENG_PROXY": "http://127.0.0.1:1", "TINGFENG_PAUSE_S": "7"}
    assert read(environment).proxy == "http://127.0.0.1:1"
    assert read(environment).pause_s == 7
    assert read(environment, TINGFENG_PROXY="http://127.0.0.1:2").proxy == "http://127.0.0.1:2"
    assert read().pause_s == 300


def test_a_run_is_named_by_source_and_time() -> None:
    assert read().run_id.startswith("weibo-20261121T120000Z-")
    assert read(TINGFENG_RUN_ID="monday-1").run_id == "monday-1"
    assert read().daily == WEIBO.rate.daily
    assert read(TINGFENG_DAILY_BUDGET="0").daily is None


def test_a_project_may_override_robots_with_a_reason(tmp_path: Path) -> None:
    project = tmp_path / "brand.toml"
    reason = "data contract with the platform, no. 7"
    project.write_text(
        f'[project]\nid = "b"\ntitle = {{ zh = "甲", en = "A" }}\n'
        f'[[source]]\nname = "weibo"\nrobots_override = "{reason}"\n',
        "utf-8",
    )
    assert read(TINGFENG_PROJECT=str(project)).robots == f"override: {reason}"
    assert read().robots == "obey"


@pytest.mark.parametrize(
    "option",
    [
        {"TINGFENG_RUN_ID": "../up"},
        {"TINGFENG_PROXY": "localhost"},
        {"TINGFENG_DAILY_BUDGET": "many"},
        {"TINGFENG_PAUSE_S": "-1"},
        {"TINGFENG_NOW": "noon"},
        {"TINGFENG_ROBOTS_OVERRIDE": "because"},
        {"ROBOTSTXT_OBEY": "0"},
        {"TINGFENG_PROJECT": "/nowhere/at/all.toml"},
    ],
)
def test_a_wrong_setting_is_told(option: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        read(**option)


# --- posts in a run -----------------------------------------------------------------------------------

POST = Post(id="weibo:1", platform="weibo", kind=Kind.REPOST, text="很长的一段话" * 40)


@pytest.mark.parametrize(
    "fuller",
    [
        replace(POST, text=POST.text + "还有"),
        replace(POST, parent_id="weibo:0"),
        replace(POST, text="短", root_id="weibo:0"),
        replace(POST, engagement=Engagement(reposts=0)),
        replace(POST, author=Author(id="weibo:9900000001")),
    ],
)
def test_a_version_that_says_more_is_fuller(fuller: Post) -> None:
    assert fullness(fuller) > fullness(POST)


# --- recorded cases -----------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_differences_are_told_exactly_where_there_are_some(one: object, other: object) -> None:
    # True == 1 in Python, and so it is here
    assert bool(list(differences(one, other))) == (one != other)


def test_a_difference_names_its_field() -> None:
    expected = [{"author": {"name": "甲"}, "text": "x"}]
    found = [{"author": {"name": "乙"}, "likes": 1}]
    assert list(differences(expected, found)) == [
        "[0].author.name: expected '甲', found '乙'",
        "[0].text: missing, expected 'x'",
        "[0].likes: unexpected 1",
    ]
