"""Rules from corrections: words whose posts a project's readers keep judging otherwise than the models do.

A rule says that posts read as one sentiment which hold a word are of another; likewise of emotions, stages and voices,
of the opinions on an aspect, and of a brand's mentions. It is learned from three fifths of
the judgements, and what it does is measured on the rest, which it has not seen. Rules are taken one by one, each
the one that mends most of what the former ones left (sequential covering, R. L. Rivest 1987, Machine Learning 2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.ingest.judgements import Rule
from index.ingest.questions import WHOLE
from mining.lexis import says_something

NEEDED_CORRECTIONS = 20
NEEDED_HELD_BACK = 20  # judgements
_SUPPORT = 3  # judged posts a rule must speak for
_GAIN = 2  # posts it must mend more than it spoils
_MOST = 50  # rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A judged post, or a part of it: the words in it, what the models read, and what a person says."""

    post: str
    words: frozenset[str]
    said: str
    label: str
    part: str = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Rules, and what they do to held-back judgements: how many are right before and after."""

    learned_from: int
    corrections: int
    held_back: int
    right_before: int
    right_after: int
    mended: int
    spoiled: int
    rules: tuple[Rule, ...]

    @property
    def enough(self) -> bool:
        return self.corrections >= NEEDED_CORRECTIONS and self.held_back >= NEEDED_HELD_BACK

    @property
    def helps(self) -> bool:
        return self.enough and self.right_after > self.right_before


def held_back(post_id: str) -> bool:
    """Whether judgements of this post are kept from learning; two fifths are, always the same."""
    digest = hashlib.blake2b(post_id.encode("utf-8", "replace"), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 5 < 2


def learn(examples: Sequence[Example], names: Collection[str] = ()) -> Lesson:
    """The rules of these judgements, and their effect; no rule is about one of `names` (folded), which all posts hold."""
    taught = [one for one in examples if not held_back(one.post)]
    kept = [one for one in examples if held_back(one.post)]
    rules = _rules(taught, frozenset(names))
    before = [one.said == one.label for one in kept]
    after = [ruled(one, rules) == one.label for one in kept]
    return Lesson(
        learned_from=len(taught),
        corrections=sum(one.said != one.label for one in examples),
        held_back=len(kept),
        right_before=sum(before),
        right_after=sum(after),
        mended=sum(now and not was for was, now in zip(before, after, strict=True)),
        spoiled=sum(was and not now for was, now in zip(before, after, strict=True)),
        rules=tuple(rules),
    )


def ruled(example: Example, rules: Sequence[Rule]) -> str:
    """What is read of a post, or of a part of it, once the rules were asked."""
    return next((rule.label for rule in rules if _fits(rule, example)), example.said)


def _fits(rule: Rule, example: Example) -> bool:
    return (rule.part, rule.said) == (example.part, example.said) and rule.word in example.words


def _rules(taught: Sequence[Example], names: frozenset[str]) -> list[Rule]:
    rules: list[Rule] = []
    left = list(taught)
    while len(rules) < _MOST and (rule := _best(left, names)) is not None:
        rules.append(rule)
        left = [one for one in left if not _fits(rule, one)]
    return rules


def _best(left: Sequence[Example], names: frozenset[str]) -> Rule | None:
    """The rule that mends most posts more than it spoils; None where none is worth it."""
    seen: dict[tuple[str, str, str], dict[str, int]] = {}
    for one in left:
        for word in one.words:
            labels = seen.setdefault((word, one.said, one.part), {})
            labels[one.label] = labels.get(one.label, 0) + 1
    best: tuple[int, str, str, str, str] | None = None
    for (word, said, part), labels in seen.items():
        for label, count in labels.items():
            gain = count - labels.get(said, 0)
            if label == said or gain < _GAIN or sum(labels.values()) < _SUPPORT:
                continue
            found = (-gain, word, said, label, part)
            if (best is None or found < best) and says_something(word, names):
                best = found
    if best is None:
        return None
    _, word, said, label, part = best
    labels = seen[word, said, part]
    # Laplace's rule of succession
    sure = (labels[label] + 1) / (sum(labels.values()) + 2)
    return Rule(word, said, label, round(sure, 4), part)
