"""How a person writes: openings, endings, emoticons, slips of the keyboard."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

import msgspec

_SLIPS = (
    ("的时候", "得时候"), ("已经", "以经"), ("应该", "因该"), ("真的", "真滴"), ("这么", "这莫"), ("什么", "神马"),
    ("再也", "在也"), ("觉得", "jio得"), ("一直", "一只"), ("没有", "木有"), ("怎么", "肿么"), ("感觉", "赶脚"),
    ("不知道", "不造"), ("那么", "辣么"), ("以后", "一后"), ("还是", "海是"), ("回来", "会来"), ("喜欢", "稀饭"),
    ("必须", "必需"), ("的", "滴"), ("了", "鸟"), ("在", "再"), ("做", "作"), ("他", "ta"), ("两", "俩"),
)  # fmt: skip
_FACE = re.compile(r"\[[^\[\]\s#@]{1,8}\]$|[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F]$")
_BEYOND_GBK = re.compile(r"[\U00010000-\U0010FFFF\u2600-\u27BF\uFE0F\u200d]")
_FACES = re.compile(r"(?:\[[^\[\]\s#@0-9]{1,6}\])+")
_SMILES = (":)", "^_^", "-_-!", "囧", "T_T", "orz", "=_=", "哈哈", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One way of writing; `rate` and `typos` are shares of posts, `length` is short, mid or long."""

    rate: float
    typos: float
    faces: tuple[str, ...]
    tails: tuple[str, ...]
    heads: tuple[str, ...] = ()
    length: str = "mid"
    bang: bool = False  # full stops become exclamation marks
    dots: bool = False  # commas become dots
    bare: bool = False  # spaces instead of commas
    steady: bool = False  # a seller smiles at everything


@cache
def styles() -> dict[str, Style]:
    """Styles by name, from style.toml."""
    rows = tomllib.loads(files("replica.world").joinpath("style.toml").read_text("utf-8"))
    return {name: msgspec.convert(row, Style) for name, row in rows.items()}


_SOUR = ("[怒]", "[允悲]", "[泪]", "[裂开]", "[微笑]", "[费解]", "[拜拜]", "[摊手]", "[苦涩]", "😭", "🙃")
_SAFE = ("[doge]", "[允悲]", "[摊手]", "[二哈]", "[笑cry]", "[吃瓜]", "[思考]")


def say(style: Style, text: str, rng: Random, *, heads: bool = True, mood: str | None = None) -> str:
    """`text` as somebody of that style writes it; meaning, topics and names stay.

    `mood` (positive, negative) chooses among emoticons; without it only those that fit anything are taken.
    """
    if heads and style.heads and "\n" not in text and rng.random() < 0.07:
        text = f"{rng.choice(style.heads)}{rng.choice(('，', ' ', '！' if style.bang else '，'))}{text}"
    text = _punctuate(style, text, rng)
    if rng.random() < style.typos:
        text = _slip(text, rng)
    if not _FACE.search(text) and not text.endswith("#"):
        if text[-1:] not in "。！？!?…～~）)" and rng.random() < (0.6 if len(text) > 8 else 0.3):
            text += rng.choice(style.tails)
        if rng.random() < style.rate * 0.6:
            kind = "positive" if style.steady else mood
            faces = style.faces if kind == "positive" else _SOUR if kind == "negative" else _SAFE
            text += rng.choice(faces) * rng.choice((1, 1, 1, 1, 2, 3))
    return text


def _punctuate(style: Style, text: str, rng: Random) -> str:
    if style.bang and rng.random() < 0.5:
        text = text.replace("。", "！")
    if style.dots and rng.random() < 0.4:
        text = text.replace("，", "。。", 1)
    if style.bare and rng.random() < 0.5:
        text = text.replace("，", " ").replace("。", " ")
    if rng.random() < 0.08:
        text = text.replace("，", ",")
    return text.strip()


def _slip(text: str, rng: Random) -> str:
    for right, wrong in rng.sample(_SLIPS, len(_SLIPS)):
        if right in text and "#" not in text and "@" not in text:
            return text.replace(right, wrong, 1)
    return text


def for_gbk(text: str, rng: Random) -> str:
    """The text as an old board takes it: no emoji, no bracket emoticons, nothing beyond GBK."""
    text = _BEYOND_GBK.sub("", _FACES.sub(lambda _: rng.choice(_SMILES), text))
    return text.encode("gbk", "ignore").decode("gbk").strip()
