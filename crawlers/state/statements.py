"""The statements of every page, made once: to make one takes longer than to execute it."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from crawlers.state.engine import insert
from crawlers.state.readings import Status
from crawlers.state.tables import bookmark, crawl, seen, slice_, task

LEFT = task.c.status.in_((Status.OPEN, Status.LEASED))
_OF_CRAWL = task.c.crawl == sa.bindparam("of")
ANY_LEFT = sa.select(task.c.id).where(_OF_CRAWL, LEFT).limit(1)
LEFT_OF_BATCH = ANY_LEFT.where(task.c.batch == sa.bindparam("key"))
LEFT_TO_OTHERS = ANY_LEFT.where(
    sa.not_(sa.and_(task.c.status == Status.LEASED, task.c.owner == sa.bindparam("me")))
)
LEASE = (
    sa.update(task)
    .where(
        task.c.id.in_(
            sa.select(task.c.id)
            .where(
                _OF_CRAWL,
                sa.or_(
                    task.c.status == Status.OPEN,
                    sa.and_(task.c.status == Status.LEASED, task.c.until < sa.bindparam("moment")),
                ),
            )
            .order_by(task.c.priority.desc(), task.c.depth.desc(), task.c.id)
            .limit(sa.bindparam("most"))
            .with_for_update(skip_locked=True)  # SQLite has one writer and needs no such thing
            .scalar_subquery()
        )
    )
    .values(status=Status.LEASED, owner=sa.bindparam("me"), until=sa.bindparam("end"))
    .returning(task.c.id, task.c.page, task.c.depth, task.c.priority)
)
CLOSE = (
    sa.update(task)
    .where(task.c.id.in_(sa.bindparam("tasks", expanding=True)), task.c.owner == sa.bindparam("me"))
    .values(status=sa.bindparam("became"), page=b"", owner=None, until=None)
)
FAIL = (
    sa.update(task)
    .where(task.c.id.in_(sa.bindparam("tasks", expanding=True)), task.c.owner == sa.bindparam("me"))
    .values(status=Status.FAILED, owner=None, until=None)
)
TRY_AGAIN = sa.update(task).where(_OF_CRAWL, task.c.status == Status.FAILED).values(status=Status.OPEN)
TOUCH = sa.update(crawl).where(crawl.c.id == sa.bindparam("of")).values(active_at=sa.bindparam("moment"))
MARKED = sa.select(bookmark.c.value).where(bookmark.c.key == sa.bindparam("thread"))
TAKEN = sa.select(seen.c.key).where(
    seen.c.crawl == sa.bindparam("of"),
    seen.c.group == sa.bindparam("place"),
    seen.c.key.in_(sa.bindparam("keys", expanding=True)),
    seen.c.task == sa.bindparam("page"),
)


@cache
def counting(is_sqlite: bool) -> Any:
    """What adds lines to slices, as `Line.add` does."""
    statement = insert(slice_, is_sqlite=is_sqlite)
    new = statement.excluded
    larger = sa.and_(
        new.expected.is_not(None), sa.or_(slice_.c.expected.is_(None), new.expected > slice_.c.expected)
    )
    reason = sa.and_(
        new.because.is_not(None),
        sa.or_(slice_.c.because.is_(None), sa.and_(new.refused, sa.not_(slice_.c.refused))),
    )
    changed = {
        "expected": sa.case((larger, new.expected), else_=slice_.c.expected),
        "got": slice_.c.got + new.got,
        "because": sa.case((reason, new.because), else_=slice_.c.because),
        "refused": sa.case((reason, new.refused), else_=slice_.c.refused),
    }
    return statement.on_conflict_do_update(index_elements=["crawl", "key"], set_=changed)
