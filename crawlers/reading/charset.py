"""Which text a body is where the header, the page and the bytes disagree, as old Chinese sites do."""

from __future__ import annotations

import codecs
import re

_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)|<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_IN_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_GB = {"gb2312", "gbk", "gb18030", "x-gbk", "cp936", "ms936", "euc-cn", "gb_2312-80", "chinese", "gb"}
_BIG5 = {"big5", "big5-hkscs", "cn-big5", "x-x-big5", "cp950"}
_OTHERS = {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "shift_jis", "euc_jp", "euc_kr"}
_FIRST_CHINESE = "\u2e80"  # below it lie the two-byte sequences that GBK bytes are mistaken for


_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # no XML may hold them


def decode(body: bytes, *, content_type: str | None = None, given: str | None = None) -> tuple[str, str]:
    """The text of `body`, without characters that no document may hold, and the name of its charset.

    The order is: `given` (the operator knows), a byte order mark, bytes that are Chinese in UTF-8, what the
    page declares of itself, the charset of `content_type` (the header, which lies most), GB18030.
    GBK and GB2312 are read as their superset GB18030. Bytes that fit nothing become U+FFFD.
    """
    text, name = _decode(body, content_type, given)
    return _UNFIT.sub("", text), name


def _decode(body: bytes, content_type: str | None, given: str | None) -> tuple[str, str]:
    if name := _known(given):
        return _read(body, name), name
    if body.startswith(codecs.BOM_UTF8):
        return body[3:].decode("utf-8", "replace"), "utf-8"
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace"), "utf-16"
    text = body.decode("utf-8", "replace")
    if _is_chinese_utf8(text):
        return text, "utf-8"
    for name in (_declared(body), _in_header(content_type)):
        # one that claims UTF-8 and is not has told us nothing
        if name and (name != "utf-8" or "\ufffd" not in text):
            return _read(body, name), name
    if "\ufffd" not in text:
        return text, "utf-8"
    return _read(body, "gb18030"), "gb18030"


def _is_chinese_utf8(text: str) -> bool:
    """Whether it decoded well (a few torn characters aside) and holds characters GBK bytes cannot fake."""
    bad = text.count("\ufffd")
    good = sum(char >= _FIRST_CHINESE and char != "\ufffd" for char in text)
    return good > 20 * bad


def _declared(body: bytes) -> str | None:
    match = _DECLARED.search(body[:4096])
    return _known((match[1] or match[2]).decode("ascii")) if match else None


def _in_header(content_type: str | None) -> str | None:
    match = _IN_HEADER.search(content_type or "")
    return _known(match[1]) if match else None


def _known(name: str | None) -> str | None:
    """The name Python decodes by, or None: latin-1 is what a server says that knows nothing."""
    plain = (name or "").strip().lower()
    if not plain:
        return None
    if plain in _GB:
        return "gb18030"
    if plain in _BIG5:
        return "big5hkscs"
    try:
        found = codecs.lookup(plain).name
    except LookupError:
        return None
    return found if found in _OTHERS else None


def _read(body: bytes, name: str) -> str:
    return body.decode(name, "replace")
