"""What stands in a post's text: words of its own, the repost chain, topics, mentions, contacts."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

# --- HTML to text ------------------------------------------------------------------------------------

_TAG = re.compile(r"<[a-zA-Z/!?]")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: cannot be written as UTF-8
# Zero-width and bidi marks; not U+200D, which joins emoji.
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BLANKS = re.compile("[^\\S\n]+")
_LINE_EDGE = re.compile(" ?\n ?")
_EMPTY_LINES = re.compile("\n{3,}")
_FOLDED = re.compile(
    r"(?<=…)\s*(?:全文|展开全文|展开|收起)[cd]?$|(?<=\.\.\.)\s*(?:全文|展开全文|展开|收起)[cd]?$"
)
_BLOCKS = frozenset(
    {"p", "div", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "blockquote", "section", "article"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "figure"}
)
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "template", "noscript", "head"})
# Texts of links that are the site's furniture, with the icon letters c and d of its search page.
_FURNITURE = re.compile(r"\s*(?:(?:展开|收起)?全文|展开|收起|网页链接|.{1,32}的微博视频)\s*[cd]?\s*")
_EMOJI_ALT = re.compile(r"\[[^\[\]\s]{1,20}\]|:[\w+-]{1,40}:")


def html_to_text(markup: str) -> str:
    """The text a reader sees, in NFC: ``<br>`` and blocks break lines, emoji images become ``[doge]``.

    Drops scripts, invisible characters and the site's own marks (全文, 展开, 网页链接, X的微博视频). Plain
    text passes with its lines kept.
    """
    markup = _SURROGATE.sub("\ufffd", markup)
    if _TAG.search(markup):
        from parsel import Selector  # slow to load, and most commands read no markup

        text = _text_of(Selector(text=markup, type="html").root)
    else:
        text = html.unescape(markup) if "&" in markup else markup
    return _FOLDED.sub("", _tidy(text))


def _text_of(root: Any) -> str:
    parts: list[str] = []
    # A stack instead of recursion: hostile pages nest deeper than Python calls may.
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        if node.tail:
            stack.append(_BLANKS_AND_LINES.sub(" ", node.tail))
        tag = node.tag
        if not isinstance(tag, str) or tag in _SILENT:
            continue
        if tag == "br":
            parts.append("\n")
        elif tag == "img":
            parts.append(_alt(node))
        elif not _is_furniture(node, tag):
            edge = "\n" if tag in _BLOCKS else " " if tag in _CELLS else ""
            stack.extend((edge, *reversed(node), _BLANKS_AND_LINES.sub(" ", node.text or ""), edge))
    return "".join(parts)


_BLANKS_AND_LINES = re.compile(r"\s+")


def _alt(image: Any) -> str:
    alt = image.get("alt") or ""
    return alt if _EMOJI_ALT.fullmatch(alt) else ""


def _is_furniture(node: Any, tag: str) -> bool:
    if tag != "a" and not (tag == "span" and node.get("class") == "expand"):
        return False
    return _FURNITURE.fullmatch("".join(node.itertext())) is not None


def _tidy(text: str) -> str:
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n"))
    text = _LINE_EDGE.sub("\n", _BLANKS.sub(" ", text))
    return _EMPTY_LINES.sub("\n\n", text).strip()


# --- The repost chain --------------------------------------------------------------------------------

_HOP = re.compile(r"//\s*[@＠](?P<name>[^\s:：/@＠]{1,30})\s*[:：]")
_CUT_HOP = re.compile(r"//\s*[@＠][^\s:：/@＠]{0,30}$")  # the site cut the text inside a name
_REPLY_LEAD = re.compile(r"^\s*回[复復覆]\s*[@＠][^\s:：/@＠]{1,30}\s*[:：]\s*")
_BARE = frozenset(
    {
        "转发微博",
        "快转微博",
        "轉發微博",
        "快轉微博",
        "转发",
        "轉發",
        "repost",
        "转发微博。",
        "轉發微博。",
        "reposted",
    }
)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One hop of a repost chain: what `name` wrote, nearest poster first."""

    name: str
    text: str


def own_text(text: str) -> str:
    """The words the poster added: before the chain, without ``回复@X:``; "" of a bare repost."""
    # as of `_segments`, but most posts are long chains: their first hop is enough
    if "//" in text:
        hop = _HOP.search(text)
        text = text[: hop.start()] if hop else _CUT_HOP.sub("", text)
    return _own(text)


def chain(text: str) -> list[ChainLink]:
    """The hops after the poster's own words, the one reposted from first.

    Each text is cut like `own_text`, so it equals the own text of the post it came from.
    """
    _, *rest = _segments(text)
    return [ChainLink(name, _own(words)) for name, words in zip(rest[::2], rest[1::2], strict=True)]


def without_hops(text: str, gone: Callable[[str, str], bool], name: str) -> str:
    """`text` where each hop of its chain that is `gone`, by name and words, is an empty one of `name`."""
    if "//" not in text:
        return text
    heads = list(_HOP.finditer(text))
    parts = [text[: heads[0].start()] if heads else text]
    for at, head in enumerate(heads):
        words = text[head.end() : heads[at + 1].start() if at + 1 < len(heads) else len(text)]
        parts.append(f"//@{name}:" if gone(head["name"], _own(words)) else head[0] + words)
    return "".join(parts)


def _segments(text: str) -> list[str]:
    """Own words, then name and words of each hop in turn."""
    if "//" not in text:
        return [text]
    return _HOP.split(_CUT_HOP.sub("", text))


def _own(segment: str) -> str:
    words = (_REPLY_LEAD.sub("", segment) if "回" in segment else segment).strip()
    return "" if words.lower() in _BARE else words


# --- Topics, mentions, contacts ----------------------------------------------------------------------

_TOPIC = re.compile(r"#([^#\n]{1,32})#")
_MENTION = re.compile(r"[@＠]([\w\-·]{2,30})")
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+", re.ASCII
)
_EMAIL_SIGN = re.compile(r"@[A-Za-z0-9-]+\.")  # quick to look for, and rare beside mentions
_PHONE = re.compile(
    r"(?<!\d)(?:(?:\+|00)?86[-\s]?)?[1１][3-9３-９]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)"  # mobile
    r"|(?<!\d)[0０]\d{2,3}[-\s]\d{7,8}(?!\d)"  # landline with area code
)
_DIGITS = re.compile(r"\d{4}")
EMAIL_MASK = "[邮箱]"
PHONE_MASK = "[电话]"


def topics_of(text: str) -> tuple[str, ...]:
    """The topics between ``#``, each once, in order; a super topic without its ``[超话]``."""
    if "#" not in text:
        return ()
    found = [topic.removesuffix("[超话]").removesuffix("[超話]").strip() for topic in _TOPIC.findall(text)]
    return tuple(dict.fromkeys(filter(None, found)))


def mentions_of(text: str) -> tuple[str, ...]:
    """The names after ``@``, each once, in order; those of the chain too, e-mail addresses not."""
    if "@" not in text and "＠" not in text:
        return ()
    if _EMAIL_SIGN.search(text):
        text = _EMAIL.sub(" ", text)
    return tuple(dict.fromkeys(_MENTION.findall(text)))


def mask_contacts(text: str) -> str:
    """`text` with phone numbers and e-mail addresses replaced by `PHONE_MASK` and `EMAIL_MASK`."""
    if _EMAIL_SIGN.search(text):
        text = _EMAIL.sub(EMAIL_MASK, text)
    return _PHONE.sub(PHONE_MASK, text) if _DIGITS.search(text) else text


# --- Folding for search ------------------------------------------------------------------------------


# Characters beside which normalising would do nothing but what it does to each of them.
PLAIN = "\x00-\x7f\u2013-\u2016\u2018-\u201f\u200b\u200d\ufe0f\u3000-\u3020\u4e00-\u9fff\uff01-\uff5e\U0001f300-\U0001f64f"
ODD = re.compile(f"[^{PLAIN}]")


def fold(text: str) -> str:
    """`text` as search compares it: NFKC, lower case, traditional characters simplified one by one.

    As long as the NFKC form, but for the few letters whose lower case is longer.
    """
    if text.isascii():
        return text.lower()
    if not ODD.search(text):
        return text.translate(_plain_forms())
    return _folded(text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().translate(simplified())


@cache
def _plain_forms() -> dict[int, str]:
    """What each plain character is folded to, where that is another."""
    apart = "\x1e"
    plain = ODD.sub("", "".join(map(chr, range(0x20000)))).replace(apart, "")
    forms = _folded(apart.join(plain)).split(apart)
    return {ord(old): new for old, new in zip(plain, forms, strict=True) if old != new}


@cache
def simplified() -> dict[int, str]:
    """Simplified form by code point; about 5,000 characters, read once from OpenCC (0.1 s)."""
    from opencc import OpenCC  # slow to load, and most commands never fold

    han = [
        chr(code)
        for block in (range(0x2E80, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x32400))
        for code in block
    ]
    simple = OpenCC("t2s").convert("\n".join(han)).split("\n")
    table = {ord(old): new for old, new in zip(han, simple, strict=True) if old != new}
    # A few simplified forms are themselves traditional forms of another; follow to the end.
    return {old: table.get(ord(new), new) for old, new in table.items()}


# Soft hyphens, joiners, direction marks, variation selectors, tags: 澜\u200b石 reads 澜石.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]+"
)
BLANKS = re.compile("[\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def canonical(text: str) -> str:
    """The form in which "contains" is a plain substring test; no space at either end."""
    return BLANKS.sub(" ", INVISIBLE.sub("", fold(text))).strip(" ")
