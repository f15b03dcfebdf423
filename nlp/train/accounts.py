"""The spammer trees: learned from the labelled accounts, written as a table of nodes.

The set gives shares rounded to three places and not the number of posts behind them; `posts_behind`
finds the smallest number that makes all of them fractions. How much of a timeline could be shown
follows from it: the set's posts end at 180, or at the account's total.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold

from nlp.accounts import Accounts, Trees, row
from nlp.habits import LATEST, Account
from nlp.train import data

TABLE = "weibo_spammer_features/users.csv.gz"
_NAMES = {
    "followers": "follower_num",
    "followees": "followee_num",
    "posts": "post_num",
    "level": "class",
    "repeats": "content_similar",
    "hashtag_share": "figure_jing",
    "hashtags": "figure_jing_every",
    "top_hashtag": "figure_jing_single",
    "link_share": "figure_url",
    "links": "figure_url_every",
    "emoticon_share": "figure_face",
    "emoticons": "figure_face_every",
    "repost_share": "figure_RRT",
    "mention_share": "figure_at",
    "mentions": "figure_at_every",
    "top_mention": "figure_at_single",
    "reposts": "average_repost",
    "comments": "average_comm",
    "night_share": "late_night_times",
    "burst": "shorttime_times",
    "active_days": "active_day_ratio",
    "clockwork": "is_regular",
    "gap_spread": "day_interval_variance",
    "hour_spread": "day_in_variance",
}
_RATES = (
    *("hashtag_share", "hashtags", "link_share", "links", "emoticon_share", "emoticons", "repost_share"),
    *("mention_share", "mentions", "reposts", "comments"),
)
_FAR = 1500  # posts behind a row, at most
SETTINGS: dict[str, Any] = {
    "n_estimators": 300,
    "learning_rate": 0.04,
    "max_depth": 4,
    "subsample": 0.5,
    "max_features": 0.2,
    "min_samples_leaf": 8,
}


def accounts() -> tuple[list[Account], NDArray[np.bool_]]:
    """The labelled accounts, and which are spammers'."""
    rows = list(data.table(TABLE))
    return [_account(each) for each in rows], np.array([each["is_spammer"] == "yes" for each in rows])


def _account(given: dict[str, str]) -> Account:
    known = {name: float(given[column]) for name, column in _NAMES.items()}
    behind = posts_behind([known[name] for name in _RATES])
    return Account(
        **known,
        follow_ratio=known["followees"] / max(1.0, known["followers"]),
        posts_per_follower=known["posts"] / max(1.0, known["followers"]),
        found=behind / max(1.0, min(known["posts"], LATEST)),
        repeat_share=min(1.0, known["repeats"] / behind),
    )


def posts_behind(rates: Sequence[float]) -> int:
    """The smallest number of posts of which all these rates, rounded to three places, are fractions."""
    given = np.array([rate for rate in rates if rate > 0])
    behind = np.arange(1, _FAR)[:, None]
    whole = np.abs(np.round(np.rint(given * behind) / behind, 3) - given) < 6e-4
    return int(behind[np.argmax(whole.all(axis=1)), 0])


def matrix(rows: Sequence[Account]) -> NDArray[np.float32]:
    """(A, F) features of accounts."""
    return np.stack([row(each) for each in rows])


def fit(known: NDArray[np.float32], spam: NDArray[np.bool_], *, seed: int = 0, **facts: Any) -> Trees:
    """Boosted trees (Friedman 2001) over accounts of which everything is known."""
    model = GradientBoostingClassifier(random_state=seed, **SETTINGS).fit(known, spam)
    rate = float(SETTINGS["learning_rate"])
    parts = [_nodes(stage[0].tree_, rate) for stage in model.estimators_]
    sizes = np.array([len(part["feature"]) for part in parts])
    roots = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int32)
    for part, root in zip(parts, roots, strict=True):
        part["left"] = part["left"] + root
        part["right"] = part["right"] + root
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    prior = float(spam.mean())
    return Trees(
        **joined,
        roots=roots,
        usual=np.median(known[~spam], axis=0).astype(np.float32),
        base=float(np.log(prior / (1 - prior))),
        facts=facts,
    )


def _nodes(tree: Any, rate: float) -> dict[str, NDArray[Any]]:
    """The nodes of one tree; those that parted get the mean of the leaves below as their value."""
    left, right, size = tree.children_left, tree.children_right, tree.weighted_n_node_samples
    value = tree.value[:, 0, 0] * rate
    share = np.zeros(len(left))
    for at in range(len(left) - 1, -1, -1):  # children stand behind their parent
        if left[at] >= 0:
            share[at] = size[left[at]] / size[at]
            value[at] = share[at] * value[left[at]] + (1 - share[at]) * value[right[at]]
    return {
        "feature": np.where(left >= 0, tree.feature, -1).astype(np.int32),
        "threshold": tree.threshold.astype(np.float32),
        "left": np.maximum(left, 0).astype(np.int32),
        "right": np.maximum(right, 0).astype(np.int32),
        "value": value.astype(np.float32),
        "share": share.astype(np.float32),
    }


def folds(spam: NDArray[np.bool_], repeats: int) -> Iterator[tuple[int, Any, Any]]:
    """(repeat, training rows, test rows) of stratified ten-fold cross-validation, seeds fixed."""
    for repeat in range(repeats):
        parts = StratifiedKFold(10, shuffle=True, random_state=repeat)
        for train, test in parts.split(np.zeros(len(spam)), spam):
            yield repeat, train, test


def shipped() -> Trees:
    """The trees of all labelled accounts."""
    rows, spam = accounts()
    return fit(matrix(rows), spam, rows=len(rows), spammers=int(spam.sum()), data=TABLE, **SETTINGS)


def probability(trees: Trees, rows: Sequence[Account]) -> NDArray[np.float64]:
    """(A,) probabilities of spam, as `Accounts` reads them."""
    reader = Accounts(trees)
    return np.array([reader.read(each).spam for each in rows])
