"""Serve the playground: `python -m playground`, from the root of the repository."""

import argparse
import socket
import sys

import uvicorn

from .app import create_app
from .cli import (
    address,
    greet,
    make_parser,
    one_sentence_errors,
    port_errors,
    prepare,
)
from .ui_build import ensure_ui


def main() -> None:
    parser = make_parser(
        "python -m playground", "Serve a blog over GraphQL, from a seeded database."
    )
    parser.add_argument(
        "--ui",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="build the web UI at the first start, or serve a plain page",
    )
    arguments = parser.parse_args()
    with (
        one_sentence_errors(),
        bind(arguments.host, arguments.port) as listener,
    ):
        prepare(arguments)
        ui_folder = ensure_ui(progress=tell) if arguments.ui else None
        app = create_app(
            arguments.database,
            echo=arguments.echo,
            ui_folder=ui_folder,
            host=arguments.host,
        )
        host, port = listener.getsockname()[:2]
        greet("The playground", address(host, port), "/", echo=arguments.echo)
        uvicorn.Server(uvicorn.Config(app)).run(sockets=[listener])


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


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
