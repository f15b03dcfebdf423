"""Why a page did not come."""

from __future__ import annotations

import logging

from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.manners.blocks import Refused
from crawlers.manners.memory import Unchanged

log = logging.getLogger(__name__)
_OURS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError, ValueError)
"""Errors of the code, which are no failure of the network and must not look like one."""


def why(failure: Failure) -> str:
    """The name of what kept a page away: a block's name, ``unchanged``, ``gone``, ``http_NNN``, ``unreadable``
    where our own code failed at it, or ``unreachable``."""
    error = failure.value
    if isinstance(error, Refused):
        return error.block.name
    if isinstance(error, Unchanged):
        return "unchanged"
    if isinstance(error, HttpError):
        status = error.response.status
        return "gone" if status in (404, 410) else f"http_{status}"
    if isinstance(error, _OURS):
        log.error("a page could not be judged", exc_info=error)
        return "unreadable"
    return "unreachable"
