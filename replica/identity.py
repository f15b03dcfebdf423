"""Who a request is for the Weibo hosts: nobody, a visitor, a login, or a cookie that will not do."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LOGIN_SUB = "replica-login"


class Identity(StrEnum):
    NONE = "none"  # no SUB cookie
    VISITOR = "visitor"  # a SUB the visitor system gave out for this domain
    LOGIN = "login"  # the operator's own cookie
    UNKNOWN = "unknown"  # a SUB that expired, or was given out for the other domain


@dataclass(frozen=True, slots=True)
class Visitor:
    """The cookies of one visitor."""

    sub: str
    subp: str
    tid: str


class Passport:
    """Gives out visitor cookies and tells identities apart; the same seed gives the same cookies."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._domains: dict[str, str] = {}  # SUB -> the domain it was given out for

    def issue(self, domain: str) -> Visitor:
        """A new visitor of ``weibo.cn`` or ``weibo.com``."""
        number = len(self._domains)
        digest = hashlib.sha256(f"{self._seed}:{domain}:{number}".encode()).digest()
        token = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        visitor = Visitor(sub=f"_2AkM{token}", subp=f"0033WrSXqPxfM72w{token[:24]}", tid=f"01A{token[24:]}")
        self._domains[visitor.sub] = domain
        return visitor

    def expire(self) -> None:
        """Forgets every visitor, so that their cookies stop working."""
        self._domains = dict.fromkeys(self._domains, "")

    def identify(self, cookies: Mapping[str, str], host: str) -> Identity:
        """The identity behind the cookies of a request to `host`."""
        sub = cookies.get("SUB")
        if not sub:
            return Identity.NONE
        if sub == LOGIN_SUB:
            return Identity.LOGIN
        domain = self._domains.get(sub)
        return Identity.VISITOR if domain and host.endswith(domain) else Identity.UNKNOWN
