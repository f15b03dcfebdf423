"""What the sources say of themselves is whole, strict and in both languages."""

from __future__ import annotations

import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from core.project import Title
from crawlers import registry
from crawlers.registry import FOLDER, Source, SourceError, parse

WEIBO = (FOLDER / "weibo" / "source.toml").read_text("utf-8")


def titles(record: Any) -> list[Title]:
    if isinstance(record, Title):
        return [record]
    if is_dataclass(record):
        return [title for field in fields(record) for title in titles(getattr(record, field.name))]
    return [title for part in record.values() for title in titles(part)] if isinstance(record, dict) else []


@pytest.mark.parametrize("source", registry.sources().values(), ids=registry.sources().keys())
def test_every_source_is_described_in_both_languages(source: Source) -> None:
    for title in titles(source):
        assert title.zh.strip()
        assert title.en.strip()
    assert source.yields
    assert source.promised
    assert source.rate.delay_s > 0, "a live site is never asked without a pause"
    assert source.rate.daily > 0
    assert source.arguments


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("concurrency = 1", "concurency = 1"), "rate.concurency"),
        (("concurrency = 1", "concurrency = 0"), "concurrency"),
        (('yields = ["post"', 'yields = ["tweet"'), "yields"),
        (("delay_s = 8.0", 'delay_s = "slow"'), "rate.delay_s"),
        (("[expectations]", "[expectation]"), "expectation"),
        (("fill = { text", 'fill = { "author.shoe" = 1.0, text'), "author.shoe"),
        (('en = "Weibo"', 'fr = "Weibo"'), "title"),
        (('promised = ["id"', 'promised = ["autor.id", "id"'), "autor.id"),
        (("daily = ", "daily = -"), "rate.daily"),
        (("fill = { text = ", "fill = { text = 9"), "expectations.fill.text"),
        (('kind = "choices"', 'kind = "texts"'), "choices"),
    ],
)
def test_an_unknown_or_wrong_field_is_refused(change: tuple[str, str], told: str) -> None:
    assert change[0] in WEIBO
    with pytest.raises((ValueError, TypeError)) as caught:
        parse(tomllib.loads(WEIBO.replace(*change)), name="weibo")
    assert told in str(caught.value)


def test_a_broken_file_names_itself(tmp_path: Path) -> None:
    path = tmp_path / "bad" / "source.toml"
    path.parent.mkdir()
    path.write_text("hosts = [", "utf-8")
    with pytest.raises(SourceError, match=r"source\.toml"):
        registry.load(path)


def test_a_folder_is_a_source_and_its_spider_has_its_name() -> None:
    folders = {path.name for path in FOLDER.iterdir() if (path / "spider.py").exists()}
    assert folders == set(registry.sources())
