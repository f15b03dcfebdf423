"""Keyword clusters of a result: what kinds of things are said in it.

Posts are TF-IDF vectors of their keywords, projected to `DIMENSIONS` (LSA, Deerwester et al. 1990), of
length one, and grouped by k-means; k is the one of `KS` with the best silhouette (Rousseeuw 1987).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from core.models import AnnotatedPost
from index import facets
from index.paging import results
from index.query import Query
from index.store import Sort, Store

METHOD = "k-means on LSA of TF-IDF keywords; k by silhouette"
SAMPLE = 5_000  # posts, the newest
MINIMUM_POSTS = 30  # with keywords
DIMENSIONS = 50
KS = range(2, 13)
_JUDGED = 1_000  # posts the silhouette is taken of
_WORDS, _EXAMPLES = 6, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """`share` is of the clustered posts; `examples` are ids of the posts nearest to its middle."""

    words: tuple[str, ...]
    size: int
    share: float
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """The largest first. Of `total` posts the newest were taken; `n` of these have keywords and were clustered."""

    clusters: tuple[Cluster, ...]
    n: int
    total: int
    method: str = METHOD
    note: str | None = None  # "not enough data"


def keyword_clusters(store: Store, query: Query, *, k: int | None = None, seed: int = 0) -> Clusters:
    """Clusters of a result's newest posts; `k` of them, else as many as fit best. The same seed, the same answer."""
    total = store.count(query)
    sample = results(store, query, sort=Sort.NEWEST, limit=SAMPLE)
    posts = [(item, said) for item in sample if (said := facets.KEYWORDS["keyword"].read(item))]
    if len(posts) < MINIMUM_POSTS:
        return Clusters(clusters=(), n=len(posts), total=total, note="not enough data")
    with threadpool_limits(
        1
    ):  # so small a job is ten times slower on many threads, and not the same each time
        found = _grouped([item for item, _ in posts], [said for _, said in posts], k, seed)
    if not found:
        return Clusters(clusters=(), n=len(posts), total=total, note="not enough data")
    ordered = sorted(found, key=lambda one: (-one.size, one.words))
    return Clusters(clusters=tuple(ordered), n=len(posts), total=total)


def _grouped(
    posts: Sequence[AnnotatedPost], said: Sequence[tuple[str, ...]], k: int | None, seed: int
) -> list[Cluster]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    reader = TfidfVectorizer(analyzer=tuple, min_df=2, sublinear_tf=True)
    try:
        weights = reader.fit_transform(said)
    except ValueError:  # no keyword occurs twice
        return []
    size = min(DIMENSIONS, *(side - 1 for side in weights.shape))
    if size < 2:
        return []
    places = normalize(TruncatedSVD(size, random_state=seed).fit_transform(weights))
    different = len(np.unique(places.round(6), axis=0))
    if different < 2:
        return []
    labels = _labels(
        places, [k] if k else [one for one in KS if one <= different], min(different, len(posts) - 1), seed
    )
    vocabulary = reader.get_feature_names_out()
    overall = np.asarray(weights.mean(axis=0)).ravel()
    clusters = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        mean = np.asarray(weights[members].mean(axis=0)).ravel()
        telling = np.argsort(-(mean - overall), kind="stable")[:_WORDS]
        middle = places[members].mean(axis=0)
        near = members[np.argsort(-(places[members] @ middle), kind="stable")[:_EXAMPLES]]
        clusters.append(
            Cluster(
                words=tuple(str(vocabulary[at]) for at in telling if mean[at] > overall[at]),
                size=len(members),
                share=len(members) / len(posts),
                examples=tuple(posts[at].post.id for at in near),
            )
        )
    return clusters


def _labels(places: Any, ks: Sequence[int], most: int, seed: int) -> Any:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score
    from threadpoolctl import threadpool_limits

    best, labels = -2.0, None
    with threadpool_limits(
        1
    ):  # so small a job is ten times slower on many threads, and not the same each time
        for k in ks or [2]:
            found = KMeans(min(k, most), n_init=4, random_state=seed).fit_predict(places)
            if len(ks) <= 1:
                return found
            score = silhouette_score(places, found, sample_size=min(_JUDGED, len(places)), random_state=seed)
            if score > best:
                best, labels = score, found
    return labels
