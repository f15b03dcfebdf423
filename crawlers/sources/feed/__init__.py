"""Feeds of news sites and blogs: RSS, Atom and JSON Feed, with the articles they point at."""
