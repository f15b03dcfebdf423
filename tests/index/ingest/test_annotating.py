"""Reading posts for a store: what is said of a post depends on neither the batch it comes in nor its copies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.models import AnnotatedPost, Annotation, Kind, Post
from core.project import Brand, Project, Title
from index.ingest.annotating import Orders, annotated
from nlp.annotate import Annotator
from nlp.model import Models
from tests.nlp.small_encoder import made

PROJECT = Project(
    id="p",
    title=Title(zh="甲", en="A"),
    brands=(Brand(id="b", title=Title(zh="乙", en="B"), names=("澜石",), domain="car"),),
)
TEXTS = ("澜石的空间很大", "天气很好", "澜石油耗不好，我很不好", "澜石的空间很大", "", "\ud800澜石")
COMBINE = {
    "polarity": {"fast": 0.5, "encoder": 0.7, "offsets": [0.1, -0.2]},
    "opinions-car": {"fast": 0.5, "encoder": 0.7, "offsets": [0.3, 0.0, -0.3]},
}


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Orders:
    folder = tmp_path_factory.mktemp("models")
    models: Models = made(folder, gate=1.1, combine=COMBINE)

    def prepare(items: Sequence[AnnotatedPost]) -> bytes:
        return str(len(items)).encode()

    files = Path(folder / "none.jsonl"), Path(folder / "none.json")
    return Orders(PROJECT, lambda project: Annotator(project, models), prepare, *files)


def read(orders: Orders, size: int) -> list[Annotation]:
    posts = [Post(id=f"x:{at}", platform="x", kind=Kind.POST, text=text) for at, text in enumerate(TEXTS)]

    def batches() -> Iterator[list[Post]]:
        for at in range(0, len(posts), size):
            yield posts[at : at + size]

    found = annotated(batches(), list, orders, workers=0)
    return [annotation for _, reading in found for annotation in reading.annotations]


def test_the_second_tier_reads_alike_in_batches_of_any_size(orders: Orders) -> None:
    whole = read(orders, len(TEXTS))
    assert ["encoder" in each.models["language"] for each in whole] == [True, False, True, True, False, True]
    for size in (1, 4):
        assert read(orders, size) == whole
