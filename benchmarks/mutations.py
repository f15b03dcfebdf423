"""Recorded pages of every source, spoiled by chance, read by its parsers: none may crash or give a wrong record.

    python -m benchmarks.mutations --count 1000000 [--source weibo] [--seed 1] [--show 20]

A parser passes when it gives records or says `Unreadable`. What it must never do: raise anything else, give
text that is no UTF-8, or, where a page only lost or doubled whole parts, give an id that the page never held.
Records that are not sound are counted apart: the crawl keeps them aside, each with its reason. Prints figures for each source; ends with 1 where anything fell.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from benchmarks.measuring import table
from core.models import Author, Gone, HotEntry, Post
from crawlers.reading.unreadable import Unreadable
from crawlers.soundness import flaw_of
from crawlers.workbench.cases import Case, cases, readers
from replica.mutations import Mutation, mutate


@dataclass(frozen=True, slots=True)
class Fall:
    """One input that a parser fell over, and how to make it again."""

    case: str
    number: int
    mutation: str
    why: str


@dataclass(slots=True)
class Tally:
    read: int = 0
    unreadable: int = 0
    records: int = 0
    aside: int = 0  # records that the door to the landing keeps aside, with a reason
    falls: list[Fall] = field(default_factory=list)
    seconds: float = 0.0


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--count", type=int, default=20_000, help="mutated pages, over all sources")
    options.add_argument("--source", help="one source alone")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", type=int, default=20, help="falls to print of each source")
    given = options.parse_args()
    found = run(given.count, seed=given.seed, source=given.source)
    rows = [
        (name, f"{t.read + t.unreadable + len(t.falls):,}", f"{t.read:,}", f"{t.unreadable:,}", f"{t.records:,}",
         f"{t.aside:,}", str(len(t.falls)), f"{t.seconds:,.0f}")
        for name, t in found.items()
    ]  # fmt: skip
    table(("source", "pages", "read", "unreadable", "records", "aside", "fell", "s"), rows)
    for tally in found.values():
        kinds = Counter((fall.case, fall.why) for fall in tally.falls)
        for (case, why), number in kinds.most_common(given.show):
            first = next(fall for fall in tally.falls if (fall.case, fall.why) == (case, why))
            print(f"  {case} #{first.number} ({first.mutation}), {number} like it: {why}")
    sys.exit(any(tally.falls for tally in found.values()))


def run(count: int, *, seed: int = 1, source: str | None = None) -> dict[str, Tally]:
    """`count` mutated pages, by source: cases share them so that each is read for about as long."""
    chosen = [case for case in cases() if source in (None, case.source)]
    found = {case.source: Tally() for case in chosen}
    speed = {case.name: 1 / max(_seconds(case), 0.0005) for case in chosen}
    left, speeds = count, sum(speed.values())
    for case in chosen:
        share = round(left * speed[case.name] / speeds)
        left, speeds = left - share, speeds - speed[case.name]
        began = time.perf_counter()
        try_case(case, share, seed, found[case.source])
        found[case.source].seconds += time.perf_counter() - began
    return found


def _seconds(case: Case) -> float:
    """What reading the page as it was recorded takes, once what is made once is made."""
    body, meta = case.body, case.meta
    reader = readers(case.source)[meta.kind]
    reader(body, meta.url, meta.fetched_at)
    began = time.perf_counter()
    reader(body, meta.url, meta.fetched_at)
    return time.perf_counter() - began


def try_case(case: Case, count: int, seed: int, tally: Tally) -> None:
    """`count` mutations of one case, each made anew by `spoiled`."""
    body, meta = case.body, case.meta
    reader = readers(case.source)[meta.kind]
    known = set(ids_in(reader(body, meta.url, meta.fetched_at)))
    known |= {f"{case.source}:{number.decode()}" for number in re.findall(rb"\d+", body)}
    for number in range(count):
        mutation = spoiled(case, number, seed)
        try:
            result = reader(mutation.body, meta.url, meta.fetched_at)
        except Unreadable:
            tally.unreadable += 1
            continue
        except Exception as error:  # whatever it is, it is what we look for
            place = _place(error)
            tally.falls.append(Fall(case.name, number, mutation.name, f"{type(error).__name__} at {place}"))
            continue
        flaw = flaw_in(result, known if mutation.whole else None)
        if flaw is None:
            tally.read += 1
            for record in records_in(result):
                told = flaw_of(record, case.source, meta.fetched_at)
                tally.records += told is None
                tally.aside += told is not None
        else:
            tally.falls.append(Fall(case.name, number, mutation.name, flaw))


def spoiled(case: Case, number: int, seed: int) -> Mutation:
    """The mutation of that number of a case: the same for the same seed."""
    return mutate(case.body, Random(f"{seed} {case.name} {number}"))


def flaw_in(result: object, known: set[str] | None) -> str | None:
    """What is wrong with what a reader gave, be it a record or not; `known` are the ids there can be."""
    try:
        msgspec.json.encode(result)
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        return f"cannot be written down: {error}"
    if known is not None and (
        strange := {i for i in ids_in(result) if i not in known and _bare(i) not in known}
    ):
        return f"an id that the page never held: {min(strange)}"
    return None


def records_in(value: object) -> Iterator[Post | Author | HotEntry | Gone]:
    """Every record in what a reader gave."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, Post | Author | HotEntry | Gone):
            yield at
        elif isinstance(at, Mapping):
            waiting.extend(at.values())
        elif isinstance(at, list | tuple | set | frozenset):
            waiting.extend(at)
        elif dataclasses.is_dataclass(at) or isinstance(at, msgspec.Struct):
            names = (
                [f.name for f in dataclasses.fields(at)]
                if dataclasses.is_dataclass(at)
                else at.__struct_fields__
            )
            waiting.extend(getattr(at, name, None) for name in names)


def ids_in(value: object) -> Iterator[str]:
    """The ids of posts that a site gave itself: numbers, not digests of addresses."""
    ids = (record.id for record in records_in(value) if isinstance(record, Post))
    return (post_id for post_id in ids if post_id.rpartition(":")[2].isdecimal())


def _bare(post_id: str) -> str:
    """``source:number`` of ``source:host:number``."""
    return f"{post_id.partition(':')[0]}:{post_id.rpartition(':')[2]}"


def _place(error: BaseException) -> str:
    """Where in our own code an error came up."""
    place: Any = error.__traceback__
    told = "?"
    while place is not None:
        name = place.tb_frame.f_code.co_filename
        if "/crawlers/" in name or "/core/" in name:
            told = f"{name.rpartition('/main/')[2]}:{place.tb_lineno}"
        place = place.tb_next
    return told


if __name__ == "__main__":
    main()
