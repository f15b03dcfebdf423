"""The whole table of the language room: every task by plain means and by ours, with the goals, then the speeds.

    python -m benchmarks.nlp_table [--models FOLDER] [--no-speed]        (make bench-nlp)

Printed as Markdown, as it stands in `docs/models.md`. Everything is measured in this run, on the test part of the
repository's own split; what each plain method is, the module that measures it says.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import nlp_accuracy, nlp_duplicates, nlp_speed, nlp_topics, nlp_voice
from benchmarks.nlp_accuracy import Scores
from nlp.train import data

POLAR = ("weibo100k with emoticons", "weibo100k stripped", "weibo2018", "hotel", "waimai", "shopping")
SUREST, ERROR = "surest 70 %, accuracy", "calibration error"
# (task, name among the scores, goal); a goal of an error is not to be passed
GOALS = (
    ("emotion SMP2020 usual, macro-F1", "emotion usual", 0.74),
    ("emotion SMP2020 virus, macro-F1", "emotion virus", 0.65),
    ("Weibo polarity, emoticons removed, macro-F1", "weibo100k stripped", 0.76),
    ("Weibo polarity, emoticons kept, macro-F1", "weibo100k with emoticons", 0.98),
    ("weibo2018 polarity, macro-F1", "weibo2018", 0.92),
    ("hotel polarity, macro-F1", "hotel", 0.94),
    ("waimai polarity, macro-F1", "waimai", 0.93),
    ("shopping polarity, macro-F1", "shopping", 0.95),
    ("cars (subject, polarity) pair, micro-F1", "car pair", 0.70),
    ("cars polarity of the subjects found, macro-F1", "car polarity (aspects found)", 0.58),
    ("make-up (category, polarity) pair, micro-F1", "cosmetics pair", 0.86),
    *((f"polarity of a {name} term, accuracy", f"{name} term", None) for name in data.DOMAINS),
    ("polarity of a term, mean of the five, accuracy", "term mean", 0.92),
    *((f"{name}: surest 70 %, accuracy", f"{name}: {SUREST}", 0.98) for name in POLAR),
    *((f"{name}: calibration error, at most", f"{name}: {ERROR}", 0.03) for name in POLAR),
    ("near-duplicates at Jaccard ≥ .6, recall", "near-duplicates: recall", 0.99),
    ("near-duplicates, precision", "near-duplicates: precision", 0.96),
    ("near-duplicates put into one group, recall", "near-duplicates in one group: recall", None),
    ("near-duplicates put into one group, precision", "near-duplicates in one group: precision", None),
    ("purchase stage (54 invented posts), precision", "purchase stage: precision", None),
    ("purchase stage (54 invented posts), recall", "purchase stage: recall", None),
)
SPEAKING = "that speak of their hashtag"
CLUSTERED = 0.70  # goal of those posts


@dataclass(frozen=True, slots=True)
class Row:
    """A task and its scores, None where not measured."""

    task: str
    plain: float | None
    fast: float | None
    both: float | None
    goal: float | None

    def line(self) -> str:
        """The row in Markdown, with a mark where ours reaches the goal."""
        cells = [self.plain, self.fast, self.both, self.goal]
        told = ["" if cell is None else f"{cell:.3f}" for cell in cells]
        return f"| {self.task} | " + " | ".join(told) + f" | {self._mark()} |"

    def _mark(self) -> str:
        best = self.both if self.both is not None else self.fast
        if self.goal is None or best is None:
            return ""
        return "met" if (best <= self.goal if ERROR in self.task else best >= self.goal) else "not met"


def rows(scores: dict[str, Scores]) -> list[Row]:
    """The rows of the "plain", "fast" and "both" scores, then those of voices and topics."""
    for column in scores.values():
        told = [column[f"{name} term"] for name in data.DOMAINS if f"{name} term" in column]
        if told:
            column["term mean"] = sum(told) / len(told)
    out = [
        Row(task, scores["plain"].get(name), scores["fast"].get(name), scores["both"].get(name), goal)
        for task, name, goal in GOALS
    ]
    out += [
        Row(task, found["plain"], found["ours"], None, found["goal"])
        for task, found in nlp_voice.scores().items()
    ]
    topics = nlp_topics.scores()
    out += [
        Row(task, topics[f"{task}, plain"], score, None, CLUSTERED if SPEAKING in task else None)
        for task, score in topics.items()
        if not task.endswith(", plain")
    ]
    return out


def machine() -> str:
    """The date, the processor, its cores and how busy they are."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    name = names[0].partition(":")[2].strip() if names else platform.machine()
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()},"
        f" {os.cpu_count()} cores of {name}, load {os.getloadavg()[0]:.1f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models", type=Path, help="models trained with --held-out; else they are trained now"
    )
    parser.add_argument("--no-speed", action="store_true", help="the scores alone")
    told = parser.parse_args(arguments)
    started = time.perf_counter()
    print(machine(), end="\n\n")
    scores = nlp_accuracy.measured(told.models)
    ours, plain = nlp_duplicates.scores()
    scores["fast"] |= ours
    scores["plain"] |= plain
    print(
        "| task 任务 | plain 朴素 | fast tier 快层 | two tiers 两层 | goal 目标 | |\n|---|---|---|---|---|---|"
    )
    for row in rows(scores):
        print(row.line())
    print(f"\n{time.perf_counter() - started:.0f} s\n", flush=True)
    if not told.no_speed:
        nlp_speed.main([])


if __name__ == "__main__":
    main()
