"""A tally's counts as findings: volume, shares, net sentiment, days and platforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.models import Finding
from core.project import Brand
from mining.bases import ALL, USER
from mining.findings import Frame
from mining.reports import DayCount, PlatformReport, Series, Share
from mining.tally import Count, Tally

SENTIMENTS = ("positive", "neutral", "negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A brand in a span, with what was counted of it and the frame of its numbers, on all voices."""

    brand: Brand
    tally: Tally
    frame: Frame


def counted(frame: Frame, formula_id: str, count: Count) -> Finding:
    return frame.number(formula_id, count.n, n=count.n, evidence=count.evidence)


def engagement(own: Slice) -> Finding:
    """The sum of all known counters; None where none is known."""
    tally = own.tally
    value = tally.engagement if tally.engagement_known else None
    evidence = [row.post.id for row in tally.top.items()]
    return own.frame.number("engagement", value, n=tally.engagement_known, evidence=evidence)


def share_of_voice(own: Slice, slices: Sequence[Slice]) -> tuple[Finding, ...]:
    """By mentions, by mentions of user voices, by engagement; none where there is nothing to compare with."""
    if len(slices) < 2:
        return ()
    shares = []
    for formula_id, base in (("sov_mentions", ALL), ("sov_users", USER)):
        whole = sum(each.tally.volume[base].n for each in slices)
        mine = own.tally.volume[base]
        value = mine.n / whole if whole else None
        shares.append(own.frame.on(base).number(formula_id, value, n=whole, evidence=mine.evidence))
    known = sum(each.tally.engagement_known for each in slices)
    whole = sum(each.tally.engagement for each in slices)
    value = own.tally.engagement / whole if whole else None
    evidence = [row.post.id for row in own.tally.top.items()]
    shares.append(own.frame.number("sov_engagement", value, n=known, evidence=evidence))
    return tuple(shares)


def net_sentiment(frame: Frame, sentiments: Mapping[str, Count]) -> tuple[Finding, Finding]:
    """Both published formulas: neutral posts out of the denominator (nsr_pn), and in it (nsr_all)."""
    positive, neutral, negative = (sentiments.get(label, Count()) for label in SENTIMENTS)
    told = positive.n + negative.n
    whole = told + neutral.n
    evidence = [*positive.evidence[:10], *negative.evidence[:10]]
    difference = positive.n - negative.n
    return (
        frame.number("nsr_pn", difference / told if told else None, n=told, evidence=evidence),
        frame.number("nsr_all", difference / whole if whole else None, n=whole, evidence=evidence),
    )


def sentiment_shares(frame: Frame, sentiments: Mapping[str, Count]) -> tuple[Share, ...]:
    """Positive, neutral, negative, in this order."""
    whole = sum(count.n for count in sentiments.values())
    return tuple(
        _share(frame, "sentiment_share", label, sentiments.get(label, Count()), whole) for label in SENTIMENTS
    )


def emotion_shares(frame: Frame, emotions: Mapping[str, Count]) -> tuple[Share, ...]:
    """The emotions met, most frequent first."""
    return _ranked(frame, "emotion_share", emotions)


def voice_shares(frame: Frame, voices: Mapping[str, Count]) -> tuple[Share, ...]:
    """The voice classes met, most frequent first."""
    return _ranked(frame, "voice_share", voices)


def mean_confidence(frame: Frame, tally: Tally) -> Finding:
    """How sure the sentiments of the tally's base are."""
    n = sum(count.n for count in tally.sentiments.values())
    evidence = [row.post.id for row in tally.top.items()]
    return frame.number("confidence_mean", tally.confidence / n if n else None, n=n, evidence=evidence)


def unsure_share(frame: Frame, tally: Tally) -> Finding:
    """How many of these sentiments stand on a confidence so low that they are called unsure."""
    n = sum(count.n for count in tally.sentiments.values())
    value = tally.unsure.n / n if n else None
    return frame.number("unsure_share", value, n=n, evidence=tally.unsure.evidence)


def _ranked(frame: Frame, formula_id: str, counts: Mapping[str, Count]) -> tuple[Share, ...]:
    whole = sum(count.n for count in counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1].n, item[0]))
    return tuple(_share(frame, formula_id, label, count, whole) for label, count in ranked)


def _share(frame: Frame, formula_id: str, label: str, count: Count, whole: int) -> Share:
    value = count.n / whole if whole else None
    found = frame.number(formula_id, value, n=whole, evidence=count.evidence)
    return Share(label=label, count=count.n, share=found)


def day_series(own: Slice) -> Series:
    """Days in order, a row for each platform; sentiment on the tally's base."""
    points = [
        DayCount(
            day=day,
            platform=platform,
            posts=counts["posts"],
            positive=counts["positive"],
            neutral=counts["neutral"],
            negative=counts["negative"],
            engagement=counts["engagement"],
            emotions=dict(sorted(own.tally.moods.get((day, platform), {}).items())),
        )
        for (day, platform), counts in sorted(own.tally.days.items())
    ]
    frame = own.frame
    return Series(
        formula="volume_day",
        base=frame.base,
        query=frame.query,
        coverage=frame.coverage,
        points=tuple(points),
        undated=own.tally.undated,
    )


def platforms(own: Slice) -> tuple[PlatformReport, ...]:
    """Volume (all voices) and nsr_pn (the tally's base) of each platform, most posts first."""
    tally = own.tally
    reports = []
    for platform, count in sorted(tally.platforms.items(), key=lambda item: (-item[1].n, item[0])):
        frame = own.frame.asking(f"{own.frame.query} platform:{platform}")
        felt = tally.felt[platform]
        told = felt["positive"] + felt["negative"]
        value = (felt["positive"] - felt["negative"]) / told if told else None
        reports.append(
            PlatformReport(
                platform=platform,
                volume=counted(frame, "volume", count),
                nsr=frame.on(tally.base).number("nsr_pn", value, n=told, evidence=count.evidence),
            )
        )
    return tuple(reports)
