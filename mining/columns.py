"""The columns of a KOL list, as agencies hand them over; those nobody here can know stay empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.project import Title
from mining.candidate import KolCandidate
from mining.kol import KolReport
from mining.tiers import tiers

Value = str | int | float | None

# Weibo's verified_type as commonly read (from memory, not published by the site).
_VERIFIED = {
    -1: Title(zh="未认证", en="not verified"),
    0: Title(zh="个人认证", en="person"),
    1: Title(zh="政府", en="government"),
    2: Title(zh="企业", en="company"),
    3: Title(zh="媒体", en="media"),
    4: Title(zh="校园", en="campus"),
    5: Title(zh="网站", en="website"),
    6: Title(zh="应用", en="application"),
    7: Title(zh="团体机构", en="organisation"),
    8: Title(zh="待审企业", en="company under review"),
    200: Title(zh="初级达人", en="talent"),
    220: Title(zh="达人", en="talent"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """`read` gives the cell from the report, the candidate and the language; None: not knowable here.

    `formula`: that of the finding the number comes from; `link`: the cell is an address.
    """

    title: Title
    read: Callable[[KolReport, KolCandidate, str], Value] | None = None
    formula: str | None = None
    link: bool = False
    width: int = 14


def _finding(name: str) -> Callable[[KolReport, KolCandidate, str], Value]:
    return lambda _, candidate, __: candidate.findings[name].value


def _verified(_: KolReport, candidate: KolCandidate, language: str) -> Value:
    code = candidate.author.verified_type
    if code is None:
        return None
    return _VERIFIED[code].of(language) if code in _VERIFIED else str(code)


def _tier(_: KolReport, candidate: KolCandidate, language: str) -> Value:
    return next((tier.title.of(language) for tier in tiers() if tier.id == candidate.tier), None)


def _home(_: KolReport, candidate: KolCandidate, __: str) -> Value:
    """The page of a public Weibo account; other sites' pages are not guessed."""
    platform, _colon, native = (candidate.author.id or "").partition(":")
    return (
        f"https://weibo.com/u/{native}"
        if candidate.public and platform == "weibo" and native.isdigit()
        else None
    )


def _reasons(_: KolReport, candidate: KolCandidate, language: str) -> Value:
    return "\n".join(reason.zh if language == "zh" else reason.en for reason in candidate.reasons) or None


def _doubt(_: KolReport, candidate: KolCandidate, language: str) -> Value:
    for reason in candidate.reasons:
        if reason.finding.formula == "kol_authenticity":
            return reason.zh if language == "zh" else reason.en
    return None


def _history(_: KolReport, candidate: KolCandidate, language: str) -> Value:
    """How often, when and with which feeling they wrote on what was asked for."""
    past = candidate.history
    if not past.matching:
        return None
    days = [at.date().isoformat() for at in (past.first_at, past.last_at) if at is not None]
    span = " – ".join(dict.fromkeys(days))
    if language == "zh":
        said = f"{past.matching} 条；正面 {past.positive}，中性 {past.neutral}，负面 {past.negative}"
    else:
        said = f"{past.matching} posts; {past.positive} positive, {past.neutral} neutral, {past.negative} negative"
    return f"{said}; {span}" if span else said


def _link(_: KolReport, candidate: KolCandidate, __: str) -> Value:
    return next((voice.url for voice in candidate.voices if voice.url), None)


def _t(zh: str, en: str) -> Title:
    return Title(zh=zh, en=en)


COLUMNS: tuple[Column, ...] = (
    Column(_t("平台", "Platform"), lambda _, c, __: c.platform),
    Column(_t("账号ID", "Account id"), lambda _, c, __: c.author.id, width=22),
    Column(_t("昵称", "Name"), lambda _, c, __: c.author.name, width=18),
    Column(_t("主页链接", "Home page"), _home, link=True, width=26),
    Column(_t("认证类型", "Verified as"), _verified),
    Column(_t("认证说明", "Verified text")),
    Column(_t("MCN", "MCN")),
    Column(_t("综合分", "Score"), _finding("score"), "kol_score"),
    Column(_t("层级", "Tier"), _tier),
    Column(_t("垂类", "Vertical")),
    Column(
        _t("细分标签（常用话题）", "Tags (hashtags used)"),
        lambda _, c, __: " ".join(c.topics) or None,
        width=24,
    ),
    Column(_t("粉丝数", "Followers"), _finding("followers"), "kol_followers"),
    Column(_t("近30天涨粉", "Follower growth, 30 days")),
    Column(_t("近90天涨粉", "Follower growth, 90 days")),
    Column(_t("相关发文数", "Posts on the subject"), _finding("posts"), "kol_posts"),
    Column(_t("发文频次（每周）", "Posts a week"), _finding("posts_a_week"), "kol_posts_a_week"),
    Column(_t("BCI", "BCI"), _finding("activity"), "bci"),
    Column(_t("带动转发", "Reposts caused"), _finding("branch"), "kol_branch"),
    Column(_t("直接转发", "Direct reposts"), _finding("direct"), "kol_direct"),
    Column(_t("h 指数", "h-index"), _finding("h_index"), "kol_h_index"),
    Column(_t("PageRank", "PageRank"), _finding("pagerank"), "kol_pagerank"),
    Column(_t("阅读/播放中位数", "Reads or plays, median")),
    Column(_t("互动中位数", "Engagement, median"), _finding("engagement_median"), "kol_engagement_median"),
    Column(_t("互动率", "Engagement rate"), _finding("engagement_rate"), "kol_engagement_rate"),
    Column(_t("爆文率", "Share of hits"), _finding("hit_share"), "kol_hit_share"),
    Column(_t("稳定度", "Stability")),
    Column(_t("粉丝性别", "Followers: sex")),
    Column(_t("粉丝年龄", "Followers: age")),
    Column(_t("粉丝地域", "Followers: region")),
    Column(_t("粉丝兴趣", "Followers: interests")),
    Column(_t("TGI/受众匹配度", "TGI, audience match")),
    Column(_t("主题契合度", "Fit"), _finding("fit"), "kol_fit"),
    Column(_t("可信度", "Authenticity"), _finding("authenticity"), "kol_authenticity"),
    Column(_t("可信度样本量", "Authenticity: n"), lambda _, c, __: c.findings["authenticity"].n),
    Column(_t("可信度理由", "Authenticity: why"), _doubt, width=30),
    Column(_t("水号率", "Share of fake followers")),
    Column(_t("与名单内他号受众重合度", "Overlap on the list"), _finding("overlap"), "kol_overlap"),
    Column(_t("与查询主题的历史", "History with the subject"), _history, width=34),
    Column(_t("态度", "Stance"), _finding("stance"), "kol_stance"),
    Column(_t("竞品历史", "History with competitors")),
    Column(_t("商业内容占比", "Share of paid posts")),
    Column(_t("商单与自然表现比", "Paid over organic")),
    Column(_t("内容调性", "Tone")),
    Column(_t("风险", "Risks")),
    Column(_t("报价：图文", "Price: picture post")),
    Column(_t("报价：视频", "Price: video")),
    Column(_t("报价：直发", "Price: direct post")),
    Column(_t("报价：转发", "Price: repost")),
    Column(_t("预估曝光", "Expected impressions")),
    Column(_t("CPM", "CPM")),
    Column(_t("CPE", "CPE")),
    Column(_t("历史合作", "Past work together")),
    Column(_t("推荐理由", "Reasons"), _reasons, width=60),
    Column(_t("证据帖链接", "Evidence, link"), _link, link=True, width=30),
    Column(_t("证据帖", "Evidence, posts"), lambda _, c, __: " ".join(c.evidence) or None, width=40),
    Column(
        _t("数据截止时间", "Data until"), lambda r, _, __: r.until.isoformat(timespec="seconds"), width=24
    ),
)
