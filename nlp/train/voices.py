"""The voice head: learned from real rows whose voice is known or told by firm rules, and from invented posts.

No set of Chinese posts is labelled by voice. Real rows stand for a voice by who wrote them (verified media and
offices), what they are (customers' reviews, forum threads) or by a rule of weight 1 that stands in them; what
those show too little of is made from `voices.toml`. A row's part is decided by its author where one is known,
else by its text; a made post's by its pattern, so that no pattern is both learned from and measured on.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.codes import codes_of
from core.models import Voice
from core.project import EMPTY
from core.texts import own_text
from nlp.clean import LINE, clean
from nlp.heads import Head
from nlp.space import F32, Space
from nlp.train import data, fit
from nlp.voice import Manner

VOICES = tuple(voice.value for voice in Voice)
MADE = 40  # posts of a pattern
MOST = {"hotel": 2500, "waimai": 2500, "shopping": 6000, "koubei": 5000, "threads": 3000, "people": 9000}
REPORTS = 7000
COST = 0.3
_PATTERNS = Path(__file__).parent / "voices.toml"
_SLOT = re.compile(r"\{(\w+)\}")
_TAG = re.compile(r"#[^#\n]{1,60}#")
_LEAST = 6  # characters of one's own from which a row says anything


@dataclass(frozen=True, slots=True)
class Told:
    """A row with its voice; `key` decides its part, `made` whether it was invented."""

    text: str
    voice: str
    key: str
    made: bool = False

    @property
    def part(self) -> int:
        """0 to learn from, 1 to tune on, 2 to measure on; of ten parts seven, one and two."""
        number = hashlib.sha1(self.key.encode("utf-8", "replace"), usedforsecurity=False).digest()[0]
        tenth = number * 10 // 256
        return 2 if tenth < data.TEST else 1 if tenth < data.TEST + data.DEV else 0


def rows() -> list[Told]:
    """All rows, each text once."""
    found = [*_reviews(), *_posts(), *_pandemic(), *_cascades(), *made()]
    return list({row.text: row for row in reversed(found) if len(row.text) >= _LEAST}.values())[::-1]


def _drawn(texts: Iterable[str], most: int) -> list[str]:
    """At most so many different texts, in an order that depends on nothing but them."""
    return sorted(dict.fromkeys(texts), key=_digest)[:most]


def _digest(text: str) -> bytes:
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).digest()


def _reviews() -> Iterator[Told]:
    """Customers, car owners and forum threads: people's own words."""
    texts: dict[str, list[str]] = {name: [] for name in MOST}
    for row in data.polarity():
        if row.origin in texts:
            texts[row.origin].append(row.text)
    texts["koubei"] = [row["text"] for row in data.table("autohome_koubei_tags/koubei_tags.csv.xz")]
    with lzma.open(data.folder() / "v2ex_hot_topics" / "topics.jsonl.xz", "rt", encoding="utf-8") as lines:
        topics = [json.loads(line) for line in lines]
    texts["threads"] = [f"{topic['title']}\n{(topic['content'] or '')[:200]}" for topic in topics]
    for name, most in MOST.items():
        drawn = _drawn(texts[name], 4 * most)
        spoken = zip(drawn, _heard(drawn), strict=True)
        plain = [text for text, (voice, _) in spoken if voice == Voice.ORGANIC]
        yield from (Told(text, "organic", text) for text in plain[:most])


def _posts() -> Iterator[Told]:
    """Posts of the labelled sets: another voice where a firm rule says so, else a person's."""
    texts = [
        *(row.text for row in data.polarity() if row.origin in ("weibo100k", "weibo2018")),
        *(row.text for row in data.emotion()),
    ]
    yield from _by_rules((text, text) for text in dict.fromkeys(texts))


def _by_rules(pairs: Iterable[tuple[str, str]]) -> Iterator[Told]:
    """(text, key) as rows; where weak rules alone speak, none."""
    known = [(text, key) for text, key in pairs if own_text(text)]
    for (text, key), (voice, firm) in zip(known, _heard([own_text(text) for text, _ in known]), strict=True):
        if firm or voice == Voice.ORGANIC:
            yield Told(text, voice, key)


def _pandemic() -> Iterator[Told]:
    """Posts under hashtags. A person's are those of accounts that posted once, under one hashtag, what nobody
    else did; an account's share of the reports and adverts is held down to keep one from being the class."""
    posts = list(data.table("covid_weibo_hashtag_posts/posts.csv.xz"))
    whose = Counter(post["userid"] for post in posts)
    words = Counter(re.sub(r"\W+", "", _TAG.sub("", post["text"])) for post in posts)
    of_account: Counter[str] = Counter()
    people = reports = 0
    told = {post["text"]: post["userid"] for post in posts}
    ordered = _drawn(told, len(told))
    for text, (voice, firm) in zip(ordered, _heard(ordered), strict=True):
        account = told[text]
        bare = re.sub(r"\W+", "", _TAG.sub("", text))
        alone = whose[account] == 1 and words[bare] == 1 and len(_TAG.findall(text)) <= 1 and "【" not in text
        if voice == Voice.ORGANIC and alone and people < MOST["people"]:
            people += 1
            yield Told(_TAG.sub("", text).strip(" ?"), voice, account)
        elif firm and of_account[account] < 20 and (voice != Voice.MEDIA or reports < REPORTS):
            of_account[account] += 1
            reports += voice == Voice.MEDIA
            yield Told(_undressed(text.rstrip(" ?")) if voice == Voice.MEDIA else text, voice, account)


def _cascades() -> Iterator[Told]:
    """What verified media wrote, and people's short own words on reposts."""
    path = data.folder() / "ced_cascades" / "cascades.jsonl.xz"
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            cascade = json.loads(line)
            user = cascade["user"]
            if user and user["verified_type"] == 3 and cascade["label"] == "non-rumor":
                yield Told(_undressed(cascade["text"]), "media", str(cascade["uid"]))
            own = {
                own_text(text): str(uid) for uid, _, _, text in cascade["reposts"][:400] if len(text) < 140
            }
            few = _drawn((text for text in own if len(text) >= 8), 5)
            for text, (voice, _) in zip(few, _heard(few), strict=True):
                if voice == Voice.ORGANIC:
                    yield Told(text, voice, own[text])


def _undressed(text: str) -> str:
    """Of every other report the words without headline brackets and hashtags, so that these are not all that is
    learned of reports; of every fourth the headline alone."""
    number = _digest(text)[0] % 4
    if number == 0:
        headline = re.match(r".{0,12}【([^】]{8,60})】", text)
        return headline[1].replace("#", "") if headline else text
    return re.sub(r"[【】#]", " ", text).strip() if number == 1 else text


def _heard(texts: Sequence[str]) -> list[tuple[str, bool]]:
    """Each text's voice by rules, and whether one of weight 1 said it."""
    manner, out = _manner(), []
    for start in range(0, len(texts), fit.STEP):
        cleaned = clean(texts[start : start + fit.STEP])
        lines = np.flatnonzero(codes_of(cleaned.joined) == ord(LINE))
        begins = np.concatenate(([0], lines + 1, [len(cleaned.joined)])).astype(np.int64)
        heard = (manner.firmly(numbers) for numbers in manner.find(cleaned, begins))
        out += [(voice.value, firm) for voice, firm in heard]
    return out


@cache
def _manner() -> Manner:
    return Manner(EMPTY)


def made(seed: int = 0) -> Iterator[Told]:
    """Posts of the patterns of `voices.toml`, alone or two of a voice and a part together."""
    told = tomllib.loads(_PATTERNS.read_text("utf-8"))
    rng = np.random.default_rng(seed)
    for voice, patterns in told["patterns"].items():
        parts = {pattern: Told("", voice, pattern).part for pattern in patterns}
        for pattern in patterns:
            others = [other for other in patterns if parts[other] == parts[pattern]]
            for _ in range(MADE):
                text = _filled(pattern, told["slots"], rng)
                if rng.random() < 0.25:
                    text += str(rng.choice(_JOINTS)) + _filled(str(rng.choice(others)), told["slots"], rng)
                yield Told(_dressed(text, rng), voice, pattern, made=True)


_JOINTS = ("。", "，", "！", " ", "\n", "~")
_ENDS = ("", "", "", "。", "！", "！！", "…", "~", "[doge]", "[泪]", "[哈哈]", "[心]", "[赞]", "😂", "？")


def _filled(pattern: str, slots: dict[str, list[str]], rng: np.random.Generator) -> str:
    def draw(match: re.Match[str]) -> str:
        if match[1] == "n":
            return str(rng.choice((rng.integers(1, 11), rng.integers(11, 100), rng.integers(100, 1000))))
        return str(rng.choice(slots[match[1]]))

    return _SLOT.sub(draw, pattern)


def _dressed(text: str, rng: np.random.Generator) -> str:
    """As anybody may write: other punctuation, an ending that no voice has to itself."""
    if rng.random() < 0.3:
        text = text.replace("，", str(rng.choice(("！", " ", "。", "~"))))
    return text + str(rng.choice(_ENDS))


def head(space: Space, *, held_out: bool = False) -> Head:
    """Four margins, of each voice over the organic one, calibrated on the part to tune on; with `held_out` the part
    to measure on is not learned from."""
    found = rows()
    learned = [row for row in found if row.part == 0 or (row.part == 2 and not held_out)]
    tuned = [row for row in found if row.part == 1]
    weights, bias = _fitted(learned, space)
    margins = fit.matrix([row.text for row in tuned], space) @ weights + bias
    factor, offsets = fit.temperature(margins, _labels(tuned))
    weights, bias = _fitted([*learned, *tuned], space)
    shares = Counter(row.voice for row in tuned)
    facts: dict[str, Any] = {
        "factor": factor,
        "offsets": [offset - offsets[0] for offset in offsets[1:]],
        "learned": [shares[voice] / len(tuned) for voice in VOICES],
        "rows": dict(Counter(row.voice for row in found)),
        "made": sum(row.made for row in found),
    }
    return Head(VOICES[1:], pruned(weights[:, 1:] - weights[:, :1]), bias[1:] - bias[:1], facts)


def _labels(told: Sequence[Told]) -> NDArray[np.int64]:
    return np.array([VOICES.index(row.voice) for row in told])


def _fitted(told: Sequence[Told], space: Space) -> tuple[F32, F32]:
    model = fit.linear(fit.matrix([row.text for row in told], space), _labels(told), COST)
    return model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


KEPT = 300_000  # terms; the rest says next to nothing of a voice


def pruned(weights: F32) -> F32:
    """The weights of the terms that say most of any voice, 0 for all others."""
    most = np.abs(weights).max(axis=1)
    line = np.partition(most, -KEPT)[-KEPT] if len(most) > KEPT else 0.0
    return np.where((most >= line)[:, None], weights, np.float32(0))
