"""What passes the door: authors, texts, links and labels, row by row."""

import pytest
from msgspec.structs import replace

from core.models import Author, Coverage, Kind, Post
from core.privacy import door_author, door_coverage, is_public
from core.texts import chain, own_text
from tests.core.people import BRAND, LINE, NOW, ORDINARY, PSEUDONYMS, post
from tests.core.privacy.masked import through, token


@pytest.mark.parametrize(
    ("author", "public"),
    [
        (Author(id="weibo:1"), False),
        (Author(verified_type=-1, followers=99_999), False),
        (Author(verified_type=-1, followers=100_000), True),
        (Author(verified_type=0), True),
        *((Author(verified_type=kind), True) for kind in range(1, 9)),
        (Author(verified_type=10), False),
        (Author(verified_type=200), False),
        (Author(verified_type=220), False),
        (Author(verified_type=400), False),
        (Author(id="weibo:1", public=True), False),  # decided here, not by whoever wrote the record
        (Author(id="weibo:known"), True),
        (Author(name="某某汽车"), False),  # a name alone is nobody's own
        (Author(id="weibo:p-0123456789abcdef", followers=10**6), False),
        (Author(name="用户abcdefghijkl", followers=10**6), False),
    ],
)
def test_who_is_public(author: Author, public: bool) -> None:
    assert is_public(author, follower_line=LINE, public_names={"weibo:known", "某某汽车"}) is public


def test_ordinary_people_get_pseudonyms_and_keep_their_figures() -> None:
    landed = through(post()).author
    assert landed == Author(
        id=PSEUDONYMS.author_id("weibo", "1000000017"),
        name=token("某网友_甲"),
        followers=120,
        verified_type=-1,
        public=False,
        name_key=token("某网友_甲"),
    )


def test_public_accounts_keep_id_and_name() -> None:
    assert through(post(author=BRAND)).author == replace(BRAND, public=True, name_key=token("某某汽车"))


@pytest.mark.parametrize(
    ("raw", "landed"),
    [
        (Author(), Author(public=False)),
        (Author(name="某网友"), Author(name=token("某网友"), name_key=token("某网友"), public=False)),
        (Author(id="55"), Author(id=PSEUDONYMS.author_id("weibo", "55"), public=False)),
        (
            Author(id="discuz:bbs.example:55"),
            Author(id=PSEUDONYMS.author_id("discuz", "bbs.example:55"), public=False),
        ),
        (Author(name_key="某网友"), Author(public=False)),  # a raw name hides in no other field
        (Author(name_key=token("某网友")), Author(public=False, name_key=token("某网友"))),
    ],
)
def test_partial_authors(raw: Author, landed: Author) -> None:
    assert door_author(raw, platform="weibo", pseudonyms=PSEUDONYMS, follower_line=LINE) == landed


X, Y = token("网友乙"), token("网友丙")


@pytest.mark.parametrize(
    ("text", "landed"),
    [
        ("谢谢@网友乙 推荐", f"谢谢@{X} 推荐"),
        ("谢谢＠网友乙，好", f"谢谢@{X}，好"),
        ("好//@网友乙:对//@网友丙：是", f"好//@{X}:对//@{Y}：是"),
        ("好// @网友乙 :对", f"好// @{X} :对"),
        ("回复@网友乙:好//@网友乙:回复@网友丙:嗯", f"回复@{X}:好//@{X}:回复@{Y}:嗯"),
        ("好//@网友·乙🌸(小号):对", f"好//@{token('网友·乙🌸(小号)')}:对"),
        ("@a.b.c. 好", f"@{token('a.b.c')}. 好"),
        ("@" + "长" * 40, "@" + token("长" * 40)),
        ("@某某汽车 出来//@某某汽车:在", "@某某汽车 出来//@某某汽车:在"),
        ("#新车# 好", "#新车# 好"),
        ("#@网友乙的车#", "#@" + token("网友乙的车") + "#"),
        ("电话13812345678，信some.one@mail.example", "电话[电话]，信[邮箱]"),
        ("@ 好 @", "@ 好 @"),
        ("长号码91000000017", "长号码91000000017"),
        ("我是1000000017", "我是" + PSEUDONYMS.author_id("weibo", "1000000017").removeprefix("weibo:")),
        ("看 https://weibo.com/1000000018/M1VT3jzNX", "看 https://m.weibo.cn/status/M1VT3jzNX"),
        ("看 weibo.com/u/1000000018 吧", "看 [个人主页] 吧"),
        ("", ""),
    ],
)
def test_texts(text: str, landed: str) -> None:
    assert through(post(text), "某某汽车").text == landed


def test_a_name_with_blanks_is_masked_where_the_site_marked_it() -> None:
    given = post("thanks @Some One! and @Some too", mentions=("Some One", "Some"))
    one, some = token("Some One"), token("Some")
    assert through(given).text == f"thanks @{one}! and @{some} too"
    assert through(given).mentions == (one, some)


def test_mentions_keep_only_public_names() -> None:
    given = post("x", mentions=("网友乙", "@某某汽车", "网友乙"))
    assert through(given, "某某汽车").mentions == (X, "某某汽车")


def test_a_public_author_may_name_itself() -> None:
    assert through(post("好//@某某汽车:在", author=BRAND)).text == "好//@某某汽车:在"


def test_chains_resolve_behind_the_door() -> None:
    first = through(post("车不错"))
    second = through(
        post(f"真的//@{ORDINARY.name}:车不错", author=replace(ORDINARY, id="weibo:2", name="乙乙"))
    )
    assert first.author is not None
    assert [(link.name, link.text) for link in chain(second.text)] == [(first.author.name_key, first.text)]
    assert first.author.name == first.author.name_key
    assert own_text(second.text) == "真的"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (post(url="https://weibo.com/1000000017/M1VT3jzNX"), "https://m.weibo.cn/status/M1VT3jzNX"),
        (post(url="//weibo.com/1000000017/M1VT3jzNX"), "https://m.weibo.cn/status/M1VT3jzNX"),
        (post(url="weibo.com/1000000017/M1VT3jzNX"), "https://m.weibo.cn/status/M1VT3jzNX"),
        (post(url="https://weibo.com/u/1000000017"), "https://m.weibo.cn/status/M1VT3jzNX"),
        (post(url="https://weibo.com/u/1000000017", kind=Kind.COMMENT), None),
        (post(url="https://weibo.com/u/1000000017", id="weibo:c-0123"), None),
        (post(url="https://bbs.example/thread-5-1-1.html", platform="discuz"), "https://bbs.example/thread-5-1-1.html"),
        (post(url="https://bbs.example/1000000017/5", platform="discuz"), None),
        (post(url="https://bbs.example/%E6%9F%90%E7%BD%91%E5%8F%8B_%E7%94%B2/5", platform="discuz"), None),
        (post(url="https://bbs.example/call/13812345678", platform="discuz"), None),
        (post(url=None), None),
        # a name or id that is only part of another word is no trace
        (post(url="https://bbs.example/t-55555123", platform="x", author=Author(id="x:55555", name="bbs1")), "https://bbs.example/t-55555123"),
    ],
)  # fmt: skip
def test_a_posts_url_names_nobody(given: Post, url: str | None) -> None:
    assert through(given).url == url


def test_links_to_people_are_left_out() -> None:
    given = post(urls=("http://t.cn/A6abcdef", "https://weibo.com/u/1000000055", "https://news.example/a"))
    assert through(given).urls == ("http://t.cn/A6abcdef", "https://news.example/a")


def test_labels_with_a_name_or_contact_are_dropped() -> None:
    given = post(client="某网友_甲的iPhone", region="电话13812345678")
    assert (through(given).client, through(given).region) == (None, "电话[电话]")
    assert through(post(client="@某网友")).client is None


def test_media_are_kinds_not_addresses() -> None:
    given = post(media=("image", "https://wx1.sinaimg.cn/large/0016HWhhly1.jpg", "video"))
    assert through(given).media == ("image", "video")


def test_every_field_of_a_post_has_its_place_at_the_door() -> None:
    """A field added to `Post` and forgotten at the door would be lost."""
    values = {
        "quoted_id": "weibo:1", "root_id": "weibo:2", "parent_id": "weibo:3", "thread_id": "weibo:4",
        "parent_confidence": 0.5, "floor": 7, "mentions": ("某某汽车",), "urls": ("http://t.cn/A6abcdef",),
        "url": "https://m.weibo.cn/status/M1VT3jzNX", "edited_at": NOW, "edits": 2, "gone": "author",
        "gone_at": NOW,
    }  # fmt: skip
    given = post(author=replace(BRAND, public=True, name_key=token("某某汽车")), **values)
    assert all(getattr(given, name) not in (None, ()) for name in Post.__struct_fields__)
    assert through(given, "某某汽车") == given


@pytest.mark.parametrize(
    ("slice_", "landed"),
    [
        ("search:比亚迪 2026-11-01-0", "search:比亚迪 2026-11-01-0"),
        ("timeline:1000000017", "timeline:" + PSEUDONYMS.author_id("weibo", "1000000017").partition(":")[2]),
        ("timeline:1000000099", "timeline:1000000099"),
        ("post:4804608494665869", "post:4804608494665869"),
        ("search:@网友乙", f"search:@{X}"),
    ],
)
def test_a_slice_of_one_persons_posts_names_nobody(slice_: str, landed: str) -> None:
    coverage = Coverage(source="weibo", slice=slice_, expected=1, got=1)
    known = {"weibo:1000000099"}
    assert door_coverage(coverage, pseudonyms=PSEUDONYMS, public_names=known).slice == landed
