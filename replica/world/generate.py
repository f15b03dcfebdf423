"""The world, generated: the same for the same seed, moment and size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.ids import post_id
from replica.world.boards import Boards
from replica.world.chronicle import Draft
from replica.world.everyday import Everyday, threads
from replica.world.forums import FORUMS
from replica.world.hot import lists, topics
from replica.world.model import Account, Label, Thread, World
from replica.world.press import SITES, Press
from replica.world.stage import Stage
from replica.world.stories import flaw, launch, others
from replica.world.stories.plan import Plan


def generate(seed: int = 7, *, now: datetime, posts: int = 12_000) -> World:
    """A world of about sixty days up to `now` (aware) with exactly `posts` posts of all kinds.

    Stories shrink and grow with `posts`; below 1,500 they keep their smallest size and the number may be
    passed. Raises `ValueError` when `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    stage = Stage(seed, now, posts)
    boards, press = Boards(stage), Press(stage)
    plans = [
        others.pricecut(stage, boards, press),
        launch.tell(stage, boards, press),
        others.place(stage, press),
        flaw.tell(stage, boards, press),
        others.meme(stage, press),
        others.candidates(stage),
    ]
    threads(stage, boards)
    press.everyday()
    found = topics(stage)
    Everyday(stage, found).fill(posts)
    boards.close()
    written = stage.chronicle.finish()
    stories = sorted((plan.story() for plan in plans), key=lambda story: _ORDER.index(story.id))
    return World(
        now=stage.clock.now,
        posts=written,
        accounts=_accounts(stage, plans),
        hot=lists(stage, found),
        forums=FORUMS,
        threads={thread.id: thread for thread in _threads(boards)},
        sites=SITES,
        articles=press.articles(),
        stories=stories,
        truth=_truth(stage.chronicle.drafts),
        seed=seed,
    )


_ORDER = ("flaw", "launch", "place", "meme", "pricecut", "candidates")


def _accounts(stage: Stage, plans: Sequence[Plan]) -> dict[str, Account]:
    """The named, the armies, and all who wrote something."""
    writers = {draft.person for draft in stage.chronicle.drafts} | set(stage.cast.named.values())
    writers.update(*(plan.water_army for plan in plans))
    accounts = [person.account for person in writers if person.author.id]
    accounts.sort(key=lambda account: account.author.id or "")
    return {account.author.id or "": account for account in accounts}


def _threads(boards: Boards) -> list[Thread]:
    return [
        Thread(
            id=post_id(thread.platform, thread.host, f"t{thread.number}"),
            host=thread.host,
            number=thread.number,
            board=thread.board,
            title=thread.title,
            post_ids=tuple(draft.id for draft in thread.floors),
            views=thread.views,
            sticky=thread.sticky,
        )
        for thread in boards.threads
    ]


def _truth(drafts: list[Draft]) -> dict[str, Label]:
    """What the writers meant, where it is known."""
    found = {}
    for draft in drafts:
        if draft.label is None:
            continue
        label = draft.label
        found[draft.id] = label if draft.copy_of is None else replace(label, copy_of=draft.copy_of.id)
    return found
