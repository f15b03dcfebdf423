"""What the pages on notebooks show runs as it stands there."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.home import Home
from index.address import open_store
from index.store import Batch
from ops.docs import DOCS, LIBRARY
from tests.index.samples import sample


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


def test_both_languages_show_the_same_code() -> None:
    def bare(page: str) -> list[str]:
        return [re.sub(r" *# .*", "", block) for block in blocks(page)]

    english, chinese = map(bare, LIBRARY)
    assert english == chinese


@pytest.mark.parametrize("page", LIBRARY)
def test_the_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINGFENG_HOME", str(tmp_path))
    monkeypatch.delenv("TINGFENG_STORE", raising=False)
    with closing(open_store(None, Home(tmp_path))) as store:
        store.write(Batch(posts=[sample(number) for number in range(40)]))
    found: dict[str, Any] = {}
    for block in blocks(page):
        exec(block, found)
    assert len(found["posts"]) == 40
    assert len(found["few"]) == 40
    assert found["by_day"].sum() == sum(2 * number for number in range(40) if number % 3 != 2)
    assert len(found["negative"]) == 27
    assert pd.read_parquet(tmp_path / "brakes.parquet")["id"].nunique() == found["done"].posts == 40
