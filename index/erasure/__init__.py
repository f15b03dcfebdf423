"""Erasure of an author or a post, wherever a trace of it is kept."""
