"""Rules an analyst may edit, as data: whose voice a post is, and which purchase stage it shows."""
