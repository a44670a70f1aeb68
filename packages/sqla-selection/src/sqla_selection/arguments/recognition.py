"""Arguments of a field → their shape, by name and by structure.

Asked once, when a schema is complete. What is not understood is refused: nothing that a
client may write is ever ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from graphql import (
    GraphQLField,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
)
from sqlalchemy.orm import Mapper, RelationshipProperty

from .._compat import has_default
from .connections import connection_shape
from .filter_inputs import filter_shape
from .order_inputs import order_shape
from .ordering import order_key_of_another, order_keys_of
from .shapes import ArgumentsShape, ColumnField
from .vocabulary import Vocabulary, column_named, names_for, plain, refuse

__all__ = ["arguments_shape", "check_order_of_connection", "refuse_arguments"]

_FILTERS = ("filter", "where")
_ORDERS = ("orderBy", "order")
_OF_LISTS = ("limit", "offset")
_OF_CONNECTIONS = ("first", "after", "last", "before")
_CURSORS = ("after", "before")
_NO_CURSORS = ("Int", "Float", "Boolean")
_NO_NUMBERS = ("String", "Float", "Boolean", "ID")
_MEANINGS = dict.fromkeys(_FILTERS, "a filter, which is an input type") | dict.fromkeys(
    _ORDERS, "an order, which is an enum or an input type"
)
_KNOWN = {
    plain(name): name for name in (*_FILTERS, *_ORDERS, *_OF_LISTS, *_OF_CONNECTIONS)
}


def arguments_shape(
    coordinate: str,
    definition: GraphQLField,
    mapper: Mapper[Any],
    vocabulary: Vocabulary,
    *,
    aliases: Mapping[str, str] | None = None,
    ignoring: Collection[str] = (),
    leaves_unknown: bool = False,
    page_size: int | None = None,
    max_page_size: int | None = None,
) -> ArgumentsShape:
    """Return what the arguments of a field ask of the rows of *mapper*.

    Args:
        coordinate: The field, as `"User.posts"`.
        definition: The field, which gives rows of *mapper*: a list, a connection or
            one object.
        mapper: What it gives rows of.
        vocabulary: What names mean in the schema.
        aliases: Argument → attribute, before those of the types of *mapper*.
        ignoring: Python names of arguments that are the application's own.
        leaves_unknown: Whether those of no known name are the application's, too.
        page_size: Rows where the client gives no size.
        max_page_size: Rows that a client may ask for.

    Raises:
        ConfigurationError: An argument, or a field of its type, means nothing.
    """
    named = get_named_type(definition.type)
    connection = connection_shape(named, vocabulary.shown)
    is_list = is_list_type(get_nullable_type(definition.type))
    kind = "connection" if connection else is_list
    reader = _Reader(coordinate, mapper, vocabulary, kind, leaves_unknown, aliases)
    for name, argument in definition.args.items():
        if (argument.out_name or name) not in ignoring and name not in ignoring:
            reader.read(name, argument)
    # A list whose client cannot ask for the next page is given whole.
    sized = connection is not None or any(one[2] == "limit" for one in reader.sizes)
    return ArgumentsShape(
        mapper,
        tuple(reader.columns),
        reader.filter,
        reader.order,
        tuple(reader.sizes),
        connection,
        page_size if sized else None,
        max_page_size if sized else None,
    )


def refuse_arguments(
    coordinate: str, definition: GraphQLField, *, ignoring: Collection[str] = ()
) -> None:
    """Refuse the arguments of a field that gives a column.

    Raises:
        ConfigurationError: It has one that is not the application's own.
    """
    for name, argument in definition.args.items():
        if (argument.out_name or name) not in ignoring:
            refuse(
                f"{coordinate}({name}:)",
                "is an argument of a field that reads a column, where it means "
                "nothing. Give the field a resolver, or take the argument out.",
            )


def check_order_of_connection(
    coordinate: str,
    definition: GraphQLField,
    prop: RelationshipProperty[Any],
    shape: ArgumentsShape,
) -> None:
    """Refuse a connection of *prop* if no row says its place in the mapping's order.

    Raises:
        ConfigurationError: It names other tables, and the schema has no default.
    """
    key = order_key_of_another(prop, order_keys_of(prop))
    if key is None or (
        shape.order is not None and has_default(definition.args[shape.order[1]])
    ):
        return
    refuse(
        coordinate,
        f"is a connection of {prop}, which is ordered by {key.name!r}. That is not of "
        f"{prop.mapper.class_.__name__!r} alone: no cursor says the place of a row in "
        "it. Give it an argument `orderBy` with a default.",
    )


class _Reader:
    """Reads the arguments of one field."""

    def __init__(
        self,
        coordinate: str,
        mapper: Mapper[Any],
        vocabulary: Vocabulary,
        kind: Any,
        leaves_unknown: bool,
        aliases: Mapping[str, str] | None,
    ) -> None:
        self.coordinate = coordinate
        self.mapper = mapper
        self.vocabulary = vocabulary
        self.kind = kind
        self.leaves_unknown = leaves_unknown
        self.aliases = vocabulary.aliases_of(mapper, aliases or {})
        self.columns: list[tuple[str, ColumnField]] = []
        self.filter: Any = None
        self.order: Any = None
        self.sizes: list[tuple[str, str, str]] = []

    def read(self, name: str, argument: Any) -> None:
        """Read one argument."""
        where = f"{self.coordinate}({name}:)"
        key = argument.out_name or name
        named = get_named_type(argument.type)
        meaning = _KNOWN.get(plain(name))
        column = column_named(self.mapper, self.aliases, name)
        if meaning in _FILTERS and is_input_object_type(named):
            self._check_once(where, "filter", self.filter)
            shape = filter_shape(named, self.mapper, self.vocabulary)
            self.filter = (key, name, shape)
        elif (
            meaning in _ORDERS
            and (is_input_object_type(named) or is_enum_type(named))
            and (column is None or is_input_object_type(named))
        ):
            self._check_once(where, "order", self.order)
            if not self.kind:
                refuse(where, "orders a field that gives no list.")
            of_order = order_shape(named, self.mapper, self.vocabulary)
            self.order = (key, name, of_order)
        elif column is not None and is_leaf_type(named):
            attribute, type_ = column
            reads = self.vocabulary.reader_of(self.mapper, attribute, [named])
            one = ColumnField(name, attribute, type_, reads=reads)
            self.columns.append((key, one))
        elif meaning in _OF_LISTS or meaning in _OF_CONNECTIONS:
            self._check_size(where, meaning, argument.type)
            self.sizes.append((key, name, meaning))
        elif self.leaves_unknown and column is None:
            return
        elif meaning is not None:
            self._refuse(where, f"would be {_MEANINGS[meaning]}, but is a {named.name}")
        else:
            known = [*_KNOWN.values(), *names_for(self.mapper)]
            self._refuse(
                where, "filters, orders or pages by no known name", name, known
            )

    def _refuse(
        self, where: str, why: str, name: str = "", known: Collection[str] = ()
    ) -> NoReturn:
        class_name = self.mapper.class_.__name__
        why = f"{why}, and is no column of {class_name!r}."
        refuse(where, why, name, known)

    def _check_once(self, where: str, what: str, other: Any) -> None:
        if other is not None:
            refuse(where, f"is a second {what}, beside {other[1]!r}.")

    def _check_size(self, where: str, meaning: Any, type_: Any) -> None:
        bare = get_nullable_type(type_)
        if meaning in _CURSORS and (not is_leaf_type(bare) or bare.name in _NO_CURSORS):
            refuse(where, "is a cursor, and must be a String.")
        if meaning not in _CURSORS and (
            not is_leaf_type(bare) or bare.name in _NO_NUMBERS
        ):
            refuse(where, "is a number of rows, and must be an Int.")
        if self.kind == "connection" and meaning in _OF_LISTS:
            why = "is for lists; a connection takes first, after, last and before."
            refuse(where, why)
        if self.kind != "connection" and meaning in _OF_CONNECTIONS:
            why = "is for connections; a list takes limit and offset."
            refuse(where, why)
        if not self.kind:
            refuse(where, "pages a field that gives no list.")
