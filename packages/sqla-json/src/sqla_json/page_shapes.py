"""What is asked of a connection itself: how its part of the response is made of a page.

As graphql-core would complete it, whose default resolvers read the page by names. A
field of the connection with a resolver of its own is declined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from sqla_selection.arguments import ConnectionShape, Wanted
from sqla_selection.asked import Asked, AskedField

from ._compat import coercer_of
from .declining import Declining
from .leaves import WrongValue
from .shape import PageShape

__all__ = ["page_shape"]

Key = Callable[[GraphQLField, str], "str | None"]
Pick = Callable[[Any], Any]


def page_shape(
    structure: ConnectionShape,
    pages: Sequence[Asked],
    declared: GraphQLOutputType,
    schema: GraphQLSchema,
    key: Key,
    where: str,
) -> PageShape:
    """Return what is asked of a connection by *pages*, which ask it together.

    Args:
        structure: Of its type.
        pages: What is asked of it.
        declared: The type of the field that gives it.
        schema: The schema.
        key: See `Reads.key`.
        where: The field.

    Raises:
        Declining: A field of it has a resolver of its own, or its rows are asked for
            in several ways.
    """
    picking = _Picking(structure, schema, key)
    pick = picking.value(declared, pages, where)
    if picking.ways > 1:
        why = f"{where} asks for its rows in {picking.ways} ways."
        raise Declining(why)
    return PageShape(
        structure,
        picking.wanted,
        bool(picking.ways),
        picking.has_cursors,
        pick,
        tuple(picking.definitions),
    )


class _Picking:
    def __init__(
        self, structure: ConnectionShape, schema: GraphQLSchema, key: Key
    ) -> None:
        self._structure = structure
        self._schema = schema
        self._key = key
        self.ways = 0
        self.has_cursors = False
        self.wanted = Wanted(rows=False)
        self.definitions: list[GraphQLField] = []

    def value(
        self, declared: GraphQLOutputType, asked: Sequence[Asked], where: str
    ) -> Pick:
        """Return what makes the response of a value of an object type, or of a list."""
        type_ = get_nullable_type(declared)
        if isinstance(type_, GraphQLList):
            item = get_nullable_type(type_.of_type)
            if isinstance(item, GraphQLList):
                why = f"{where} is declared as {declared}."
                raise Declining(why)
            of_item = self.value(item, asked, where)
            return lambda values: [of_item(value) for value in values]
        named = get_named_type(type_)
        if named.name == self._structure.node_type:
            self.ways += 1
            return lambda node: node  # an object of the database's
        if not isinstance(named, GraphQLObjectType) or named.is_type_of is not None:
            why = f"{where} is declared as {declared}."
            raise Declining(why)
        picks = [
            (response_key, *self._field(named, fields))
            for response_key, fields in _merged(asked, named.name).items()
        ]
        return lambda value: {
            response_key: pick(value[name] if name else None)
            for response_key, name, pick in picks
        }

    def _field(
        self, type_: GraphQLObjectType, fields: list[AskedField]
    ) -> tuple[str, Pick]:
        name, definition = fields[0].name, fields[0].definition
        if definition is None:
            return "", lambda _: type_.name
        where = f"{type_.name}.{name}"
        read = self._key(definition, name)
        if read is None:
            why = f"{where} has a resolver of its own."
            raise Declining(why)
        self.definitions.append(definition)
        self._note(type_.name, name)
        if is_leaf_type(get_nullable_type(definition.type)):
            return read, _leaf(definition.type)
        below = [one.page or one.below for one in fields]
        asked = [one for one in below if one is not None]
        return read, self.value(definition.type, asked, where)

    def _note(self, type_name: str, name: str) -> None:
        """Note what of the page is wanted for a field."""
        plain = name.replace("_", "").lower()
        structure = self._structure
        if type_name != structure.type_name:
            self.has_cursors |= plain in ("cursor", "startcursor", "endcursor")
            if plain == "hasnextpage":
                self.wanted |= Wanted(rows=True, next=True)
            if plain == "haspreviouspage":
                self.wanted |= Wanted(rows=True, previous=True)
        elif name == structure.total_count:
            self.wanted |= Wanted(rows=False, total=True)
        else:
            self.wanted |= Wanted(rows=True)


def _leaf(declared: GraphQLOutputType) -> Pick:
    coerce: Any = coercer_of(get_nullable_type(declared))  # type: ignore[arg-type]
    is_required = isinstance(declared, GraphQLNonNull)

    def pick(value: Any) -> Any:
        if value is None:
            if is_required:
                raise WrongValue
            return None
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise WrongValue
        return coerced

    return pick


def _merged(asked: Iterable[Asked], type_name: str) -> dict[str, list[AskedField]]:
    """Return response key → what all of *asked* ask under it, in the order of both."""
    merged: dict[str, list[AskedField]] = {}
    for one in asked:
        for field in one.fields.get(type_name, ()):
            merged.setdefault(field.response_key, []).append(field)
    return merged
