"""From the bytes of a page to text, links, times and articles: what parsers share."""
