"""How the spider walks each kind of list; what a page says is read in ``parse``."""
