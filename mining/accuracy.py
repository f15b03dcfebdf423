"""How well a project's posts are read, by the judgements of people.

A judged post stands for N_h / n_h posts of its stratum (Horvitz & Thompson 1952; W. G. Cochran 1977, Sampling
Techniques, ch. 5); several samples are pooled by how many of their posts were judged. Shares are ratios of such
weights. Their intervals are E. B. Wilson's (1927) at 95 %, with the effective number of posts
(Σw)² / Σw² in the place of n (L. Kish 1965, Survey Sampling, 11.7). Aspects and brands are counted one by one, with
the weight of their post; those of one post stand or fall together, so in the effective number they are one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.models import Finding
from core.project import Project
from index.ingest.judgements import Drawn, Judged, Judgements
from index.ingest.questions import FIRST, NONE, QUESTIONS, WHOLE, Question, Said
from mining.bases import ALL
from mining.findings import Frame
from mining.learning import held_back
from mining.sampling import own_query

Z = 1.959964  # of 95 %
THERE = "there"  # the class of aspects that are spoken of, whatever is said of them
EDGES = (0.6, 0.7, 0.8, 0.9)  # of the confidences that calibration is told for


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share with its 95 % interval; `low` and `high` are None where the share is."""

    found: Finding
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAccuracy:
    """Of what was read so, how much is so (`precision`); of what is so, how much was read so (`recall`; None
    where nobody was asked what was missed)."""

    label: str
    precision: Estimate
    recall: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAccuracy:
    platform: str
    accuracy: Estimate
    classes: tuple[ClassAccuracy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartAccuracy:
    """Of one aspect, or of one brand."""

    part: str
    accuracy: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Posts read with a confidence of [`since`, `until`): the mean confidence, and how many were right."""

    since: float
    until: float
    confidence: float | None
    accuracy: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyReport:
    """How well one question is answered: `judged` posts of `drawn`, by whom; `counted` of them make the numbers.

    Of aspects the accuracy is that of the opinions that were read or missed; of brands that of the mentions. Where rules learned from judgements are in force (`rules` of them), judgements they were learned from do not
    count. `covered` is the share of the sampled posts whose stratum was judged at all.
    """

    project: str
    of: str
    drawn: int
    judged: int
    counted: int
    corrections: int
    rules: int
    judges: tuple[str, ...]
    models: tuple[str, ...]
    covered: float | None
    accuracy: Estimate
    classes: tuple[ClassAccuracy, ...]
    platforms: tuple[PlatformAccuracy, ...]
    parts: tuple[PartAccuracy, ...]
    calibration_error: Finding
    calibration: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A judged post, or one aspect or brand of it: what was read, how surely, what a person says, and for how
    many posts it stands."""

    post: str
    platform: str
    part: str
    said: str
    confidence: float | None
    label: str
    weight: float

    @property
    def right(self) -> bool:
        return self.said == self.label


def accuracy_report(known: Judgements, project: Project, question: str = FIRST) -> AccuracyReport:
    """What the judgements say of the readings of the project's posts."""
    asked, kept = QUESTIONS[question], known.of(question)
    counted = [post for post in kept.drawn if post in kept.judged and _counts(known, question, post)]
    cases, covered = _cases(kept, counted)
    frame = Frame(query=own_query(project), base=ALL)
    readings = [kept.reading(post) for post in counted]
    return AccuracyReport(
        project=project.id,
        of=question,
        drawn=len(kept.drawn),
        judged=sum(post in kept.drawn for post in kept.judged),
        counted=len(counted),
        corrections=len(kept.corrections()),
        rules=len(known.rules[question].rules) if question in known.rules else 0,
        judges=tuple(sorted({one.by for one in kept.judged.values()})),
        models=tuple(sorted({one.models for one in readings if one is not None})),
        covered=covered,
        accuracy=_accuracy(frame, cases),
        classes=_classes(frame, asked, cases),
        platforms=tuple(
            PlatformAccuracy(
                platform=name, accuracy=_accuracy(frame, part), classes=_classes(frame, asked, part)
            )
            for name, part in _by(cases, lambda case: case.platform)
        ),
        parts=tuple(
            PartAccuracy(part=name, accuracy=_accuracy(frame, part))
            for name, part in _by(cases, lambda case: case.part)
            if name != WHOLE
        ),
        calibration_error=_calibration_error(frame, cases),
        calibration=tuple(
            Band(
                since=since,
                until=until,
                confidence=_mean([(sure, case.weight) for sure, case in part]),
                accuracy=_accuracy(frame, [case for _, case in part]),
            )
            for since, until, part in (_bands(cases) if asked.sure else ())
        ),
    )


def _by(cases: Sequence[Case], name: Callable[[Case], str]) -> list[tuple[str, list[Case]]]:
    """The cases of each name, in the order of the names."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(name(case), []).append(case)
    return sorted(found.items())


def _cases(kept: Judged, counted: Sequence[str]) -> tuple[list[Case], float | None]:
    """The judged posts that count, with their weights, and the share of posts whose strata were judged."""
    of_stratum = Counter(_home(kept.drawn[post]) for post in counted)
    of_draw = Counter(kept.drawn[post].draw for post in counted)
    sizes = {
        draw: sum(one.posts for key, one in kept.strata.items() if key in of_stratum and key[0] == draw)
        for draw in of_draw
    }
    cases: list[Case] = []
    for post in counted:
        drawn, read = kept.drawn[post], kept.reading(post)
        stratum = kept.strata.get(_home(drawn))
        if stratum is None or read is None:
            continue
        share = stratum.posts / of_stratum[_home(drawn)] / sizes[drawn.draw]
        cases += _of_post(drawn, read.all(), kept.judged[post].all(), share * of_draw[drawn.draw])
    whole = sum(one.posts for key, one in kept.strata.items() if key[0] in sizes)
    return cases, sum(sizes.values()) / whole if whole else None


def _of_post(
    drawn: Drawn, said: Mapping[str, Said], told: Mapping[str, str], weight: float
) -> Iterator[Case]:
    """A case for each part that was read or is there; a brand that was read later was not asked of."""
    for part in dict.fromkeys([*said, *told]):
        label, confidence = said.get(part, (NONE, None))
        true = told.get(part, NONE)
        if part in told or QUESTIONS[drawn.of].missable:
            yield Case(drawn.post, drawn.platform, part, label, confidence, true, weight)


def _home(drawn: Drawn) -> tuple[str, int]:
    return drawn.draw, drawn.number


def _counts(known: Judgements, question: str, post: str) -> bool:
    """Whether no rule in force was learned from this judgement."""
    rules = known.rules.get(question)
    return rules is None or held_back(post) or known.of(question).judged[post].at > rules.at


def _accuracy(frame: Frame, cases: Sequence[Case]) -> Estimate:
    return _estimate(frame, "reading_accuracy", [(case, case.right) for case in cases])


def _classes(frame: Frame, asked: Question, cases: Sequence[Case]) -> tuple[ClassAccuracy, ...]:
    """Of each class; of aspects also of whether they are there at all."""
    wanted = {label: frozenset([label]) for label in asked.classes}
    if len(wanted) > 1 and asked.parted:
        wanted[THERE] = frozenset(asked.classes)
    return tuple(
        ClassAccuracy(
            label=name,
            precision=_estimate(
                frame,
                "reading_precision",
                [(case, case.label in labels) for case in cases if case.said in labels],
            ),
            recall=_estimate(
                frame,
                "reading_recall",
                [(case, case.said in labels) for case in cases if case.label in labels],
            )
            if asked.missable
            else None,
        )
        for name, labels in wanted.items()
    )


def _estimate(frame: Frame, formula_id: str, cases: Sequence[tuple[Case, bool]]) -> Estimate:
    share = _mean([(float(hit), case.weight) for case, hit in cases])
    of_post: dict[str, float] = {}
    for case, _ in cases:
        of_post[case.post] = of_post.get(case.post, 0.0) + case.weight
    found = frame.number(formula_id, share, n=len(cases), evidence=list(of_post))
    if found.value is None or share is None:
        return Estimate(found=found, low=None, high=None)
    n = sum(of_post.values()) ** 2 / sum(weight * weight for weight in of_post.values())
    low, high = wilson(share, n)
    return Estimate(found=found, low=round(low, 6), high=round(high, 6))


def wilson(share: float, n: float, z: float = Z) -> tuple[float, float]:
    """Both ends of Wilson's score interval of a share of `n` (which need not be whole)."""
    spread = 1 + z * z / n
    middle = (share + z * z / (2 * n)) / spread
    half = z / spread * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _mean(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The mean of (value, weight); None of nothing."""
    whole = sum(weight for _, weight in pairs)
    return sum(value * weight for value, weight in pairs) / whole if whole else None


def _bands(cases: Sequence[Case]) -> list[tuple[float, float, list[tuple[float, Case]]]]:
    """The cases of each band, each with its confidence; what says nothing of how sure it is is in none."""
    ends = (0.0, *EDGES, 1.0)
    sure = [(case.confidence, case) for case in cases if case.confidence is not None]
    return [
        (since, until, [pair for pair in sure if since <= pair[0] < until or (until == 1.0 == pair[0])])
        for since, until in pairwise(ends)
    ]


def _calibration_error(frame: Frame, cases: Sequence[Case]) -> Finding:
    """How far confidence and accuracy lie apart, band by band, weighted by the bands' posts."""
    apart = []
    for _, _, part in _bands(cases):
        sure = _mean([(confidence, case.weight) for confidence, case in part])
        right = _mean([(float(case.right), case.weight) for _, case in part])
        if sure is not None and right is not None:
            apart.append((abs(sure - right), sum(case.weight for _, case in part)))
    posts = [case.post for case in cases if case.confidence is not None]
    return frame.number("calibration_error", _mean(apart), n=len(posts), evidence=list(dict.fromkeys(posts)))
