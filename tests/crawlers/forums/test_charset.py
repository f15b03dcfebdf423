"""A page is read in the charset its bytes are in, whoever claims what."""

from __future__ import annotations

import pytest

from crawlers.reading.charset import decode

TEXT = "中控异响，喆哥說沒事"
LONG = "过减速带的时候中控台里面咔哒咔哒地响，四儿子店说正常。" * 20
META = '<html><head><meta http-equiv="Content-Type" content="text/html; charset={}" /></head>{}</html>'


@pytest.mark.parametrize(
    ("body", "content_type", "given", "charset"),
    [
        (TEXT.encode(), None, None, "utf-8"),
        (TEXT.encode("utf-8-sig"), "text/html; charset=gbk", None, "utf-8"),
        (TEXT.encode("utf-16"), None, None, "utf-16"),
        (TEXT.encode("gb18030"), None, None, "gb18030"),
        (TEXT.encode("gb18030"), "text/html; charset=utf-8", None, "gb18030"),
        (TEXT.encode("gb18030"), "text/html; charset=ISO-8859-1", None, "gb18030"),
        (TEXT.encode(), "text/html; charset=gbk", None, "utf-8"),
        (META.format("gbk", TEXT).encode("gbk"), "text/html; charset=utf-8", None, "gb18030"),
        (META.format("gb2312", TEXT).encode("gb18030"), None, None, "gb18030"),
        (META.format("gbk", TEXT).encode(), "text/html; charset=gbk", None, "utf-8"),
        (META.format("utf-8", TEXT).encode("gbk"), None, None, "gb18030"),
        (META.format("big5", "繁體網頁").encode("big5"), None, None, "big5hkscs"),
        ("<meta charset=GBK>联通".encode("gbk"), None, None, "gb18030"),
        ('<?xml version="1.0" encoding="gb2312"?><rss>联通</rss>'.encode("gbk"), None, None, "gb18030"),
        (META.format("no-such-charset", TEXT).encode("gbk"), None, None, "gb18030"),
        (META.format("base64", TEXT).encode("gbk"), None, None, "gb18030"),
        (TEXT.encode("gbk"), "text/html; charset=utf-8", "gbk", "gb18030"),
        (b"<html>plain ascii</html>", "text/html; charset=gbk", None, "gb18030"),
        (b"", None, None, "utf-8"),
    ],
)
def test_the_charset_is_the_one_the_bytes_are_in(
    body: bytes, content_type: str | None, given: str | None, charset: str
) -> None:
    text, name = decode(body, content_type=content_type, given=given)
    assert name == charset
    assert "\ufffd" not in text
    if TEXT.encode() in body or TEXT.encode("gb18030") in body:
        assert TEXT in text


@pytest.mark.parametrize("torn", [1, 2])
def test_a_torn_last_character_does_not_change_the_charset(torn: int) -> None:
    text, name = decode(LONG.encode()[:-torn], content_type="text/html; charset=gbk")
    assert name == "utf-8"
    assert text.rstrip("\ufffd") == LONG[:-1]


def test_bytes_that_fit_nothing_are_marked_and_lose_nobody_else() -> None:
    text, _ = decode(b"\xff\xff" + TEXT.encode("gb18030"))
    assert TEXT in text
