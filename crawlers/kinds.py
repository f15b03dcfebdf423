"""How one kind of a source's pages is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Identity = Literal["none", "visitor", "login"]
Expected = Literal["json", "html", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKind:
    """How one kind of page is asked for.

    `identity` is whose cookies it carries, `expects` what a sound answer is, `follow` whether a redirect
    may be followed (off where a redirect means a login wall), and `conditional` whether it is asked for only if
    it changed since all it led to was taken.
    """

    identity: Identity = "none"
    expects: Expected = "html"
    headers: Mapping[str, str] = field(default_factory=dict)
    follow: bool = True
    conditional: bool = False
