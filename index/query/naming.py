"""What a project calls by name: brands, products, account lists, saved searches and tags."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.project import AccountList, Brand, Product, Project, SavedQuery, TagRule, Title
from index.query.fields import Spot, plain_key

Entry = Brand | Product | AccountList | SavedQuery | TagRule
NAMED = ("brand", "product", "list", "saved", "tag")


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the entries of a field stand, and how one speaks of them."""

    entries: Callable[[Project], Sequence[Entry]]
    place: str
    many: str
    zh: str


_TABLES: dict[str, _Table] = {
    "brand": _Table(lambda project: project.brands, "[[brand]]", "brands", "品牌"),
    "product": _Table(
        lambda project: [product for brand in project.brands for product in brand.products],
        "products of a [[brand]]",
        "products",
        "产品",
    ),
    "list": _Table(lambda project: project.lists, "[[list]]", "account lists", "账号名单"),
    "saved": _Table(lambda project: project.queries, "[[query]]", "saved searches", "已存的查询"),
    "tag": _Table(lambda project: project.tags, "[[tag]]", "tags", "标签"),
}


def named(field: str, name: str, project: Project, spot: Spot) -> Entry:
    """The entry of a project that is called so: by id, else by title, else by one of its names.

    Case, width and traditional characters make no difference. Raises `QueryError` naming those there are.
    """
    key, entries = plain_key(name), _TABLES[field].entries(project)
    for spelled in (_ids, _titles, _names):
        found = [entry for entry in entries if key in map(plain_key, spelled(entry))]
        if len(found) > 1:
            ids = ", ".join(entry.id for entry in found)
            raise spot.error(
                f"{name!r} in {field}: at character {spot.number} is the name of several; write one of {ids}",
                f"第 {spot.number} 个字符处 {field}: 的 {name!r} 有几个同名；请写其一：{ids}",
            )
        if found:
            return found[0]
    table = _TABLES[field]
    if not entries:
        raise spot.error(
            f"the project has no {table.many}, so {field}:{name} at character {spot.number} names nothing;"
            f" write them in its file as {table.place}",
            f"项目里没有{table.zh}，第 {spot.number} 个字符处的 {field}:{name} 无所指；"
            f"请在项目文件的 {table.place} 中写明",
        )
    near = _nearest(key, entries)
    hint, zh_hint = (f"did you mean {near}? ", f"您是不是要写 {near}？ ") if near else ("", "")
    known = [entry.id for entry in entries]
    raise spot.error(
        f"{name!r} in {field}: at character {spot.number} is unknown; {hint}"
        f"the project's {table.many} are {_listed(known, ', ')}",
        f"第 {spot.number} 个字符处 {field}: 的 {name!r} 无法识别；{zh_hint}"
        f"项目的{table.zh}有 {_listed(known, '、')}",
    )


def title_of(entry: Entry) -> Title:
    """What people are told it is."""
    if isinstance(entry, Product):
        name = (*entry.names, *entry.ambiguous)[0]
        return Title(zh=name, en=name)
    return entry.title


def _ids(entry: Entry) -> Iterable[str]:
    return (entry.id,)


def _titles(entry: Entry) -> Iterable[str]:
    return () if isinstance(entry, Product) else (entry.title.zh, entry.title.en)


def _names(entry: Entry) -> Iterable[str]:
    return (*entry.names, *entry.ambiguous) if isinstance(entry, Brand | Product) else ()


def _nearest(key: str, entries: Sequence[Entry]) -> str | None:
    """The id of the entry with a name most like this."""
    spelled = {
        plain_key(name): entry.id
        for entry in entries
        for name in (*_names(entry), *_titles(entry), *_ids(entry))
    }
    near = difflib.get_close_matches(key, spelled, n=1, cutoff=0.5)
    return spelled[near[0]] if near else None


def _listed(names: Sequence[str], comma: str, most: int = 20) -> str:
    return comma.join(names[:most]) + (" …" if len(names) > most else "")
