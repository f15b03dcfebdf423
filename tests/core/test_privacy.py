import stat
import subprocess
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LandingError
from core.home import Home
from core.landing import LandingWriter
from core.models import Author, Coverage, Kind, Post
from core.privacy import Pseudonyms, door, door_author, door_coverage, is_public, load_key
from core.public_names import PublicNames
from core.texts import chain, own_text
from tests.core.people import BRAND, KEY, LINE, NOW, ORDINARY, PSEUDONYMS, post


def through(given: Post, *public_names: str) -> Post:
    return door(given, pseudonyms=PSEUDONYMS, follower_line=LINE, public_names=set(public_names))


def token(name: str) -> str:
    return PSEUDONYMS.name(name)


# --- pseudonyms --------------------------------------------------------------------------------------


def test_a_pseudonym_depends_on_key_platform_and_id() -> None:
    one = PSEUDONYMS.author_id("weibo", "1000000017")
    assert one == Pseudonyms(KEY).author_id("weibo", "1000000017")
    others = [
        PSEUDONYMS.author_id("weibo", "1000000018"),
        PSEUDONYMS.author_id("discuz", "1000000017"),
        Pseudonyms(bytes(32)).author_id("weibo", "1000000017"),
    ]
    assert len({one, *others}) == 4
    assert Pseudonyms(bytes(32)).name("某网友") != PSEUDONYMS.name("某网友")


def test_a_pseudonym_of_a_pseudonym_is_itself() -> None:
    account = PSEUDONYMS.author_id("weibo", "1000000017")
    assert PSEUDONYMS.author_id("weibo", account.partition(":")[2]) == account
    assert token(token("某网友")) == token("某网友")


@given(st.text(min_size=1))
def test_a_name_token_reads_as_a_name_in_any_text(name: str) -> None:
    stands = token(name)
    assert [link.name for link in chain(f"好//@{stands}:好")] == [stands]
    assert token(f" {name} ") == stands


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Pseudonyms(b"short")


# --- the key -----------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    key = load_key(path)
    assert len(key) == 32
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_a_key_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_key(path)
    path.chmod(0o644)
    load_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"no key", b"abcd", b"\xff\xfe"])
def test_a_broken_key_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(LandingError, match="restore it from a backup"):
        load_key(path)
    assert path.read_bytes() == content


def test_a_key_that_is_gone_is_not_made_anew_beside_its_posts(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "run.zst").write_bytes(b"")
    with pytest.raises(LandingError, match="is gone"):
        load_key(tmp_path / "key")
    assert not (tmp_path / "key").exists()


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    code = "import sys, pathlib, core.privacy as p; print(p.load_key(pathlib.Path(sys.argv[1])).hex())"
    command = [sys.executable, "-c", code, str(tmp_path / "key")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    assert len({process.communicate()[0] for process in running}) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


# --- who is public -----------------------------------------------------------------------------------


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


# --- texts -------------------------------------------------------------------------------------------

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


# --- links and labels --------------------------------------------------------------------------------


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
    assert all(getattr(given, field.name) not in (None, ()) for field in fields(Post))
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


# --- whatever comes ----------------------------------------------------------------------------------

# Marked so that no fixed word of these tests is one of them by chance.
NICKNAMES = st.text("甲乙丙丁QWXZ_-·89", min_size=3, max_size=24).map(lambda name: f"Zq{name}k")
ACCOUNTS = st.integers(2_000_000_000, 7_999_999_999).map(str)
PLACES = st.sampled_from(
    [
        "@{name} 看", "好//@{name}:对", "回复@{name}:好//@{name}:回复@{name}:嗯", "(@{name})", "＠{name}！",
        "hello@{name}", "//@{name}：好 http://t.cn/A6abcdef//@{name}:x", "https://weibo.com/{id}/M1VT3jzNX",
        "weibo.com/u/{id}好", "https://m.weibo.cn/profile/{id}?x=1", "https://weibo.com/n/{name}",
        "https://bbs.example/space-uid-{id}.html", "https://bbs.example/space-username-{name}.html",
        "https://social.example/@{name}", "#话题#@{name}#话题#", "没有人",
    ]
)  # fmt: skip


@st.composite
def planted(draw: st.DrawFn) -> tuple[Post, set[str]]:
    """A post of an ordinary person with names and ids wherever one can stand, and all of these."""
    name, other, account, another = draw(NICKNAMES), draw(NICKNAMES), draw(ACCOUNTS), draw(ACCOUNTS)
    places = draw(st.lists(PLACES, max_size=5))
    text = " ".join(place.format(name=draw(st.sampled_from([name, other])), id=another) for place in places)
    made = post(
        text,
        author=Author(
            id=f"weibo:{account}", name=name, followers=5, verified_type=-1, public=True, name_key=name
        ),
        url=f"https://weibo.com/{account}/M1VT3jzNX",
        urls=(
            f"https://weibo.com/u/{another}",
            f"https://weibo.com/n/{other}",
            f"https://x.example/{account}",
        ),
        mentions=(name, other),
        client=f"{name}的手机",
        region=f"{account}",
        media=("image", f"https://x.example/{name}.jpg"),
    )
    return made, {name, other, account, another}


@settings(max_examples=60, deadline=None)
@given(st.lists(planted(), min_size=1, max_size=4))
def test_no_ordinary_name_or_id_reaches_the_disk(made: list[tuple[Post, set[str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        with LandingWriter(home, "run-1", PSEUDONYMS, LINE) as writer:
            for raw, _ in made:
                writer.post(raw)
                assert raw.author is not None
                writer.author(raw.author, "weibo")
        landed = (
            zstandard.ZstdDecompressor()
            .stream_reader(writer.path.read_bytes(), read_across_frames=True)
            .read()
        )
        kept = "".join(path.read_text() for path in [home.public_names] if path.exists())
    for _, secrets in made:
        for secret in secrets:
            assert secret not in landed.decode()
            assert secret not in kept


@given(planted(), st.text())
def test_the_door_changes_nothing_twice(made: tuple[Post, set[str]], text: str) -> None:
    raw, _ = made
    for variant in (raw, replace(raw, text=text), replace(raw, author=BRAND)):
        once = through(variant)
        assert through(once) == once


@given(NICKNAMES, NICKNAMES, st.text("好的呀!，。 a1", max_size=20).map(str.strip))
def test_any_chain_resolves(first: str, second: str, words: str) -> None:
    root = through(post(words, author=Author(id="weibo:1", name=first)))
    middle = through(post(f"哦//@{first}:{words}", author=Author(id="weibo:2", name=second)))
    last = through(post(f"嗯//@{second}:哦//@{first}:{words}", author=Author(id="weibo:3", name="丙")))
    assert root.author is not None
    assert middle.author is not None
    assert [link.name for link in chain(last.text)] == [middle.author.name_key, root.author.name_key]
    assert [link.text for link in chain(last.text)] == ["哦", own_text(root.text)]


# --- the registry of public names --------------------------------------------------------------------


def test_public_names_grow_and_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "public_names"
    names = PublicNames(path, ["甲"])
    for entry in ("乙", " 乙", "weibo:1", None, "", "两\n行"):
        names.add(entry)
    assert "甲" in names
    assert "乙" in names
    assert "丙" not in names
    names.save()
    names.save()
    assert path.read_text("utf-8") == "乙\nweibo:1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = PublicNames(path)
    assert "乙" in again
    assert "weibo:1" in again


def test_runs_that_write_at_once_both_add(tmp_path: Path) -> None:
    path = tmp_path / "public_names"
    one, two = PublicNames(path), PublicNames(path)
    one.add("甲")
    two.add("乙")
    one.save()
    two.save()
    assert "甲" in PublicNames(path)
    assert "乙" in PublicNames(path)
