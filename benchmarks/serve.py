"""The server process of the load part."""

from __future__ import annotations

import socket
import sys

import uvicorn
from sqlalchemy import make_url

from .contestant import find_contestants
from .databases import connect


def main(name: str, kind: str, url: str, listener: str) -> None:
    """Serve a contestant on an open socket until the process is terminated."""
    contestants, _ = find_contestants()
    [class_] = [class_ for class_ in contestants if class_.name == name]
    # An AsyncSession where the server can do something else while it waits.
    database = connect(kind, make_url(url), is_async=kind == "postgresql")
    config = uvicorn.Config(class_(database).asgi_app(), log_level="warning")
    # With `fd=` uvicorn takes the socket for one of Unix, so that asyncio leaves
    # TCP_NODELAY off, and each answer waits 40 ms for an acknowledgement.
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(listener))])


if __name__ == "__main__":
    main(*sys.argv[1:])
