"""The web site and its JSON."""
