"""Who may see what on the Weibo hosts."""

from __future__ import annotations

import pytest

from replica.server import Replica
from replica.world.model import World
from tests.sites import LOGIN, MAKER, STAR, get, visitor

M = "http://m.weibo.cn"
APIS = (
    "/statuses/show?id=1",
    "/statuses/extend?id=1",
    "/api/container/getIndex?containerid=1005059900000001",
    "/api/statuses/repostTimeline?id=1",
    "/comments/hotflow?id=1",
)


def root_mid(world: World) -> str:
    return next(p.id for p in world.posts if p.author == MAKER).removeprefix("weibo:")


@pytest.mark.parametrize("path", APIS)
@pytest.mark.parametrize("cookie", [{}, {"Cookie": "SUB=_2AkMnobody"}, {"Cookie": "SUBP=x"}])
def test_without_a_cookie_of_the_visitor_system_the_api_answers_432(
    replica: Replica, path: str, cookie: dict[str, str]
) -> None:
    assert get(replica.proxy, M + path, headers=cookie).status == 432


def test_the_visitor_system_gives_out_cookies_for_its_own_domain(replica: Replica) -> None:
    url = "http://visitor.passport.weibo.cn/visitor/genvisitor2"
    page = get(replica.proxy, url, method="POST", body="cb=visitor_gray_callback&tid=&from=weibo")
    assert page.text().startswith("window.visitor_gray_callback && visitor_gray_callback({")
    assert page.text().endswith("});")
    assert '"retcode":20000000' in page.text()
    assert [cookie.split("=")[0] for cookie in page.cookies] == ["SUB", "SUBP"]
    assert all("domain=.weibo.cn" in cookie for cookie in page.cookies)
    assert get(replica.proxy, url).status == 405


def test_a_visitor_warms_up_and_then_sees_posts_and_profiles(replica: Replica, world: World) -> None:
    who = visitor(replica.proxy)
    home = get(replica.proxy, f"{M}/", headers=who)
    assert {cookie.split("=")[0] for cookie in home.cookies} == {"_T_WM", "XSRF-TOKEN", "MLOGIN"}
    assert get(replica.proxy, f"{M}/statuses/show?id={root_mid(world)}", headers=who).json()["ok"] == 1
    assert get(replica.proxy, f"{M}{APIS[2]}", headers=who).json()["ok"] == 1


def test_cookies_of_the_two_domains_do_not_mix(replica: Replica, world: World) -> None:
    mobile, desktop = visitor(replica.proxy), visitor(replica.proxy, "passport.weibo.com")
    mid = root_mid(world)
    for url, right, wrong in (
        (f"{M}/statuses/show?id={mid}", mobile, desktop),
        (f"http://weibo.com/ajax/statuses/show?id={mid}", desktop, mobile),
    ):
        assert get(replica.proxy, url, headers=right).json()["ok"] == 1
        assert get(replica.proxy, url, headers=wrong).status == 432


@pytest.mark.parametrize(
    "path",
    [
        "/api/statuses/repostTimeline?id={mid}&page=1",
        "/api/container/getIndex?containerid=107603{uid}&page=2",
        "/api/container/getIndex?containerid=107603{uid}&since_id=5222826768334953",
        "/comments/hotflow?id={mid}&mid={mid}&max_id=5367083311300689&max_id_type=1",
        "/api/comments/show?id={mid}&page=6",
    ],
)
def test_a_visitor_is_told_to_sign_in_where_a_login_is_needed(
    replica: Replica, world: World, path: str
) -> None:
    url = M + path.format(mid=root_mid(world), uid=(STAR.id or "").removeprefix("weibo:"))
    body = get(replica.proxy, url, headers=visitor(replica.proxy)).json()
    assert body["ok"] == -100
    assert body["url"].startswith("https://passport.weibo.com/sso/signin")
    assert get(replica.proxy, url, headers=LOGIN).json()["ok"] == 1


def test_the_cookie_check_tells_a_login_from_an_expired_one(replica: Replica) -> None:
    def config(cookie: dict[str, str]) -> object:
        return get(replica.proxy, f"{M}/api/config", headers=cookie).json()["data"]["login"]

    assert config(LOGIN) is True
    assert config(visitor(replica.proxy)) is False
    assert config({"Cookie": "SUB=_2A25Lexpired"}) is False


def test_an_expired_visitor_is_refused_until_it_is_renewed(replica: Replica, world: World) -> None:
    url = f"{M}/statuses/show?id={root_mid(world)}"
    old = visitor(replica.proxy)
    replica.passport.expire()
    assert get(replica.proxy, url, headers=old).status == 432
    assert get(replica.proxy, url, headers=visitor(replica.proxy)).status == 200


@pytest.mark.parametrize(
    ("cookie", "host"),
    [
        ({}, "https://passport.weibo.com/visitor/visitor?"),
        ({"Cookie": "SUB=_2A25Lexpired"}, "https://login.sina.com.cn/sso/login.php?"),
    ],
)
def test_search_sends_away_whoever_has_no_login(replica: Replica, cookie: dict[str, str], host: str) -> None:
    page = get(replica.proxy, "http://s.weibo.com/weibo?q=x", headers=cookie)
    assert page.status == 302
    assert page.headers["location"].startswith(host)
    landed = get(replica.proxy, page.headers["location"].replace("https:", "http:"))
    assert landed.status == 200
    assert "<title>" in landed.text()


def test_pages_asked_for_with_the_xhr_header_end_at_sorry(replica: Replica) -> None:
    page = get(
        replica.proxy, "http://s.weibo.com/weibo?q=x", headers=LOGIN | {"X-Requested-With": "XMLHttpRequest"}
    )
    assert page.headers["location"] == "https://weibo.com/sorry?pagenotfound&retcode=6102"


def test_the_hot_list_needs_no_cookie(replica: Replica) -> None:
    assert get(replica.proxy, "http://weibo.com/ajax/side/hotSearch").json()["ok"] == 1
