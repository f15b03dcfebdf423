"""A site left running behind a command, and how it is found again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from core.errors import TingfengError
from core.home import Home

_PATIENCE_S = 30.0


def start(home: Home, *, port: int) -> str:
    """Starts ``tingfeng serve`` in a session of its own and waits until it answers; returns its address.

    A taken port is replaced by a free one. Raises `TingfengError` with the log's place when it does not answer.
    """
    stop(home)
    chosen = port if port and _free(port) else _any_port()
    log = home.root / "serve.log"
    command = [sys.executable, "-m", "ops.cli", "--home", str(home.root), "serve", "--port", str(chosen)]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  our own command with our own arguments
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True
        )
    _pid_file(home).write_text(str(process.pid))
    address = f"http://127.0.0.1:{chosen}/"
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=_PATIENCE_S):
                return address
        except OSError:
            time.sleep(0.2)
    raise TingfengError(f"The site did not start; {log} says why.")


def stop(home: Home) -> bool:
    """Ends the site that `start` left behind; False when there is none."""
    path = _pid_file(home)
    try:
        pid = int(path.read_text())
        path.unlink()
    except (FileNotFoundError, ValueError):
        return False
    if not _is_ours(pid):
        return False
    os.kill(pid, signal.SIGTERM)
    return True


def _is_ours(pid: int) -> bool:
    """Whether that process still is a site of ours: pids are used again."""
    try:
        return b"ops.cli" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        if Path("/proc").exists():
            return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _pid_file(home: Home) -> Path:
    return home.root / "serve.pid"


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
