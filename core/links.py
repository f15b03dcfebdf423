"""Links without the people in them: a person's page is dropped, a user id in a post's address cut out."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from core.ids import bid_from_mid

PROFILE_MASK = "[个人主页]"  # what stands in a text in place of a person's page


def public_link(url: str) -> str | None:
    """`url` without what names a user, or None where it is a person's page or no web address.

    A Weibo post becomes ``https://m.weibo.cn/status/{bid}``; of Weibo's other pages only those that
    cannot name a user stay. Elsewhere profile pages go, and user parameters are cut from queries. A link
    that needs no change comes back as it was.
    """
    if _SHORT.fullmatch(url):
        return url
    if found := _WEIBO_POST.match(url):
        return weibo_link(found["id"])
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or "@" in url or "%40" in url:
        return None
    if _is_under(host, _WEIBO_HOSTS):
        return _weibo_page(parts, host)
    if _is_under(host, _PERSONAL_HOSTS) or _PERSONAL_PATH.search(parts.path):
        return None
    return _without_user(url, parts)


def weibo_id_of(url: str) -> str | None:
    """The mid or bid in the address of a Weibo post, None in any other."""
    found = _WEIBO_POST.match(url)
    return found["id"] if found else None


def weibo_link(native_id: str) -> str:
    """The address of a Weibo post that names no user, from its mid or bid."""
    bid = bid_from_mid(native_id) if native_id.isdigit() and len(native_id) > 9 else native_id
    return f"https://m.weibo.cn/status/{bid}"


def public_links_in(text: str) -> str:
    """`text` with the same done to each link in it; a person's page becomes `PROFILE_MASK`."""
    if "/" in text and ("." in text):
        text = _LINK.sub(_replace, text)
    return _SPACE_PAGE.sub(PROFILE_MASK, text) if "space-u" in text else text


_WEIBO_HOSTS = ("weibo.com", "weibo.cn")
# Sites whose pages are one person's, or name the writer; the image host's file names carry the uploader's id.
_PERSONAL_HOSTS = ("sinaimg.cn", "space.bilibili.com", "i.autohome.com.cn", "xueqiu.com", "lofter.com")
_PERSONAL_PATH = re.compile(
    r"/(?:u|user|users|member|members|profile)/[^/]"
    r"|/(?:author|authors|people|space)/[^/]+/?$"
    r"|/(?:space-(?:uid|username)-|home/main|home\.php|space\.php)",
    re.IGNORECASE,
)
_USER_PARAMETERS = frozenset(
    {"uid", "userid", "user_id", "user", "username", "user_name", "un", "nick", "nickname", "author"}
    | {"authorid", "author_id", "memberid", "member_id", "sec_uid", "share_uid", "ouid", "openid"}
)

_SHORT = re.compile(r"https?://t\.cn/\w{4,12}", re.ASCII)
_WEIBO_POST = re.compile(
    r"https?://(?:[a-z]+\.)?weibo\.c(?:om|n)/(?:\d{5,}|status|detail|statuses)/"
    r"(?!followers|following)(?P<id>[A-Za-z0-9]{9}|\d{16})(?![A-Za-z0-9])"
)


class _Page(NamedTuple):
    path: re.Pattern[str]
    parameters: frozenset[str]


# Weibo pages that are no person's, with the parameters that say which page it is.
_WEIBO_PAGES = (
    _Page(re.compile(r"/ttarticle/(?:p|x/m)/show"), frozenset({"id"})),
    _Page(re.compile(r"/tv/show/[\d:]+"), frozenset()),
    _Page(re.compile(r"/show"), frozenset({"fid"})),
    _Page(re.compile(r"/p/100808[0-9a-f]+"), frozenset()),
    _Page(re.compile(r"/weibo"), frozenset({"q"})),
    _Page(re.compile(r"/top/[a-z]+"), frozenset({"cate"})),
)

_HOST = r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::\d+)?"
# ASCII only, so that words which follow without a blank stay out; up to a repost chain.
_LINK = re.compile(
    rf"(?P<link>(?<![A-Za-z0-9@.-])(?:https?://)?{_HOST}/(?:(?!//\s*[@＠])[!-~])*)(?P<more>[\w·%.-]*)"
)
_SPACE_PAGE = re.compile(r"space-u(?:id|sername)-[\w%-]+(?:\.html)?")


def _replace(found: re.Match[str]) -> str:
    link, more = found["link"], found["more"]
    if more and link[-1] in "/=-":  # a name in its own letters ends the link: weibo.com/n/某某
        link, more = link + more, ""
    given = link if "://" in link else "http://" + link
    clean = public_link(given)
    if clean == given:
        return found[0]
    return (PROFILE_MASK if clean is None else clean) + more


def _is_under(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def _weibo_page(parts: SplitResult, host: str) -> str | None:
    query = dict(parse_qsl(parts.query))
    if parts.path == "/sinaurl":  # the way out of Weibo: the target counts
        target = query.get("u") or query.get("toasturl") or ""
        return None if "/sinaurl" in target else public_link(target)
    for page in _WEIBO_PAGES:
        if page.path.fullmatch(parts.path.rstrip("/")):
            kept = urlencode({name: value for name, value in query.items() if name in page.parameters})
            return urlunsplit(("https", host, parts.path, kept, ""))
    return None


def _without_user(url: str, parts: SplitResult) -> str:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if pair[0].lower() not in _USER_PARAMETERS]
    fragment = parts.fragment if _FLOOR.fullmatch(parts.fragment) else ""
    if len(kept) == len(pairs) and fragment == parts.fragment:
        return url
    query = urlencode(kept) if len(kept) != len(pairs) else parts.query
    return urlunsplit(parts._replace(query=query, fragment=fragment))


_FLOOR = re.compile(r"(?:pid|post|p|floor|reply|comment)?[-_]?\d{0,12}")
