"""A story while the world is being written: its truth by drafts, which get ids at the end."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from core.project import Title
from replica.world.chronicle import Draft
from replica.world.model import Story
from replica.world.people import Person


@cache
def _told() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("replica.world.stories").joinpath("stories.toml").read_text("utf-8"))


@dataclass(slots=True)
class Plan:
    """What a story planted."""

    id: str
    roots: list[Draft] = field(default_factory=list)
    posts: list[Draft] = field(default_factory=list)
    began_at: datetime | None = None
    broke_out_at: datetime | None = None
    ended_at: datetime | None = None
    key_spreaders: Sequence[Person] = ()
    water_army: Sequence[Person] = ()
    true_kols: Sequence[Person] = ()
    false_kols: Sequence[Person] = ()
    directions: dict[str, str] = field(default_factory=dict)

    def story(self) -> Story:
        """The story with ids; drafts must have theirs."""
        told = _told()[self.id]
        return Story(
            id=self.id,
            title=msgspec.convert(told["title"], Title),
            what=msgspec.convert(told["what"], Title),
            ask=msgspec.convert(told["ask"], Title),
            brand=told.get("brand"),
            queries=tuple(told["queries"]),
            root_ids=tuple(draft.id for draft in sorted(self.roots, key=lambda draft: -draft.reposts)),
            post_ids=tuple(draft.id for draft in self.posts),
            began_at=self.began_at,
            broke_out_at=self.broke_out_at,
            ended_at=self.ended_at,
            key_spreaders=_ids(self.key_spreaders),
            water_army=_ids(self.water_army),
            true_kols=_ids(self.true_kols),
            false_kols=_ids(self.false_kols),
            directions=self.directions,
        )


def _ids(people: Sequence[Person]) -> tuple[str, ...]:
    return tuple(person.author.id or "" for person in people)
