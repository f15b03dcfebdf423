"""Import, ingest, search and word of mouth over 100,000+ real rows, beside a plain pandas loop in the same run.

The rows are the AutoHome 口碑 snippets of the data folder (``TINGFENG_DATA``, default ``../shared/data``); brand and
series, which the site prints above a snippet, stand before its text. The reference does what one would write in an
afternoon: pandas, jieba, TF-IDF with a LinearSVC, ``str.contains``.

    python -m benchmarks.real_wom [--rows 120000] [--store http://127.0.0.1:9201/bench]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import lzma
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import jieba
import msgspec
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from core.home import Home
from core.project import Brand, Project, Title
from core.tabular import import_file
from index.address import open_store
from index.ingest.ingesting import ingest
from index.query import parse
from index.store import Store
from mining.wom import WordOfMouth

DATA = Path(os.environ.get("TINGFENG_DATA", "../shared/data"))
QUERIES = ("后备箱", "油耗 高", '"隔音" NOT 好', "(异响 OR 抖动) 变速箱", "性价比")
REPEATS = 5


def rows(limit: int) -> Iterator[dict[str, Any]]:
    """Snippets as import rows, with the site's own polarity beside them."""
    path = DATA / "autohome_koubei_tags" / "koubei_tags.csv.xz"
    if not path.exists():
        raise SystemExit(f"{path} is not there; set TINGFENG_DATA to the folder of the data sets.")
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if number >= limit:
                return
            text = f"{row['brand']} {row['series']}：{row['text']}"
            yield {
                "id": f"autohome:{number}",
                "text": text,
                "brand": row["brand"],
                "polarity": row["polarity"],
            }


def project(brands: list[str]) -> Project:
    return Project(
        id="real",
        title=Title(zh="真实口碑", en="Real reviews"),
        brands=tuple(
            Brand(
                id=f"brand-{number}",
                title=Title(zh=name, en=name),
                names=(name,),
                competitor=number > 0,
                domain="car",
            )
            for number, name in enumerate(brands)
        ),
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def search_ms(store: Store, query: str) -> tuple[float, int]:
    """Median milliseconds of newest 20 with the count, asked again and again, and the count."""
    parsed = parse(query)
    times = []
    for _ in range(REPEATS):
        seconds, count = timed(lambda: (store.search(parsed, limit=20), store.count(parsed))[1])
        times.append(seconds * 1000)
    return statistics.median(times), count


def as_posts(sample: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows of an import file. The set has no dates: the rows are spread evenly over the last 90 days."""
    first = datetime.now(UTC) - timedelta(days=90)
    step = timedelta(days=90) / max(1, len(sample))
    for number, row in enumerate(sample):
        at = (first + step * number).isoformat()
        yield {"id": row["id"], "text": row["text"], "platform": "autohome", "published_at": at}


def ours(sample: list[dict[str, Any]], listening: Project, address: str | None) -> dict[str, Any]:
    """Seconds of each step of the product, and what it read."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        source = home.root / "rows.jsonl"
        source.write_bytes(b"\n".join(map(msgspec.json.encode, as_posts(sample))))
        import_s, report = timed(lambda: import_file(source, home, listening))
        with closing(open_store(address, home)) as store:
            store.clear()
            ingest_s, ingested = timed(lambda: ingest(home, store, listening, workers=2))
            searches = {query: search_ms(store, query) for query in QUERIES}
            until = datetime.now(UTC)
            wom_s, answer = timed(lambda: WordOfMouth(listening).report(store, "brand-0", until=until))
            labels = {
                item.post.id: item.annotation.sentiment.label
                for item in store.scan(parse(""))
                if item.annotation.sentiment
            }
            store.clear()
    return {
        "import_s": import_s,
        "landed": report.landed,
        "ingest_s": ingest_s,
        "ingested": ingested.new,
        "searches": searches,
        "wom_s": wom_s,
        "volume": answer.brands[0].volume[0].value,
        "labels": labels,
    }


def plain(sample: list[dict[str, Any]], brand: str) -> dict[str, Any]:
    """The same by pandas, jieba and scikit-learn, with a polarity model from shop reviews."""
    with gzip.open(
        DATA / "online_shopping_10_cats" / "reviews.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        reviews = pd.read_csv(file).dropna().sample(20_000, random_state=0)
    model = make_pipeline(TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None), LinearSVC())
    train_s, _ = timed(lambda: model.fit(reviews["text"], reviews["label"]))
    load_s, frame = timed(lambda: pd.DataFrame(sample))
    read_s, labels = timed(lambda: model.predict(frame["text"]))
    searches = {}
    for query, pattern in (("后备箱", "后备箱"), ("性价比", "性价比")):
        times = [timed(partial(scan, frame, pattern))[0] * 1000 for _ in range(REPEATS)]
        searches[query] = statistics.median(times)
    frame["label"] = labels
    wom_s, _ = timed(lambda: frame[frame["text"].str.contains(brand, regex=False)].groupby("label").size())
    ids = dict(zip(frame["id"], frame["label"], strict=True))
    return {
        "train_s": train_s,
        "load_s": load_s,
        "read_s": read_s,
        "searches": searches,
        "wom_s": wom_s,
        "labels": ids,
    }


def scan(frame: pd.DataFrame, pattern: str) -> pd.DataFrame:
    """The first posts that hold `pattern`."""
    return frame[frame["text"].str.contains(pattern, regex=False)].head(20)


def accuracy(sample: list[dict[str, Any]], read: Callable[[str], int | None]) -> tuple[float, float]:
    """(accuracy of those judged, share judged) against the site's good/bad tags."""
    judged = [(read(row["id"]), int(row["polarity"])) for row in sample if row["polarity"] in ("0", "1")]
    told = [(guess, truth) for guess, truth in judged if guess is not None]
    return sum(guess == truth for guess, truth in told) / max(1, len(told)), len(told) / max(1, len(judged))


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rows", type=int, default=120_000)
    options.add_argument("--store", default=None, help="store address; default a SQLite file of its own")
    given = options.parse_args()
    sample = list(rows(given.rows))
    brands = list(dict.fromkeys(row["brand"] for row in sample))
    mine = ours(sample, project(brands), given.store)
    reference = plain(sample, brands[0])
    sign = {"positive": 1, "negative": 0}
    right, told = accuracy(sample, lambda post_id: sign.get(mine["labels"].get(post_id, "")))
    plain_right, plain_told = accuracy(sample, lambda post_id: int(reference["labels"][post_id]))
    n = len(sample)
    print(
        f"{n} real rows; store {given.store or 'sqlite'}; medians of {REPEATS} for searches (what words found is remembered)\n"
    )
    print(f"{'step':42}{'tingfeng':>14}{'plain loop':>14}{'ratio':>9}")
    line("import (door, landing) / load", mine["import_s"], reference["load_s"])
    line("ingest (annotate all, index) / cut+predict", mine["ingest_s"], reference["read_s"])
    print(f"{'  posts a second':42}{n / mine['ingest_s']:>14,.0f}{n / reference['read_s']:>14,.0f}")
    line("word of mouth of a brand, all sections / groupby", mine["wom_s"], reference["wom_s"])
    for query, (ms, count) in mine["searches"].items():
        other = reference["searches"].get(query)
        told_other = f"{other:>11.1f} ms{other / ms:>8.0f}x" if other else f"{'-':>14}"
        print(f"{'search ' + query:42}{ms:>11.1f} ms{told_other}   {count} posts")
    print(
        f"\nvolume of the first brand {mine['volume']}; polarity against the site's own tags: tingfeng {right:.3f} on the {told:.0%} it calls good or bad;"
    )
    print(
        f"plain loop {plain_right:.3f} on {plain_told:.0%}. Landed {mine['landed']}, new {mine['ingested']}."
    )


def line(name: str, mine: float, other: float) -> None:
    print(f"{name:42}{mine:>12.2f} s{other:>12.2f} s{other / mine:>8.2f}x")


if __name__ == "__main__":
    main()
