"""The same schema under WSGI, without an event loop.

Under the standard library's threaded server, or any other that takes an application:

    python -m playground.wsgi
    gunicorn "playground.wsgi:create_wsgi_app()"
"""

from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

from ariadne.explorer import Explorer
from ariadne.wsgi import GraphQLMiddleware
from sqlalchemy import URL
from sqlalchemy.orm import sessionmaker

from ariadne_sqla import SQLAlchemySessionWSGIMiddleware

from .cli import (
    address,
    database_errors,
    greet,
    make_parser,
    one_sentence_errors,
    port_errors,
    prepare,
)
from .database import DEFAULT_URL, Database, PlaygroundError
from .endpoints import make_wsgi_endpoint
from .guard import REFUSAL, is_own_host
from .switches import read_switches, viewer_of

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def create_wsgi_app(
    database_url: str | URL = DEFAULT_URL,
    *,
    echo: bool = False,
    host: str = "127.0.0.1",
) -> WSGIApp:
    """Return the GraphQL endpoint on a database that `prepare_database` has prepared.

    It answers to addresses, to `localhost` and to the name *host* only.

    Raises:
        PlaygroundError: The URL's driver is asynchronous.
    """
    database = Database(database_url, echo=echo)
    if not isinstance(database.session_factory, sessionmaker):
        msg = (
            f"WSGI has no event loop for the driver {database.driver!r}. Name a "
            "synchronous one, such as sqlite, postgresql+psycopg or mariadb+pymysql."
        )
        raise PlaygroundError(msg)
    graphql = make_wsgi_endpoint(get_context, Notice())
    endpoint = SQLAlchemySessionWSGIMiddleware(graphql, database.session_factory)
    return guarded(GraphQLMiddleware(not_found, endpoint, path="/graphql"), host)


def guarded(app: WSGIApp, host: str) -> WSGIApp:
    """Return *app*, which refuses requests to a foreign host name."""

    def guard(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if is_own_host(environ.get("HTTP_HOST", ""), [host.lower()]):
            return app(environ, start_response)
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        start_response("421 Misdirected Request", headers)
        return [REFUSAL.encode()]

    return guard


NOTICE = "The GraphQL endpoint is POST /graphql.\n"


class Notice(Explorer):
    """What a browser gets that asks for the GraphQL endpoint itself."""

    def html(self, request: Any) -> str:
        return NOTICE


def not_found(
    _environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
    return [NOTICE.encode()]


def get_context(environ: dict[str, Any], data: Any) -> dict[str, Any]:
    """Return what resolvers find in `info.context`."""
    switches = read_switches(data)
    return {
        "request": environ,
        "session": environ["ariadne_sqla.session"],
        "switches": switches,
        "viewer": viewer_of(switches),
    }


class ThreadingWSGIServer(ThreadingMixIn, WSGIServer):
    """A thread per request, so that one that waits for the database delays no other."""

    daemon_threads = True


def main() -> None:
    arguments = make_parser(
        "python -m playground.wsgi", "Serve the blog's GraphQL endpoint under WSGI."
    ).parse_args()
    host, port = arguments.host, arguments.port
    with one_sentence_errors():
        with database_errors():
            app = create_wsgi_app(arguments.database, echo=arguments.echo, host=host)
        with port_errors(host, port):
            server = make_server(host, port, app, ThreadingWSGIServer)
        with server:
            prepare(arguments)
            url = address(host, server.server_port)
            greet(
                "The playground's WSGI endpoint", url, "/graphql", echo=arguments.echo
            )
            server.serve_forever()


if __name__ == "__main__":
    main()
