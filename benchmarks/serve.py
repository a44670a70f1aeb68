"""The server process of the load part."""

from __future__ import annotations

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
    uvicorn.run(
        class_(database).asgi_app(), fd=int(listener), log_level="warning", workers=1
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
