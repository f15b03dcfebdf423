"""``tingfeng serve``: the web site."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from typing import Annotated

import typer

from core.errors import UsageError
from core.language import say
from ops.options import (
    HomeOption,
    ProjectOption,
    StoreOption,
    add_command,
    resolve_home,
    resolve_project,
    resolve_store_address,
)
from ops.output import tell


def register(app: typer.Typer) -> None:
    add_command(app, "serve", serve, example="tingfeng serve --port 8321")


def serve(
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    host: Annotated[
        str, typer.Option("--host", help=say("Loopback only: the site has no accounts."))
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help=say("0 takes a free one."))] = 8321,
) -> None:
    """Serve the site on this machine."""
    import uvicorn

    from index.address import open_store
    from web.app import REQUEST_BYTES, create_app

    if not _is_loopback(host):
        raise UsageError(f"--host {host} would show the site to others and it has no accounts; keep it on 127.0.0.1 "
                         "and put a proxy with a login before it.")  # fmt: skip
    place = resolve_home(home)
    listening = resolve_project(project, place)
    opened = open_store(resolve_store_address(store), place)
    listener = _listen(host, port)
    tell(f"Tingfeng is at http://{host}:{listener.getsockname()[1]}/ — Ctrl-C ends it.")
    config = uvicorn.Config(
        create_app(place, opened, listening),
        log_level="warning",
        access_log=False,
        h11_max_incomplete_event_size=REQUEST_BYTES,
    )
    try:
        with suppress(KeyboardInterrupt):  # how it is meant to end
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()
        opened.close()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Port {port} on {host} is taken ({error.strerror}); choose another with --port."
        ) from error
    return listener
