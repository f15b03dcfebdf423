"""What labelled rows teach a pack: a domain that ships, learned as if it were a team's own.

The pack's words alone, the same pack learned from the first 500 and 2,000 rows of the set's training part, and the
pack that ships, all on the set's test part and in one run. Read as a caller reads who knows that each text speaks of the domain; pairs are
(aspect, polarity) by micro-F1, polarity is macro-F1 over labelled aspects that were found. An aspect of which too few
rows speak is left out, as a team would be told to, and missed in the test part.

    python -m benchmarks.nlp_packs [--models FOLDER] [--domain car|cosmetics] [--rows 500 2000]

`--models` is a folder of models trained with ``python -m nlp.train --held-out``; without it they are trained now,
some twenty minutes. The shared features know the domain's n-grams and, of cars, the polarity of owners' tags: a
domain nobody has read of before gives less. The fast tier reads alone.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.nlp_scores import pair_f1, polarity_f1
from core.project import EMPTY, Pack, shipped_packs
from nlp.annotate import Annotator
from nlp.joining import SecondReading
from nlp.model import Models
from nlp.own import save_own
from nlp.train import data
from nlp.train.build import build
from nlp.train.own import LEAST_OPINIONS, check_rows, fit_heads

SETS = {"car": data.cars, "cosmetics": data.makeup}


@dataclass(frozen=True, slots=True)
class Score:
    pairs: float
    polarity: float


def score(pack: Pack, rows: Sequence[data.Row], models: Models) -> Score:
    """How a pack reads the labelled rows."""
    own = () if pack.id in shipped_packs() else (pack,)
    annotator = Annotator(replace(EMPTY, packs=own), models, second_tier="off")
    alone = SecondReading(None, np.zeros(len(rows), dtype=bool))
    found = annotator.opinions.read([row.text for row in rows], pack.id, alone, forced=True)
    said = [{one.aspect: one.polarity for one in each} for each in found]
    return Score(pair_f1(rows, said), polarity_f1(rows, said))


def first_rows(rows: Sequence[data.Row], count: int) -> list[data.Row]:
    """Texts, in the order of their digests, that hold `count` labelled rows together."""
    taken: list[data.Row] = []
    left = count
    for row in sorted(rows, key=lambda row: hashlib.sha1(row.text.encode(), usedforsecurity=False).digest()):
        if left <= 0:
            break
        taken.append(row)
        left -= len(row.extra)
    return taken


def teachable(rows: Sequence[data.Row], pack: Pack) -> tuple[list[data.Row], Pack]:
    """The rows and the pack without the aspects and polarities of which too few rows speak, as a team is told to."""
    aspects = Counter(aspect for row in rows for aspect in row.extra)
    sides = Counter(side for row in rows for side in row.extra.values())
    kept = tuple(one for one in pack.aspects if aspects[one.id] >= LEAST_OPINIONS)
    names = {one.id for one in kept}
    told = [
        {
            aspect: side
            for aspect, side in row.extra.items()
            if aspect in names and sides[side] >= LEAST_OPINIONS
        }
        for row in rows
    ]
    changed = zip(rows, told, strict=True)
    return [replace(row, extra=said) for row, said in changed if said], replace(pack, aspects=kept)


def measured(domain: str, counts: Sequence[int], models: Models) -> dict[str, Score]:
    """The scores of each reading of a domain, by its name."""
    split = data.split(SETS[domain]())
    ships = shipped_packs()[domain]
    own = replace(ships, id="own", trained=False)
    scores = {"words alone": score(own, split.test, models)}
    for count in counts:
        tries = (teachable(first_rows(split.train, many), own) for many in range(count, 2 * count, 10))
        rows, taught = next(told for told in tries if sum(len(row.extra) for row in told[0]) >= count)
        check_rows([(row.text, row.extra) for row in rows], taught)
        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / "own.npz"
            began = time.process_time()
            save_own(weights, *fit_heads(rows, taught, models), models)
            spent = time.process_time() - began
            learned = replace(taught, trained=True, weights=str(weights))
            left = [one.id for one in own.aspects if one not in taught.aspects]
            name = f"learned from {count:,} rows" + (f" without {', '.join(left)}" if left else "")
            scores[f"{name} ({spent:.0f} s of processor)"] = score(learned, split.test, models)
    scores["the pack that ships"] = score(ships, split.test, models)
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models", type=Path, help="models trained with --held-out; else they are trained now"
    )
    parser.add_argument("--domain", choices=tuple(SETS), action="append", help="default: both")
    parser.add_argument("--rows", type=int, nargs="+", default=[500, 2000])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        held = arguments.models or Path(folder)
        if arguments.models is None:
            build(held, held_out=True)
        for domain in arguments.domain or SETS:
            print(f"{domain:62} {'pairs':>7} {'polarity':>9}")
            for name, found in measured(domain, arguments.rows, Models(held)).items():
                print(f"  {name:60} {found.pairs:7.4f} {found.polarity:9.4f}", flush=True)
    print(f"Python {platform.python_version()}")


if __name__ == "__main__":
    main()
