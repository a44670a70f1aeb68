"""The errors of this package.

```
SelectionError (sqla_selection)
├── ConfigurationError (ValueError)         a type that does not fit the schema or model
└── PolicyError (RuntimeError)              a policy that says nothing

LoaderError (sqla_loaders)
├── ConnectionWaitError (TimeoutError)      no connection for a session of a field
├── MissingSessionError (RuntimeError)      the GraphQL context has no session
├── MissingRegistryError (RuntimeError)     the GraphQL context has no loader registry
└── RowResultError (TypeError)              a resolver gave rows, and not their objects

GraphQLError
├── DepthLimitError (sqla_selection)        more levels than a type or schema allows
├── FragmentCycleError (sqla_selection)     a fragment that spreads itself
├── QueryTooLargeError (sqla_selection)     more levels than one field may take
├── ArgumentError (sqla_selection)          an argument that means nothing, or too much
├── GlobalIdError                           a global id that is malformed or of no type
├── NotFoundError                           no such row, or none that may be seen
├── RepresentationError                     a federated representation names no row
└── UnplannedLoadError                      strict mode: a load that no plan foresaw

UserWarning
├── AmbiguousTypeWarning                    an object that may be of several types
├── UnguardedExpressionWarning              SQL of the mapping that no policy is in
├── HiddenNonNullWarning                    a non-null field to what a policy hides
├── UnboundFieldWarning                     a root field that gets no resolver
└── UnfilteredFieldWarning                  a root field that gives just any row
```

The warnings are given when a schema is made. Each can be made an error of its own:
`warnings.simplefilter("error", UnfilteredFieldWarning)`.
"""

from __future__ import annotations

import inspect
import warnings

from graphql import GraphQLError

from sqla_loaders import LoaderError, MissingSessionError
from sqla_selection import ConfigurationError, PolicyError

__all__ = [
    "AmbiguousTypeWarning",
    "ConfigurationError",
    "ConnectionWaitError",
    "GlobalIdError",
    "HiddenNonNullWarning",
    "MissingRegistryError",
    "MissingSessionError",
    "NotFoundError",
    "PolicyError",
    "RepresentationError",
    "RowResultError",
    "UnboundFieldWarning",
    "UnfilteredFieldWarning",
    "UnguardedExpressionWarning",
    "UnplannedLoadError",
    "warn",
]


class MissingRegistryError(LoaderError, RuntimeError):
    """The GraphQL context has no `LoaderRegistry` where it is looked for."""


class RowResultError(LoaderError, TypeError):
    """A resolver gave rows of `session.execute()`, and not the objects in them."""


class ConnectionWaitError(LoaderError, TimeoutError):
    """A root field got no connection for its own session: the request holds one."""


class GlobalIdError(GraphQLError):
    """A global id is malformed, or names no type that is found by one."""


class NotFoundError(GraphQLError):
    """A row that a resolver needs is not there, or not for this viewer to see."""


class RepresentationError(GraphQLError):
    """A representation that `_entities` was given cannot be loaded."""


class UnplannedLoadError(GraphQLError):
    """Strict mode: an attribute was loaded one by one, which no plan foresaw."""


class UnboundFieldWarning(UserWarning):
    """A root field of bound types gets no resolver, as none would be right."""


class UnfilteredFieldWarning(UserWarning):
    """A root field for one object has nothing that says which one: it gives any row.

    Such a field is likely to lack its resolver: `me: User` would be somebody.
    """


class HiddenNonNullWarning(UserWarning):
    """A non-null field for one object leads to rows that a policy may hide."""


class UnguardedExpressionWarning(UserWarning):
    """An expression of the mapping reads rows that a policy may hide."""


class AmbiguousTypeWarning(UserWarning):
    """An abstract type has several types of one model, and no type resolver."""


_MAKING_SCHEMAS = ("ariadne", "ariadne_sqla", "graphql")


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line of the application's that makes the schema."""
    frame, level = inspect.currentframe(), 1
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in _MAKING_SCHEMAS:
            break
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
