"""``tingfeng annotate -`` answers whatever stands on a line: with an annotation or an error, in linear work."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.records import to_json
from nlp.annotate import Annotator
from ops.commands.annotate import read_line

FIELDS = {"id", "words", "keywords", "sentiment", "emotion", "aspects", "models"}
SCRIPTS = (
    "你好 こんにちは 안녕하세요 สวัสดี مرحبا שלום नमस्ते வணக்கம் ನಮಸ್ಕಾರ ഹലോ నమస్తే হ্যালো ਸਤ ສະບາຍດີ မင်္ဂလာပါ ជំរាបសួរ ᠰᠠᠶᠢᠨ "
    "Γειά Здравствуй Բարեւ გამარჯობა ሰላም ᐊᐃ ᎣᏏᏲ ꦱꦸꦒꦼꦁ བཀྲ་ཤིས 𐌷𐌰𐌹𐌻𐍃 𒀀𒁀 𓀀𓂀 ߊߟߎ ⵣⵓⵍ ꓡꓲ ヨロシク ㄅㄆㄇ Ａｂｃ ½ ﷽"
)
KINDS: dict[str, Callable[[int], str]] = {
    "Chinese": lambda n: "这台车的后排空间很大，动力也足。" * (n // 16),
    "one letter": lambda n: "哈" * n,
    "emoji": lambda n: "😀👨‍👩‍👧❤️🇨🇳" * (n // 12),
    "zero width": lambda n: "好\u200b\u200d\ufeff" * (n // 4),
    "bidi": lambda n: "\u202e差\u202c\u2066评\u2069" * (n // 6),
    "null bytes": lambda n: "\x00" * n,
    "surrogates": lambda n: "\ud83d好" * (n // 2),
    "scripts": lambda n: SCRIPTS * (n // len(SCRIPTS)),
    "marks": lambda n: "e" + "\u0301" * n,
    "open tags": lambda n: "<div>" * (n // 5) + "好",
    "nested tags": lambda n: "<b>" * (n // 7) + "好" + "</b>" * (n // 7),
    "entities": lambda n: "&amp;" * (n // 5),
    "entities of entities": lambda n: "&" + "amp;" * (n // 4),
    "brackets": lambda n: "[" * n,
    "emoticons": lambda n: "[爱你]" * (n // 4),
    "at signs": lambda n: "@" * n,
    "chains": lambda n: "//@甲:" * (n // 5),
    "hashes": lambda n: "#" * n,
    "links": lambda n: "http://" * (n // 7),
    "commas": lambda n: "，" * n,
    "spaces": lambda n: " " * n + "好",
    "digits": lambda n: "1" * n,
    "ligatures": lambda n: "ﷺ" * (n // 4),
}
MEGABYTE = 1 << 20


@cache
def annotator() -> Annotator:
    return Annotator()


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode()  # half characters as \\ud83d, as broken exports have them


def check(given: bytes) -> None:
    answer = read_line(given, annotator())
    assert json.loads(to_json(answer))["id"] == answer["id"]
    assert set(answer) in (FIELDS, {"id", "error"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_post_is_answered(kind: str) -> None:
    text = KINDS[kind](20_000)
    for domain in (None, "car", "phone"):
        check(line(id=1, text=text, domain=domain))
    check(line(id=1, text=text, aspect_terms=["空间", text[:50], ""]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_megabyte_is_answered(kind: str) -> None:
    check(line(id=1, text=KINDS[kind](MEGABYTE)))


def calls(work: Callable[[], object]) -> int:
    """Calls of functions, ours and built in, that a piece of work makes."""
    made = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_work_grows_no_faster_than_the_post(kind: str) -> None:
    small, large = (line(id=1, text=KINDS[kind](size), domain="car") for size in (8_000, 32_000))
    reader = annotator()
    read_line(small, reader)  # what is made once is made now
    counts = [calls(lambda given=given: read_line(given, reader)) for given in (small, large)]
    assert counts[1] <= 4.4 * counts[0]


WRONG = [
    b"{", b"[]", b"null", b"1", b'"text"', b"\xff\xfe{", b'{"text": "\xff"}', b'{"text": null}', b'{"text": {}}',
    b'{"text": "a", "text": 3}', b'{"id": {}, "text": "a"}', b'{"id": 1e400, "text": "a"}', b'{"text": "\\ud800"}',
    b'{"text": "\\u0000"}', b'{"text": "a"} x', b'{"text": "a", "aspect_terms": "b"}', b"{" * 100_000,
    b'{"text":' + b"[" * 100_000, b'{"text": "a", "aspect_terms": [' + b'"a",' * 100 + b'"b"]}', b"\x00", b"NaN",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_a_wrong_line_costs_an_error_and_nothing_else(number: int) -> None:
    check(WRONG[number])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_answered(given: bytes) -> None:
    check(given)


odd = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    [make(200) for make in KINDS.values()]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(odd, max_size=4).map("".join),
    st.sampled_from([None, "car", "cosmetics", "phone", "camera", "boats", ""]),
    st.none() | st.lists(odd, max_size=3),
    st.none() | st.integers() | odd,
)
def test_any_text_terms_and_id_are_answered(
    text: str, domain: str | None, terms: list[str] | None, post: str | int | None
) -> None:
    check(line(id=post, text=text, domain=domain, aspect_terms=terms))
