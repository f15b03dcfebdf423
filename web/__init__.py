"""The web site: pages and JSON over one store."""
