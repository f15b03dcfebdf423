"""Accounts as Weibo's two APIs show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from core.models import Author, Post
from replica.shelf import Shelf
from replica.sites.weibo_text import CAP, short_count
from replica.ties import native

_AVATAR = "https://tvax1.sinaimg.cn/default/images/default_avatar_male_180.gif"
_encode = msgspec.json.Encoder().encode


class Users:
    """Renders accounts; the object inside each mblog is made once an account."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def mobile(self, author: Author | None) -> msgspec.Raw | None:
        """The user object inside an mblog; None where nobody is known."""
        if author is None or author.id is None:
            return None
        shown = self._shelf.author(author.id) or author
        return self._shelf.kept(f"user:{author.id}", lambda: msgspec.Raw(_encode(self.mobile_fields(shown))))

    def mobile_fields(self, author: Author) -> dict[str, Any]:
        """The same as a dict, for profiles."""
        uid = native(author.id or "")
        account = self._shelf.accounts.get(author.id or "")
        kind = -1 if author.verified_type is None else author.verified_type
        user: dict[str, Any] = {
            "id": int(uid) if uid.isdecimal() else uid,
            "screen_name": author.name or f"用户{uid}",
            "profile_image_url": _AVATAR,
            "profile_url": f"https://m.weibo.cn/u/{uid}?uid={uid}&luicode=10000011&lfid=107603{uid}",
            "statuses_count": account.statuses_count if account else len(self._written(author)),
            "verified": 0 <= kind <= 8,
            "verified_type": kind,
            "close_blue_v": False,
            "description": account.description if account else "",
            "gender": (account.gender if account else None) or "m",
            "mbtype": 0,
            "urank": 9,
            "mbrank": 0,
            "follow_me": False,
            "following": False,
            "follow_count": account.follow_count if account else 0,
            "avatar_hd": _AVATAR,
            "like": False,
            "like_me": False,
            "badge": {"user_name_certificate": 1},
        }
        if user["verified"]:
            user["verified_type_ext"] = int(kind == 0 and (author.followers or 0) >= CAP)
            user["verified_reason"] = (account.verified_reason if account else None) or ""
        if author.followers is not None:  # what is unknown is left out, never 0
            user["followers_count"] = user["followers_count_str"] = short_count(author.followers)
        return user

    def _written(self, author: Author) -> Sequence[Post]:
        return self._shelf.listed(f"by:{author.id}").posts

    def desktop(self, author: Author | None) -> dict[str, Any] | None:
        """The user object of weibo.com/ajax; followers are numbers there."""
        if author is None or author.id is None:
            return None
        author = self._shelf.author(author.id) or author
        uid = native(author.id or "")
        kind = -1 if author.verified_type is None else author.verified_type
        user: dict[str, Any] = {
            "id": int(uid) if uid.isdecimal() else uid,
            "idstr": uid,
            "pc_new": 6,
            "screen_name": author.name or f"用户{uid}",
            "profile_image_url": _AVATAR,
            "profile_url": f"/u/{uid}",
            "verified": 0 <= kind <= 8,
            "verified_type": kind,
            "domain": "",
            "weihao": "",
            "avatar_large": _AVATAR,
            "avatar_hd": _AVATAR,
            "follow_me": False,
            "following": False,
            "mbrank": 0,
            "mbtype": 0,
            "planet_video": False,
        }
        if user["verified"]:
            user["verified_type_ext"] = int(kind == 0 and (author.followers or 0) >= CAP)
        if author.followers is not None:
            user["followers_count"] = author.followers
            user["followers_count_str"] = short_count(author.followers)
        return user
