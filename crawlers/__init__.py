"""Spiders and parsers: a site becomes posts."""
