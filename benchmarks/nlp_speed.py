"""Speed of the annotator's two tiers beside a plain jieba + scikit-learn loop and snownlp, all in one run.

    python -m benchmarks.nlp_speed [--posts N] [--rounds N]

The plain loop cuts with jieba and asks two word TF-IDF classifiers (polarity, emotion): much less than
the annotator does. snownlp tells one polarity. CPU time of one process, medians of the rounds; the posts are
Weibo posts of the data folder, each once.

The second tier is measured alone, with the annotator at the share its gates ask for, and at 30 % of the posts.
"""

from __future__ import annotations

import argparse
import gc
import logging
import platform
import re
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import jieba
import msgspec
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from snownlp import SnowNLP

from core.models import Annotation, Kind, Post
from core.project import Brand, Project, Title
from nlp.annotate import Annotator
from nlp.encoder import prepared
from nlp.model import MODELS, shipped
from nlp.train import data

ASKED = 0.3  # of the posts, in the mixed measurement

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


def plain(cut: Callable[[str], Sequence[str]] = jieba.lcut) -> Callable[[Sequence[str]], object]:
    """The textbook loop, trained on a few thousand rows so that it can answer."""
    rows = [row for row in data.emotion() if row.origin == "usual"][:6000]
    models = [
        make_pipeline(
            TfidfVectorizer(tokenizer=cut, token_pattern=None, ngram_range=(1, 2), min_df=2),
            LinearSVC(),
        ).fit([row.text for row in rows], labels)
        for labels in ([row.label for row in rows], [row.label == "happy" for row in rows])
    ]
    vectorizer = models[0].steps[0][1]

    def run(batch: Sequence[str]) -> object:
        matrix = vectorizer.transform(batch)
        return [model.steps[1][1].predict(matrix) for model in models]

    return run


def snow(sample: Sequence[str], rounds: int) -> float:
    """Polarities a second by snownlp."""
    SnowNLP("好").sentiments  # noqa: B018 - loads its model
    return len(sample) / measure(lambda: [SnowNLP(text).sentiments for text in sample], rounds)


def _both(tier: str = "unsure") -> Annotator:
    """An annotator whose second tier remembers nothing."""
    return Annotator(PROJECT, shipped().beside(MODELS), second_tier=tier)


def second(posts: Sequence[Post], rounds: int) -> None:
    """Prints how fast the second tier is, how often it is asked, and how often that changes the answer."""
    both = [_both() for _ in range(2 * rounds + 1)]
    encoders = [each.encoder for each in both if each.encoder]
    if not encoders:
        print("second tier:               its files are not there")
        return
    first = Annotator(PROJECT, second_tier="off")
    given = [(text, None) for post in posts if (text := prepared(post.text))]
    some = given[:: max(1, len(given) // round(len(given) * ASKED))]
    for encoder in encoders:
        encoder.logits("polarity", [("一条微博", None)])
    fresh = iter(encoders)
    alone = len(given) / measure(lambda: next(fresh).logits("polarity", given), rounds)

    def mixed() -> None:
        first.annotate(posts)
        next(fresh).logits("polarity", some)

    at_share = len(posts) / measure(mixed, rounds)
    before, found = first.annotate(posts), both[-1].annotate(posts)
    pairs = [pair for pair in zip(before, found, strict=True) if "encoder" in pair[1].models["language"]]
    changed = sum(_told(old) != _told(new) for old, new in pairs)
    print(f"second tier alone:         {alone:9.0f} posts/s of CPU")
    print(f"both, {len(some) / len(posts):.0%} read again:     {at_share:9.0f} posts/s of CPU")
    print(
        f"the gates have {len(pairs) / len(posts):.1%} of these posts read again; {changed / max(1, len(pairs)):.1%}"
        " of them are then read otherwise"
    )


def _told(read: Annotation) -> tuple[object, ...]:
    """What a reader of the answer sees first."""
    assert read.sentiment is not None
    assert read.emotion is not None
    aspects = tuple((each.aspect, each.polarity) for each in read.aspects)
    return read.sentiment.label, read.sentiment.score > 0, read.emotion.label, aspects


_worker: list[Annotator] = []
_encoder = msgspec.msgpack.Encoder()
_posts = msgspec.msgpack.Decoder(list[Post])


def _annotate(batch: bytes) -> tuple[int, int]:
    """How many posts were read, and the peak of the process's memory, in KB.

    The posts come, and the models are kept, as in the processes of ingest (`index.ingest.annotating`).
    """
    if not _worker:
        _worker.append(Annotator(PROJECT))
        _worker[0].read("油耗高", domain="car")
        gc.collect()
        gc.freeze()
    read = len(_worker[0].annotate(_posts.decode(batch)))
    # not ru_maxrss, which a process takes over from the one that started it
    peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
    return read, int(peak[1]) if peak else 0


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
    annotator = Annotator(PROJECT, second_tier="off")
    annotator.read("一条微博")
    started = time.perf_counter() - before
    annotator.annotate(posts[:2000])
    ours = len(posts) / measure(lambda: annotator.annotate(posts), arguments.rounds)
    half = posts[: len(posts) // 2]
    few = len(half) / measure(lambda: annotator.annotate(half), arguments.rounds)
    part = sample[: max(1000, len(sample) // 10)]
    loop = plain()
    theirs = len(part) / measure(lambda: loop(part), arguments.rounds)
    print(f"posts: {len(sample)}, {sum(map(len, sample)) / len(sample):.0f} characters each on average")
    print(f"annotator, one process:    {ours:9.0f} posts/s of CPU (starts in {started:.2f} s)")
    print(f"annotator, half the posts: {few:9.0f} posts/s of CPU (slope {few / ours:.3f})")
    print(f"plain loop, one process:   {theirs:9.0f} posts/s of CPU; ours is {ours / theirs:.1f} times that")
    print(f"snownlp, one polarity:     {snow(part[:500], arguments.rounds):9.0f} posts/s of CPU")
    second(posts[: len(posts) // 20], arguments.rounds)
    # not forked: the libraries of the parent hold threads that a fork would lose
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        batches = [posts[at : at + 1000] for at in range(0, len(posts), 1000)]
        list(pool.map(_annotate, map(_encoder.encode, batches[:4])))
        before = time.perf_counter()
        done = list(pool.map(_annotate, map(_encoder.encode, batches)))
        took = time.perf_counter() - before
    print(f"annotator, two processes:  {sum(posts for posts, _ in done) / took:9.0f} posts/s of wall time")
    print(f"memory of one of them:     {max(peak for _, peak in done) / 1024:9.0f} MB at most")
    print(f"Python {platform.python_version()}, {platform.processor() or platform.machine()}")


if __name__ == "__main__":
    main()
