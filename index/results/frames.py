"""A result as a pandas DataFrame or an Arrow table: one row a post, one column a field.

Times are aware, unknown is NA (null in Arrow), and what there may be several of is a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pandas as pd
import pyarrow as pa

from core.errors import UsageError
from core.models import AnnotatedPost
from core.project import Title
from index import facets
from index.query import Query
from index.results.paging import results
from index.store import Sort, Store, read_zone

BATCH = 2_000  # rows


@dataclass(frozen=True, slots=True)
class Column:
    """`read` gives None where the value is unknown."""

    name: str
    type: pa.DataType
    title: Title
    read: Callable[[AnnotatedPost], Any]


_TEXT, _COUNT, _SCORE, _MANY = pa.string(), pa.int64(), pa.float64(), pa.list_(pa.string())
_TIME = pa.timestamp("us", tz="UTC")


def _author(name: str) -> Callable[[AnnotatedPost], Any]:
    return lambda item: getattr(item.post.author, name) if item.post.author else None


def _post(name: str) -> Callable[[AnnotatedPost], Any]:
    return lambda item: getattr(item.post, name)


def _counter(name: str) -> Callable[[AnnotatedPost], Any]:
    return lambda item: getattr(item.post.engagement, name)


def _read(name: str) -> Callable[[AnnotatedPost], Any]:
    return lambda item: getattr(item.annotation, name)


def _values(name: str) -> Callable[[AnnotatedPost], Any]:
    return lambda item: facets.KEYWORDS[name].read(item)


def _language(item: AnnotatedPost) -> str:
    return facets.KEYWORDS["lang"].read(item)[-1]


def _value(name: str) -> Callable[[AnnotatedPost], Any]:
    return lambda item: next(iter(facets.KEYWORDS[name].read(item)), None)


def _felt(name: str) -> Callable[[AnnotatedPost], Any]:
    return lambda item: getattr(item.annotation.sentiment, name) if item.annotation.sentiment else None


def _column(name: str, kind: pa.DataType, zh: str, en: str, read: Callable[[AnnotatedPost], Any]) -> Column:
    return Column(name, kind, Title(zh=zh, en=en), read)


COLUMNS = (
    _column("id", _TEXT, "帖子编号", "id of the post", _post("id")),
    _column("platform", _TEXT, "平台", "platform", _post("platform")),
    _column("kind", _TEXT, "类型", "post, repost, comment, thread, reply, article", _value("kind")),
    _column("text", _TEXT, "正文", "its text", _post("text")),
    _column("published_at", _TIME, "发布时间", "when it was published", _post("published_at")),
    _column("fetched_at", _TIME, "抓取时间", "when it was last fetched", _post("fetched_at")),
    _column("author_id", _TEXT, "作者编号（普通人为假名）", "its author; a pseudonym of a person", _author("id")),
    _column("author_name", _TEXT, "作者名（普通人为假名）", "the author's name, likewise", _author("name")),
    _column("author_public", pa.bool_(), "是否公开账号", "whether the account keeps its name", _author("public")),
    _column("followers", _COUNT, "作者粉丝数", "followers of the author", _author("followers")),
    _column("verified_type", _COUNT, "认证类型", "Weibo's code of the author", _author("verified_type")),
    _column("reposts", _COUNT, "转发数", "times reposted", _counter("reposts")),
    _column("comments", _COUNT, "评论数", "comments on it", _counter("comments")),
    _column("likes", _COUNT, "点赞数", "likes", _counter("likes")),
    _column("views", _COUNT, "阅读数", "views", _counter("views")),
    _column("capped", _MANY, "封顶的计数", "counters the site cuts off", _counter("capped")),
    _column("region", _TEXT, "地区", "region as the site tells it", _post("region")),
    _column("client", _TEXT, "客户端", "client it was written with", _post("client")),
    _column("lang", _TEXT, "语言", "its language: zh, zh-hant, yue, en, ja, …; und where no letter says", _language),
    _column("topics", _MANY, "话题", "topics", _post("topics")),
    _column("mentions", _MANY, "提及", "accounts it mentions", _post("mentions")),
    _column("media", _MANY, "媒体类型", "image, video, audio", _post("media")),
    _column("urls", _MANY, "链接", "links in it", _post("urls")),
    _column("url", _TEXT, "原帖地址", "its address", _post("url")),
    _column("root_id", _TEXT, "根帖编号", "id of the root of its cascade", _post("root_id")),
    _column("parent_id", _TEXT, "上级帖子编号", "id of what it reposts or answers", _post("parent_id")),
    _column("quoted_id", _TEXT, "引用帖子编号", "id of what it quotes", _post("quoted_id")),
    _column("thread_id", _TEXT, "主题帖编号", "id of its thread", _post("thread_id")),
    _column("edited_at", _TIME, "最后修改时间", "when it was last edited", _post("edited_at")),
    _column("edits", _COUNT, "修改次数", "times edited, as the site counts", _post("edits")),
    _column("gone", _TEXT, "消失的原因", "why it is gone, as its site says it", _post("gone")),
    _column("gone_at", _TIME, "发现消失的时间", "when it was found to be gone", _post("gone_at")),
    _column("floor", _COUNT, "楼层", "its place in the thread", _post("floor")),
    _column("sentiment", _TEXT, "情感", "positive, neutral, negative", _felt("label")),
    _column("sentiment_score", _SCORE, "情感分（-1 到 1）", "from -1 to 1", _felt("score")),
    _column("sentiment_confidence", _SCORE, "情感置信度（0 到 1）", "from 0 to 1", _felt("confidence")),
    _column("emotion", _TEXT, "情绪", "emotion", _value("emotion")),
    _column("aspects", _MANY, "方面与极性", "aspects, each alone and with its polarity", _values("aspect")),
    _column("brands", _MANY, "品牌", "ids of the project's brands", _read("brands")),
    _column("products", _MANY, "产品", "products", _read("products")),
    _column("intent", _TEXT, "购买意向", "stage of intent", _read("intent")),
    _column("voice", _TEXT, "声音类型", "organic, marketing, media, fan, spam", _value("voice")),
    _column("keywords", _MANY, "关键词", "keywords", _values("keyword")),
    _column("tags", _MANY, "标签", "tags of the project's rules", _read("tags")),
    _column(
        "duplicate_group", _TEXT, "近似重复组", "id of the first post of its near-duplicates", facets.group
    ),
    _column("run_id", _TEXT, "采集运行", "the run that fetched it", _post("run_id")),
)  # fmt: skip
_KNOWN = {column.name: column for column in COLUMNS}
_NULLABLE: dict[pa.DataType, Any] = {
    _TEXT: pd.StringDtype(),
    _COUNT: pd.Int64Dtype(),
    _SCORE: pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def columns_named(names: Sequence[str] | None) -> tuple[Column, ...]:
    """These columns in this order, or all; `UsageError` for one that is unknown."""
    for name in names or ():
        if name not in _KNOWN:
            raise UsageError(f"no column is called {name!r}; known are {', '.join(_KNOWN)}")
    return COLUMNS if names is None else tuple(_KNOWN[name] for name in names)


def schema(columns: Sequence[Column] = COLUMNS) -> pa.Schema:
    """The Arrow schema of these columns, each with what it means."""
    return pa.schema(
        [pa.field(c.name, c.type, metadata={"en": c.title.en, "zh": c.title.zh}) for c in columns]
    )


def batches(
    items: Iterable[AnnotatedPost], columns: Sequence[Column] = COLUMNS, *, size: int = BATCH
) -> Iterator[pa.RecordBatch]:
    """The posts as record batches of at most `size` rows, without holding more than one."""
    found, shape = iter(items), schema(columns)
    while rows := list(islice(found, size)):
        arrays = [pa.array([_clean(column.read(item)) for item in rows], column.type) for column in columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=shape)


def arrow(
    store: Store,
    query: Query,
    *,
    columns: Sequence[str] | None = None,
    sort: Sort | str = Sort.OLDEST,
    limit: int | None = None,
) -> pa.Table:
    """The posts of a result as an Arrow table, times in UTC.

    Raises `UsageError` for an unknown column.
    """
    chosen = columns_named(columns)
    found = batches(results(store, query, sort=sort, limit=limit), chosen)
    return pa.Table.from_batches(found, schema=schema(chosen))


def frame(
    store: Store,
    query: Query,
    *,
    columns: Sequence[str] | None = None,
    sort: Sort | str = Sort.OLDEST,
    limit: int | None = None,
    zone: str = "UTC",
) -> pd.DataFrame:
    """The posts of a result as a DataFrame with nullable columns, times in `zone`.

    Raises `UsageError` for an unknown column or zone.
    """
    clock = read_zone(zone)
    table = arrow(store, query, columns=columns, sort=sort, limit=limit)
    rows: pd.DataFrame = table.to_pandas(types_mapper=_NULLABLE.get)
    for field in table.schema:
        if field.type == _TIME:
            rows[field.name] = rows[field.name].dt.tz_convert(clock)
    return rows


def _clean(value: Any) -> Any:
    """What Arrow takes: no half characters, which are no UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return [_clean(part) for part in value] if isinstance(value, tuple) else value
