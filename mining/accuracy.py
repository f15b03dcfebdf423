"""How well a project's posts are read, by the judgements of people.

A judged post stands for N_h / n_h posts of its stratum (Horvitz & Thompson 1952; W. G. Cochran 1977, Sampling
Techniques, ch. 5); several samples are pooled by how many of their posts were judged. Shares are ratios of such
weights. Their intervals are E. B. Wilson's (1927) at 95 %, with the effective number of posts
(Σw)² / Σw² in the place of n (L. Kish 1965, Survey Sampling, 11.7).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.models import Finding
from core.project import Project
from index.ingest.judgements import Drawn, Judgements
from mining.bases import ALL
from mining.figures import SENTIMENTS
from mining.findings import Frame
from mining.learning import held_back
from mining.sampling import own_query

Z = 1.959964  # of 95 %
EDGES = (0.6, 0.7, 0.8, 0.9)  # of the confidences that calibration is told for


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share with its 95 % interval; `low` and `high` are None where the share is."""

    found: Finding
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAccuracy:
    """Of posts read so, how many are so (`precision`); of posts that are so, how many were read so (`recall`)."""

    label: str
    precision: Estimate
    recall: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAccuracy:
    platform: str
    accuracy: Estimate
    classes: tuple[ClassAccuracy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Posts read with a confidence of [`since`, `until`): the mean confidence, and how many were right."""

    since: float
    until: float
    confidence: float | None
    accuracy: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyReport:
    """`judged` posts of `drawn`, by whom; `counted` of them make the numbers.

    Where rules learned from judgements are in force (`rules` of them), judgements they were learned from do not
    count. `covered` is the share of the sampled posts whose stratum was judged at all.
    """

    project: str
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
    calibration_error: Finding
    calibration: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A judged post: what was read, how surely, what a person says, and for how many posts it stands."""

    post: str
    platform: str
    said: str
    confidence: float
    label: str
    weight: float

    @property
    def right(self) -> bool:
        return self.said == self.label


def accuracy_report(known: Judgements, project: Project) -> AccuracyReport:
    """What the judgements say of the readings of the project's posts."""
    cases, covered = _cases(known)
    frame = Frame(query=own_query(project), base=ALL)
    readings = [known.reading(case.post) for case in cases]
    return AccuracyReport(
        project=project.id,
        drawn=len(known.drawn),
        judged=sum(post in known.drawn for post in known.judged),
        counted=len(cases),
        corrections=len(known.corrections()),
        rules=len(known.rules.rules) if known.rules else 0,
        judges=tuple(sorted({one.by for one in known.judged.values()})),
        models=tuple(sorted({one.models for one in readings if one is not None})),
        covered=covered,
        accuracy=_accuracy(frame, cases),
        classes=_classes(frame, cases),
        platforms=tuple(
            PlatformAccuracy(platform=name, accuracy=_accuracy(frame, part), classes=_classes(frame, part))
            for name in sorted({case.platform for case in cases})
            if (part := [case for case in cases if case.platform == name])
        ),
        calibration_error=_calibration_error(frame, cases),
        calibration=tuple(
            Band(
                since=since,
                until=until,
                confidence=_mean([(case.confidence, case.weight) for case in part]),
                accuracy=_accuracy(frame, part),
            )
            for since, until, part in _bands(cases)
        ),
    )


def _cases(known: Judgements) -> tuple[list[Case], float | None]:
    """The judged posts that count, with their weights, and the share of posts whose strata were judged."""
    counted = [post for post in known.drawn if post in known.judged and _counts(known, post)]
    of_stratum = Counter(_home(known.drawn[post]) for post in counted)
    of_draw = Counter(known.drawn[post].draw for post in counted)
    sizes = {
        draw: sum(one.posts for key, one in known.strata.items() if key in of_stratum and key[0] == draw)
        for draw in of_draw
    }
    cases = []
    for post in counted:
        drawn, read = known.drawn[post], known.reading(post)
        stratum = known.strata.get(_home(drawn))
        if stratum is None or read is None:
            continue
        share = stratum.posts / of_stratum[_home(drawn)] / sizes[drawn.draw]
        cases.append(
            Case(
                post, drawn.platform, read.said, read.confidence, known.judged[post].label,
                share * of_draw[drawn.draw],
            )
        )  # fmt: skip
    whole = sum(one.posts for key, one in known.strata.items() if key[0] in sizes)
    return cases, sum(sizes.values()) / whole if whole else None


def _home(drawn: Drawn) -> tuple[str, int]:
    return drawn.draw, drawn.number


def _counts(known: Judgements, post: str) -> bool:
    """Whether no rule in force was learned from this judgement."""
    return known.rules is None or held_back(post) or known.judged[post].at > known.rules.at


def _accuracy(frame: Frame, cases: Sequence[Case]) -> Estimate:
    return _estimate(frame, "reading_accuracy", [(case, case.right) for case in cases])


def _classes(frame: Frame, cases: Sequence[Case]) -> tuple[ClassAccuracy, ...]:
    return tuple(
        ClassAccuracy(
            label=label,
            precision=_estimate(
                frame, "reading_precision", [(case, case.right) for case in cases if case.said == label]
            ),
            recall=_estimate(
                frame, "reading_recall", [(case, case.right) for case in cases if case.label == label]
            ),
        )
        for label in SENTIMENTS
    )


def _estimate(frame: Frame, formula_id: str, cases: Sequence[tuple[Case, bool]]) -> Estimate:
    weights = [case.weight for case, _ in cases]
    share = _mean([(float(hit), case.weight) for case, hit in cases])
    found = frame.number(formula_id, share, n=len(cases), evidence=[case.post for case, _ in cases])
    if found.value is None or share is None:
        return Estimate(found=found, low=None, high=None)
    low, high = wilson(share, sum(weights) ** 2 / sum(weight * weight for weight in weights))
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


def _bands(cases: Sequence[Case]) -> list[tuple[float, float, list[Case]]]:
    ends = (0.0, *EDGES, 1.0)
    return [
        (
            since,
            until,
            [case for case in cases if since <= case.confidence < until or (until == 1.0 == case.confidence)],
        )
        for since, until in pairwise(ends)
    ]


def _calibration_error(frame: Frame, cases: Sequence[Case]) -> Finding:
    """How far confidence and accuracy lie apart, band by band, weighted by the bands' posts."""
    apart = []
    for _, _, part in _bands(cases):
        sure = _mean([(case.confidence, case.weight) for case in part])
        right = _mean([(float(case.right), case.weight) for case in part])
        if sure is not None and right is not None:
            apart.append((abs(sure - right), sum(case.weight for case in part)))
    return frame.number(
        "calibration_error", _mean(apart), n=len(cases), evidence=[case.post for case in cases]
    )
