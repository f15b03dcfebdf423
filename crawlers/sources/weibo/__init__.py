"""Sina Weibo."""
