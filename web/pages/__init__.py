"""One file a page; each has ``router(site)``."""

from web.pages import brand, cascade, kol, overview, posts, runs, search, sources, topics

PAGES = (overview, search, posts, brand, topics, cascade, kol, sources, runs)
