"""The query language, the stores and ingest."""
