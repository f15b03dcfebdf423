"""s.weibo.com: the search page as it has looked since 2026, and the page of the hot list."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import escape
from urllib.parse import quote, urlencode

from replica.exchange import Answer, Request, html_answer, not_found, text_answer
from replica.identity import Identity
from replica.provinces import PROVINCES
from replica.search import Wanted
from replica.shelf import Shelf
from replica.sites.weibo_card import Cards
from replica.sites.weibo_desktop import ROBOTS
from replica.sites.weibo_found import Found
from replica.sites.weibo_text import BEIJING
from replica.trouble import expired_redirect, sorry_redirect, visitor_redirect

PER_PAGE = 10
MOST_PAGES = 50
_SHORT_LIST = 46
_WHOLE_PROVINCE = 1000
_SCOPE = re.compile(r"custom:(\d{4}-\d{1,2}-\d{1,2})?(?:-(\d{1,2}))?:(\d{4}-\d{1,2}-\d{1,2})?(?:-(\d{1,2}))?")


class WeiboSearch:
    """s.weibo.com, for whoever carries a login."""

    hosts = ("s.weibo.com",)

    def __init__(self, shelf: Shelf, found: Found, cards: Cards) -> None:
        self._shelf = shelf
        self._found = found
        self._cards = cards

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return text_answer(ROBOTS)
        if request.identity in (Identity.NONE, Identity.VISITOR):
            return visitor_redirect(request)
        if request.identity is Identity.UNKNOWN:
            return expired_redirect(request)
        if "x-requested-with" in request.headers:
            return sorry_redirect()
        if request.path == "/weibo":
            return self._search(request)
        return self._summary(request) if request.path == "/top/summary" else not_found()

    def _search(self, request: Request) -> Answer:
        wanted = read_wanted(request)
        posts = self._found.posts(wanted) if wanted.terms else []
        if "result_holes" in request.faults and _is_wide(wanted):
            posts = [
                *posts[: 2 * PER_PAGE],
                *posts[4 * PER_PAGE :],
            ]  # two pages' worth that narrower slices show
        pages = min(MOST_PAGES, -(-len(posts) // PER_PAGE))
        page = max(1, request.number("page", 1))
        if page > MOST_PAGES or (page > pages and "page_overflow" in request.faults):
            page = 1
        shown = posts[(page - 1) * PER_PAGE : page * PER_PAGE] if page <= pages else []
        if "empty_page" in request.faults and page > 1:
            shown = []
        body = "".join(self._cards.card(post, wanted.terms, request.now) for post in shown) or _NOTHING
        omitted = request.faults.get("omitted_results")
        if omitted and not request.text("nodup"):
            body += _omission(len(posts), wanted)
        if pages > 1:
            body += _pager(request, page, pages)
        return html_answer(_page(wanted.words, body))

    def _summary(self, request: Request) -> Answer:
        rows = "".join(
            f'<tr class=""><td class="td-01 ranktop">{entry.rank}</td><td class="td-02">'
            f'<a href="/weibo?q={quote("#" + entry.title + "#")}&t=31&band_rank={entry.rank}&Refer=top" '
            f'target="_blank">{escape(entry.title)}</a><span> {entry.heat or ""}</span></td>'
            f'<td class="td-03">{escape(entry.label or "")}</td></tr>\n'
            for entry in self._shelf.hot()
        )
        table = f'<div id="pl_top_realtimehot"><table><tbody>{rows}</tbody></table></div>'
        return html_answer(_page("微博热搜榜", table))


def read_wanted(request: Request) -> Wanted:
    """The search a query string asks for."""
    since, until = _scope(request.text("timescope"))
    region = request.text("region").split(":")
    province = PROVINCES.get(int(region[1])) if len(region) > 1 and region[1].isdecimal() else None
    city = int(region[2]) if len(region) > 2 and region[2].isdecimal() else _WHOLE_PROVINCE
    if until is not None and "duplicate_hits" in request.faults:
        until += timedelta(hours=1)
    omitted = request.faults.get("omitted_results")
    media = "image" if request.text("haspic") else "video" if request.text("hasvideo") else None
    return Wanted(
        words=request.text("q").strip(),
        since=since,
        until=until,
        original=request.text("scope") == "ori",
        hot=request.text("xsort") == "hot",
        media=media,
        links=bool(request.text("haslink")),
        province=province,
        city=None if city == _WHOLE_PROVINCE else city,
        omitted=omitted.share if omitted and not request.text("nodup") else 0.0,
        seed=omitted.seed if omitted else 0,
    )


def _is_wide(wanted: Wanted) -> bool:
    return wanted.since is None or wanted.until is None or wanted.until - wanted.since > timedelta(hours=6)


def _scope(text: str) -> tuple[datetime | None, datetime | None]:
    """Start and end of ``custom:2026-11-21-9:2026-11-22-0``, Beijing hours, the end not included."""
    match = _SCOPE.fullmatch(text)
    if match is None:
        return None, None
    first_day, first_hour, last_day, last_hour = match.groups()
    since = _hour(first_day, first_hour) if first_day else None
    until = _hour(last_day, last_hour) if last_day else None
    if until is not None and last_hour is None:
        until += timedelta(days=1)  # a day without an hour is meant whole
    return since, until


def _hour(day: str, hour: str | None) -> datetime | None:
    try:
        year, month, number = map(int, day.split("-"))
        return datetime(year, month, number, tzinfo=BEIJING) + timedelta(hours=int(hour or 0))
    except ValueError:
        return None


_NOTHING = (
    '<div class="card-wrap"><div class="card card-no-result s-pt20b40">\n'
    "<p>抱歉，未找到相关结果。</p></div></div>\n"
)


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>微博搜索 - '
        f"{escape(title)}</title><script>var $CONFIG = {{}}; $CONFIG['product'] = 'search';</script></head>\n"
        '<body><div class="m-page-wrap"><div class="main-full" id="pl_feedlist_index">\n'
        f"<div>\n{body}</div>\n</div></div></body></html>\n"
    )


def _omission(total: int, wanted: Wanted) -> str:
    link = f"https://s.weibo.com/weibo?q={quote(wanted.words, safe='')}&amp;nodup=1"
    return (
        f'<div class="m-error">\n找到 {total} 条结果，部分相似结果已省略\n'
        f'<a href="{link}">查看全部搜索结果</a>\n</div>\n'
    )


def _pager(request: Request, page: int, pages: int) -> str:
    listed = min(pages, _SHORT_LIST) if "short_page_list" in request.faults else pages

    def link(number: int) -> str:
        pairs = [(k, v) for k, values in request.query.items() for v in values if k != "page"]
        return escape(f"/weibo?{urlencode([*pairs, ('page', str(number))])}")

    rows = "".join(
        f"<li{' class=' + chr(34) + 'cur' + chr(34) if number == page else ''}>"
        f'<a href="{link(number)}">第{number}页</a></li>\n'
        for number in range(1, listed + 1)
    )
    before = f'<a href="{link(page - 1)}" class="prev">上一页</a>' if page > 1 else ""
    after = f'<a href="{link(page + 1)}" class="next">下一页</a>' if page < pages else ""
    return (
        f'<div class="m-page"><div>{before}<span class="list">'
        f'<a class="pagenum" href="javascript:void(0);">第{page}页</a>'
        '<ul class="s-scroll" node-type="feed_list_page_morelist" action-type="feed_list_page_morelist">\n'
        f"{rows}</ul></span>{'' if 'no_next_link' in request.faults else after}</div></div>\n"
    )
