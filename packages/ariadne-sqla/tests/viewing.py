"""Asks a schema as some viewer: what tests of policies and of hidden fields share."""

from contextlib import nullcontext

from ariadne_sqla import SQLAlchemyExecutionContext, use_route
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements

FUNCTIONS = {"execution_context_class": SQLAlchemyExecutionContext}
PATHS = [
    (route, options)
    for route in ("eager", "fallback", "lazy")
    for options in ({}, FUNCTIONS)
]


def asking(execute, made=None):
    """Return a function that asks *made*, or another schema, with loaders of its own.

    It has the session, the statements of the last document and, as `asked`, what
    resolvers and rules appended to `info.context["asked"]`.
    """

    async def ask(document, viewer="ada", schema=None, *, route=None, **options):
        context = {
            "session": execute.session,
            "loader_registry": LoaderRegistry(execute.session),
            "viewer": viewer,
            "asked": [],
        }
        ask.asked = context["asked"]
        on_route = use_route(route) if route else nullcontext()
        with count_statements(execute.engine) as ask.statements, on_route:
            return await execute(schema or made(), document, context=context, **options)

    ask.session = execute.session
    return ask
