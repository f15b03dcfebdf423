"""``tingfeng voices``: what accounts do, and what many of them publish, told of the stored posts."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import typer

from core.language import say
from ops.options import (
    HomeOption,
    JsonOption,
    ProjectOption,
    SpamRateOption,
    StoreOption,
    add_command,
    resolve_home,
    resolve_project,
    resolve_store_address,
)
from ops.output import Progress, emit_json, named, table, tell


@dataclass(frozen=True, slots=True)
class Told:
    """What was found of how many accounts and wordings, by voice, and what it changed."""

    accounts: dict[str, int]
    words: dict[str, int]
    posts: int
    changed: int
    voices: dict[str, int]
    resumed: bool


def register(app: typer.Typer) -> None:
    add_command(app, "voices", voices, example="tingfeng voices --spam-rate 0.1")


def voices(
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    spam_rate: SpamRateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give stored posts the voice that their accounts' habits and copied words show; safe to stop and run again."""
    from index.address import open_store
    from index.ingest.conduct import apply_conduct
    from index.ingest.verdicts import VerdictFile, verdict_file
    from mining.conduct import verdicts

    place = resolve_home(home)
    listening = resolve_project(project, place)
    progress = Progress("posts")
    with closing(open_store(resolve_store_address(store), place)) as opened:
        found = verdicts(opened, until=datetime.now(UTC), project=listening, spam_rate=spam_rate)
        VerdictFile(verdict_file(place, listening.id)).keep(found)
        done = apply_conduct(place, opened, listening, progress=progress)
    progress.end()
    told = Told(
        accounts=dict(Counter(one.voice.value for one in found.accounts.values())),
        words=dict(Counter(one.voice.value for one in found.words.values())),
        posts=done.changes.posts,
        changed=done.changes.changed,
        voices=done.changes.voices,
        resumed=done.resumed,
    )
    if as_json:
        emit_json(told)
    else:
        _tell(told)


def _tell(told: Told) -> None:
    rows = [
        (say(of), named("voice", voice), count)
        for of, counts in (("accounts", told.accounts), ("texts", told.words))
        for voice, count in sorted(counts.items())
    ]
    if rows:
        table(("of", "voice", "found"), rows)
    if told.voices:
        table(
            ("change", "posts"),
            [
                (" → ".join(str(named("voice", side)) for side in change.split(" → ")), count)
                for change, count in sorted(told.voices.items(), key=lambda pair: (-pair[1], pair[0]))
            ],
        )
    if told.resumed:
        tell("An earlier one that was stopped was gone on with; its changes are counted, too.")
    tell(f"{told.posts} posts looked at, {told.changed} have another voice now.")
