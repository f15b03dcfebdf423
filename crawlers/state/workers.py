"""Which process a worker is, and whether it still runs."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def worker_name() -> str:
    """This process: host, number, and when it started where the system says so."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Whether a worker of this host is no more; of another host's nothing is known."""
    host, number, started = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return started != _started(int(number))


def _started(number: int) -> str:
    """When a process started, in the system's ticks; empty where there is no /proc."""
    try:
        return Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()[19]
    except (OSError, IndexError, UnicodeDecodeError):
        return ""
