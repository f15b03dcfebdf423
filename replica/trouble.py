"""How the faults of the stages before and after look on the wire; `faults.toml` says what they mean."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from replica.exchange import Answer, Request, html_answer, json_answer, redirect, text_answer
from replica.faults import Switch

SIGN_IN = "https://passport.weibo.com/sso/signin?entry=wapsso&source=wapssowb&url=https%3A%2F%2Fm.weibo.cn"
SIGN_IN_DESKTOP = "https://weibo.com/login.php?url=https%3A%2F%2Fweibo.com"

_VISITOR_PAGE = (
    '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>Sina Visitor System</title>\n</head>\n'
    '<body>\n<span id="message"></span>\n<script type="text/javascript" src="/js/visitor/mini_original.js">'
    '</script>\n<script>window.use_fp = "1" == "1";</script>\n</body>\n</html>\n'
)
_SIGN_IN_PAGE = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>微博通行证</title></head>\n'
    '<body><div id="app">请登录</div></body></html>\n'
)
_CAPTCHA_PAGE = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>安全验证</title></head>\n'
    '<body><div class="verify">请完成安全验证后继续访问</div></body></html>\n'
)
_TIEBA_PAGE = (
    '<html><head><meta charset="utf-8"><title>百度安全验证</title></head><body>'
    '<div class="timeout hide">网络不给力，请稍后重试</div><div id="captcha"></div></body></html>'
)
_GATEWAY_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1>"
    "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_FLOOD_PAGE = (
    '<html><head><meta http-equiv="refresh" content="1"></head><body><script>'
    'document.cookie="cc_verify=1;path=/";window.location.href=window.location.href;'
    "</script></body></html>"
)


def visitor_page() -> Answer:
    """What the visitor system shows to a browser without cookies."""
    return html_answer(_VISITOR_PAGE)


def sign_in_page() -> Answer:
    return html_answer(_SIGN_IN_PAGE)


def captcha_page() -> Answer:
    return html_answer(_CAPTCHA_PAGE)


def login_json(request: Request) -> Answer:
    """``ok: -100``: this needs a login."""
    return json_answer({"ok": -100, "url": SIGN_IN_DESKTOP if request.host == "weibo.com" else SIGN_IN})


def visitor_redirect(request: Request) -> Answer:
    """To the visitor system, as s.weibo.com sends whoever has no login."""
    back = quote(request.url, safe="")
    return redirect(
        f"https://passport.weibo.com/visitor/visitor?entry=miniblog&a=enter&url={back}&domain=.weibo.com"
    )


def expired_redirect(request: Request) -> Answer:
    return redirect(f"https://login.sina.com.cn/sso/login.php?url={quote(request.url, safe='')}")


def sorry_redirect() -> Answer:
    """Where weibo.com sends dead pages, and pages asked for with the XHR header."""
    return redirect("https://weibo.com/sorry?pagenotfound&retcode=6102")


def wall(status: int) -> Answer:
    """An empty refusal: 403, 418, 432."""
    return Answer(status=status, headers=(("content-type", "text/html"),))


def _login_redirect(request: Request, switch: Switch) -> Answer:
    if request.host == "weibo.com":
        return redirect(SIGN_IN_DESKTOP)
    return visitor_redirect(request)


def _captcha(request: Request, switch: Switch) -> Answer:
    if request.host == "s.weibo.com":
        return redirect("https://passport.weibo.com/verify?from=search")
    if request.host == "weibo.com":
        url = "https://passport.weibo.com/verify?from=search"
        return json_answer({"ok": 0, "message": "请完成安全验证", "url": url})
    url = "https://m.weibo.cn/captcha?scene=limit&referer=/"
    return json_answer({"ok": -100, "errno": "-100", "msg": "", "url": url, "extra": ""})


def _rate_limited(request: Request, switch: Switch) -> Answer:
    wait = max(1, round(switch.seconds))
    body = {
        "errors": ["您执行此操作的次数过多，请稍后再试。"],
        "error_type": "rate_limit",
        "extras": {"wait_seconds": wait},
    }
    return json_answer(body, 429).with_header("retry-after", str(wait))


def _forum_login(request: Request, switch: Switch) -> Answer:
    note = "抱歉，您尚未登录，没有权限访问该版块，您需要登录"
    return html_answer(
        '<html><head><meta charset="gbk"><title>提示信息</title></head><body>'
        f'<div id="messagetext" class="alert_info"><p>{note}</p></div></body></html>',
        charset="gbk",
    )


Before = Callable[[Request, Switch], Answer]
After = Callable[[Answer, Switch], Answer]

BEFORE: dict[str, Before] = {
    "visitor_required": lambda request, switch: wall(432),
    "login_required": lambda request, switch: login_json(request),
    "session_expired": lambda request, switch: json_answer({"ok": 0, "message": "请先登录"}),
    "login_redirect": _login_redirect,
    "expired_redirect": lambda request, switch: expired_redirect(request),
    "visitor_page": lambda request, switch: visitor_page(),
    "captcha": _captcha,
    "too_fast": lambda request, switch: wall(418),
    "ip_blocked": lambda request, switch: html_answer(
        "<html><head><title>414 Request-URI Too Large</title></head></html>", 414
    ),
    "forbidden": lambda request, switch: wall(403),
    "rate_limited": _rate_limited,
    "bad_gateway": lambda request, switch: html_answer(_GATEWAY_PAGE, 502),
    "unavailable": lambda request, switch: html_answer("<h1>503 Service Unavailable</h1>", 503),
    "html_for_json": lambda request, switch: html_answer(_GATEWAY_PAGE),
    "soft_empty": lambda request, switch: json_answer(
        {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
    ),
    "feed_html": lambda request, switch: html_answer(
        "<!DOCTYPE html><html><head><title>站点维护中</title></head><body><p>站点维护中</p></body></html>"
    ),
    "flood_control": lambda request, switch: html_answer(_FLOOD_PAGE),
    "forum_login": _forum_login,
    "tieba_check": lambda request, switch: html_answer(_TIEBA_PAGE),
    "tieba_check_redirect": lambda request, switch: redirect(
        f"https://wappass.baidu.com/static/captcha/tuxing.html?u={quote(request.url, safe='')}"
    ),
    "sorry_page": lambda request, switch: sorry_redirect(),
    "api_quota": lambda request, switch: json_answer(
        {"status": "error", "message": "Rate Limit Exceeded"}, 403
    ).with_header("retry-after", f"{switch.seconds:.0f}"),
    "douban_login": lambda request, switch: redirect(
        f"https://accounts.douban.com/passport/login?source=group&redir={quote(request.url, safe='')}"
    ),
    "douban_check": lambda request, switch: redirect(
        f"https://sec.douban.com/b?r={quote(request.url, safe='')}"
    ),
    "douban_ip": lambda request, switch: html_answer(
        "<html><head><title>豆瓣</title></head><body>检测到有异常请求从你的 IP 发出，请登录使用豆瓣。</body></html>",
        403,
    ),
    "robots_forbid": lambda request, switch: text_answer("User-agent: *\nDisallow: /\n"),
    "robots_gone": lambda request, switch: html_answer(
        "<h1>404</h1><p>User-agent: *<br>Disallow: /</p>", 404
    ),
    "robots_delay": lambda request, switch: text_answer(
        f"User-agent: *\nDisallow:\nCrawl-delay: {switch.seconds:g}\n"
    ),
}


def _cut(answer: Answer, switch: Switch) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) * 3 // 5])


def _relabel(answer: Answer, switch: Switch) -> Answer:
    """The header claims the other charset; the body and its meta tag stay as they are."""
    honest = (answer.header("content-type") or "").lower()
    lie = "utf-8" if "gbk" in honest else "gbk"
    return answer.with_header("content-type", f"text/html; charset={lie}")


def _spoil_gzip(answer: Answer, switch: Switch) -> Answer:
    """A packed body with damage in its middle."""
    packed = bytearray(gzip.compress(answer.body, mtime=0))
    middle = len(packed) // 2
    packed[middle : middle + 16] = bytes(byte ^ 0xFF for byte in packed[middle : middle + 16])
    return replace(answer, body=bytes(packed)).with_header("content-encoding", "gzip")


AFTER: dict[str, After] = {
    "gzip_error": _spoil_gzip,
    "truncated_json": _cut,
    "truncated_feed": _cut,
    "slow_body": lambda answer, switch: replace(answer, pause_s=switch.seconds),
    "dropped_body": lambda answer, switch: replace(answer, broken=True),
    "wrong_charset": _relabel,
}


def before(request: Request) -> Answer | None:
    """The answer of the first fault that acts before the site is asked; None when none does."""
    for name, switch in request.faults.items():
        if act := BEFORE.get(name):
            return act(request, switch)
    return None


def after(answer: Answer, request: Request) -> Answer:
    """`answer` as the faults of the stage after leave it."""
    for name, switch in request.faults.items():
        if act := AFTER.get(name):
            answer = act(answer, switch)
    return answer
