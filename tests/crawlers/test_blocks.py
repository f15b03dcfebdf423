"""Every way a site refuses has a name, and what is no refusal has none."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from crawlers.manners.blocks import BLOCKS, Reaction, classify, examine

M, S, W = "https://m.weibo.cn/api/x", "https://s.weibo.com/weibo?q=x", "https://weibo.com/ajax/x"
SIGN_IN = "https://passport.weibo.com/sso/signin?entry=wapsso&source=wapssowb&url=https%3A%2F%2Fm.weibo.cn"
CAPTCHA = {
    "ok": -100,
    "errno": "-100",
    "msg": "",
    "url": "https://m.weibo.cn/captcha?scene=limit&referer=/",
    "extra": "",
}
GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head><body><hr>nginx</body></html>"


def page(title: str) -> str:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body></body></html>'
    )


@dataclass
class Answer:
    expected: str | None
    status: int = 200
    body: object = ""
    url: str = M
    final: str | None = None
    expects: str = "json"
    headers: dict[str, str] = field(default_factory=dict)


def to(location: str) -> dict[str, str]:
    return {"location": location}


ANSWERS = {
    "a login is needed, m.": Answer("login_required", body={"ok": -100, "url": SIGN_IN}),
    "a login is needed, ajax": Answer(
        "login_required", body={"ok": -100, "url": "https://weibo.com/login.php?url=x"}, url=W
    ),
    "-100 without an address": Answer("login_required", body={"ok": -100}),
    "-100 with a captcha": Answer("captcha", body=CAPTCHA),
    "session expired, message": Answer("login_required", body={"ok": 0, "message": "请先登录"}),
    "session expired, msg": Answer("login_required", body={"ok": 0, "msg": "请登录后使用"}),
    "a safety check": Answer(
        "captcha",
        body={"ok": 0, "message": "请完成安全验证", "url": "https://passport.weibo.com/verify?from=search"},
        url=W,
    ),
    "432": Answer("visitor_required", status=432),
    "418": Answer("too_fast", status=418),
    "414": Answer("ip_blocked", status=414, body="<html><title>414 Request-URI Too Large</title></html>"),
    "403": Answer("forbidden", status=403),
    "429": Answer("rate_limited", status=429, headers={"retry-after": "30"}),
    "302 to the visitor system": Answer(
        "visitor_required",
        status=302,
        url=S,
        expects="html",
        headers=to("https://passport.weibo.com/visitor/visitor?entry=miniblog&a=enter&url=x"),
    ),
    "302 to the login of sina": Answer(
        "login_required",
        status=302,
        url=S,
        expects="html",
        headers=to("https://login.sina.com.cn/sso/login.php?url=x"),
    ),
    "302 to login.php": Answer("login_required", status=302, headers=to("https://weibo.com/login.php?url=x")),
    "302 to a safety check": Answer(
        "captcha", status=302, url=S, headers=to("https://passport.weibo.com/verify?from=search")
    ),
    "302 to sorry": Answer(
        "wrong_request", status=302, headers=to("https://weibo.com/sorry?pagenotfound&retcode=6102")
    ),
    "302 elsewhere": Answer("redirected", status=302, headers=to("https://weibo.com/elsewhere")),
    "a followed redirect that ended at the login": Answer(
        "login_required",
        url=S,
        final="https://login.sina.com.cn/sso/login.php?url=x",
        expects="html",
        body=page("登录"),
    ),
    "a followed redirect that stayed": Answer(
        None,
        url="http://bbs.cheyou.example/thread-1-1-1.html",
        final="https://bbs.cheyou.example/thread-1-1-1.html",
        expects="html",
        body=page("帖子"),
    ),
    "the visitor wall as a page": Answer(
        "visitor_required", body=page("Sina Visitor System"), expects="html", url=S
    ),
    "the visitor wall where JSON is due": Answer("visitor_required", body=page("Sina Visitor System")),
    "the passport page": Answer("login_required", body=page("微博通行证"), url=S, expects="html"),
    "a safety check as a page": Answer("captcha", body=page("安全验证")),
    "a gateway's page where JSON is due": Answer("not_json", body=GATEWAY),
    "JSON cut short": Answer("truncated_json", body='{"ok":1,"data":{"cards":[{"mblog":{"id":"48046'),
    "nothing at all": Answer("empty_answer", body=""),
    "502": Answer("server_error", status=502, body=GATEWAY),
    "503": Answer("server_error", status=503),
    "503 that says until when": Answer("busy", status=503, headers={"retry-after": "120"}),
    # answers, not refusals
    "the end of a list": Answer(None, body={"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}),
    "no reposts": Answer(None, body={"ok": 0, "msg": "还没有人转发过"}),
    "closed comments": Answer(None, body={"ok": 0}),
    "a dead post": Answer(None, body={"ok": 0, "msg": "微博不存在或暂无查看权限!", "error_code": 20101}),
    "a sound answer": Answer(None, body={"ok": 1, "data": {}}),
    "a post that speaks of captchas": Answer(
        None, body={"ok": 1, "data": {"text": "请完成安全验证 https://m.weibo.cn/captcha"}}
    ),
    "a page": Answer(None, body=page("微博搜索"), expects="html", url=S),
    "a feed": Answer(None, body='<?xml version="1.0"?><rss><title>验证码登录</title></rss>', expects="any"),
    "404": Answer(None, status=404, body=page("404 Not Found"), expects="html"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_is_told_for_what_it_is(answer: Answer) -> None:
    body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
    block = classify(
        answer.status, answer.headers, body.encode(), answer.url, answer.final, expects=answer.expects
    )
    assert (block.name if block else None) == answer.expected


def test_json_is_decoded_once() -> None:
    assert examine(200, {}, b'{"ok":1,"data":[1]}', M, expects="json").document == {"ok": 1, "data": [1]}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_each_block_says_in_both_languages_what_it_is_and_what_to_do(block) -> None:
    for text in (block.title.zh, block.title.en, block.advice.zh, block.advice.en):
        assert text.strip()
    repeated = block.reaction in (Reaction.RETRY, Reaction.RENEW, Reaction.SLOW, Reaction.WAIT)
    assert (block.times > 0) == repeated, "what is tried again is tried a stated number of times"


def test_no_captcha_is_ever_tried_again() -> None:
    assert BLOCKS["captcha"].reaction is Reaction.STOP_SOURCE
    assert BLOCKS["captcha"].times == 0
