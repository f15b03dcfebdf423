"""What is said in an expanse: subjects with names nobody uses otherwise, and talk around them, all by number."""

from __future__ import annotations

from functools import cache

from replica.expanse.columns import TOPICS
from replica.provinces import PROVINCES

_FIRST = "岚澈霁沅曜芷砚棠漪峤泓葳"
_SECOND = "杉野汀屿笙珀岑禾钧帆"
_KIND = (
    "气泡水",
    "台灯",
    "露营车",
    "防晒霜",
    "耳机",
    "书包",
    "麦片",
    "跑鞋",
    "保温杯",
    "键盘",
    "面霜",
    "折叠屏",
)
_OPENING = ("说句实话", "刚刚才发现", "周末试了一下", "排了半小时队", "被同事安利了", "又刷到了", "用了两个月", "没想到", "本来没抱希望",
            "路过门店", "有没有人懂", "认真比较过", "家里人都说", "今天终于到货", "做了一晚上功课", "朋友送的")  # fmt: skip
_VERDICT = ("真的很香", "只能说一般", "踩雷了", "比想象中好", "做工有点糙", "颜色很舒服", "客服态度不错", "等降价再说", "准备退货",
            "会回购", "性价比可以", "包装漏了", "味道有点怪", "声音太大", "轻了不少", "续航打折", "细节到位", "不太值这个价")  # fmt: skip
_ENDING = (
    "。",
    "！",
    "，求建议",
    "，有同款吗",
    "，先观望",
    "，姐妹们怎么看",
    "，随便说说",
    "[doge]",
    "，[允悲]",
    "，记录一下",
    "",
    "，别问我",
    "，懂的都懂",
)
_REPOST = (
    "",
    "",
    "",
    "",
    "转发微博",
    "[doge]",
    "哈哈哈",
    "真的假的",
    "蹲一个后续",
    "同感",
    "这也行？",
    "马住",
    "笑死",
    "说得对",
    "不信",
)
_PUSHED = (
    "太好用了吧！已经推荐给全家",
    "闭眼入不亏，姐妹们冲",
    "用过都说好，回购第三次",
    "颜值和实力都在线",
    "这个价格真的良心",
)
_NAME_HEAD = (
    "爱喝汤的",
    "半夜写诗的",
    "不加班的",
    "追云的",
    "小镇",
    "南方的",
    "晒太阳的",
    "第七个",
    "慢半拍的",
    "卖伞的",
    "会飞的",
    "沉默的",
)
_NAME_TAIL = (
    "橘子",
    "老陈",
    "阿九",
    "企鹅",
    "铅笔",
    "鲸鱼",
    "木匠",
    "麦子",
    "邮差",
    "石头人",
    "猫头鹰",
    "青年",
)
_PLACES = tuple(PROVINCES.values())
_MIX = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1


def mixed(seed: int, number: int) -> int:
    """64 bits that look like chance, the same for the same numbers (SplitMix64)."""
    value = (seed * 0xD1342543DE82EF95 + (number + 1) * _MIX) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


@cache
def subjects() -> tuple[str, ...]:
    """The names things are called by, one for each topic, the most talked of first; none is part of another."""
    names = (
        f"{a}{b}{_KIND[(i * len(_SECOND) + j) % len(_KIND)]}"
        for i, a in enumerate(_FIRST)
        for j, b in enumerate(_SECOND)
    )
    found = (*names, *(f"{b}{a}二代" for a in _FIRST for b in _SECOND))
    return found[:TOPICS]


def told(subject: str, chance: int, *, ending: int = 0) -> str:
    """A post about a subject; `ending` other than 0 ends it otherwise, as an edit does."""
    opening = _OPENING[chance % len(_OPENING)]
    verdict = _VERDICT[(chance >> 8) % len(_VERDICT)]
    end = _ENDING[((chance >> 16) + ending) % len(_ENDING)]
    return f"{opening}，{subject}{verdict}{end}"


def reposted(chance: int) -> str:
    return _REPOST[chance % len(_REPOST)]


def pushed(chance: int) -> str:
    return _PUSHED[chance % len(_PUSHED)]


def answered(chance: int) -> str:
    """A comment or a floor, which names no subject."""
    return f"{_OPENING[chance % len(_OPENING)]}，{_VERDICT[(chance >> 9) % len(_VERDICT)]}{_ENDING[(chance >> 17) % len(_ENDING)]}"


def name_of(person: int) -> str:
    """A nickname nobody else has."""
    head, tail = divmod(person, len(_NAME_TAIL))
    number, head = divmod(head, len(_NAME_HEAD))
    return f"{_NAME_HEAD[head]}{_NAME_TAIL[tail]}{number or ''}"


def place_of(chance: int) -> str:
    return _PLACES[chance % len(_PLACES)]
