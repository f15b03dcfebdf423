"""The tables of the state. Moments are seconds since 1970 in UTC; a change of a table raises `VERSION`."""

from __future__ import annotations

import sqlalchemy as sa

VERSION = 1

metadata = sa.MetaData()
_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER counts by itself in SQLite

version = sa.Table(
    "version",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)

crawl = sa.Table(  # one collection, which may take several runs and workers
    "crawl",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False),  # source and arguments: who asks the same joins it
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("began_at", sa.Double, nullable=False),  # what spans like 30d count back from
    sa.Column("active_at", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double),
    sa.Column("outcome", sa.Text),
    sa.Index("crawl_open", "key", unique=True, sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
)  # fmt: skip

task = sa.Table(  # a page to ask for
    "task",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("crawl", _id, nullable=False),
    sa.Column("key", sa.LargeBinary(16), nullable=False),
    sa.Column("status", sa.SmallInteger, nullable=False),  # crawlers.state.frontier.Status
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("depth", sa.Integer, nullable=False),
    sa.Column("batch", sa.Text),  # pages after whose last one something follows
    sa.Column("page", sa.LargeBinary, nullable=False),
    sa.Column("owner", sa.Text),  # the worker that leases it
    sa.Column("until", sa.Double),  # when the lease ends
    sa.UniqueConstraint("crawl", "key"),
    sa.Index("task_next", "crawl", "status", sa.text("priority DESC"), sa.text("depth DESC"), "id"),
)

batch = sa.Table(  # how many pages of a batch are still to come
    "batch",
    metadata,
    sa.Column("crawl", _id, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("open", sa.Integer, nullable=False),
)

seen = sa.Table(  # what was taken already, and by which page: the same page asked again may take it again
    "seen",
    metadata,
    sa.Column("crawl", _id, primary_key=True),
    sa.Column("group", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("task", _id, nullable=False),
    sa.Column("value", sa.LargeBinary),
)

slice_ = sa.Table(  # coverage of a crawl so far
    "slice",
    metadata,
    sa.Column("crawl", _id, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),  # in the order they were asked
    sa.Column("expected", sa.Integer),
    sa.Column("got", sa.Integer, nullable=False),
    sa.Column("because", sa.Text),
    sa.Column("refused", sa.Boolean, nullable=False),
)

watermark = sa.Table(  # up to when the same question was answered well
    "watermark",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
)

standing = sa.Table(  # how a site takes being asked, and as whom; what has no row is in order
    "standing",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("site", sa.Text, primary_key=True),  # "": the whole source
    sa.Column("identity", sa.Text, primary_key=True),  # "": whoever asks
    sa.Column("condition", sa.Text, nullable=False),  # crawlers.standing.Condition
    sa.Column("block", sa.Text, nullable=False),  # the last that was met
    sa.Column("since", sa.Double, nullable=False),
    sa.Column("until", sa.Double),
    sa.Column("factor", sa.Double, nullable=False),
    sa.Column("strikes", sa.Integer, nullable=False),
    sa.Column("good", sa.Integer, nullable=False),
    sa.Column("pauses", sa.Integer, nullable=False),
)

resumption = sa.Table(  # which person let a site be asked again, and why
    "resumption",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("block", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

identity = sa.Table(  # cookies of the operator's own, encrypted
    "identity",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("site", sa.Text, nullable=False),  # "": the hosts the source names
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("added_at", sa.Double, nullable=False),
    sa.Column("used_at", sa.Double),
)

sticky = sa.Table(  # as whom a slice is being read
    "sticky",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("slice", sa.LargeBinary(16), primary_key=True),  # a keyed hash: a slice may name an account
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("used_at", sa.Double, nullable=False),
)

spent = sa.Table(  # requests a day
    "spent",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("identity", sa.Text, primary_key=True),  # "": all of them together
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("requests", sa.Integer, nullable=False),
)

robots = sa.Table(  # robots.txt as last read
    "robots",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("asked_at", sa.Double, nullable=False),
    sa.Column("read_at", sa.Double),  # None: it was never to be had
    sa.Column("body", sa.LargeBinary, nullable=False),
)

validator = sa.Table(  # by what a page is known to be unchanged
    "validator",
    metadata,
    sa.Column("key", sa.LargeBinary(16), primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("modified", sa.Text),
)
