"""From landing to store: reading, judging and tagging posts, now and again when the models change."""
