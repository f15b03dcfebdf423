"""Words the dictionary does not know, found by how characters keep together.

A run of characters is a word where it occurs far more often than its parts would by chance (pointwise mutual
information of its weakest split, K. W. Church & P. Hanks 1990, Computational Linguistics 16(1)) and where what
stands before and after it varies (branching entropy, Z. Jin & K. Tanaka-Ishii 2006, COLING/ACL). `SCORE` weighs
both, and how often the segmenter guessed it; it is a logistic regression on which runs of three sets of Weibo posts
are words that were taken out of jieba's dictionary.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.codes import codes_of
from core.texts import own_text
from nlp.clean import clean
from nlp.features import I64, U64
from nlp.match import Phrases, text_at
from nlp.segment import Cut
from nlp.space import F32

LONGEST = 5  # characters; a Latin word is one
LEAST = 5  # times a word occurs
SURE = 0.4  # of the probability that a run is a word
EVERYDAY = Path(__file__).parent / "models" / "everyday.txt"  # made by nlp.train.everyday
_HAN = range(0x3400, 0xA000)
_LATIN = 0x100000  # plane 16 is private use: from here on a character stands for a Latin word
_LATIN_WORD = re.compile(r"[a-z][a-z0-9]{1,11}")
_TITLED = re.compile(r"#[^#\n]{1,40}#|【[^】\n]{0,60}】|\[[^\[\]\s]{1,8}\]")  # hashtags, headlines, emoticons
_EDGES = "的了着过得地吗吧呢啊呀哦嘛把被让很太都没不就也在是个们我你他她它这那有和与跟给对从到还又再只更最"
_EDGED = np.zeros(0x110000, dtype=bool)
_EDGED[codes_of(_EDGES)] = True
_BASE = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Weights:
    """Of the score's parts; `lengths` by characters from 2 on."""

    cohesion: float = 0.40
    freedom: float = 0.77
    other_freedom: float = 0.51
    often: float = -0.52  # ln of the times
    held: float = -0.48
    edge: float = -1.65  # it begins or ends with one of `_EDGES`
    guessed: float = 3.14  # share of its times that the segmenter's guesser cut it whole
    lengths: tuple[float, ...] = (3.85, 1.93, 1.80, 0.0)
    base: float = -7.21


SCORE = Weights()


@cache
def everyday() -> frozenset[str]:
    """Words everybody has long known that the segmenter's dictionary lacks (微博, 好用, 副驾)."""
    return frozenset(EVERYDAY.read_text("utf-8").split())


@dataclass(frozen=True, slots=True)
class NewWord:
    """A run of characters that is a word with this probability.

    `cohesion` is the pointwise mutual information of its weakest split, `freedom` the smaller entropy of its
    neighbours, both in nats.
    """

    word: str
    times: int
    cohesion: float
    freedom: float
    probability: float


def new_words(
    texts: Iterable[str], cut: Cut, known: Callable[[str], bool], *, least: int = LEAST
) -> list[NewWord]:
    """The words in raw texts that are not `known`, the surest first; folded as texts are for matching.

    `cut` is the segmenter that does not know them.

    Copies of one text should come once: what is repeated within a text that is repeated looks like a word.
    Chains of reposts, mentions, addresses, hashtags and headlines are passed over.
    """
    joined, latin = _folded([_TITLED.sub(" ", own_text(text)) for text in texts])
    found: list[NewWord] = []
    guesses = Counter(cut(joined))
    for runs in _runs(joined, least, guesses):
        told = runs.probability >= SURE
        for at in np.flatnonzero(told & (runs.held < _HELD)).tolist():
            start = int(runs.starts[at])
            run = joined[start : start + runs.length]
            word = "".join(latin.get(sign, sign) for sign in run)
            if not known(word):
                numbers = (float(part[at]) for part in (runs.cohesion, runs.freedom, runs.probability))
                found.append(NewWord(word, int(runs.times[at]), *numbers))
    return sorted(found, key=lambda one: (-one.probability, one.word))


def texts_with(words: Collection[str], texts: Sequence[str]) -> dict[str, list[int]]:
    """Of each word (folded) the numbers of the raw texts whose own part holds it."""
    phrases = Phrases()
    ordered = list(words)
    for number, word in enumerate(ordered):
        phrases.add(word, number)
    phrases.build(overlapping=True)
    cleaned = clean([_TITLED.sub(" ", own_text(text)) for text in texts])
    ends = np.cumsum([0, *(len(text) + 1 for text in cleaned.texts)]).astype(np.int64)
    found = phrases.find(cleaned.joined, overlapping=True)
    out: dict[str, list[int]] = {word: [] for word in ordered}
    for (_, _, numbers), at in zip(found, text_at(ends, [hit[0] for hit in found]), strict=True):
        for number in numbers:
            held = out[ordered[number]]
            if not held or held[-1] != at:
                held.append(at)
    return out


_HELD = 0.6  # share of one neighbour from which a run is only a part of a longer word


@dataclass(frozen=True, slots=True)
class _Runs:
    """The frequent runs of one length: where each stands first, and what is known of it."""

    length: int
    starts: I64
    times: I64
    cohesion: F32
    freedom: F32
    held: F32  # by the most frequent neighbour
    probability: F32


def _folded(texts: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The texts cleaned and joined, each Latin word as one character, and what these stand for."""
    signs: dict[str, str] = {}

    def sign(match: re.Match[str]) -> str:
        return signs.setdefault(match.group(), chr(_LATIN + len(signs) % 0xFFFE))

    joined = _LATIN_WORD.sub(sign, clean(texts).joined)
    return joined, {sign: word for word, sign in signs.items()}


def _runs(joined: str, least: int, guesses: Mapping[str, int]) -> Iterable[_Runs]:
    """The runs of 2 to `LONGEST` characters that occur `least` times; both halves of a frequent run are frequent."""
    codes = codes_of(joined)
    size = len(codes)
    inside = ((codes >= _HAN.start) & (codes < _HAN.stop)) | (codes >= _LATIN)
    edges = np.flatnonzero(~inside)
    room = np.repeat(np.append(edges, size), np.diff(np.concatenate(([0], edges + 1, [size]))))
    room -= np.arange(size)
    neighbours = np.where(inside, codes, 0).astype(np.int64)
    counts = [np.where(inside, np.bincount(codes, minlength=1)[codes], 0).astype(np.int32)]
    seeds = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
    rolling = seeds
    total = float(inside.sum())
    for length in range(2, LONGEST + 1):
        if size < length:
            return
        rolling = rolling[: size - length + 1] * _BASE + seeds[length - 1 :]
        shorter = counts[-1]
        fits = (room[: len(rolling)] >= length) & (shorter[: len(rolling)] >= least)
        places = np.flatnonzero(fits & (shorter[1 : len(rolling) + 1] >= least))
        places, groups, times = _grouped(rolling, places, least)
        if not len(times):
            return
        here = np.zeros(size, dtype=np.int32)
        here[places] = times[groups]
        counts.append(here)
        starts = places[np.searchsorted(groups, np.arange(len(times)))]
        guessed = [guesses.get(joined[at : at + length], 0) for at in starts.tolist()]
        edged = _EDGED[codes[starts]] | _EDGED[codes[starts + length - 1]]
        sides = [_branching(neighbours, places + step, groups, times) for step in (-1, length)]
        yield _weighed(
            length, starts, times, _cohesion(counts, starts, length, total), edged, np.array(guessed), sides
        )


def _grouped(rolling: U64, places: I64, least: int) -> tuple[I64, I64, I64]:
    """The places of runs that occur `least` times, by run; which run each is; how often each occurs."""
    hashes = rolling[places]
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    firsts = np.flatnonzero(np.concatenate((np.ones(min(1, len(ranked)), bool), ranked[1:] != ranked[:-1])))
    times = np.diff(np.append(firsts, len(ranked)))
    often = times >= least
    groups = np.repeat(np.cumsum(often) - 1, times)
    kept = np.repeat(often, times)
    return places[order][kept], groups[kept], times[often]


def _cohesion(counts: Sequence[NDArray[np.int32]], starts: I64, length: int, total: float) -> F32:
    """ln p(run) / (p(left) p(right)) of the split where it is smallest."""
    whole = counts[length - 1][starts] * total
    splits = [
        np.log(whole / (counts[left - 1][starts].astype(float) * counts[length - left - 1][starts + left]))
        for left in range(1, length)
    ]
    weakest: F32 = np.min(splits, axis=0).astype(np.float32)
    return weakest


def _branching(neighbours: I64, beside: I64, groups: I64, times: I64) -> tuple[F32, F32]:
    """The entropy of the characters beside each run, and the largest share of one of them.

    An edge (a blank, a sign, the end) is another neighbour each time: a word may stand alone.
    """
    there = (beside >= 0) & (beside < len(neighbours))
    signs = np.where(there, neighbours[np.clip(beside, 0, len(neighbours) - 1)], 0)
    keys = np.sort(groups << 21 | signs)
    firsts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    seen = np.diff(np.append(firsts, len(keys)))
    owners = keys[firsts] >> 21
    edge = (keys[firsts] & ((1 << 21) - 1)) == 0
    shares = seen / times[owners]
    entropy = np.bincount(
        owners, np.where(edge, shares * np.log(times[owners]), -shares * np.log(shares)), len(times)
    )
    held = np.maximum.reduceat(np.where(edge, 0, shares), np.searchsorted(owners, np.arange(len(times))))
    return entropy.astype(np.float32), held.astype(np.float32)


def _weighed(
    length: int,
    starts: I64,
    times: I64,
    cohesion: F32,
    edged: NDArray[np.bool_],
    guessed: I64,
    sides: Sequence[tuple[F32, F32]],
) -> _Runs:
    entropies, shares = ([side[part] for side in sides] for part in (0, 1))
    freedom, held = np.minimum(*entropies), np.maximum(*shares)
    told = (
        SCORE.base
        + SCORE.cohesion * cohesion
        + SCORE.freedom * freedom
        + SCORE.other_freedom * np.maximum(*entropies)
        + SCORE.often * np.log(times)
        + SCORE.held * held
        + SCORE.edge * edged
        + SCORE.guessed * np.minimum(1, guessed / times)
        + SCORE.lengths[length - 2]
    )
    return _Runs(length, starts, times, cohesion, freedom, held, (1 / (1 + np.exp(-told))).astype(np.float32))
