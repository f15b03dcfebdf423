"""The forums and boards of a world, from forums.toml: those of its stories, and those of other platforms."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec

from replica.world.model import Forum

_ROWS = tomllib.loads(files("replica.world").joinpath("forums.toml").read_text("utf-8"))
FORUMS = msgspec.convert(_ROWS["stories"], tuple[Forum, ...])
ELSEWHERE = msgspec.convert(_ROWS["elsewhere"], tuple[Forum, ...])
CAR, CLUB, LAB = (forum.host for forum in FORUMS)
