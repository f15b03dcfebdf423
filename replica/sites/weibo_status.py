"""Posts as m.weibo.cn shows them, and what both of Weibo's APIs need to know of a post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from core.ids import bid_from_mid, mid_from_bid
from core.models import Kind, Post
from replica.faults import Switch
from replica.shelf import Shelf
from replica.sites.weibo_text import (
    CAP,
    MOBILE,
    SHOWN,
    Chains,
    byte_length,
    full_date,
    relative_date,
    screen_name,
    short_count,
    to_html,
)
from replica.sites.weibo_users import Users
from replica.ties import native, published

_HELP = '<a href="https://kefu.weibo.com">网页链接</a>'
_GONE = {  # by who took a post away
    "author": f"抱歉，此微博已被作者删除。查看帮助：{_HELP}",
    "site": f"该微博因被多人投诉，根据《微博社区公约》，已被删除。查看帮助：{_HELP}",
    "hidden": f"抱歉，由于作者设置，你暂时没有这条微博的查看权限哦。查看帮助：{_HELP}",
}
TOMBSTONES = (  # every wording there is, for the fault of that name
    *_GONE.values(),
    "此微博已被删除",
    "该账号因被投诉违反法律法规和《微博社区公约》的相关规定，现已无法查看。",
    "抱歉，作者已设置仅展示半年内微博，此微博已不可见。",
)
STRATEGY = {"apply_scenario_flag": 3, "display_text_min_number": CAP, "display_text": "100万+"}
MANAGE = {"comment_permission_type": -1, "approval_comment_type": 0, "comment_sort_type": 0}
_FIXED: dict[str, Any] = {  # what is the same in every mblog served here
    "visible": {"type": 0, "list_id": 0},
    "can_edit": False,
    "show_additional_indication": 0,
    "favorited": False,
    "is_paid": False,
    "mblog_vip_type": 0,
    "mlevel": 0,
    "mblogtype": 0,
    "number_display_strategy": STRATEGY,
    "comment_manage_info": MANAGE,
    "edit_config": {"edited": False},
}
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Counts:
    """The three counters under a post, as shown."""

    reposts: int
    comments: int
    likes: int


class Statuses:
    """Renders statuses and users; what is dear is made once."""

    def __init__(self, shelf: Shelf, chain_limit: int = 2000) -> None:
        self.shelf = shelf
        self.chains = Chains(shelf, chain_limit)
        self.users = Users(shelf)

    def find(self, key: str) -> Post | None:
        """The post or repost of a mid or bid."""
        post = self.shelf.posts.get(f"weibo:{key}") or self.shelf.posts.get(f"weibo:{_mid(key)}")
        return post if post is not None and post.kind in (Kind.POST, Kind.REPOST) else None

    def counts(self, post: Post) -> Counts:
        """The counters shown: the post's own where it has any, else what the world holds; cut at 1,000,000."""
        seen = post.engagement
        reposts = self.shelf.spread(post.id) if seen.reposts is None else seen.reposts
        comments = self.shelf.talk(post.id) if seen.comments is None else seen.comments
        return Counts(min(reposts, CAP), min(comments, CAP), min(seen.likes or 0, CAP))

    def is_long(self, post: Post) -> bool:
        return len(self.chains.text(post)) > SHOWN

    def mobile(
        self, post: Post, faults: Mapping[str, Switch], *, whole: bool = False, nested: bool = True
    ) -> dict[str, Any]:
        """An mblog of m.weibo.cn."""
        mid = native(post.id)
        counts = self.counts(post)
        long = self.is_long(post)
        status: dict[str, Any] = {
            **_FIXED,
            "created_at": full_date(published(post)),
            "id": mid,
            "mid": mid,
            "text": self.mobile_html(post, whole=whole),
            "source": post.client or "",
            "pic_ids": pictures(post),
            "user": self.users.mobile(post.author),
            "reposts_count": counts.reposts,
            "comments_count": counts.comments,
            "attitudes_count": counts.likes,
            "isLongText": long,
            "pic_num": len(pictures(post)),
            "bid": bid_from_mid(mid),
        }
        if edited := self.shelf.edited_at(post):
            status |= {"edit_config": {"edited": True}, "edit_count": 1, "edit_at": full_date(edited)}
        if post.region:
            status["region_name"] = f"发布于 {post.region}"
            status["region_opt"] = 1
        if post.kind is Kind.REPOST:
            self._add_repost(status, post, faults, nested=nested, whole=whole)
        else:
            status["textLength"] = byte_length(self.chains.text(post))
        self._add_media(status, post, "pics_as_object" in faults)
        if "capped_counts" in faults:
            for name in ("reposts_count", "comments_count", "attitudes_count"):
                status[name] = "100万+" if status[name] >= CAP else status[name]
        if "odd_dates" in faults:
            status["created_at"] = relative_date(published(post), self.shelf.now)
        return status

    def mobile_html(self, post: Post, *, whole: bool) -> str:
        """The text as HTML, cut with 全文 unless the whole is asked for."""
        text = self.chains.text(post)
        if whole or len(text) <= SHOWN:
            return to_html(text, MOBILE)
        return to_html(text[:SHOWN], MOBILE) + f' ...<a href="/status/{native(post.id)}">全文</a>'

    def _add_repost(
        self, status: dict[str, Any], post: Post, faults: Mapping[str, Switch], *, nested: bool, whole: bool
    ) -> None:
        text = self.chains.text(post)
        quick = faults.get("quick_reposts")
        if quick and quick.takes(post.id):
            text = status["text"] = "转发微博"
        status["raw_text"] = text if whole or len(text) <= SHOWN else f"{text[:SHOWN]} ...全文"
        status["repost_type"] = 1
        hidden = faults.get("missing_parents")
        if post.parent_id not in (None, post.root_id) and not (hidden and hidden.takes(post.id)):
            parent = native(post.parent_id or "")
            status["pid"] = int(parent) if parent.isdecimal() else parent
            status["pidstr"] = parent
        if nested and post.root_id:
            dead, worded = faults.get("dead_root"), faults.get("tombstones")
            gone = bool(dead and dead.takes(post.root_id))
            words = TOMBSTONES[worded.struck % len(TOMBSTONES)] if worded else None
            status["retweeted_status"] = self._root(post.root_id, gone=gone, words=words)

    def _root(self, root_id: str, *, gone: bool, words: str | None) -> msgspec.Raw:
        def render() -> msgspec.Raw:
            root = None if gone or words else self.shelf.posts.get(root_id)
            shown = self.tombstone(root_id) if root is None else self.mobile(root, {}, nested=False)
            return msgspec.Raw(_encode({**shown, "text": words, "deleted": None} if words else shown))

        return self.shelf.kept(f"root:{root_id}:{gone}:{words}", render)

    def tombstone(self, post_id: str) -> dict[str, Any]:
        """What stands for a root that is gone: the user is null and the text says why."""
        removal = self.shelf.removal(post_id)
        mid = native(post_id)
        return {
            "visible": {"type": 0, "list_id": 0},
            "created_at": "",
            "id": mid,
            "mid": mid,
            "text": _GONE[removal.by if removal else "author"],
            "source": "",
            "pic_ids": [],
            "user": None,
            "deleted": "1",
            "reposts_count": 0,
            "comments_count": 0,
            "attitudes_count": 0,
            "isLongText": False,
            "bid": bid_from_mid(mid) if mid.isdecimal() else mid,
        }

    def _add_media(self, status: dict[str, Any], post: Post, as_object: bool) -> None:
        if status["pic_ids"]:
            pics = [_pic(pid) for pid in status["pic_ids"]]
            status["thumbnail_pic"] = f"https://wx4.sinaimg.cn/thumbnail/{status['pic_ids'][0]}.jpg"
            status["bmiddle_pic"] = f"http://wx4.sinaimg.cn/bmiddle/{status['pic_ids'][0]}.jpg"
            status["original_pic"] = f"https://wx4.sinaimg.cn/large/{status['pic_ids'][0]}.jpg"
            status["picStatus"] = ",".join(f"{n}:1" for n in range(len(pics)))
            status["pics"] = {str(n): pic for n, pic in enumerate(pics)} if as_object else pics
        if "video" in post.media:
            name = screen_name(post)
            status["page_info"] = {
                "type": "video",
                "object_type": 11,
                "page_pic": {"url": "https://wx2.sinaimg.cn/crop.0.5.1433.797/cover.jpg"},
                "page_url": f"https://video.weibo.com/show?fid=1034%3A{status['id']}",
                "object_id": f"1034:{status['id']}",
                "page_title": f"{name}的微博视频",
                "title": "",
                "content1": f"{name}的微博视频",
                "play_count": f"{short_count(post.engagement.views or 0)}次播放",
                "media_info": {"stream_url": "", "stream_url_hd": "", "duration": 60.0},
            }


def _mid(bid: str) -> str:
    try:
        return mid_from_bid(bid)
    except ValueError:
        return ""


def pictures(post: Post) -> list[str]:
    """Invented picture ids, one for each image of the post."""
    images = sum(kind == "image" for kind in post.media)
    return [f"00{native(post.id)[-9:]}ly1h{n:02d}j20u01401kx" for n in range(images)]


def _pic(pid: str) -> dict[str, Any]:
    return {
        "pid": pid,
        "url": f"https://wx4.sinaimg.cn/orj360/{pid}.jpg",
        "size": "orj360",
        "geo": {"width": 360, "height": 270, "croped": False},
        "large": {
            "size": "large",
            "url": f"https://wx4.sinaimg.cn/large/{pid}.jpg",
            "geo": {"width": "1024", "height": "768", "croped": False},
        },
    }
