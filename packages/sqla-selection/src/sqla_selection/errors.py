"""The errors of this package.

```
SelectionError
├── ConfigurationError (ValueError)     an alias, strategy, hint or model that cannot be
├── PolicyError (RuntimeError)          a policy that says nothing, or cannot be asked
└── SelectionPathError (LookupError)    a `path=` that the GraphQL schema does not have

GraphQLError
├── DepthLimitError                     the client asks for more levels than `max_depth`
├── FragmentCycleError                  a fragment that spreads itself
├── HiddenFieldError                    a field that the viewer may not see
└── QueryTooLargeError                  a plan of more levels than `max_levels`
```

The first three are mistakes of a developer; the last four are answers to a client.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphql import GraphQLError
from graphql.pyutils import did_you_mean, suggestion_list

__all__ = [
    "ConfigurationError",
    "DepthLimitError",
    "FragmentCycleError",
    "HiddenFieldError",
    "PolicyError",
    "QueryTooLargeError",
    "SelectionError",
    "SelectionPathError",
    "suggest",
]


class SelectionError(Exception):
    """The root of what this package raises at a developer."""


class ConfigurationError(SelectionError, ValueError):
    """A type's configuration names something that the model does not have."""


class PolicyError(SelectionError, RuntimeError):
    """A policy does not say which rows may be seen: so none are."""


class SelectionPathError(SelectionError, LookupError):
    """A path into a resolver's result names a field that the schema does not have."""


class DepthLimitError(GraphQLError):
    """The selection nests more levels of relationships than a type allows."""


class FragmentCycleError(GraphQLError):
    """A fragment spreads itself, directly or through others.

    Validation refuses such a document (GraphQL specification, 5.5.2.2); this is what
    is left to say where validation is switched off.
    """


class HiddenFieldError(GraphQLError):
    """A field that must not be null is asked for, which the viewer may not see."""

    def __init__(self, type_name: str, field_name: str) -> None:
        field = f"{type_name}.{field_name}"
        super().__init__(f"{field} is not for this viewer to see. Do not ask for it.")


class QueryTooLargeError(GraphQLError):
    """What is asked takes more levels than a plan may have.

    The levels below one field are counted, one for each way of relationships to them
    that ends in rows or in a loader option. A person's query has less than a hundred.
    """

    def __init__(self, max_levels: int) -> None:
        super().__init__(
            f"The query takes more than max_levels={max_levels} levels of "
            "relationships below one field. Ask for less at once."
        )


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `" Did you mean …?"` for the names nearest to *name*, or `""`."""
    return did_you_mean(suggestion_list(name, list(known)))
