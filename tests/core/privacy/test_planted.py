"""Whatever comes, no ordinary name or id reaches the disk."""

import tempfile
from pathlib import Path

import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.home import Home
from core.landing import LandingWriter
from core.models import Author, Post
from core.texts import chain, own_text
from tests.core.people import BRAND, LINE, PSEUDONYMS, post
from tests.core.privacy.masked import through

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
