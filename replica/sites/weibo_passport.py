"""The hosts of Weibo's visitor system and login: they give out visitor cookies and nothing else."""

from __future__ import annotations

import msgspec

from replica.exchange import Answer, Request, not_found, text_answer
from replica.identity import Passport
from replica.sites.weibo_desktop import ROBOTS
from replica.trouble import captcha_page, sign_in_page, visitor_page

_SUCCESS = 20_000_000
_AGE_S = 3600


class WeiboPassport:
    """visitor.passport.weibo.cn, passport.weibo.com and login.sina.com.cn."""

    hosts = ("visitor.passport.weibo.cn", "passport.weibo.com", "passport.weibo.cn", "login.sina.com.cn")

    def __init__(self, passport: Passport) -> None:
        self._passport = passport

    def answer(self, request: Request) -> Answer:
        match request.path:
            case "/robots.txt":
                return text_answer(ROBOTS)
            case "/visitor/genvisitor2":
                return self._issue(request)
            case "/visitor/visitor":
                return visitor_page()
            case "/verify":
                return captcha_page()
            case "/sso/signin" | "/sso/login.php" | "/signin/login":
                return sign_in_page()
        return not_found()

    def _issue(self, request: Request) -> Answer:
        """A visitor's cookies, for the domain of the host that was asked; other methods get nothing."""
        if request.method != "POST":
            return text_answer("", 405)
        domain = "weibo.cn" if request.host.endswith("weibo.cn") else "weibo.com"
        visitor = self._passport.issue(domain)
        data = {"sub": visitor.sub, "subp": visitor.subp, "alt": "", "tid": visitor.tid, "new_tid": False}
        body = msgspec.json.encode({"retcode": _SUCCESS, "msg": "succ", "data": data}).decode()
        script = f"window.visitor_gray_callback && visitor_gray_callback({body});"
        answer = text_answer(script, kind="text/javascript")
        for name, value in (("SUB", visitor.sub), ("SUBP", visitor.subp)):
            answer = answer.with_cookie(
                f"{name}={value}; path=/; domain=.{domain}; max-age={_AGE_S}; httponly"
            )
        return answer
