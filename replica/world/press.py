"""News and blogs: articles of news.example and blog.example."""

from __future__ import annotations

from datetime import datetime

from core.models import Author, Kind
from replica.world.chronicle import Draft
from replica.world.clock import CHINA
from replica.world.model import Article, Label, Site
from replica.world.stage import Stage
from replica.world.talk import Context, goods

NEWS = "news.example"
BLOG = "blog.example"
SITES = (
    Site(host=NEWS, title="南江新闻网", description="南江晚报旗下新闻网站：本地、汽车、消费"),
    Site(host=BLOG, title="座舱与口红", description="一个写车机、也写配料表的联合博客"),
)
_WRITERS = {
    NEWS: ("记者 邹一禾", "记者 凌小满", "通讯员 方知秋", "编辑 阮白"),
    BLOG: ("北山码工", "配方本", "柚子不加班"),
}
_SUMMARY = 90


class Press:
    """Publishes articles; what pages show of them besides the text is kept by draft."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._articles: list[tuple[Draft, str]] = []
        self._urls: set[str] = set()

    def publish(
        self,
        host: str,
        at: datetime,
        section: str,
        context: Context,
        tags: tuple[str, ...],
        label: Label | None = None,
    ) -> Draft:
        """An article out of a fragment whose first line is the title."""
        stage = self._stage
        text = stage.unlike(lambda: stage.say(section, context))
        local = at.astimezone(CHINA)
        url = f"https://{host}/{local:%Y/%m/%d}/{stage.rng.randint(10_000, 99_999)}.html"
        while url in self._urls:
            url = f"https://{host}/{local:%Y/%m/%d}/{stage.rng.randint(10_000, 99_999)}.html"
        self._urls.add(url)
        draft = Draft(
            kind=Kind.ARTICLE,
            person=stage.cast["nanjiang_news"],
            at=at,
            text=text,
            platform="feed",
            author=Author(name=stage.rng.choice(_WRITERS[host])),
            url=url,
            topics=tags,
            label=label,
        )
        self._articles.append((draft, host))
        return stage.chronicle.add(draft)

    def everyday(self) -> None:
        """The papers of every day, besides those the stories bring."""
        stage = self._stage
        for _ in range(stage.size(46, 12)):
            self._plain(NEWS, ("car", "life", "life", "beauty"))
        for _ in range(stage.size(18, 6)):
            self._plain(BLOG, ("car", "beauty"))

    def _plain(self, host: str, kinds: tuple[str, ...]) -> None:
        stage = self._stage
        if len([1 for _, of in self._articles if of == host]) >= 95:  # a feed holds a hundred
            return
        kind = stage.rng.choice(kinds)
        context: Context = {"town": stage.say("home").split()[-1]}
        if kind != "life":
            good = stage.rng.choice([name for name, good in goods().items() if good.domain == kind])
            context |= stage.talk.media(good)
        tags = {"car": ("汽车",), "beauty": ("美妆",), "life": ("民生",)}[kind]
        moment = stage.clock.draw(stage.cast["nanjiang_news"])
        self.publish(
            host, moment, f"news.plain.{kind}", context, tags, Label(sentiment="neutral", voice="media")
        )

    def articles(self) -> dict[str, Article]:
        """By post id; drafts must have theirs."""
        found = {}
        for draft, host in self._articles:
            title, _, body = draft.text.partition("\n")
            paragraphs = tuple(line for line in body.split("\n") if line)
            summary = paragraphs[0] if len(paragraphs[0]) <= _SUMMARY else paragraphs[0][:_SUMMARY] + "……"
            found[draft.id] = Article(
                post_id=draft.id,
                host=host,
                title=title,
                body=paragraphs,
                summary=summary,
                tags=draft.topics or (),
            )
        return found
