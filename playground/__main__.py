"""Serve the playground: `python -m playground`, from the root of the repository."""

import socket

import uvicorn

from .app import create_app
from .cli import (
    address,
    greet,
    one_sentence_errors,
    parse_arguments,
    port_errors,
    prepare,
)


def main() -> None:
    arguments = parse_arguments(
        "python -m playground", "Serve a blog over GraphQL, from a seeded database."
    )
    with (
        one_sentence_errors(),
        bind(arguments.host, arguments.port) as listener,
    ):
        prepare(arguments)
        app = create_app(arguments.database, echo=arguments.echo)
        host, port = listener.getsockname()[:2]
        greet("The playground", address(host, port), echo=arguments.echo)
        uvicorn.Server(uvicorn.Config(app)).run(sockets=[listener])


def bind(host: str, port: int) -> socket.socket:
    """Take the port, before the time that seeding takes is spent for nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with port_errors(host, port):
        listener.bind((host, port))
    return listener


if __name__ == "__main__":
    main()
