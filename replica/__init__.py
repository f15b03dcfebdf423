"""A local copy of the sites: a world with known truth, served in the sites' own formats."""
