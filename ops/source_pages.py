"""``docs/sources/``: a page for each source, made from its ``source.toml``, and the list of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.project import Title
from crawlers import registry
from crawlers.registry import FOLDER, Source
from crawlers.workbench.cases import cases

MADE = "Made from `{path}` by `python -m ops.docs`; write there, not here. 由 `python -m ops.docs` 从 `{path}` 生成，请改那里。"
_YIELDS = {
    "post": Title(zh="帖子", en="posts"),
    "repost": Title(zh="转发", en="reposts"),
    "comment": Title(zh="评论", en="comments"),
    "thread": Title(zh="主题", en="threads"),
    "reply": Title(zh="回帖", en="replies"),
    "article": Title(zh="文章", en="articles"),
    "author": Title(zh="账号", en="accounts"),
    "hot": Title(zh="热榜", en="hot lists"),
}
_LOGIN = {
    "no": Title(zh="不用登录。", en="No login."),
    "optional": Title(zh="自带登录 Cookie 可采更多。", en="With a login cookie of your own it reaches more."),
    "required": Title(zh="需要自己的登录 Cookie。", en="It needs a login cookie of your own."),
}
_MORE = """\
No source was ever run against a live site. How one is added: [English](../adding_a_source.md) ·
[中文](../adding_a_source.zh.md). What blocks mean, and what to do: [crawling](../crawling.md).

没有一个来源在真实网站上运行过。怎样添加来源、拦截是什么意思以及对策，见以上链接。"""
_UNSTATED = Title(
    zh="未注明。所有格式都只在本地复制站上试过。",
    en="Not stated. No format was tried anywhere but on the local replica.",
)


def pages() -> dict[str, str]:
    """Every page of the folder by its file name."""
    sources = registry.sources()
    return {
        "README.md": _index(sources.values()),
        **{f"{name}.md": _page(one) for name, one in sources.items()},
    }


def links(sources: Iterable[Source]) -> str:
    """A table of the sources, each with the link to its page, as seen from ``docs/``."""
    return _table(sources, "sources/")


def _table(sources: Iterable[Source], folder: str) -> str:
    rows = [
        f"| [{one.name}]({folder}{one.name}.md) | {one.title.en} · {one.title.zh} | {_yields(one)} |"
        for one in sources
    ]
    return "\n".join(["| source 来源 | | yields 产出 |", "|---|---|---|", *rows]) + "\n"


def _index(sources: Iterable[Source]) -> str:
    parts = (
        "# Sources 来源",
        MADE.format(path="crawlers/sources/*/source.toml"),
        _table(sources, "").strip(),
        _MORE,
    )
    return "\n\n".join(parts) + "\n"


def _page(source: Source) -> str:
    sections = [
        f"# {source.name}: {source.title.en} · {source.title.zh}",
        MADE.format(path=f"crawlers/sources/{source.name}/source.toml"),
        _both(source.description),
        *_section("What it yields 产出", _yields(source)),
        *_section("Promised fields 承诺的字段", ", ".join(f"`{name}`" for name in source.promised)),
        *_section(
            "Hosts 主机", ", ".join(f"`{host}`" for host in source.hosts) or "as the arguments say 由参数指定"
        ),
        *_section("Arguments 参数", _arguments(source)),
        *_section(
            "Identities 身份", "\n\n".join([_both(_LOGIN[source.needs.login]), _both(source.needs.note)])
        ),
        *_section("Rate 速度", _rate(source)),
        *_section("robots.txt", _both(source.robots)),
        *_section("Terms 条款", _both(source.terms)),
        *_section("Expectations 期望", _expectations(source)),
        *_section("Age of what is known 所知的年代", "\n\n".join(_ages(source))),
        *_section("Recorded cases 样例", _cases(source)),
    ]
    return "\n\n".join(sections) + "\n"


def _section(title: str, text: str) -> tuple[str, str]:
    return f"## {title}", text


def _both(text: Title) -> str:
    return f"{text.en}\n{text.zh}"


def _yields(source: Source) -> str:
    return ", ".join(f"{_YIELDS[kind].en} {_YIELDS[kind].zh}" for kind in source.yields)


def _arguments(source: Source) -> str:
    rows = ["| argument | kind | | |", "|---|---|---|---|"]
    for name, one in source.arguments.items():
        kind = " / ".join(one.choices) if one.choices else one.kind
        rows.append(f"| `{name}` | {kind} | {_cell(one.help.en)} | {_cell(one.help.zh)} |")
    return "\n".join([*rows, "", "```sh", f"tingfeng crawl {source.name} -a NAME=VALUE", "```"])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rate(source: Source) -> str:
    rate = source.rate
    shared = {
        "source": Title(zh="整个来源共用一个队列", en="one queue for the whole source"),
        "host": Title(zh="每个主机一个队列", en="a queue for each host"),
    }[rate.scope]
    return (
        f"{rate.delay_s:g} s ± {rate.jitter:.0%} between requests, {rate.concurrency} at a time, "
        f"{rate.daily} requests a day; {shared.en}.\n"
        f"每次请求间隔 {rate.delay_s:g} 秒 ± {rate.jitter:.0%}，同时 {rate.concurrency} 个，每天 {rate.daily} 次；{shared.zh}。"
    )


def _expectations(source: Source) -> str:
    fill = source.expectations.fill
    if not fill:
        return "None. 无。"
    rows = [f"| `{name}` | {share:.0%} |" for name, share in fill.items()]
    told = "A run whose posts fill these fields less says so. 帖子的这些字段低于此比例时，运行会报告。"
    return "\n".join([told, "", "| field 字段 | at least 至少 |", "|---|---|", *rows])


def _ages(source: Source) -> Iterator[str]:
    """How old the knowledge of the source is, and of each site that has a file of its own in it."""
    sites = list(_sites(FOLDER / source.name / "sites"))
    if source.age is not None or not sites:
        yield _both(source.age or _UNSTATED)
    if sites:
        rows = [f"| {title.en} · {title.zh} | {_cell(age.en)}<br>{_cell(age.zh)} |" for title, age in sites]
        yield "\n".join(["| site 站点 | |", "|---|---|", *rows])


def _sites(folder: Path) -> Iterator[tuple[Title, Title]]:
    for path in sorted(folder.glob("*.toml")):
        facts: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        yield Title(**facts["title"]), Title(**facts["age"])


def _cases(source: Source) -> str:
    """Of which kinds of pages there are recorded ones; how many would make each new one change the page."""
    kinds = dict.fromkeys(case.meta.kind for case in cases() if case.source == source.name)
    told = ", ".join(f"`{kind}`" for kind in sorted(kinds)) or "none 无"
    return f"{told}\n\n```sh\ntingfeng source check {source.name}\n```"
