"""What differs between the releases of graphql-core and SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLLeafType, specified_scalar_types
from sqlalchemy import BindParameter

__all__ = ["Keyed", "become", "coercer_of", "is_specified", "keyed"]


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


class Keyed(NamedTuple):
    """How SQLAlchemy tells a SQL expression from others in its cache of statements."""

    key: Hashable
    """Equal keys are equal SQL, save for values."""
    values: Sequence[BindParameter[Any]]
    """All values, in an order that is the same with equal keys."""


def keyed(element: Any) -> Keyed | None:
    """Return the key of *element*, if any; `None` where it has none, and is not cached.

    There is no public name for it. Without it nothing is kept from request to request.
    """
    if element is None:
        return Keyed(None, ())
    generate = getattr(element, "_generate_cache_key", None)
    found = None if generate is None else generate()
    # 2.1 keeps what `Select.params()` was given beside.
    if found is None or getattr(found, "params", None):
        return None
    return Keyed(found.key, found.bindparams)


def become(copy: BindParameter[Any], other: BindParameter[Any]) -> None:
    """Give *copy*, of a parameter, the name of *other* and no value, as that has none.

    It stays what it is beside: a list that is expanded, or a value in the text.
    SQLAlchemy has `params()` for other values, and nothing for other names.
    """
    stays = ("expanding", "expand_op", "literal_execute", "type")
    kept = {name: value for name, value in vars(copy).items() if name in stays}
    vars(copy).update({**vars(other), **kept})
