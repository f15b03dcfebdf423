"""One file a page; each has ``router(site)``."""

from web.pages import (
    accuracy,
    brand,
    cascade,
    coverage,
    kol,
    overview,
    posts,
    runs,
    schedule,
    search,
    sources,
    topics,
)

PAGES = (overview, search, posts, brand, topics, cascade, kol, sources, schedule, runs, coverage, accuracy)
