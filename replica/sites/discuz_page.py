"""What all pages of a Discuz! board of the X line share: the shell, times, pagers, texts as HTML."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from core.models import Kind, Post
from replica.shelf import Shelf
from replica.world.model import Forum

BEIJING = ZoneInfo("Asia/Shanghai")
_LINK = re.compile(r"https?://(?:[A-Za-z0-9./?=%_~#:+-]|&amp;)+")  # in escaped text
_XHTML = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
    '<html xmlns="http://www.w3.org/1999/xhtml">\n<head>\n'
)
_HTML5 = '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n'
_AROUND = 10  # page numbers a pager lists

ROBOTS = "\n".join(
    ("User-agent: *", *(f"Disallow: {path}" for path in (
        "/api/", "/data/", "/source/", "/install/", "/template/", "/config/", "/uc_client/", "/uc_server/",
        "/static/", "/admin.php", "/search.php", "/member.php", "/api.php", "/misc.php", "/connect.php",
        "/forum.php?mod=redirect*", "/forum.php?mod=post*", "/home.php?mod=spacecp*", "/userapp.php?mod=app&*",
        "/*?mod=misc*", "/*?mod=attachment*", "/*mobile=yes*",
    )), "")
)  # fmt: skip


def shell(forum: Forum, title: str, body: str) -> str:
    """A whole page around `body`."""
    return (
        f"{_HTML5 if forum.version >= 'X5' else _XHTML}"
        f'<meta http-equiv="Content-Type" content="text/html; charset={forum.charset}" />\n'
        f"<title>{escape(title)} - {escape(forum.title)} -  Powered by Discuz!</title>\n"
        f'<meta name="generator" content="Discuz! {forum.version}" />\n'
        f'<base href="http://{forum.host}/" />\n</head>\n<body id="nv_forum" class="pg_viewthread">\n'
        f'<div id="wp" class="wp">\n<div id="pt" class="bm cl"><div class="z"><a href="./" class="nvhm">'
        f"{escape(forum.title)}</a></div></div>\n{body}</div>\n"
        '<div id="ft" class="wp cl"><p>Powered by <strong><a href="http://www.discuz.net">Discuz!</a></strong> '
        f"<em>{forum.version}</em></p></div>\n</body>\n</html>\n"
    )


def message(forum: Forum, text: str) -> str:
    """The page that tells a visitor something went wrong."""
    return shell(
        forum,
        "提示信息",
        f'<div id="messagetext" class="alert_error"><p>{escape(text)}</p></div>\n',
    )


def full_date(at: datetime, *, seconds: bool = False) -> str:
    """``2018-8-19 20:06`` as Discuz! writes it: no leading zeros in the day."""
    t = at.astimezone(BEIJING)
    clock = f"{t:%H:%M:%S}" if seconds else f"{t:%H:%M}"
    return f"{t.year}-{t.month}-{t.day} {clock}"


def day(at: datetime) -> str:
    return full_date(at).split(" ", maxsplit=1)[0]


def dated(forum: Forum, at: datetime, now: datetime, full: str) -> str:
    """`full` within a week hides in the title of a relative time; older than that, and in X2, it stands alone."""
    relative = None if forum.version.startswith("X2") else _relative(at, now)
    return full if relative is None else f'<span title="{full}">{relative}</span>'


def _relative(at: datetime, now: datetime) -> str | None:
    t = at.astimezone(BEIJING)
    midnight = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    age = int((now - at).total_seconds())
    if age < 0:
        return None
    if t >= midnight:
        if age > 3600:
            return f"{age // 3600}&nbsp;小时前"
        if age > 1800:
            return "半小时前"
        if age > 60:
            return f"{age // 60}&nbsp;分钟前"
        return f"{age}&nbsp;秒前" if age else "刚刚"
    days = (midnight - t) // timedelta(days=1)
    if days < 2:
        return f"{('昨天', '前天')[days]}&nbsp;{t:%H:%M}"
    return f"{days + 1}&nbsp;天前" if days < 7 else None


def to_html(text: str) -> str:
    """A message's text with links and line breaks."""
    html = escape(text, quote=False)
    html = _LINK.sub(lambda found: f'<a href="{found[0]}" target="_blank">{found[0]}</a>', html)
    return html.replace("\n", "<br />\n")


def pager(pattern: str, page: int, pages: int) -> str:
    """The ``.pg`` block; `pattern` holds ``{0}`` for the page. Empty where there is one page alone."""
    if pages < 2:
        return ""
    first = max(1, min(page - _AROUND // 2, pages - _AROUND + 1))
    numbers = range(first, min(pages, first + _AROUND - 1) + 1)
    parts = [f'<a href="{pattern.format(page - 1)}" class="prev">&nbsp;&nbsp;</a>'] if page > 1 else []
    if first > 1:
        parts.append(f'<a href="{pattern.format(1)}" class="first">1 ...</a>')
    for number in numbers:
        here = number == page
        parts.append(
            f"<strong>{number}</strong>" if here else f'<a href="{pattern.format(number)}">{number}</a>'
        )
    if numbers[-1] < pages:
        parts.append(f'<a href="{pattern.format(pages)}" class="last">... {pages}</a>')
    parts.append(
        '<label><input type="text" name="custompage" class="px" size="2" title="输入页码，按回车快速跳转" '
        f'value="{page}" /><span title="共 {pages} 页"> / {pages} 页</span></label>'
    )
    if page < pages:
        parts.append(f'<a href="{pattern.format(page + 1)}" class="nxt">下一页</a>')
    return f'<div class="pg">{"".join(parts)}</div>'


def quoted_by(shelf: Shelf, post: Post) -> Post | None:
    """The post that is answered, as it stood then; None where none is, or only the opening is."""
    quoted = shelf.quoted(post.quoted_id or post.parent_id, post)
    unasked = quoted is not None and post.quoted_id is None and quoted.kind is Kind.THREAD
    return None if unasked else quoted
