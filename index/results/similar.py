"""More like this: the posts that share the rarest of a post's words, the closest first."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import UsageError
from core.models import AnnotatedPost
from index import facets
from index.query import EVERYTHING, Equals, Query, Word
from index.query.tree import all_of, any_of, negation
from index.results.paging import results
from index.store import Sort, Store
from index.store.relevance import weight
from index.tokens import words

WORDS = 12  # of the post, the rarest, are looked for
SHARED = 2  # of them a similar post holds, where the post has so many
_LOOKED_AT = 10  # hits for each asked, at most
_ALL = Query("", EVERYTHING)


@dataclass(frozen=True, slots=True)
class Similar:
    """A post with the words it shares, the rarest first."""

    item: AnnotatedPost
    shared: tuple[str, ...]


def similar(
    store: Store, post_id: str, *, within: Query = _ALL, limit: int = 20, copies: bool = False
) -> list[Similar]:
    """The posts of `within` most like one post, itself left out, and its near-duplicates unless `copies`.

    Relevance is `index.store.relevance` of its keywords, or of its words where those are too few. Empty when no
    other post shares enough of them. Raises `UsageError` when the post is not in the store.
    """
    found = store.get([post_id])
    if not found:
        raise UsageError(f"post {post_id} is not in the store; tingfeng search shows ids in its last column")
    (post,) = found
    said = _said(post)
    chosen = _rarest(store, said)
    enough = min(SHARED, len(said))
    if not chosen:
        return []
    alike = any_of([Word((word,)) for word in chosen])
    left_out = [negation(Equals("id", post_id))]
    if not copies:
        left_out.append(negation(Equals("duplicate", facets.group(post))))
    query = Query.all_of(within, Query("", all_of([alike, *left_out])))
    answer: list[Similar] = []
    for item in results(store, query, sort=Sort.RELEVANT, limit=limit * _LOOKED_AT):
        spoken = set(words(item.annotation.words).split())
        shared = tuple(word for word in chosen if word in spoken)
        if len(shared) >= enough:
            answer.append(Similar(item, shared))
            if len(answer) == limit:
                break
    return answer


def _said(post: AnnotatedPost) -> list[str]:
    """The keywords of a post, or its words where they are too few."""
    read = post.annotation
    keywords, spoken = (words(found).split() for found in (read.keywords, read.words))
    return [word for word in dict.fromkeys(keywords if len(keywords) > SHARED else spoken) if len(word) > 1]


def _rarest(store: Store, said: list[str]) -> list[str]:
    """Those of the words that other posts have, too; the ones that weigh most first."""
    posts, *counts = store.counts([_ALL, *(Query(word, Word((word,))) for word in said)])
    weighed = [
        (-weight(count, posts), at, word)
        for at, (word, count) in enumerate(zip(said, counts, strict=True))
        if count > 1
    ]
    return [word for _, _, word in sorted(weighed)[:WORDS]]
