"""One result of s.weibo.com as its page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from core.ids import bid_from_mid
from core.models import Author, Kind, Post
from replica.sites.weibo_status import Statuses, pictures
from replica.sites.weibo_text import CAP, SEARCH, SHOWN, listed_date, screen_name, to_html
from replica.ties import native, published

_BLUE = range(1, 9)


class Cards:
    """Renders posts as cards of the search page."""

    def __init__(self, statuses: Statuses) -> None:
        self._statuses = statuses

    def card(self, post: Post, marked: Sequence[str], now: datetime) -> str:
        """The card of a post: who, when, the text cut and whole, the root it reposts, the counters."""
        mid, uid, name = native(post.id), _uid(post), screen_name(post)
        root = self._root(post, marked, now) if post.kind is Kind.REPOST else ""
        return (
            f'<div class="card-wrap" action-type="feed_list_item" mid="{mid}" >\n<div class="card">\n'
            f'<div class="card-feed">\n<div class="avator"><a href="//weibo.com/{uid}?refer_flag=1001030103_">'
            f'<span class="woo-avatar-icon">{_badge(post.author)}</span></a></div>\n'
            '<div class="content" node-type="like">\n<div class="info"><div style="padding: 6px 0 3px;">'
            f'<a href="//weibo.com/{uid}?refer_flag=1001030103_" class="name" target="_blank">'
            f"{escape(name)}</a></div></div>\n{_from(post, now)}{self._texts(post, marked)}{_pictures(post)}"
            f"{root}</div>\n</div>\n{self._act(post)}</div>\n</div>\n<!--/card-wrap-->\n"
        )

    def _texts(self, post: Post, marked: Sequence[str]) -> str:
        text = self._statuses.chains.text(post)
        name = escape(screen_name(post))
        head = f'<p class="txt" node-type="feed_list_content" nick-name="{name}">\n'
        if len(text) <= SHOWN:
            return f"{head}{to_html(text, SEARCH, marked)}\u200b\n</p>\n"
        more = f'<a href="{_address(post)}" action-type="fl_unfold" target="_blank">展开<i class="wbicon">c</i></a>'
        less = '<a action-type="fl_fold">收起<i class="wbicon">d</i></a>'
        return (
            f"{head}{to_html(text[:SHOWN], SEARCH, marked)}...{more}\n</p>\n"
            f'<p class="txt" node-type="feed_list_content_full" nick-name="{name}" style="display: none">\n'
            f"{to_html(text, SEARCH, marked)}\u200b {less}\n</p>\n"
        )

    def _root(self, post: Post, marked: Sequence[str], now: datetime) -> str:
        root = self._statuses.shelf.posts.get(post.root_id or "")
        if root is None:
            dead = self._statuses.tombstone(post.root_id or "")["text"]
            return f'<div class="card-comment"><div class="con"><p class="txt">{dead}</p></div></div>\n'
        mid, name = native(root.id), escape(screen_name(root))
        counts = self._statuses.counts(root)
        likes = (
            f'<a action-type="feed_list_like" action-data="mid={mid}&from=rootFeed">'
            f'<button><span class="woo-like-count">{_shown(counts.likes, "赞")}</span></button></a>'
        )
        return (
            '<div class="card-comment" node-type="feed_list_forward">\n<div class="con">\n'
            '<div node-type="feed_list_forwardContent">\n'
            f'<a href="//weibo.com/{_uid(root)}?refer_flag=1001030103_" class="name" target="_blank" '
            f'nick-name="{name}">@{name}</a>\n{self._texts(root, marked)}</div>\n'
            f'<div class="func"><ul class="act s-fr"><li><a href="{_address(root)}">转发 {_shown(counts.reposts, "")}</a></li>'
            f'<li><a href="{_address(root)}">评论 {_shown(counts.comments, "")}</a></li><li>{likes}</li></ul>\n'
            f'<p class="from"><a href="{_address(root)}" target="_blank">{listed_date(published(root), now)}</a>'
            f"{_client(root)}</p></div>\n</div>\n</div>\n"
        )

    def _act(self, post: Post) -> str:
        counts = self._statuses.counts(post)
        return (
            '<div class="card-act"><ul>\n'
            f'<li><a action-type="feed_list_forward">{_shown(counts.reposts, "转发")}</a></li>\n'
            f'<li><a action-type="feed_list_comment">{_shown(counts.comments, "评论")}</a></li>\n'
            '<li><a action-type="feed_list_like"><button><span class="woo-like-count">'
            f"{counts.likes or '赞'}</span></button></a></li>\n</ul></div>\n"
        )


def _shown(count: int, label: str) -> str:
    """A counter of the search page: its label when nobody pressed it yet, 100万+ where it is cut off."""
    return "100万+" if count >= CAP else str(count or label)


def _uid(post: Post) -> str:
    return native((post.author and post.author.id) or "")


def _address(post: Post) -> str:
    return f"//weibo.com/{_uid(post)}/{bid_from_mid(native(post.id))}?refer_flag=1001030103_"


def _client(post: Post) -> str:
    if not post.client:
        return ""
    return f'\n&nbsp;来自 <a href="//weibo.com/" rel="nofollow">{escape(post.client)}</a>'


def _from(post: Post, now: datetime) -> str:
    return (
        f'<div class="from">\n<a href="{_address(post)}" target="_blank">\n'
        f"{listed_date(published(post), now)}\n</a>{_client(post)}\n</div>\n"
    )


def _badge(author: Author | None) -> str:
    """The V beside the picture: blue for organisations, yellow, or gold from a million followers, for persons."""
    kind = author.verified_type if author else None
    if kind is None or not 0 <= kind <= 8:
        return ""
    followers = (author.followers if author else None) or 0
    colour = "vblue" if kind in _BLUE else "vgold" if followers >= 1_000_000 else "vyellow"
    return f'<svg id="woo_svg_{colour}"></svg>'


def _pictures(post: Post) -> str:
    ids = ",".join(pictures(post))
    video = '<div class="thumbnail"><video-player :options="{src:\'//f.video.weibocdn.com/x.mp4\'}"></video-player></div>'
    shown = video if "video" in post.media else ""
    if ids:
        data = f"uid={_uid(post)}&mid={native(post.id)}&pic_ids={ids}"
        shown += f'<div node-type="feed_list_media_prev"><div action-data="{data}"></div></div>'
    return f"{shown}\n" if shown else ""
