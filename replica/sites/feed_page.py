"""The HTML pages of a news or blog host."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

from core.models import Post
from replica.exchange import Answer, html_answer
from replica.ties import published
from replica.world.model import Article, Site

_BEIJING = ZoneInfo("Asia/Shanghai")


def article_page(site: Site, post: Post, article: Article) -> Answer:
    """One article with what surrounds it on such sites: navigation, related links, a footer."""
    at = published(post).astimezone(_BEIJING)
    writer = escape((post.author and post.author.name) or "佚名")
    paragraphs = "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in article.body)
    tags = "".join(f'<a href="/tag/{escape(tag)}" rel="tag">{escape(tag)}</a> ' for tag in article.tags)
    title = escape(article.title)
    return html_answer(
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title} - {escape(site.title)}</title>\n"
        f'<link rel="canonical" href="{escape(post.url or "")}">\n'
        f'<meta property="og:type" content="article">\n<meta property="og:title" content="{title}">\n'
        f'<meta property="og:site_name" content="{escape(site.title)}">\n'
        f'<meta name="author" content="{writer}">\n<meta name="description" content="{escape(article.summary)}">\n'
        f'<meta property="article:published_time" content="{at:%Y-%m-%dT%H:%M:%S}+08:00">\n</head>\n<body>\n'
        f'<header><nav><ul><li><a href="/">首页</a></li><li><a href="/list">滚动</a></li></ul></nav></header>\n'
        f'<main><article>\n<h1>{title}</h1>\n<div class="meta"><span class="author">{writer}</span> '
        f'<time datetime="{at:%Y-%m-%dT%H:%M:%S}+08:00">{at:%Y-%m-%d %H:%M}</time></div>\n'
        f'<div class="content">\n{paragraphs}\n</div>\n<p class="tags">{tags}</p>\n</article></main>\n'
        '<aside><h3>相关阅读</h3><ul><li><a href="/">更多内容</a></li></ul></aside>\n'
        f"<footer><p>© {escape(site.title)} 版权所有</p></footer>\n</body>\n</html>\n"
    )


def home_page(site: Site, stories: Sequence[tuple[Post, Article]]) -> Answer:
    """The front page, which names the feeds."""
    links = "\n".join(
        f'<li><a href="{escape(post.url or "")}">{escape(article.title)}</a></li>'
        for post, article in stories
    )
    return html_answer(
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head><meta charset="utf-8"><title>{escape(site.title)}</title>\n'
        '<link rel="alternate" type="application/rss+xml" href="/feed.xml">\n'
        '<link rel="alternate" type="application/atom+xml" href="/atom.xml">\n'
        '<link rel="alternate" type="application/feed+json" href="/feed.json"></head>\n'
        f"<body><ul>\n{links}\n</ul></body>\n</html>\n"
    )
