"""A local copy of the sites, with a seeded world whose truth is known."""
