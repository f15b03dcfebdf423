"""A project: what a team listens to. One TOML file, read strictly, and the aspect packs beside it."""

from core.project.model import (
    EMPTY,
    TIERS,
    AccountList,
    Brand,
    Product,
    Project,
    Reading,
    SavedQuery,
    SourceUse,
    TagRule,
    Words,
)
from core.project.pack import Aspect, Pack, packs_beside, read_pack, shipped_packs
from core.project.reading import load, parse, read
from core.project.title import Title

__all__ = [
    "EMPTY",
    "TIERS",
    "AccountList",
    "Aspect",
    "Brand",
    "Pack",
    "Product",
    "Project",
    "Reading",
    "SavedQuery",
    "SourceUse",
    "TagRule",
    "Title",
    "Words",
    "load",
    "packs_beside",
    "parse",
    "read",
    "read_pack",
    "shipped_packs",
]
