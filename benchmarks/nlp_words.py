"""New words: how many withheld words are found again, and how fast, beside plain counting of jieba's words.

    python -m benchmarks.nlp_words [--rounds N]

Three tenths of the dictionary's words, drawn by a hash, are taken out of what is known; those of them that stand in
`LEAST` posts of a set or more are to be found again. Words of `nlp.newwords.everyday` are known to both. Precision is
a lower bound: a word no dictionary has counts as wrong. The sets are other ones than those the weights of
`nlp.newwords` were fitted on. Plain counting is what is usually done: cut with jieba, keep what its guesser joined and
the dictionary does not have.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import platform
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import jieba
import rjieba

from benchmarks.cascades_data import data_folder
from benchmarks.measuring import table
from benchmarks.nlp_speed import measure
from benchmarks.posts_data import _reposts
from benchmarks.posts_data import table as rows_of
from nlp.newwords import LEAST, everyday, new_words, texts_with
from nlp.segment import Cut

POSTS = 20_000
LONGEST = 5


def sets() -> dict[str, list[str]]:
    """Different texts of the sets that no weight was fitted on."""
    folder = data_folder()
    covid = (row["text"] for row in rows_of(folder / "covid_weibo_hashtag_posts/posts.csv.xz"))
    reposts = (row.text for row in _reposts(folder))
    return {
        "posts under hashtags": list(islice(dict.fromkeys(covid), POSTS)),
        "reposts": list(islice(dict.fromkeys(reposts), POSTS)),
    }


def withheld(word: str) -> bool:
    return hashlib.blake2b(word.encode(), digest_size=4).digest()[0] < 77


def dictionary() -> dict[str, int]:
    """jieba's words and their frequencies."""
    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return {word: count for word, count in jieba.dt.FREQ.items() if count}


def without_some(words: dict[str, int]) -> jieba.Tokenizer:
    """jieba with the withheld words gone."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(
            f"{word} {count}\n" for word, count in words.items() if len(word) == 1 or not withheld(word)
        )
        file.flush()
        tokenizer = jieba.Tokenizer(file.name)  # type: ignore[call-arg]
        tokenizer.cache_file = Path(file.name).name + ".cache"
        tokenizer.initialize()
        (Path(tempfile.gettempdir()) / tokenizer.cache_file).unlink(missing_ok=True)
    return tokenizer


def fast_without_some(words: dict[str, int]) -> Cut:
    """The same in Rust."""
    engine = rjieba.Jieba.empty()  # type: ignore[no-untyped-call]
    for word, count in words.items():
        if len(word) == 1 or not withheld(word):
            engine.add_word(word, count, None)
    cut: Cut = engine.cut
    return cut


def counted(texts: Sequence[str], tokenizer: jieba.Tokenizer, known: Callable[[str], bool]) -> list[str]:
    """Plain counting."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(
            word
            for word in set(tokenizer.lcut(text))
            if len(word) > 1 and all("\u3400" <= sign < "\ua000" for sign in word)
        )
    return [word for word, count in counts.most_common() if count >= LEAST and not known(word)]


def scores(rounds: int = 3) -> dict[str, dict[str, float]]:
    """By set: recall, precision and posts a second of one process, ours and those of plain counting."""
    words = dictionary()
    tokenizer, cut = without_some(words), fast_without_some(words)

    def known(word: str) -> bool:
        return (word in words and not withheld(word)) or word in everyday()

    out: dict[str, dict[str, float]] = {}
    for name, texts in sets().items():
        there = texts_with([word for word in words if 1 < len(word) <= LONGEST and withheld(word)], texts)
        wanted = {word for word, at in there.items() if len(at) >= LEAST}
        ours = [one.word for one in new_words(texts, cut, known)]
        plain = counted(texts, tokenizer, known)
        out[name] = {"posts": len(texts), "withheld words": len(wanted)}
        for who, found, work in (
            ("ours", ours, lambda texts=texts: new_words(texts, cut, known)),
            ("jieba", plain, lambda texts=texts: counted(texts, tokenizer, known)),
        ):
            right = sum(word in words for word in found)
            out[name] |= {
                f"{who}: recall": len(wanted.intersection(found)) / len(wanted),
                f"{who}: precision": right / max(1, len(found)),
                f"{who}: precision of the first 200": sum(word in words for word in found[:200]) / 200,
                f"{who}: posts/s": len(texts) / measure(work, rounds),
            }
    return out


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    found = scores(options.parse_args().rounds)
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    names = list(next(iter(found.values())))
    table(
        ("", *found),
        [(name, *(f"{of[name]:.3f}" if of[name] < 2 else f"{of[name]:,.0f}" for of in found.values())) for name in names],
    )  # fmt: skip


if __name__ == "__main__":
    main()
