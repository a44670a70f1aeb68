"""One GraphQL endpoint for each thing that switches choose, under ASGI and WSGI.

An application of one's own has one schema and one way to execute it. The playground
shows them beside each other: without policies and with them, and executed by
graphql-core, by functions, or by the database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from ariadne.exceptions import HttpError
from ariadne.explorer import Explorer
from ariadne.types import GraphQLResult
from graphql import GraphQLSchema
from starlette.requests import Request
from starlette.responses import Response

from ariadne_sqla import (
    DocumentCache,
    SQLAlchemyExecutionContext,
    SQLAlchemyHTTPHandler,
    SQLAlchemyWSGI,
    safe_options,
    use_route,
)

from .policies import POLICIES
from .schema import make_schema
from .switches import Switches, extensions_of, read_switches

T = TypeVar("T")


class Kind(NamedTuple):
    """What an endpoint is for."""

    execution: str = ""
    """`closures`, `json`, or graphql-core's own."""
    has_policies: bool = False


KINDS = [
    Kind(execution, has_policies)
    for execution in ("", "closures", "json")
    for has_policies in (False, True)
]


def kind_of(switches: Switches | None) -> Kind:
    if switches is None:
        return Kind()
    execution = switches.route if switches.route in ("closures", "json") else ""
    return Kind(execution, switches.viewer is not None)


def of_each_kind(
    make: Callable[[Kind, GraphQLSchema, dict[str, Any]], T],
) -> dict[Kind, T]:
    """Return what *make* gives for each kind, its schema and Ariadne's options."""
    documents = DocumentCache()
    schemas = {False: make_schema(), True: make_schema(POLICIES)}
    return {
        kind: make(
            kind,
            schemas[kind.has_policies],
            {
                "query_parser": documents.parse,
                "query_validator": documents.validate,
                "execution_context_class": (
                    SQLAlchemyExecutionContext if kind.execution else None
                ),
                **safe_options(),
            },
        )
        for kind in KINDS
    }


class SwitchesHandler(GraphQLHTTPHandler):
    """Hands a request to the handler that its switches ask for.

    One whose switches are wrong is refused, as one whose JSON is.
    """

    def __init__(self, handlers: dict[Kind, GraphQLHTTPHandler]) -> None:
        super().__init__()
        self.handlers = handlers

    async def extract_data_from_request(self, request: Request) -> Any:
        data = await super().extract_data_from_request(request)
        read_switches(data)
        return data

    async def graphql_http_server(self, request: Request) -> Response:
        try:
            switches = read_switches(await self.extract_data_from_request(request))
        except HttpError:
            return await super().graphql_http_server(request)  # which tells it
        with use_route("eager" if switches is None else switches.planned_route):
            handler = self.handlers[kind_of(switches)]
            return await handler.graphql_http_server(request)


def make_asgi_endpoint(
    get_context: Callable[[Any, Any], dict[str, Any]], explorer: Explorer
) -> GraphQL:
    """Return the endpoint for ASGI."""

    def make(kind: Kind, schema: GraphQLSchema, options: dict[str, Any]) -> Any:
        handler = GraphQLHTTPHandler
        if kind.execution == "json":
            handler = SQLAlchemyHTTPHandler
        return GraphQL(
            schema,
            context_value=get_context,
            http_handler=handler(extensions=extensions_of),
            **options,
        ).http_handler

    return GraphQL(
        make_schema(),
        explorer=explorer,
        http_handler=SwitchesHandler(of_each_kind(make)),
    )


class SwitchesWSGI(SQLAlchemyWSGI):
    """The same under WSGI."""

    def __init__(self, others: dict[Kind, SQLAlchemyWSGI], **options: Any) -> None:
        super().__init__(make_schema(), **options)
        self.others = others

    def execute_query(self, environ: dict[str, Any], data: Any) -> GraphQLResult:
        switches = read_switches(data)
        with use_route("eager" if switches is None else switches.planned_route):
            return self.others[kind_of(switches)].execute_query(environ, data)


def make_wsgi_endpoint(
    get_context: Callable[[Any, Any], dict[str, Any]], explorer: Explorer
) -> SwitchesWSGI:
    """Return the endpoint for WSGI."""

    def make(_: Kind, schema: GraphQLSchema, options: dict[str, Any]) -> Any:
        return SQLAlchemyWSGI(
            schema,
            context_value=get_context,
            extensions=extensions_of,
            **options,
        )

    return SwitchesWSGI(of_each_kind(make), explorer=explorer)
