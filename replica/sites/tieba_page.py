"""The pages of Tieba: what its server writes, with its stray quotes and hidden comments."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from core.models import Kind, Post
from replica.faults import Switch
from replica.ties import native, published
from replica.world.model import Board, Thread

_BEIJING = ZoneInfo("Asia/Shanghai")
_ADVERT = (
    '<div class="l_post l_post_bright j_l_post clearfix" data-field="{}" data-index="3"><style>._8x{margin:0}</style>'
    '<div class="middle_image_content"><a href="https://ads.example/x">广告</a></div></div>\n'
)


class Line(NamedTuple):
    """A thread of a list with its opening and what was written in it last."""

    thread: Thread
    opening: Post
    last: Post


def notice(title: str, text: str) -> str:
    return f"<html><head><title>{title}</title></head><body><div class='page404'>{escape(text)}</div></body></html>"


def _uid(post: Post) -> int:
    return int(native(post.author.id)) if post.author and post.author.id else 0


def _portrait(post: Post) -> str:
    return f"tb.1.{_uid(post):08x}.replica"


def _name(post: Post) -> str:
    return (post.author and post.author.name) or "贴吧用户"


def _body(post: Post, thread: Thread) -> str:
    text = post.text.removeprefix(thread.title).lstrip("\n") if post.kind is Kind.THREAD else post.text
    pictures = '<br><img class="BDE_Image" src="http://tiebapic.baidu.com/forum/x.jpg" width="560">' * len(
        post.media
    )
    return escape(text, quote=False).replace("\n", "<br>") + pictures


def _field(facts: Any, torn: bool = False) -> str:
    """A data-field; torn, it ends at the first quote within."""
    text = json.dumps(facts)
    return f"'{text}'" if not torn else f"'{text[:20]}'{text[20:40]}'"


def _short(at: datetime, now: datetime) -> str:
    """``11:24`` of today, ``8-7`` of this year, ``2023-05`` of another."""
    local, today = at.astimezone(_BEIJING), now.astimezone(_BEIJING)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local.month}-{local.day}" if local.year == today.year else f"{local:%Y-%m}"


def list_page(
    board: Board, lines: Sequence[Line], page: int, pages: int, now: datetime, torn: Switch | None
) -> str:
    """A bar: the list stands in a comment, as scripts expect it."""
    rows = "".join(_row(line, now, torn is not None and torn.takes(line.thread.id)) for line in lines)
    address = f"//tieba.baidu.com/f?kw={quote(board.name)}&ie=utf-8&pn="
    links = f'<span class="pagination-current pagination-item ">{page}</span>\n'
    if page < pages:
        links += f'<a href="{address}{page * 50}" class="next pagination-item " >下一页&gt;</a>\n'
        links += f'<a href="{address}{(pages - 1) * 50}" class="last pagination-item " >尾页</a>\n'
    return (
        f'<!DOCTYPE html><!--STATUS OK--><html><head><meta charset="UTF-8"><title>{escape(board.name)}吧-百度贴吧</title>'
        '</head><body><code class="pagelet_html" id="pagelet_html_frs-header/pagelet/head" style="display:none;"><!--'
        '<div class="card_head"><span>\n--></code><script></script>'
        '<code class="pagelet_html" id="pagelet_html_frs-list/pagelet/thread_list" style="display:none;"><!--\n'
        f'<ul id="thread_list" class="threadlist_bright j_threadlist_bright">\n{rows}</ul>\n'
        f'<div class="thread_list_bottom clearfix"><div id="frs_list_pager" class="pagination-default clearfix">{links}'
        "</div></div>\n--></code></body></html>"
    )


def _row(line: Line, now: datetime, torn: bool) -> str:
    thread, opening = line.thread, line.opening
    replies = len(thread.post_ids) - 1
    facts = {
        "id": thread.number,
        "author_name": _name(opening),
        "author_portrait": _portrait(opening),
        "first_post_id": int(native(opening.id)),
        "reply_num": replies,
        "is_good": None,
        "is_top": thread.sticky or None,
    }
    top = '<i class="icon-top" title="置顶"></i>' if thread.sticky else ""
    return (
        f'<li class=" j_thread_list clearfix thread_item_box" data-field={_field(facts, torn)}  '
        f"data-tid='{thread.number}' data-thread-type=\"0\" data-floor='1''>\n"
        f'<span class="threadlist_rep_num center_text" title="回复">{replies}</span>{top}\n'
        f'<a rel="noopener" href="/p/{thread.number}" title="{escape(thread.title)}" target="_blank" class="j_th_tit ">'
        f"{escape(thread.title)}</a>\n"
        f'<span class="tb_icon_author " title="主题作者: {escape(_name(opening))}">{escape(_name(opening))}</span>'
        f'<span class="pull-right is_show_create_time" title="创建时间">{_short(published(opening), now)}</span>\n'
        f'<span class="threadlist_reply_date pull_right j_reply_data" title="最后回复时间">\n'
        f"            {_short(published(line.last), now)}        </span>\n</li>\n"
    )


def cards(board: Board, lines: Sequence[Line], page: int, pages: int, now: datetime) -> str:
    """The same in the design of 2026: cards, no comment, no facts."""
    found = "".join(
        '<div class="threadcardclass thread-new3 index-feed-cards">\n'
        f'<a class="action-link-bg" href="https://tieba.baidu.com/p/{line.thread.number}?fr=undefined"></a>\n'
        f'<span class="forum-name-text">{escape(board.name)}吧</span>\n'
        + ('<span class="thread-top-tag">置顶</span>\n' if line.thread.sticky else "")
        + f'<div class="top-title"><span class="forum-attention user">{escape(_name(line.opening))}</span>'
        f"<span>发布于 {_date(published(line.opening))}</span></div>\n"
        f'<div class="title-wrap"><span>{escape(line.thread.title)}</span></div>\n'
        f'<span class="last-reply-time">最后回复 {_short(published(line.last), now)}</span>\n'
        f'<a class="comment-link-zone" href="https://tieba.baidu.com/p/{line.thread.number}?showComment=1">'
        f'<span class="action-number">{len(line.thread.post_ids) - 1}</span></a>\n</div>\n'
        for line in lines
    )
    following = (
        f'<div class="thread-next-page"><a href="/f?kw={quote(board.name)}&pn={page * 50}">下一页</a></div>'
        if page < pages
        else ""
    )
    return f"<html><head><title>{escape(board.name)}吧</title></head><body>{found}{following}</body></html>"


def _date(at: datetime) -> str:
    local = at.astimezone(_BEIJING)
    return f"{local.year}-{local.month}-{local.day}"


def thread_page(
    thread: Thread,
    floors: Sequence[Post],
    below: Mapping[str, int],
    replies: int,
    page: int,
    pages: int,
    torn: Switch | None,
) -> str:
    """The floors of a page, an advert among them."""
    parts = [
        _floor(thread, floor, below[floor.id], torn is not None and torn.takes(floor.id)) for floor in floors
    ]
    parts.insert(min(2, len(parts)), _ADVERT)
    return (
        f'<html><head><meta charset="UTF-8"><title>{escape(thread.title)}_百度贴吧</title></head><body>'
        f'<h3 class="core_title_txt pull-left text-overflow  " title="{escape(thread.title)}">{escape(thread.title)}</h3>'
        f'<div id="j_p_postlist">{"".join(parts)}</div><ul class="l_posts_num">'
        f'<li class="l_pager pager_theme_4 pb_list_pager"><span class="tP">{page}</span></li>'
        f'<li class="l_reply_num" style="margin-left:8px"><span class="red" style="margin-right:3px">{replies}</span>'
        f'回复贴，共<span class="red">{pages}</span>页</li></ul></body></html>'
    )


def _floor(thread: Thread, post: Post, below: int, torn: bool) -> str:
    pid = native(post.id)
    facts = {
        "author": {
            "user_id": _uid(post),
            "user_name": _name(post),
            "portrait": f"{_portrait(post)}?t=1",
            "user_nickname": "",
        },
        "content": {
            "post_id": int(pid),
            "is_anonym": False,
            "forum_id": thread.board,
            "thread_id": thread.number,
            "post_no": post.floor,
            "comment_num": below,
        },
    }
    local = published(post).astimezone(_BEIJING)
    region = f"<span>IP属地:{post.region}</span>" if post.region else ""
    link = f"/home/main?id={_portrait(post)}&amp;fr=pb"
    return (
        f'<div class="l_post l_post_bright j_l_post clearfix  " data-field={_field(facts, torn)} data-pid="{pid}">\n'
        f'<ul class="p_author"><li class="d_name" data-field=\'{{"user_id":{_uid(post)}}}\'>'
        f'<a class="p_author_name j_user_card" href="{link}" target="_blank">{escape(_name(post))}</a></li></ul>\n'
        '<div class="j_ueg_post_content p_forbidden_tip" style="display:none;">该楼层疑似违规已被系统折叠</div>'
        f'<div id="post_content_{pid}" class="d_post_content j_d_post_content " style="display:;">'
        f"            {_body(post, thread)}</div><br>\n"
        f'<div class="post-tail-wrap">{region}<span class="tail-info">来自<a href="#">Android客户端</a></span>'
        f'<span class="tail-info">{post.floor}楼</span><span class="tail-info">{local:%Y-%m-%d %H:%M}</span></div>'
        f'<div class="j_lzl_container core_reply_wrapper" data-field=\'{{"pid":{pid},"floor_num":{post.floor},'
        f'"total_num":{below}}}\'></div>\n</div>\n'
    )


def _said(post: Post, posts: Mapping[str, Post]) -> str:
    """A reply's words; one to another reply names its writer first."""
    above = posts.get(post.parent_id or "")
    lead = ""
    if above is not None and above.kind is Kind.COMMENT:
        lead = f'回复 <a href="" username="{escape(_name(above))}" portrait="{_portrait(above)}" class="at">'
        lead += f"{escape(_name(above))}</a> :"
    return lead + escape(post.text, quote=False).replace("\n", "<br>")


def total(
    thread: Thread, lists: Mapping[str, Sequence[Post]], posts: Mapping[str, Post], most: int
) -> dict[str, Any]:
    """``/p/totalComment``; the list of comments is an empty array where there are none."""
    found = {
        native(floor_id): {
            "comment_num": len(comments),
            "comment_list_num": min(len(comments), most),
            "comment_info": [
                {
                    "thread_id": str(thread.number),
                    "post_id": native(floor_id),
                    "comment_id": native(post.id),
                    "username": _name(post),
                    "user_id": str(_uid(post)),
                    "now_time": int(published(post).timestamp()),
                    "content": _said(post, posts),
                    "ptype": 0,
                    "during_time": 0,
                }
                for post in comments[:most]
            ],
        }
        for floor_id, comments in lists.items()
        if comments
    }
    people = {
        str(_uid(post)): {
            "user_id": _uid(post),
            "user_name": _name(post),
            "portrait": _portrait(post),
            "nickname": _name(post),
        }
        for comments in lists.values()
        for post in comments[:most]
    }
    return {"errno": 0, "errmsg": "success", "data": {"comment_list": found or [], "user_list": people or []}}


def floor_page(comments: Sequence[Post], posts: Mapping[str, Post], page: int, count: int, size: int) -> str:
    """``/p/comment``: bare list items."""
    lines = ""
    for post in comments:
        local = published(post).astimezone(_BEIJING)
        facts = {
            "spid": int(native(post.id)),
            "showname": _name(post),
            "user_name": _name(post),
            "portrait": _portrait(post),
        }
        lines += (
            f'<li class="lzl_single_post j_lzl_s_p " data-field={_field(facts)}><a name="{native(post.id)}"></a>'
            f'<div class="lzl_cnt"><a class="at j_user_card " href="/home/main?id={_portrait(post)}">'
            f'{escape(_name(post))}</a>:<span class="lzl_content_main" data-username="">{_said(post, posts)}        </span>'
            f'<div class="lzl_content_reply"><span class="lzl_time">{local.year}-{local.month}-{local.day} '
            f"{local:%H:%M}</span></div></div></li>\n"
        )
    facts = {"total_num": count, "total_page": max(1, -(-count // size))}
    return f'{lines}<li class="lzl_li_pager j_lzl_l_p" data-field={_field(facts)}><span class="tP">{page}</span></li>\n'


def hits(found: Sequence[tuple[Thread, Post]], names: Mapping[int, str], page: int, pages: int) -> str:
    """``/f/search/res``: one hit a floor; the bar's address is in GBK."""
    rows = "".join(
        f'<div class="s_post"><span class="p_title"><a data-tid="{thread.number}" data-fid="{thread.board}" '
        f'class="bluelink" href="/p/{thread.number}?pid={native(post.id)}&amp;cid=0#{native(post.id)}" target="_blank">'
        f'{escape(thread.title)}</a></span>\n<div class="p_content">{escape(post.text[:90])}</div>\n'
        f'贴吧：<a class="p_forum" href="/f?kw={quote(names[thread.board], encoding="gbk")}">'
        f'<font class="p_violet">{escape(names[thread.board])}</font></a>\n'
        f'<font class="p_green p_date">{published(post).astimezone(_BEIJING):%Y-%m-%d %H:%M}</font></div>\n'
        for thread, post in found
    )
    following = f'<a href="?pn={page + 1}" class="next">下一页&gt;</a>' if page < pages else ""
    pager = f'<div class="pager pager-search"><span class="cur">{page}</span>{following}</div>'
    return f'<html><head><title>百度贴吧搜索</title></head><body><div class="s_post_list">{rows}</div>{pager}</body></html>'
