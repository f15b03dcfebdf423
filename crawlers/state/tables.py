"""The tables of the state. Moments are seconds since 1970 in UTC; a change of a table raises `VERSION`;
a new index is made in old states, too.

What names people (addresses, slices, half-read posts) is sealed, see `crawlers.state.sealing`.
"""

from __future__ import annotations

import sqlalchemy as sa

VERSION = 1

metadata = sa.MetaData()
_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER counts by itself in SQLite
_digest = sa.LargeBinary(16)
_open = sa.text("ended_at IS NULL")

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
    sa.Column("key", _digest, nullable=False),  # of source and arguments: who asks the same joins it
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("began_at", sa.Double, nullable=False),  # what spans like 30d count back from
    sa.Column("active_at", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double),
    sa.Column("outcome", sa.Text),
    sa.Index("crawl_open", "key", unique=True, sqlite_where=_open, postgresql_where=_open),
)

task = sa.Table(  # a page to ask for
    "task",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("crawl", _id, nullable=False),
    sa.Column("key", _digest, nullable=False),
    sa.Column("status", sa.SmallInteger, nullable=False),  # crawlers.state.frontier.Status
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("depth", sa.Integer, nullable=False),
    sa.Column("slice", _digest),
    sa.Column("batch", _digest),  # pages after whose last one something follows
    sa.Column("page", sa.LargeBinary, nullable=False),  # sealed; empty once it was read
    sa.Column("owner", sa.Text),  # the worker that leases it
    sa.Column("until", sa.Double),  # when the lease ends
    sa.UniqueConstraint("crawl", "key"),
    sa.Index("task_next", "crawl", "status", sa.text("priority DESC"), sa.text("depth DESC"), "id"),
    sa.Index("task_batch", "crawl", "batch", "status"),
)

batch = sa.Table(  # batches asked for
    "batch",
    metadata,
    sa.Column("crawl", _id, primary_key=True),
    sa.Column("key", _digest, primary_key=True),
    sa.Column("name", sa.LargeBinary, nullable=False),  # sealed
)

seen = sa.Table(  # what was taken already, and by which page: the same page asked again may take it again
    "seen",
    metadata,
    sa.Column("crawl", _id, primary_key=True),
    sa.Column("group", _digest, primary_key=True),
    sa.Column("key", _digest, primary_key=True),
    sa.Column("task", _id, nullable=False),
    sa.Column("value", sa.LargeBinary),  # sealed
)

slice_ = sa.Table(  # coverage of a crawl so far
    "slice",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),  # in the order they were asked
    sa.Column("crawl", _id, nullable=False),
    sa.Column("key", _digest, nullable=False),
    sa.Column("name", sa.LargeBinary, nullable=False),  # sealed
    sa.Column("expected", sa.BigInteger),
    sa.Column("got", sa.BigInteger, nullable=False),
    sa.Column("because", sa.Text),
    sa.Column("refused", sa.Boolean, nullable=False),
    sa.UniqueConstraint("crawl", "key"),
)

pace = sa.Table(  # when a site may be asked next, by whichever worker or crawl
    "pace",
    metadata,
    sa.Column("slot", sa.Text, primary_key=True),
    sa.Column("next_at", sa.Double, nullable=False),
)

watermark = sa.Table(  # up to when the same question was answered well
    "watermark",
    metadata,
    sa.Column("key", _digest, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
)

bookmark = sa.Table(  # where a crawl left a thread
    "bookmark",
    metadata,
    sa.Column("key", _digest, primary_key=True),  # of source and thread
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),  # sealed
    sa.Index("bookmark_at", "at"),
)

run = sa.Table(  # the ledger: one row a run, without an end while it runs or after a kill
    "run",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("job", sa.Text),  # of the schedule; null where a person started it
    sa.Column("asked", sa.JSON, nullable=False),
    sa.Column("robots", sa.Text, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Column("seen_at", sa.Double, nullable=False),  # when it last said that it lives
    sa.Column("ended_at", sa.Double),
    sa.Column("outcome", sa.Text),
    sa.Column("posts", sa.Integer, nullable=False),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    sa.Column("blocks", sa.JSON, nullable=False),
    sa.Column("filled", sa.JSON, nullable=False),  # posts with each promised field; "*" counts all
    sa.Column("unmet", sa.JSON, nullable=False),  # expectations that it did not meet, in words
    sa.Column("expected", sa.Integer),  # of the slices whose number the site told
    sa.Column("got", sa.Integer),  # of those same slices
    sa.Column("reasons", sa.JSON, nullable=False),  # why slices came short, and how many did
    sa.Column("newest_at", sa.Double),  # of the posts that came, the latest publication
    sa.Column("fresh", sa.Integer),  # posts published since the newest that the job knew
    sa.Index("run_by_source", "source", "started_at"),
)

coverage = sa.Table(  # what each slice of a run was expected to give and gave
    "coverage",
    metadata,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("slice", sa.Text, nullable=False),
    sa.Column("expected", sa.Integer),
    sa.Column("got", sa.Integer, nullable=False),
    sa.Column("because", sa.Text),
)

job = sa.Table(  # the schedule: one row for each thing that is asked again and again
    "job",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("queue", sa.Text, nullable=False),  # of one queue one job runs at a time
    sa.Column("shown", sa.JSON, nullable=False),
    sa.Column("projects", sa.JSON, nullable=False),
    sa.Column("wanted_at", sa.Double, nullable=False),  # when a schedule last had it on its list
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Column("interval_s", sa.Double),
    sa.Column("paused_at", sa.Double),
    sa.Column("paused_because", sa.Text),
    sa.Column("waits", sa.Text),  # why a due job is not started
    sa.Column("began_at", sa.Double),
    sa.Column("ended_at", sa.Double),
    sa.Column("run", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("published", sa.JSON, nullable=False),  # the latest times of publication
    sa.Column("lease_by", sa.Text),
    sa.Column("lease_until", sa.Double),
)

missed = sa.Table(  # starts that did not happen when they were due
    "missed",
    metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("since", sa.Double, primary_key=True),  # when the first of them was due
    sa.Column("until", sa.Double, nullable=False),  # when the job was started after all
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
)

revisit = sa.Table(  # posts whose counts are to be read again
    "revisit",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("post", sa.Text, primary_key=True),  # or the thread
    sa.Column("step_h", sa.Integer, primary_key=True),  # hours after publication
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Index("revisit_due", "source", "due_at"),
)

beat = sa.Table(  # when each schedule was last awake
    "beat",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
)

standing = sa.Table(  # how a site takes being asked, and as whom; what has no row is in order
    "standing",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("site", sa.Text, primary_key=True),  # "": the whole source
    sa.Column("identity", sa.Text, primary_key=True),  # "": whoever asks
    sa.Column("condition", sa.Text, nullable=False),  # crawlers.manners.standing.Condition
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
    sa.Index("sticky_last", "source", "identity", "used_at"),
    sa.Index("sticky_old", "used_at"),
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
    sa.Column("read_at", sa.Double, nullable=False),
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
