"""The store for fleets: an Elasticsearch server 8.19 or 9, or anything managed that speaks as they do."""

from index.elastic.store import ElasticStore

__all__ = ["ElasticStore"]
