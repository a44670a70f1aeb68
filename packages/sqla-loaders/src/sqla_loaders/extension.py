"""The Ariadne extension that gives each request its loaders.

Needs Ariadne: `pip install "sqla-loaders[ariadne]"`.
"""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from typing import Any

from ariadne.types import Extension

from .context import REGISTRY_KEY, SESSION_KEY, NoSession, session_in, value_in
from .errors import MissingSessionError
from .registry import LoaderRegistry

__all__ = ["SQLAlchemyDataLoaderExtension"]


class SQLAlchemyDataLoaderExtension(Extension):
    """Puts a fresh `LoaderRegistry` into the context before any resolver runs.

    Both the class and an instance of it fit in `extensions=[…]`: Ariadne calls what is
    there once for each request, and calling an instance gives a copy, so no request
    sees the loaders of another.

    Args:
        session_key: Where the context has the session. Query types find it by the
            registry.
        registry_key: Where the registry is put. With another key than the default,
            override `get_loader_registry_from_context` on the object types too.
        registry_class: The class of the registry, called with the session.
        savepoints: See `LoaderRegistry`.
    """

    # Ariadne's base class has a `resolve` method, which graphql-core would call around
    # every field of every object.
    resolve = None  # type: ignore[assignment]

    def __init__(
        self,
        *,
        session_key: str = SESSION_KEY,
        registry_key: str = REGISTRY_KEY,
        registry_class: type[LoaderRegistry] = LoaderRegistry,
        savepoints: bool = False,
    ) -> None:
        self.session_key = session_key
        self.registry_key = registry_key
        self.registry_class = registry_class
        self.savepoints = savepoints

    def __call__(self) -> SQLAlchemyDataLoaderExtension:
        """Return the extension for one request."""
        return copy(self)

    def request_started(self, context: Any) -> None:
        """Put a registry for the context's session into the context.

        Where there is no session, each field that needs one is a
        `MissingSessionError`; what asks nothing of the database is answered.
        """
        missing = (
            f"There is no SQLAlchemy session in the GraphQL context under "
            f"{self.session_key!r}. Put one there in `context_value`, or tell "
            "`SQLAlchemyDataLoaderExtension(session_key=…)` where it is."
        )
        session: Any
        try:
            session = session_in(context, self.session_key, missing)
        except MissingSessionError as error:
            session = NoSession(str(error))
        # A context that takes no items has no session either.
        with suppress(TypeError):
            registry = self.registry_class(session)
            registry.savepoints = self.savepoints or registry.savepoints
            context[self.registry_key] = registry

    def request_finished(self, context: Any) -> None:
        """Close the registry: a cancelled request leaves no batch behind."""
        registry = value_in(context, self.registry_key)
        if isinstance(registry, LoaderRegistry):
            registry.close()
