"""The errors of this package.

```
SelectionError (sqla_selection)
└── ConfigurationError (ValueError)         a type that does not fit the schema or model

LoaderError (sqla_loaders)
├── MissingSessionError (RuntimeError)      the GraphQL context has no session
└── MissingRegistryError (RuntimeError)     the GraphQL context has no loader registry

GraphQLError
├── ArgumentValueError                      a value that the column cannot hold
└── RepresentationError                     a federated representation names no row
```
"""

from __future__ import annotations

from graphql import GraphQLError

from sqla_loaders import LoaderError, MissingSessionError
from sqla_selection import ConfigurationError

__all__ = [
    "ArgumentValueError",
    "ConfigurationError",
    "MissingRegistryError",
    "MissingSessionError",
    "RepresentationError",
    "UnboundFieldWarning",
    "UnusedArgumentWarning",
]


class MissingRegistryError(LoaderError, RuntimeError):
    """The GraphQL context has no `LoaderRegistry` where it is looked for."""


class ArgumentValueError(GraphQLError):
    """The client gives an argument a value that its column cannot hold."""


class RepresentationError(GraphQLError):
    """A representation that `_entities` was given cannot be loaded."""


class UnusedArgumentWarning(UserWarning):
    """A field of the schema has an argument that nothing uses."""


class UnboundFieldWarning(UserWarning):
    """A root field of bound types gets no resolver, as none would be right."""
