"""Speed of the annotator beside a plain jieba + scikit-learn loop, both measured in this run.

    python -m benchmarks.nlp_speed [--posts N] [--rounds N]

The plain loop cuts with jieba and asks two word TF-IDF classifiers (polarity, emotion): much less than
the annotator does. CPU time of one process, medians of the rounds; the posts are Weibo posts of the
data folder.
"""

from __future__ import annotations

import argparse
import logging
import platform
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from core.models import Kind, Post
from core.project import Brand, Project, Title
from nlp.annotate import Annotator
from nlp.train import data

PROJECT = Project(
    id="speed",
    title=Title(zh="速度", en="Speed"),
    brands=tuple(
        Brand(id=f"b{number}", title=Title(zh=f"牌{number}", en=f"B{number}"), names=(f"品牌{number}号",))
        for number in range(1000)
    ),
)


def texts(count: int) -> list[str]:
    """Weibo posts of the data folder, repeated where there are too few."""
    found = [
        row.text
        for row in [*data.polarity(), *data.emotion()]
        if row.origin in ("weibo100k", "usual", "virus")
    ]
    return (found * (count // len(found) + 1))[:count]


def measure(work: Callable[[], object], rounds: int) -> float:
    """The median CPU seconds of `rounds` calls."""
    took = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        took.append(time.process_time() - before)
    return statistics.median(took)


def plain(sample: Sequence[str]) -> Callable[[Sequence[str]], object]:
    """The textbook loop, trained on a few thousand rows so that it can answer."""
    rows = [row for row in data.emotion() if row.origin == "usual"][:6000]
    models = [
        make_pipeline(
            TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, ngram_range=(1, 2), min_df=2),
            LinearSVC(),
        ).fit([row.text for row in rows], labels)
        for labels in ([row.label for row in rows], [row.label == "happy" for row in rows])
    ]
    vectorizer = models[0].steps[0][1]

    def run(batch: Sequence[str]) -> object:
        matrix = vectorizer.transform(batch)
        return [model.steps[1][1].predict(matrix) for model in models]

    return run


_worker: list[Annotator] = []


def _annotate(batch: list[Post]) -> int:
    if not _worker:
        _worker.append(Annotator(PROJECT))
    return len(_worker[0].annotate(batch))


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args(given)
    jieba.setLogLevel(logging.WARNING)
    sample = texts(arguments.posts)
    posts = [Post(id=f"x:{at}", platform="x", kind=Kind.POST, text=text) for at, text in enumerate(sample)]
    before = time.perf_counter()
    annotator = Annotator(PROJECT)
    annotator.read("一条微博")
    started = time.perf_counter() - before
    annotator.annotate(posts[:2000])
    ours = len(posts) / measure(lambda: annotator.annotate(posts), arguments.rounds)
    half = posts[: len(posts) // 2]
    few = len(half) / measure(lambda: annotator.annotate(half), arguments.rounds)
    part = sample[: max(1000, len(sample) // 10)]
    loop = plain(part)
    theirs = len(part) / measure(lambda: loop(part), arguments.rounds)
    print(f"posts: {len(sample)}, {sum(map(len, sample)) / len(sample):.0f} characters each on average")
    print(f"annotator, one process:    {ours:9.0f} posts/s of CPU (starts in {started:.2f} s)")
    print(f"annotator, half the posts: {few:9.0f} posts/s of CPU (slope {few / ours:.3f})")
    print(f"plain loop, one process:   {theirs:9.0f} posts/s of CPU; ours is {ours / theirs:.1f} times that")
    # not forked: the libraries of the parent hold threads that a fork would lose
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        batches = [posts[at : at + 1000] for at in range(0, len(posts), 1000)]
        list(pool.map(_annotate, batches[:4]))
        before = time.perf_counter()
        done = sum(pool.map(_annotate, batches))
        print(f"annotator, two processes:  {done / (time.perf_counter() - before):9.0f} posts/s of wall time")
    print(
        f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB with the plain loop's models"
    )
    print(f"Python {platform.python_version()}, {platform.processor() or platform.machine()}")


if __name__ == "__main__":
    main()
