"""News portals: their lists, articles and comments; each portal is a data file in ``sites/``."""
