"""Keyword clusters of a result: what kinds of things are said in it.

Near-duplicates count as one. A post is a TF-IDF vector of its words, and those most alike are joined by average
linkage (UPGMA, R. R. Sokal & C. D. Michener 1958) until the mean cosine distance of two clusters passes `LINE`;
so nobody has to know how many themes there are. `benchmarks.nlp_topics` measures it beside k-means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models import AnnotatedPost
from index import facets
from index.query import Query
from index.results.paging import results
from index.store import Sort, Store

METHOD = "average linkage of TF-IDF words, near-duplicates as one"
SAMPLE = 5_000  # posts, the newest
MINIMUM_POSTS = 30  # with words
LINE = 0.9  # chosen on the first six days of the benchmark's posts
LEAST = 3  # posts of a theme; fewer are told of by nobody
MOST = 12  # themes told of, where no number is asked for
_WORDS, _EXAMPLES = 6, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """`share` is of the posts looked at; `examples` are ids of the posts nearest to its middle."""

    words: tuple[str, ...]
    size: int
    share: float
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """The largest first. Of `total` posts the newest were taken; `n` of these have words and were looked at.

    Posts of small clusters are in none.
    """

    clusters: tuple[Cluster, ...]
    n: int
    total: int
    method: str = METHOD
    note: str | None = None  # "not enough data"


def keyword_clusters(store: Store, query: Query, *, k: int | None = None) -> Clusters:
    """Clusters of a result's newest posts; `k` of them, else as many as there are themes."""
    total = store.count(query)
    sample = results(store, query, sort=Sort.NEWEST, limit=SAMPLE)
    posts = [(item, said) for item in sample if (said := _said(item))]
    found = _grouped(posts, k) if len(posts) >= MINIMUM_POSTS else []
    if not found:
        return Clusters(clusters=(), n=len(posts), total=total, note="not enough data")
    ordered = sorted(found, key=lambda one: (-one.size, one.words))
    return Clusters(clusters=tuple(ordered[: k or MOST]), n=len(posts), total=total)


def _said(item: AnnotatedPost) -> list[str]:
    """The words of a post that say something, its keywords among them."""
    from nlp.keywords import telling  # loads numpy tables

    keywords = facets.KEYWORDS["keyword"].read(item)
    words = [word for word in item.annotation.words if telling(word)]
    return [*words, *(word for word in keywords if word not in words)]


@dataclass(frozen=True, slots=True)
class Themes:
    """The theme of each post, from 1 on, and the posts' weighed words with their names."""

    labels: NDArray[np.int64]
    weights: Any
    vocabulary: Any


def themes(said: Sequence[Sequence[str]], copies: Sequence[str], k: int | None = None) -> Themes | None:
    """The themes of posts, by their words; posts of one near-duplicate group of `copies` are of one theme.

    None where no two posts share a word, or all say the same.
    """
    from scipy import sparse
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    reader = TfidfVectorizer(analyzer=tuple, min_df=2, sublinear_tf=True)
    try:
        weights = reader.fit_transform(said)
    except ValueError:  # no word occurs twice
        return None
    _, owners = np.unique(np.array(copies), return_inverse=True)
    joining = sparse.csr_array((np.ones(len(owners)), (owners, np.arange(len(owners)))))
    middles = normalize(joining @ weights)
    if middles.shape[0] < 2:
        return None
    distances = 1 - (middles @ middles.T).toarray()
    np.fill_diagonal(distances, 0)
    np.maximum(distances, 0, out=distances)
    if distances.max() < 1e-9:
        return None
    tree = linkage(squareform(distances, checks=False), "average")
    labels = fcluster(tree, k, "maxclust") if k else fcluster(tree, LINE, "distance")
    return Themes(labels[owners].astype(np.int64), weights, reader.get_feature_names_out())


def _grouped(posts: Sequence[tuple[AnnotatedPost, list[str]]], k: int | None) -> list[Cluster]:
    found = themes([said for _, said in posts], [facets.group(item) for item, _ in posts], k)
    if found is None:
        return []
    overall = np.asarray(found.weights.mean(axis=0)).ravel()
    clusters = []
    for label in np.unique(found.labels):
        members = np.flatnonzero(found.labels == label)
        if len(members) < LEAST and not k:
            continue
        mean = np.asarray(found.weights[members].mean(axis=0)).ravel()
        telling = np.argsort(-(mean - overall), kind="stable")[:_WORDS]
        near = members[np.argsort(-(found.weights[members] @ mean), kind="stable")[:_EXAMPLES]]
        clusters.append(
            Cluster(
                words=tuple(str(found.vocabulary[at]) for at in telling if mean[at] > overall[at]),
                size=len(members),
                share=len(members) / len(posts),
                examples=tuple(posts[at][0].post.id for at in near),
            )
        )
    return clusters
