"""What the reading of Discuz! pages promises beyond the recorded pages."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Kind
from core.times import Moment, Precision
from crawlers.sources.discuz import addresses
from crawlers.sources.discuz.listing import Row, read_listing
from crawlers.sources.discuz.page import notice
from crawlers.sources.discuz.thread import ThreadPage, read_thread

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
URL = "https://bbs.tuxing.example/thread-5-1-1.html"


def floor(pid: int, number: int | str | None, text: str, *, who: str = "") -> str:
    anchor = f'<a id="postnum{pid}">{number}</a>' if number is not None else ""
    return (
        f'<div id="post_{pid}"><table id="pid{pid}"><tr><td class="pls">{who}</td><td class="plc">{anchor}'
        f'<em id="authorposton{pid}">发表于 2026-11-20 10:00</em>'
        f'<div class="t_f" id="postmessage_{pid}">{text}</div></td></tr></table></div>'
    )


def thread(*floors: str, url: str = URL, **more: str | None) -> ThreadPage:
    html = f'<html><body><span id="thread_subject">题</span><div id="postlist">{"".join(floors)}</div></body></html>'
    return read_thread(html, url=url, fetched_at=NOW, zone=ZONE, **more)


@pytest.mark.parametrize(
    ("url", "tid", "page"),
    [
        ("https://a.example/thread-12-3-1.html", 12, 3),
        ("https://a.example/bbs/thread-12-1-1.html?x=1#pid9", 12, 1),
        ("https://a.example/forum.php?mod=viewthread&tid=12&extra=page%3D4", 12, 1),
        ("https://a.example/forum.php?mod=viewthread&tid=12&page=3", 12, 3),
        ("http://a.example/viewthread.php?tid=12&page=2", 12, 2),
        ("https://a.example/forum.php?mod=redirect&tid=12&goto=lastpost", None, 1),
        ("https://a.example/forum-12-2.html", None, 2),
        ("https://a.example/forum.php?mod=viewthread&tid=%C3", None, 1),
    ],
)
def test_an_address_names_its_thread_and_page(url: str, tid: int | None, page: int) -> None:
    assert addresses.tid_of(url) == tid
    assert addresses.page_of(url) == page


@pytest.mark.parametrize(
    ("url", "at_five"),
    [
        ("https://a.example/thread-12-3-1.html", "https://a.example/thread-12-5-1.html"),
        ("https://a.example/forum-7-1.html", "https://a.example/forum-7-5.html"),
        (
            "https://a.example/forum.php?mod=guide&view=new",
            "https://a.example/forum.php?mod=guide&view=new&page=5",
        ),
        (
            "http://a.example/viewthread.php?tid=1&extra=&page=2",
            "http://a.example/viewthread.php?tid=1&extra=&page=5",
        ),
    ],
)
def test_another_page_of_the_same(url: str, at_five: str) -> None:
    assert addresses.at_page(url, 5) == at_five
    assert addresses.page_of(at_five) == 5


@pytest.mark.parametrize("style", addresses.STYLES)
def test_what_is_asked_for_is_understood(style: str) -> None:
    assert addresses.tid_of(addresses.thread_url("https://a.example/bbs/", 12, style, 3)) == 12
    assert addresses.page_of(addresses.list_url("https://a.example/bbs/", "7", style, 3)) == 3


@pytest.mark.parametrize(
    ("href", "uid"),
    [
        ("space-uid-30590.html", "30590"),
        ("home.php?mod=space&uid=7&do=profile", "7"),
        ("space.php?uid=881", "881"),
        ("home.php?mod=space&username=%BB%E1", None),
        ("home.php?mod=spacecp&uid=7", None),
        ("forum.php?mod=viewthread&tid=1&uid=3", None),
    ],
)
def test_a_link_leads_to_a_member_or_not(href: str, uid: str | None) -> None:
    assert addresses.uid_of(href) == uid


@pytest.mark.parametrize(
    ("last", "since", "news"),
    [
        (
            Moment(datetime(2026, 11, 20, 16, 0, tzinfo=UTC), Precision.DAY),
            datetime(2026, 11, 21, tzinfo=UTC),
            True,
        ),
        (
            Moment(datetime(2026, 11, 20, 16, 0, tzinfo=UTC), Precision.DAY),
            datetime(2026, 11, 22, tzinfo=UTC),
            False,
        ),
        (
            Moment(datetime(2026, 11, 20, 16, 0, tzinfo=UTC), Precision.MINUTE),
            datetime(2026, 11, 21, tzinfo=UTC),
            False,
        ),
        (Moment(datetime(2026, 11, 20, 16, 0, tzinfo=UTC), Precision.MINUTE), None, True),
        (None, datetime(2026, 11, 21, tzinfo=UTC), True),
    ],
)
def test_a_thread_is_old_only_where_its_date_is_fine_enough_to_say_so(
    last: Moment | None, since: datetime | None, news: bool
) -> None:
    assert Row(tid=1, title="题", url=URL, last_reply=last).may_have_news(since) is news


def test_the_opening_is_found_where_a_thread_is_shown_newest_first() -> None:
    page = thread(
        floor(30, "<em>3</em>#", "三"), floor(20, "<em>2</em>#", "二"), floor(10, "<em>1</em>#", "一")
    )
    assert page.root_id == "discuz:bbs.tuxing.example:10"
    assert [(post.kind, post.floor) for post in page.posts] == [
        (Kind.REPLY, 3),
        (Kind.REPLY, 2),
        (Kind.THREAD, 1),
    ]
    assert {post.root_id for post in page.posts} == {page.root_id}


def test_a_later_page_takes_the_root_it_is_given() -> None:
    url = "https://bbs.tuxing.example/thread-5-2-1.html"
    page = thread(floor(30, "<em>11</em>#", "十一"), url=url, root_id="discuz:bbs.tuxing.example:10")
    assert [post.root_id for post in page.posts] == ["discuz:bbs.tuxing.example:10"]
    assert [post.root_id for post in thread(floor(30, "<em>11</em>#", "十一"), url=url).posts] == [None]


def test_a_site_reached_by_another_name_keeps_its_ids() -> None:
    page = thread(
        floor(10, 1, "一"), url="https://www.tuxing.example/thread-5-1-1.html", host="bbs.tuxing.example"
    )
    assert page.posts[0].id == "discuz:bbs.tuxing.example:10"


def test_a_sticky_reply_shown_twice_counts_once() -> None:
    sticky = floor(20, '<img src="settop.png" /> 来自 2#', "置顶的回复")
    page = thread(floor(10, 1, "一"), sticky, floor(20, "<em>2</em>#", "置顶的回复"))
    assert [post.floor for post in page.posts] == [1, 2]


def test_names_of_others_never_stay_in_a_floor_s_own_words() -> None:
    quote = (
        '<div class="quote"><blockquote><a href="forum.php?mod=redirect&goto=findpost&pid=10&ptid=5">'
        "云上慢车 发表于 2026-11-19</a><br>话</blockquote></div>"
    )
    reply = '<b>回复 <a href="forum.php?mod=redirect&goto=findpost&pid=10&ptid=5">云上慢车 的帖子</a></b>'
    edit = '<i class="pstatus"> 本帖最后由 云上慢车 于 2026-11-19 20:10 编辑 </i>'
    page = thread(floor(10, 1, f"{edit}一"), floor(20, 2, f"{quote}同感"), floor(30, 3, f"{reply}<br>是的"))
    assert [post.text for post in page.posts] == ["题\n一", "同感", "是的"]
    assert [post.parent_id for post in page.posts][1:] == ["discuz:bbs.tuxing.example:10"] * 2


def test_a_page_that_is_no_thread_says_so() -> None:
    with pytest.raises(ValueError, match="not a page of a thread"):
        read_thread("<html></html>", url="https://bbs.tuxing.example/x", fetched_at=NOW, zone=ZONE)


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ('<div id="messagetext"><p>抱歉，本帖要求阅读权限高于 20 才能浏览</p></div>', "members_only"),
        ('<div id="messagetext"><p>抱歉，您的请求来路不正确或表单验证串不符</p></div>', "members_only"),
        ('<div id="messagetext"><p>您需要先登录才能继续本操作</p></div>', "login_required"),
        ('<div id="messagetext"><p>论坛升级维护，请稍后访问</p></div>', "closed"),
        ('<div id="messagetext"><p>没听说过的提示</p></div>', "notice"),
        ('<div id="messagetext"><p>本版块或指定的范围内尚无主题</p></div>', None),
        ("<html><head><title>页面重载开启</title></head><body>欢迎光临本站</body></html>", "challenge"),
        ("<script>var a=1;document.cookie='x';location.reload();</script>", "challenge"),
        ('<script>location.href="#"</script><div id="threadlist"></div>' + " " * 5000, None),
        ("", None),
        ('{"errors":["x"]}', None),
    ],
)
def test_a_page_that_shows_nothing_says_why(html: str, name: str | None) -> None:
    found = notice(html)
    assert (found.name if found else None) == name


def test_an_empty_forum_is_empty_and_another_layout_is_not() -> None:
    empty = '<div id="threadlist"><p class="emp">本版块或指定的范围内尚无主题</p></div>'
    read = {"url": "https://bbs.tuxing.example/forum-1-1.html", "fetched_at": NOW, "zone": ZONE}
    assert read_listing(empty, **read).empty
    assert not read_listing("<div class='new-skin'>主题</div>", **read).empty


@settings(deadline=None)
@given(st.text(alphabet="<>/=\"' &;#a1tdprquotefindpid\n贴\x00", max_size=200))
def test_no_body_breaks_the_reading(mess: str) -> None:
    page = thread(floor(10, 1, mess))
    assert {post.id for post in page.posts} <= {"discuz:bbs.tuxing.example:10"}
    notice(mess)
    read_listing(mess, url="https://bbs.tuxing.example/forum-1-1.html", fetched_at=NOW, zone=ZONE)
