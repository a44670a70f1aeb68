"""What the two servers share: their options, the first seeding, the greeting."""

import argparse
import errno
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from .database import DEFAULT_URL, PlaygroundError
from .prepare import prepare_database

QUERY = "{ posts(limit: 3) { title author { name } tags { name } } }"


def make_parser(program: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(program, description=description)
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument(
        "--port",
        type=port,
        default=8000,
        help="default: %(default)s; 0 takes a free one",
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        default=DEFAULT_URL,
        help="such as postgresql+asyncpg://user@host/name; the driver tells whether "
        "sessions are synchronous (default: a SQLite file in the playground's folder)",
    )
    parser.add_argument(
        "--scale",
        type=positive,
        default=1,
        metavar="N",
        help="seed an empty database with N times 200 users, 1,000 posts and so on",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="another number makes another blog (default: %(default)s)",
    )
    parser.add_argument("--echo", action="store_true", help="print every SQL statement")
    return parser


def positive(text: str) -> int:
    return whole(text, 1, sys.maxsize, "a whole number of 1 or more")


def port(text: str) -> int:
    return whole(text, 0, 65_535, "a port, which are 0 to 65535")


def whole(text: str, least: int, most: int, what: str) -> int:
    """Return the number, for `argparse`, which shows what is wrong with it."""
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        msg = f"{text!r} is not {what}"
        raise argparse.ArgumentTypeError(msg)
    return number


@contextmanager
def one_sentence_errors() -> Iterator[None]:
    """End the program with one sentence where its user can put something right."""
    # A terminated program cleans up as an interrupted one does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    except PlaygroundError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


@contextmanager
def database_errors() -> Iterator[None]:
    """Say that the database is what can't be used.

    Raises:
        PlaygroundError: There is no such database, driver or server.
    """
    try:
        yield
    except (SQLAlchemyError, ImportError, OSError) as error:
        reason = f"{getattr(error, 'orig', None) or error}".rstrip(".")
        msg = f"The database can't be used: {reason}. {_remedy(error)}"
        raise PlaygroundError(msg) from error


def _remedy(error: Exception) -> str:
    """Return what to do about a database that can't be used."""
    if isinstance(error, ImportError):
        return (
            "Install that driver, or name one that is there: postgresql+psycopg, "
            "postgresql+asyncpg, mariadb+pymysql, mariadb+aiomysql, sqlite+aiosqlite."
        )
    if isinstance(error, ArgumentError):
        return "Name one as --database postgresql://user@host/name."
    return "Is it there, and may it be written? --database names another."


@contextmanager
def port_errors(host: str, port: int) -> Iterator[None]:
    """Say that the port is what can't be used.

    Raises:
        PlaygroundError: Somebody else has it, or it is not for everybody to take.
    """
    try:
        yield
    except OSError as error:
        is_taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
        remedy = "Try --port 0." if is_taken else "Name an address by --host."
        msg = f"Can't serve at {host}, port {port}: {error.strerror}. {remedy}"
        raise PlaygroundError(msg) from error


def prepare(arguments: argparse.Namespace) -> None:
    """Seed the database if it is empty.

    Raises:
        PlaygroundError: It can't be used, or holds something else.
    """
    with database_errors():
        seeded = prepare_database(
            arguments.database, scale=arguments.scale, seed=arguments.seed
        )
    if not seeded:
        print("The database has rows already and stays as it is.", file=sys.stderr)


def address(host: str, port: int) -> str:
    """Return where a browser on this machine finds it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def greet(what: str, address: str, path: str, *, echo: bool) -> None:
    """Say what is where, and what to try."""
    print(
        f"""
{what} is at {address}{path}

Try it in another terminal:

  curl {address}/graphql -H 'Content-Type: application/json' \\
    -d '{{"query": "{QUERY}"}}'
""",
        flush=True,
    )
    if not echo:
        print("With --echo it prints every SQL statement. ", end="")
    print("Ctrl-C stops it.", flush=True)
