"""Does a search find every post that holds the word? Brands and products over all reviews, beside jieba words.

    python -m benchmarks.recall

The truth is a substring search in Python over the texts as they are, letters in any case. Ours is the literal
search of a SQLite store of the same texts; jieba's is what a store of segmented words finds, a word cut like the texts.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec
import rjieba

from benchmarks.cascades_data import data_folder
from benchmarks.measuring import goal, table
from benchmarks.posts_data import reviews
from benchmarks.posts_data import table as rows_of
from core.models import AnnotatedPost, Annotation, Kind, Post
from index.query import parse
from index.sqlite import SqliteStore
from index.store import Batch

BRANDS = """
如家 汉庭 七天 锦江之星 香格里拉 希尔顿 携程 当当 卓越 京东 淘宝 亚马逊 蒙牛 伊利 海飞丝 潘婷 飘柔 清扬 沙宣 美的 海尔 万和
联想 惠普 华硕 戴尔 索尼 三星 苹果 诺基亚 摩托罗拉 酷派 华为 小米 英特尔 神舟 迈腾 帕萨特 宝马 奔驰 奥迪 丰田 本田 大众
别克 雪佛兰 起亚 福特 马自达 凯美瑞 雅阁 卡罗拉 思域 轩逸 百度 Vista iPad
"""
PRODUCTS = """
笔记本 触摸板 散热 显卡 内存 硬盘 摄像头 蓝牙 洗发水 护发素 热水器 酸奶 平板 充电器 电池 后备箱 发动机 变速箱 方向盘 天窗
油耗 轮胎 粉底 口红 指纹 网速 前台服务 性价比 皮蛋粥
"""
_TABLES = {  # beside `posts_data.reviews`: files and the column of the text
    "absa_chinese/*.csv.gz": "text",
    "asap_sample/*.csv.gz": "reviewbody",
    "bdci_car_2018/train.csv.gz": "content",
    "car_complaints/complaints.csv.gz": "content",
}
_LINES = {"autohome_koubei_reviews/*.jsonl.gz": "content", "zhijiang_makeup_opinion/*.jsonl.gz": "text"}
_BATCH = 5_000
_WORST = 12  # words named apart


@dataclass(frozen=True, slots=True)
class Found:
    """Of one word: texts that hold it, and by each way how many of those, and how many others, are found."""

    word: str
    truth: int
    ways: dict[str, tuple[int, int]]

    def recall(self, way: str) -> float:
        return self.ways[way][0] / self.truth

    def precision(self, way: str) -> float:
        hits, others = self.ways[way]
        return hits / max(1, hits + others)


def all_reviews(folder: Path) -> Iterator[str]:
    """Every text of the review sets."""
    yield from (row.text for row in reviews(folder))
    for pattern, column in _TABLES.items():
        for path in sorted(folder.glob(pattern)):
            yield from (row[column] for row in rows_of(path, column))
    for pattern, column in _LINES.items():
        for path in sorted(folder.glob(pattern)):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                yield from filter(None, (msgspec.json.decode(line).get(column) for line in lines))


def fill(store: SqliteStore, texts: list[str]) -> None:
    items = (
        AnnotatedPost(
            post=Post(id=f"review:{number}", platform="review", kind=Kind.POST, text=text),
            annotation=Annotation(),
        )
        for number, text in enumerate(texts)
    )
    while batch := list(islice(items, _BATCH)):
        store.write(Batch(posts=batch))
    store.flush()


def literal(store: SqliteStore, word: str) -> set[int]:
    query = parse(f'"{word}"')
    found: set[int] = set()
    page = store.search(query, limit=10_000)
    while True:
        found.update(int(item.post.id.removeprefix("review:")) for item in page.items)
        if page.cursor is None:
            return found
        page = store.search(query, limit=10_000, after=page.cursor)


class Cut:
    """Texts by the words jieba cuts them into."""

    def __init__(self, texts: list[str]) -> None:
        self._words = [rjieba.cut(text.lower()) for text in texts]
        self._texts: dict[str, set[int]] = defaultdict(set)
        for number, words in enumerate(self._words):
            for word in words:
                self._texts[word].add(number)

    def holding(self, word: str) -> set[int]:
        """Where the words of `word` stand one after the other."""
        wanted = rjieba.cut(word.lower())
        among = set.intersection(*(self._texts.get(part, set()) for part in wanted))
        return {number for number in among if len(wanted) == 1 or self._run(number, wanted)}

    def _run(self, number: int, wanted: list[str]) -> bool:
        words = self._words[number]
        return any(words[at : at + len(wanted)] == wanted for at in range(len(words)))


def judge(texts: list[str], store: SqliteStore) -> list[Found]:
    lower, cut = [text.lower() for text in texts], Cut(texts)
    found: list[Found] = []
    for word in (*BRANDS.split(), *PRODUCTS.split()):
        truth = {number for number, text in enumerate(lower) if word.lower() in text}
        ways = {"ours": literal(store, word), "cut": cut.holding(word)}
        if truth:
            told = {way: (len(numbers & truth), len(numbers - truth)) for way, numbers in ways.items()}
            found.append(Found(word, len(truth), told))
    return found


def show(found: list[Found]) -> None:
    head = ("words", "recall, mean", "least", "of all posts", "precision, mean", "least")
    rows = []
    for title, way in (("ours, literal", "ours"), ("jieba words", "cut")):
        recalls = [one.recall(way) for one in found]
        precisions = [one.precision(way) for one in found]
        whole = sum(one.ways[way][0] for one in found) / sum(one.truth for one in found)
        rows.append(
            [
                title,
                f"{sum(recalls) / len(found):.4f}",
                f"{min(recalls):.4f}",
                f"{whole:.4f}",
                f"{sum(precisions) / len(found):.4f}",
                f"{min(precisions):.4f}",
            ]
        )
    table(head, rows)
    print("\nworst by jieba words")
    worst = sorted(found, key=lambda one: one.recall("cut"))[:_WORST]
    table(
        ("word", "texts", "ours", "jieba words"),
        [
            [one.word, f"{one.truth:,}", f"{one.recall('ours'):.3f}", f"{one.recall('cut'):.3f}"]
            for one in worst
        ],
    )
    for one in found:
        if one.ways["ours"] != (one.truth, 0):
            hits, others = one.ways["ours"]
            print(f"{one.word}: {one.truth} texts, ours finds {hits} of them and {others} others")
    print("\ngoals")
    least = min(one.recall("ours") for one in found)
    goal("literal recall of every word", f"{least:.4f}, goal 1.000", least == 1)
    precise = sum(one.precision("ours") for one in found) / len(found)
    goal("literal precision", f"{precise:.4f}, goal 0.999", precise >= 0.999)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.parse_args()
    texts = list(all_reviews(data_folder()))
    with tempfile.TemporaryDirectory() as folder, closing(SqliteStore(Path(folder) / "recall.db")) as store:
        fill(store, texts)
        found = judge(texts, store)
    print(f"{len(texts):,} review texts, {len(found)} brand and product words\n")
    show(found)


if __name__ == "__main__":
    main()
