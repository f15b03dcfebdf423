"""The values of the fields that have few, and how they are spelled."""

from __future__ import annotations

import difflib
from functools import cache

from core.texts import fold
from index.query.fields import Spot, plain_key

# What the posts hold, and its Chinese names, the first for showing.
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "kind": {
        "post": ("原创",),
        "repost": ("转发",),
        "comment": ("评论",),
        "thread": ("主题帖", "主题"),
        "reply": ("回帖", "回复"),
        "article": ("文章",),
    },
    "verified": {
        "yes": ("是", "已认证"),
        "no": ("否", "未认证"),
        "person": ("个人",),
        "organisation": ("机构", "企业"),
        "expert": ("达人",),
    },
    "sentiment": {"positive": ("正面",), "neutral": ("中性",), "negative": ("负面",)},
    "emotion": {
        "angry": ("愤怒",),
        "fear": ("担忧", "恐惧"),
        "happy": ("高兴",),
        "neutral": ("平静",),
        "sad": ("难过", "悲伤"),
        "surprise": ("惊讶",),
    },
    "intent": {
        "aware": ("认知",),
        "interest": ("兴趣",),
        "purchase": ("购买",),
        "bought": ("已购",),
        "lost": ("流失",),
    },
    "voice": {
        "organic": ("网友",),
        "marketing": ("营销",),
        "media": ("媒体",),
        "fan": ("粉丝",),
        "spam": ("垃圾",),
    },
    "lang": {
        "zh": ("中文",),
        "zh-hant": ("繁体",),
        "yue": ("粤语",),
        "en": ("英文",),
        "ja": ("日文",),
        "ko": ("韩文",),
        "ug": ("维吾尔文",),
        "bo": ("藏文",),
        "mn": ("蒙古文",),
        "kk": ("哈萨克文",),
        "ii": ("彝文",),
        "za": ("壮文",),
        "ru": ("俄文",),
        "uk": ("乌克兰文",),
        "ar": ("阿拉伯文",),
        "fa": ("波斯文",),
        "ur": ("乌尔都文",),
        "hi": ("印地文",),
        "th": ("泰文",),
        "lo": ("老挝文",),
        "km": ("高棉文",),
        "my": ("缅甸文",),
        "vi": ("越南文",),
        "id": ("印尼文",),
        "es": ("西班牙文",),
        "fr": ("法文",),
        "de": ("德文",),
        "pt": ("葡萄牙文",),
        "it": ("意大利文",),
        "nl": ("荷兰文",),
        "tr": ("土耳其文",),
        "pl": ("波兰文",),
        "el": ("希腊文",),
        "he": ("希伯来文",),
        "und": ("不明",),
    },
    "has": {
        "link": ("链接",),
        "image": ("图片",),
        "video": ("视频",),
        "audio": ("音频",),
        "topic": ("话题",),
        "mention": ("提及",),
        "edit": ("修改",),
    },
    "gone": {
        "yes": ("是",),
        "author": ("作者删除",),
        "complaint": ("被投诉",),
        "account": ("账号注销",),
        "hidden": ("仅部分人可见",),
        "expired": ("超过展示期",),
        "blocked": ("被屏蔽",),
        "missing": ("原因不明",),
    },
}


@cache
def _spellings(field: str) -> dict[str, str]:
    values = CHOICES[field]
    return {fold(name): value for value, names in values.items() for name in (value, *names)}


def choice(field: str, value: str, spot: Spot) -> str:
    """The value of a field with few; raises `QueryError` naming the nearest and all."""
    key, spellings = plain_key(value), _spellings(field)
    if key in spellings:
        return spellings[key]
    near = difflib.get_close_matches(key, spellings, n=1, cutoff=0.5)
    hint, zh_hint = (f"did you mean {near[0]}? ", f"您是不是要写 {near[0]}？ ") if near else ("", "")
    names = [name for some in CHOICES[field].values() for name in some]
    raise spot.error(
        f"{value!r} in {field}: at character {spot.number} is unknown; {hint}known are {', '.join(CHOICES[field])}",
        f"第 {spot.number} 个字符处 {field}: 的取值 {value!r} 无法识别；{zh_hint}可用的有 {'、'.join(names)}",
    )
