"""Posts and users as Discourse's JSON gives them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from typing import Any

from core.models import Kind, Post
from replica.shelf import Shelf
from replica.ties import native, published
from replica.world.model import Forum, Thread

_MENTION = re.compile(r"(?<!\w)@([\w.-]{2,30})")
_LINK = re.compile(r"https?://(?:[A-Za-z0-9./?=%_~#:+-]|&amp;)+")  # in escaped text
_FIXED: dict[str, Any] = {  # what is the same in every post served here
    "name": "",
    "post_type": 1,
    "avg_time": None,
    "incoming_link_count": 0,
    "score": 0,
    "yours": False,
    "topic_slug": "topic",
    "display_username": "",
    "primary_group_name": None,
    "primary_group_flair_url": None,
    "primary_group_flair_bg_color": None,
    "primary_group_flair_color": None,
    "version": 1,
    "can_edit": False,
    "can_delete": False,
    "can_recover": False,
    "can_wiki": False,
    "read": True,
    "user_title": None,
    "moderator": False,
    "admin": False,
    "staff": False,
    "hidden": False,
    "hidden_reason_id": None,
    "trust_level": 1,
    "deleted_at": None,
    "user_deleted": False,
    "edit_reason": None,
    "can_view_edit_history": True,
    "wiki": False,
}


def iso(at: datetime) -> str:
    """``2016-10-29T14:14:20.321Z``."""
    t = at.astimezone(UTC)
    return f"{t:%Y-%m-%dT%H:%M:%S}.{t.microsecond // 1000:03d}Z"


class Posts:
    """Renders the posts of one host."""

    def __init__(self, shelf: Shelf, forum: Forum) -> None:
        self._shelf = shelf
        self._host = forum.host

    def _thread(self, post: Post) -> Thread:
        return self._shelf.threads(self._host)[int(native(post.thread_id or "").removeprefix("t"))]

    def _answers(self, post: Post) -> int:
        """How many posts answer a post."""
        counted = self._shelf.kept(f"answers:{self._host}", self._count_answers)
        return counted.get(post.id, 0)

    def _count_answers(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        for thread in self._shelf.threads(self._host).values():
            for post_id in thread.post_ids:
                parent = self._shelf.posts[post_id].parent_id
                if parent is not None:
                    counted[parent] = counted.get(parent, 0) + 1
        return counted

    def floor(self, post: Post) -> int:
        """Its number in the topic; the floors of removed posts stay empty."""
        return post.floor or 1

    def user(self, post: Post) -> dict[str, Any]:
        """The short form of a post's author; -1 is the system, which stands in for nobody."""
        author = post.author
        number = native(author.id) if author and author.id else "-1"
        name = (author and author.name) or "system"
        return {
            "id": int(number) if number.lstrip("-").isdecimal() else 0,
            "username": name,
            "avatar_template": f"/letter_avatar_proxy/v2/letter/{escape(name[0])}/da6949/{{size}}.png",
        }

    def full(self, post: Post) -> dict[str, Any]:
        """A post of a topic's stream."""
        thread = self._thread(post)
        user = self.user(post)
        likes = post.engagement.likes or 0
        moment = iso(published(post))
        edited = self._shelf.edited_at(post)
        return {
            **_FIXED,
            "id": int(native(post.id)),
            "username": user["username"],
            "avatar_template": user["avatar_template"],
            "created_at": moment,
            "cooked": self.cooked(post),
            "post_number": self.floor(post),
            "updated_at": iso(edited) if edited else moment,
            "version": 2 if edited else 1,
            "reply_count": self._answers(post) if self.floor(post) > 1 else 0,
            "reply_to_post_number": self._answered(post),
            "quote_count": int(post.quoted_id is not None),
            "reads": post.engagement.views or 1,
            "topic_id": thread.number,
            "actions_summary": [{"id": 2, "count": likes}] if likes else [],
            "user_id": user["id"],
        }

    def latest(self, post: Post) -> dict[str, Any]:
        """A post of ``/posts.json``: the same with its source and the title of its topic."""
        thread = self._thread(post)
        more = {
            "raw": self._body(post),
            "topic_title": thread.title,
            "topic_html_title": escape(thread.title, quote=False),
            "category_id": thread.board,
        }
        return self.full(post) | more

    def _answered(self, post: Post) -> int | None:
        """The floor a post answers; an answer to the topic itself names none."""
        parent = self._shelf.posts.get(post.parent_id or "")
        if parent is None or parent.kind is Kind.THREAD:
            return None
        return self.floor(parent)

    def _body(self, post: Post) -> str:
        if post.kind is not Kind.THREAD:
            return post.text
        return post.text.removeprefix(self._thread(post).title).lstrip("\n")

    def cooked(self, post: Post) -> str:
        """The post as HTML: the quote first, then a paragraph a line, then a picture an image."""
        lines = [line for line in self._body(post).split("\n") if line.strip()]
        html = [self._quote(post), *(f"<p>{_inline(line)}</p>" for line in lines)]
        images = sum(kind == "image" for kind in post.media)
        html += [
            f'<p><img src="/uploads/default/original/1X/{native(post.id)}{n}.jpeg" width="690" height="460"></p>'
            for n in range(images)
        ]
        return "\n".join(part for part in html if part)

    def _quote(self, post: Post) -> str:
        quoted = self._shelf.quoted(post.quoted_id, post)
        if quoted is None:
            return ""
        name = escape(self.user(quoted)["username"])
        topic = self._thread(post).number
        return (
            f'<aside class="quote" data-post="{self.floor(quoted)}" data-topic="{topic}">\n'
            f'<div class="title">\n<div class="quote-controls"></div>\n {name}:</div>\n'
            f"<blockquote>\n<p>{_inline(self._body(quoted)[:80])}</p>\n</blockquote>\n</aside>"
        )


def _inline(text: str) -> str:
    html = escape(text, quote=False)
    html = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', html)
    return _MENTION.sub(r'<a class="mention" href="/u/\1">@\1</a>', html)
