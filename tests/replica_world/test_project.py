from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from core.project import Project, load
from core.texts import fold
from replica.world.model import World
from replica.world.talk import goods


@pytest.fixture(scope="module")
def project() -> Project:
    return load(Path(str(files("replica.world").joinpath("project.toml"))))


def test_brands_and_products_are_those_of_the_world(project: Project) -> None:
    assert {brand.id for brand in project.brands} == {good.brand for good in goods().values()}
    for name, good in goods().items():
        brand = project.brand(good.brand)
        assert brand is not None
        assert name in {product.id for product in brand.products}
    assert {brand.id for brand in project.brands if not brand.competitor} == {"lanstone", "huajianji"}


def test_own_accounts_exist(project: Project, world: World) -> None:
    names = {account.author.name for account in world.accounts.values()}
    assert {name for brand in project.brands for name in brand.accounts} <= names


def test_the_names_find_what_people_write_of_a_brand(project: Project, world: World) -> None:
    texts = {post.id: fold(post.text) for post in world.posts}
    for brand in project.brands:
        own = [
            texts[post_id]
            for post_id, label in world.truth.items()
            if label.brand == brand.id and label.product and label.intent
        ]
        named = sum(any(fold(name) in text for name in brand.names) for text in own)
        assert len(own) >= 5
        assert named / len(own) > 0.9


def test_the_exclusions_keep_the_place_out(project: Project, world: World) -> None:
    lanstone = project.brand("lanstone")
    assert lanstone is not None
    posts = {post.id: post for post in world.posts}
    place = [posts[post].text for post in world.story("place").post_ids]
    hits = [text for text in place if any(name in text for name in lanstone.names)]
    kept = [text for text in hits if not any(phrase in text for phrase in lanstone.exclude)]
    assert len(hits) > 50
    assert len(kept) / len(hits) < 0.12


def test_every_story_and_query_has_both_languages(project: Project) -> None:
    for query in project.queries:
        assert query.title.zh
        assert query.title.en
        assert query.query
