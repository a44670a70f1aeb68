"""The Ariadne extension that gives each request its loaders.

Needs Ariadne: `pip install "sqla-loaders[ariadne]"`.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from ariadne.types import Extension

from .errors import MissingSessionError
from .registry import LoaderRegistry

__all__ = ["SQLAlchemyDataLoaderExtension"]


class SQLAlchemyDataLoaderExtension(Extension):
    """Puts a fresh `LoaderRegistry` into the context before any resolver runs.

    Both the class and an instance of it fit in `extensions=[…]`: Ariadne calls what is
    there once for each request, and calling an instance gives a copy, so no request
    sees the loaders of another.

    Args:
        session_key: Where the context has the session.
        registry_key: Where the registry is put. With another key than the default,
            override `get_loader_registry_from_context` on the object types too.
        registry_class: The class of the registry, called with the session.
    """

    # Ariadne's base class has a `resolve` method, which graphql-core would call around
    # every field of every object.
    resolve = None  # type: ignore[assignment]

    def __init__(
        self,
        *,
        session_key: str = "session",
        registry_key: str = "loader_registry",
        registry_class: type[LoaderRegistry] = LoaderRegistry,
    ) -> None:
        self.session_key = session_key
        self.registry_key = registry_key
        self.registry_class = registry_class

    def __call__(self) -> SQLAlchemyDataLoaderExtension:
        """Return the extension for one request."""
        return copy(self)

    def request_started(self, context: Any) -> None:
        """Put a registry for the context's session into the context."""
        try:
            session = context[self.session_key]
        except (KeyError, TypeError):
            session = None
        if session is None:
            msg = (
                f"There is no SQLAlchemy session in the GraphQL context under "
                f"{self.session_key!r}. Put one there in `context_value`, or tell "
                "`SQLAlchemyDataLoaderExtension(session_key=…)` where it is."
            )
            raise MissingSessionError(msg)
        context[self.registry_key] = self.registry_class(session)

    def request_finished(self, context: Any) -> None:
        """Close the registry: a cancelled request leaves no batch behind."""
        registry = context.get(self.registry_key)
        if isinstance(registry, LoaderRegistry):
            registry.close()
