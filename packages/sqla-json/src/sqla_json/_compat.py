"""What differs between the releases of graphql-core and SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLLeafType, specified_scalar_types

__all__ = ["coercer_of", "is_specified"]


def coercer_of(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    """Return what graphql-core makes a value of the response with.

    3.3 calls `coerce_output_value`, 3.2 `serialize`.
    """
    coercer: Any = getattr(type_, "coerce_output_value", None) or type_.serialize
    return coercer  # type: ignore[no-any-return]


_SPECIFIED = {
    name: coercer_of(scalar) for name, scalar in specified_scalar_types.items()
}


def is_specified(type_: GraphQLLeafType, name: str) -> bool:
    """Tell whether *type_* is the scalar *name* as the specification has it.

    An application may give `Int` another serializer, on the one object that all
    schemas share.
    """
    return type_.name == name and coercer_of(type_) is _SPECIFIED[name]
