"""Relevance: which of many matching posts speak most of what was asked.

score = brevity(post) x sum of weight(clause) over the words, phrases and nearnesses that match.

It is BM25 for posts: of the idf of Robertson & Sparck Jones in eighths, with each clause counted once
(posts are short, repetition says little) and the length normalised by `index.facets.brevity`. All parts
are whole numbers, so that every store sums them to the same score. Ties: most engaged, then newest.
"""

from __future__ import annotations

import math

FORMULA = "brevity x sum of idf (BM25, each clause once); ties by reposts + comments + likes, then newest"


def weight(matching: int, posts: int) -> int:
    """What a clause that `matching` of `posts` posts contain is worth: 1 for the commonest."""
    return max(1, round(8 * math.log(1 + (posts - matching + 0.5) / (matching + 0.5))))
