"""What the mapping does not say: whose code a schema has, and what is asked of a page.

Whoever asks for JSON gives it; what is no default here, is of the application.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLSchema,
    default_field_resolver,
)
from sqlalchemy.orm import Mapper

from sqla_selection.arguments import ConnectionShape
from sqla_selection.asked import Asked

__all__ = ["AskedPage", "MadeOf", "Reads"]

TypeNames: TypeAlias = Callable[[type[Any]], "str | None"]


class MadeOf(NamedTuple):
    """What a field makes of columns of its row, in Python."""

    attributes: tuple[str, ...]
    """The attributes of the columns."""
    make: Callable[[Sequence[Any]], Any]
    """Their values → what the scalar of the field is given. It may be called in any
    thread, and raises where the field is to be answered by objects."""


@dataclass(frozen=True)
class Reads:
    """Tells whether the resolvers of fields do nothing but read."""

    gives: Callable[[GraphQLField], bool] = lambda definition: True
    """Whether the field of a bound type gives what its attribute has, as it is."""
    made_of: Callable[
        [GraphQLField, Mapper[Any], Collection[type[Any]]], MadeOf | None
    ] = lambda definition, mapper, classes: None
    """What the field of a bound type makes of columns of the rows of a mapper that are
    of certain classes; `None` where its resolver is not known to do just that."""
    key: Callable[[GraphQLField, str], str | None] = lambda definition, name: (
        name if definition.resolve in (None, default_field_resolver) else None
    )
    """What the field of a connection, and its name, reads of the page; `None` where it
    has a resolver of its own."""
    type_names: Callable[[GraphQLAbstractType, GraphQLSchema], TypeNames | None] = (
        lambda abstract, schema: None
    )
    """What tells the object type that rows are shown as, of their class; `None` where
    other code tells. It gives `None` for a class whose rows are left to that."""


class AskedPage(NamedTuple):
    """What is asked of a connection."""

    structure: ConnectionShape
    """See `sqla_selection.arguments.ArgumentsShape.connection`."""
    asked: Asked
    """See `sqla_selection.asked.AskedField.page`."""
