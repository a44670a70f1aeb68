"""Asks a schema as some viewer: what tests of policies and of hidden fields share."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from graphql import GraphQLSchema

from ariadne_sqla import Route, SQLAlchemyExecutionContext, use_route
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import Statements, count_statements

FUNCTIONS = {"execution_context_class": SQLAlchemyExecutionContext}
ROUTES: tuple[Route, ...] = ("eager", "fallback", "lazy")
PATHS = [(route, options) for route in ROUTES for options in ({}, FUNCTIONS)]


class Asking:
    """Asks *made*, or another schema, with loaders of its own for each document."""

    statements: Statements
    """Those of the last document."""
    asked: list[Any]
    """What its resolvers and rules appended to `info.context["asked"]`."""

    def __init__(
        self, execute: Any, made: Callable[[], GraphQLSchema] | None = None
    ) -> None:
        self.session = execute.session
        self._execute = execute
        self._made = made

    async def __call__(
        self,
        document: str,
        viewer: Any = "ada",
        schema: GraphQLSchema | None = None,
        *,
        route: Route | None = None,
        **options: Any,
    ) -> Any:
        if schema is None:
            assert self._made is not None
            schema = self._made()
        self.asked = []
        context = {
            "session": self.session,
            "loader_registry": LoaderRegistry(self.session),
            "viewer": viewer,
            "asked": self.asked,
        }
        on_route = use_route(route) if route else nullcontext()
        with count_statements(self._execute.engine) as self.statements, on_route:
            return await self._execute(schema, document, context=context, **options)
