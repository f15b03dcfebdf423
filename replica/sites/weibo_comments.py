"""Comments of m.weibo.cn: the flow by heat, the answers under one, and the older paged list."""

from __future__ import annotations

from typing import Any

from core.models import Post
from replica.exchange import Answer, Request, json_answer
from replica.identity import Identity
from replica.shelf import Shelf
from replica.sites.weibo_status import Statuses
from replica.sites.weibo_text import MOBILE, full_date, relative_date, screen_name, to_html
from replica.ties import native, published
from replica.trouble import login_json

PER_PAGE = 20
_INLINE = 2  # answers shown under a comment of the flow
_OLD_PER_PAGE = 10
_VISITOR_PAGES = 5  # of the older list


class Comments:
    """Renders the comments of the shelf's posts."""

    def __init__(self, statuses: Statuses) -> None:
        self._statuses = statuses
        self._shelf: Shelf = statuses.shelf

    def hot_flow(self, request: Request) -> Answer:
        """``/comments/hotflow``: 20 a page by heat; a visitor sees the first page alone."""
        post = self._statuses.find(request.text("id") or request.text("mid"))
        cursor = request.text("max_id", "0")
        if cursor not in ("", "0") and request.identity is Identity.VISITOR:
            return login_json(request)
        comments = self._by_heat(post.id) if post else []
        if thinned := request.faults.get("thin_comments"):
            comments = [comment for comment in comments if not thinned.takes(comment.id)]
        if not comments or post is None or "comments_closed" in request.faults:
            return json_answer({"ok": 0})
        start = self._position(comments, cursor)
        end = start + PER_PAGE
        hollow = "hollow_comments" in request.faults
        if hollow:  # nothing here, but the cursor leads on to what should have been
            shown, following = [], native(comments[start].id)
        else:
            shown, following = comments[start:end], _following(comments, end)
        data = {
            "data": [self._item(comment) for comment in shown],
            "total_number": self._shelf.talk(post.id),
            "status": {"comment_manage_info": {"comment_permission_type": -1, "approval_comment_type": 0}},
            "max_id": following if "string_cursor" in request.faults else int(following),
            "max": -(-len(comments) // PER_PAGE),
            "max_id_type": int(following != "0"),
        }
        return json_answer({"ok": 1, "data": data})

    def hot_flow_child(self, request: Request) -> Answer:
        """``/comments/hotFlowChild``: the answers under one comment; `data` is a list here."""
        root = self._shelf.posts.get(f"weibo:{request.text('cid')}")
        if root is None:
            return json_answer({"ok": 0, "msg": "评论不存在"})
        cursor = request.text("max_id", "0")
        if cursor not in ("", "0") and request.identity is Identity.VISITOR:
            return login_json(request)
        answers = self._answers(root)
        start = self._position(answers, cursor)
        end = start + PER_PAGE
        following = _following(answers, end)
        return json_answer(
            {
                "ok": 1,
                "data": [self._item(answer, root) for answer in answers[start:end]],
                "rootComment": [self._item(root)],
                "total_number": len(answers),
                "max_id": int(following),
                "max_id_type": 0,
                "max": max(1, -(-len(answers) // PER_PAGE)),
            }
        )

    def show(self, request: Request) -> Answer:
        """``/api/comments/show``: newest first with relative times, answers among the comments."""
        post = self._statuses.find(request.text("id"))
        page = max(1, request.number("page", 1))
        if page > _VISITOR_PAGES and request.identity is Identity.VISITOR:
            return login_json(request)
        comments = self._all(post.id) if post else []
        shown = comments[(page - 1) * _OLD_PER_PAGE : page * _OLD_PER_PAGE]
        if not shown:
            return json_answer({"ok": 0, "msg": "还没有人评论哦~快来抢沙发！"})
        data = {
            "data": [self._old_item(comment, request) for comment in shown],
            "total_number": len(comments),
            "max": -(-len(comments) // _OLD_PER_PAGE),
        }
        return json_answer({"ok": 1, "msg": "数据获取成功", "data": data})

    def build(self, request: Request) -> Answer:
        """``/ajax/statuses/buildComments``: 20 a page, by heat or (flow 1) the newest first, as numbers."""
        if request.identity is not Identity.LOGIN:
            return login_json(request)
        post = self._statuses.find(request.text("id"))
        comments: list[Post] = []
        if post is not None and request.text("flow") == "1":
            comments = list(self._shelf.listed(f"comments:{post.id}").posts)
        elif post is not None:
            comments = self._by_heat(post.id)
        start = self._position(comments, request.text("max_id", "0"))
        end = start + PER_PAGE
        return json_answer(
            {
                "ok": 1,
                "data": [self._desktop_item(comment) for comment in comments[start:end]],
                "rootComment": [],
                "filter_group": [{"param": "0", "title": "按热度"}, {"param": "1", "title": "按时间"}],
                "total_number": self._shelf.talk(post.id) if post else 0,
                "max_id": int(_following(comments, end)),
                "trendsText": "已加载全部评论",
            }
        )

    def _desktop_item(self, comment: Post, root: Post | None = None) -> dict[str, Any]:
        item = self._item(comment, root)
        text = comment.text
        answered = self._shelf.posts.get(comment.parent_id or "") if root else None
        if answered is not None and answered is not root and not text.startswith("回复@"):
            text = f"回复@{screen_name(answered)}:{text}"
        item |= {
            "id": int(native(comment.id)),
            "idstr": native(comment.id),
            "text_raw": text,
            "like_counts": item.pop("like_count"),
            "user": self._statuses.users.desktop(comment.author),
        }
        if answered is not None:
            item["reply_comment"] = {"id": int(native(answered.id)), "text": answered.text}
        if root is None:
            item["comments"] = [
                self._desktop_item(answer, comment) for answer in self._answers(comment)[:_INLINE]
            ]
        return item

    def _by_heat(self, post_id: str) -> list[Post]:
        def sort() -> list[Post]:
            newest = self._shelf.listed(f"comments:{post_id}").posts
            return sorted(newest, key=lambda c: -(c.engagement.likes or 0))

        return self._shelf.kept(f"heat:{post_id}", sort)

    def _answers(self, root: Post) -> list[Post]:
        """Answers under a comment, the oldest first."""
        return list(self._shelf.listed(f"answers:{root.id}").posts[::-1])

    def _all(self, post_id: str) -> list[Post]:
        comments = self._shelf.listed(f"comments:{post_id}").posts
        answers = [answer for comment in comments for answer in self._answers(comment)]
        return sorted((*comments, *answers), key=lambda c: (published(c), c.id), reverse=True)

    @staticmethod
    def _position(comments: list[Post], cursor: str) -> int:
        return next((n for n, comment in enumerate(comments) if native(comment.id) == cursor), 0)

    def _text(self, comment: Post, root: Post | None) -> str:
        """Who answers an answer is shown to say so: 回复@name:words."""
        text = comment.text
        if root is not None and comment.parent_id != root.id and not text.startswith("回复@"):
            target = self._shelf.posts.get(comment.parent_id or "")
            if target is not None:
                text = f"回复@{screen_name(target)}:{text}"
        return to_html(text, MOBILE)

    def _item(self, comment: Post, root: Post | None = None) -> dict[str, Any]:
        mid = native(comment.id)
        top = native(root.id) if root else mid
        item: dict[str, Any] = {
            "created_at": full_date(published(comment)),
            "id": mid,
            "rootid": top,
            "rootidstr": top,
            "floor_number": comment.floor or 0,
            "text": self._text(comment, root),
            "disable_reply": 0,
            "user": self._statuses.users.mobile(comment.author),
            "mid": mid,
            "readtimetype": "comment",
            "isLikedByMblogAuthor": False,
            "source": f"来自{comment.region}" if comment.region else "",
            "like_count": comment.engagement.likes or 0,
            "liked": False,
        }
        if root is None:
            answers = self._answers(comment)
            item["comments"] = [self._item(answer, comment) for answer in answers[:_INLINE]] or False
            item["max_id"] = 0
            item["total_number"] = len(answers)
        return item

    def _old_item(self, comment: Post, request: Request) -> dict[str, Any]:
        root = self._shelf.top_comment(comment)
        item: dict[str, Any] = {
            "id": int(native(comment.id)),
            "created_at": relative_date(published(comment), request.now),
            "source": f"来自{comment.region}" if comment.region else "",
            "user": self._statuses.users.mobile(comment.author),
            "text": self._text(comment, root),
            "like_counts": comment.engagement.likes or 0,
            "liked": False,
        }
        answered = self._shelf.posts.get(comment.parent_id or "") if root else None
        if answered is not None:
            item["reply_id"] = int(native(answered.id))
            item["reply_text"] = to_html(answered.text, MOBILE)
        return item


def _following(comments: list[Post], end: int) -> str:
    """The cursor of the next page: its first comment; 0 at the end."""
    return native(comments[end].id) if end < len(comments) else "0"
