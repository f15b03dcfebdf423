"""What the encoder learns from: labelled texts of every task, as `nlp.encoder` would prepare them."""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from tokenizers import Tokenizer

from nlp.aspects import POLARITIES
from nlp.clauses import locate, wide
from nlp.clean import EMOTICON
from nlp.encoder import prepared
from nlp.train import data
from nlp.train.composed import composed
from nlp.train.heads import DROPPED, SIGNS

LETTERS = re.compile(r"[\W_]+")
SIDES = ("negative", "positive")
OWNERS = 6_000  # owners' snippets learned from
CLASSES = 48  # emoticons that are guessed
ONE_SIDED = 0.85  # of the labelled posts with an emoticon: from there on it stands for their label
OWN = re.compile(r"//@.*|转发微博|回复\s*@[^:：]*[:：]|@\S+", re.DOTALL)  # what is not a repost's own text
LONG = (
    100  # characters of a text learned from, of a longer one both ends: fewer than are read later, for speed
)
TOKENS = 96  # of a text
# of 182 samples, how many are drawn from each set
SHARES = {
    "usual": 40, "virus": 13, "weibo100k": 13, "weibo2018": 7, "hotel": 7, "waimai": 9, "shopping": 13,
    "aspects-car": 7, "opinions-car": 12, "aspects-cosmetics": 4, "opinions-cosmetics": 7, "terms": 6,
    "covid": 4, "clue": 3, "nlpcc": 6, "owners": 3, "emoticons": 20, "composed": 8,
}  # fmt: skip


@dataclass(slots=True)
class Sample:
    """A text, or a term and the text around it, with its labels by head: a class, or a flag a class.

    ids : its tokens; bare : those without emoticons, empty where there are none to drop.
    """

    text: str
    labels: dict[str, Any]
    term: str | None = None
    ids: list[int] = field(default_factory=list)
    bare: list[int] = field(default_factory=list)


class Source(NamedTuple):
    """The samples of one set."""

    name: str
    samples: list[Sample]

    @property
    def share(self) -> int:
        return SHARES[self.name]


def sources() -> list[Source]:
    """The training part of everything: what is read later, then the sets that only teach the layers."""
    rows = data.split([*data.polarity(), *data.emotion()]).train
    names = ("usual", "virus", "weibo100k", "weibo2018", "hotel", "waimai", "shopping")
    found = [Source(name, [_general(row) for row in rows if row.origin == name]) for name in names]
    for name, told in (("car", data.cars()), ("cosmetics", data.makeup())):
        classes, train = aspects(told), data.split(told).train
        flags = [Sample(row.text, {name: [each in row.extra for each in classes]}) for row in train]
        pairs = [
            Sample(row.text, {"opinion": POLARITIES.index(polarity)}, aspect)
            for row in train
            for aspect, polarity in row.extra.items()
        ]
        found += [Source(f"aspects-{name}", flags), Source(f"opinions-{name}", pairs)]
    terms = [_term(row) for row in data.split(data.terms()).train]
    posts = [row for row in rows if row.origin == "weibo100k"]
    return [
        *found,
        Source("terms", terms),
        *_feelings(),
        Source("owners", _owners()),
        Source("emoticons", _emoticons(posts)),
        Source("composed", [_general(row) for row in composed(rows)]),
    ]


def aspects(rows: Sequence[data.Row]) -> tuple[str, ...]:
    """The aspects of a pack in the order of its fast finder's classes."""
    return tuple(sorted({aspect for row in data.split(rows).train for aspect in row.extra}))


def _general(row: data.Row) -> Sample:
    labels = {}
    if row.label in data.EMOTIONS:
        labels["emotion"] = data.EMOTIONS.index(row.label)
    if SIGNS[row.label]:
        labels["polarity"] = int(SIGNS[row.label] > 0)
    return Sample(row.text, labels)


def _term(row: data.Row) -> Sample:
    term, at = row.extra[0], locate(row.text, *row.extra)
    return Sample(wide(row.text, term, at), {"opinion": POLARITIES.index(row.label)}, term)


def _feelings() -> Iterator[Source]:
    """Emotions by other schemes, each with a head of its own that does not ship."""
    nlpcc = [
        f"nlpcc2014_emotion/{path.name}"
        for path in sorted((data.folder() / "nlpcc2014_emotion").glob("*.gz"))
    ]
    for name, files, column in (
        ("covid", ["covid_weibo_emotion/labeled.csv.gz"], "label"),
        ("clue", ["clue_emotion/valid.csv.gz"], "label"),
        ("nlpcc", nlpcc, "emotion1"),
    ):
        rows = {row["text"]: row[column] for file in files for row in data.table(file)}
        classes = sorted(set(rows.values()))
        yield Source(
            name, [Sample(text, {name: classes.index(label)}) for text, label in rows.items() if _ours(text)]
        )


def _owners() -> list[Sample]:
    """Car owners' snippets, as many blamed as praised by the site's tags, with the aspect as the term."""
    seen: dict[tuple[str, str], set[str]] = {}
    for row in data.table("autohome_koubei_tags/koubei_tags.csv.xz"):
        seen.setdefault((row["aspect"], row["text"]), set()).add(row["polarity"])
    rng = np.random.default_rng(0)
    found = []
    for sign in (0, 1):
        side = sorted(pair for pair, signs in seen.items() if signs == {str(sign)})
        chosen = [side[at] for at in rng.permutation(len(side))[: OWNERS // 2]]
        found += [Sample(text, {"owners": sign}, aspect) for aspect, text in chosen if _ours(text)]
    return found


def _emoticons(posts: Sequence[data.Row]) -> list[Sample]:
    """Reposts that show one emoticon, without it: which it was, a head that does not ship (Felbo et al. 2017).

    Where the emoticon stands for one label of `posts`, the repost gets that label too.
    """
    shown: dict[str, str] = {}
    with lzma.open(data.folder() / "ced_cascades" / "cascades.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            for *_, text in json.loads(line)["reposts"]:
                own = OWN.sub("", text or "")
                found, bare = set(EMOTICON.findall(own)), EMOTICON.sub("", own).strip()
                if len(found) == 1 and len(LETTERS.sub("", bare)) >= 5 and _ours(bare):
                    shown.setdefault(bare, found.pop())
    classes = [name for name, _ in Counter(shown.values()).most_common(CLASSES)]
    sided = _sides(posts)
    return [
        Sample(
            text, {"emoticons": classes.index(name)} | ({"polarity": sided[name]} if name in sided else {})
        )
        for text, name in shown.items()
        if name in classes
    ]


def _sides(posts: Sequence[data.Row]) -> dict[str, int]:
    """The side of each emoticon that stands in many posts of one label and few of the other."""
    counts: dict[str, list[int]] = {}
    for row in posts:
        for name in set(EMOTICON.findall(row.text)):
            counts.setdefault(name, [0, 0])[SIDES.index(row.label)] += 1
    return {
        name: int(pair[1] > pair[0])
        for name, pair in counts.items()
        if sum(pair) >= 40 and max(pair) >= ONE_SIDED * sum(pair)
    }


def _ours(text: str) -> bool:
    """Whether a text of a set without a split would be learned from if it stood in one."""
    return data.part(text) >= data.TEST + data.DEV


def shortened(text: str) -> str:
    """A prepared text of which both ends are kept."""
    whole = prepared(text)
    return whole if len(whole) <= LONG else f"{whole[: LONG // 2]}…{whole[-LONG // 2 :]}"


def tokenize(of: Sequence[Source], tokenizer: Tokenizer) -> None:
    """Give every sample its tokens."""
    tokenizer.enable_truncation(TOKENS)
    for source in of:
        for sample in source.samples:
            sample.ids = _encode(tokenizer, sample.text, sample.term)
            if source.name in DROPPED and "[" in sample.text:
                sample.bare = _encode(tokenizer, EMOTICON.sub("", sample.text), sample.term)


def _encode(tokenizer: Tokenizer, text: str, term: str | None) -> list[int]:
    short = shortened(text)
    found: list[int] = (
        tokenizer.encode(short) if term is None else tokenizer.encode(prepared(term), short)
    ).ids
    return found


def batches(
    of: Sequence[Source], most: int, rng: np.random.Generator
) -> Iterator[list[tuple[Sample, list[int]]]]:
    """Batches of at most `most` tokens without end: sets by their shares, texts of like length together.

    From half of the samples drawn that have emoticons they are dropped: one model reads both ways.
    """
    shares = np.array([source.share for source in of], dtype=np.float64)
    queues: list[list[int]] = [[] for _ in of]
    while True:
        drawn = []
        for number in rng.choice(len(of), 4096, p=shares / shares.sum()).tolist():
            if not queues[number]:
                queues[number] = rng.permutation(len(of[number].samples)).tolist()
            sample = of[number].samples[queues[number].pop()]
            drawn.append((sample, sample.bare if sample.bare and rng.random() < 0.5 else sample.ids))
        drawn.sort(key=lambda pair: len(pair[1]))
        groups: list[list[tuple[Sample, list[int]]]] = [[]]
        for pair in drawn:
            if len(pair[1]) * (len(groups[-1]) + 1) > most:
                groups.append([])
            groups[-1].append(pair)
        for at in rng.permutation(len(groups)).tolist():
            yield groups[at]
