"""The sources: one folder a site or forum engine."""
