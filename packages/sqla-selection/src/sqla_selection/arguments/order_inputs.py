"""An order type → its shape: an enum, or an input type to choose from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from graphql import (
    get_named_type,
    is_enum_type,
    is_input_object_type,
)
from sqlalchemy.orm import Mapper

from ..coercion import is_opaque
from ..joins import has_one_row
from .shapes import Direction, OrderChoice, OrderConfig, OrderKey, OrderShape
from .vocabulary import (
    Vocabulary,
    column_named,
    fields_of,
    names_for,
    plain,
    refuse,
    relationship_named,
)

__all__ = ["direction_named", "is_directions", "order_shape"]

_DIRECTION = re.compile(r"(ASC|DESC)(?:_NULLS_(FIRST|LAST))?", re.IGNORECASE)
_ITEM = re.compile(rf"(.+?)_({_DIRECTION.pattern})", re.IGNORECASE)


def order_shape(type_: Any, mapper: Mapper[Any], vocabulary: Vocabulary) -> OrderShape:
    """Return the shape of *type_*, an enum or an input type, as an order of *mapper*.

    Raises:
        ConfigurationError: A value or a field of it means nothing.
    """
    shape = OrderShape(type_.name, mapper, enum=type_ if is_enum_type(type_) else None)
    known = vocabulary.known.get(shape)
    if isinstance(known, OrderShape):
        return known
    vocabulary.known[shape] = shape
    reader = _Reader(vocabulary, type_.name, mapper)
    names: set[str] = set()
    if is_enum_type(type_):
        for value in type_.values:
            shape.keys[value] = reader.key_of_value(value)
            match = _ITEM.fullmatch(value)
            names.add(match[1] if match else value)
    else:
        for name, definition in fields_of(type_).items():
            found = reader.choice(name, get_named_type(definition.type))
            shape.choices[definition.out_name or name] = found
            names.add(name)
    for name in (*reader.config.functions, *reader.config.aliases):
        if plain(name) not in map(plain, names):
            why = "is configured, but the schema has no such order."
            refuse(f"{type_.name}.{name}", why, name, names)
    return shape


def is_directions(type_: Any) -> bool:
    """Tell whether *type_* is an enum of directions: `ASC`, `DESC_NULLS_LAST`."""
    return is_enum_type(type_) and all(map(_DIRECTION.fullmatch, type_.values))


def direction_named(name: str) -> Direction:
    """Return the direction that the value *name* of an enum of directions says."""
    match = _DIRECTION.fullmatch(name)
    assert match is not None
    nulls: Any = match[2].lower() if match[2] else None
    return Direction(match[1].upper() == "DESC", nulls)


class _Reader:
    """Reads the values, or the fields, of one order type."""

    def __init__(
        self, vocabulary: Vocabulary, type_name: str, mapper: Mapper[Any]
    ) -> None:
        self.vocabulary = vocabulary
        self.type_name = type_name
        self.mapper = mapper
        self.config = vocabulary.orders.get(type_name) or OrderConfig(type_name)
        self.aliases = vocabulary.aliases_of(mapper, self.config.aliases)
        self.functions = {
            plain(name): function for name, function in self.config.functions.items()
        }

    def key_of_value(self, value: str) -> OrderKey:
        """Return what the value of a closed form asks."""
        where = f"{self.type_name}.{value}"
        match = _ITEM.fullmatch(value)
        if match is None:
            refuse(where, "has no direction: write it as TITLE_ASC or TITLE_DESC.")
        direction = direction_named(match[2])
        function = self.functions.get(plain(match[1]))
        if function is not None:
            return OrderKey((), function, direction, name=value)
        path = next(self._paths(self.mapper, self.aliases, match[1]), None)
        if path is None:
            self._refuse_name(where, match[1].lower())
        return self._key(where, path, direction, value)

    def choice(self, name: str, type_: Any) -> OrderChoice:
        """Return what the field of an open form asks."""
        where = f"{self.type_name}.{name}"
        if is_input_object_type(type_):
            relationship = relationship_named(self.mapper, self.aliases, name)
            if relationship is None:
                self._refuse_name(where, name)
            self._check_to_one(where, self.mapper, relationship)
            target = self.mapper.relationships[relationship].mapper
            return OrderChoice(
                name,
                relationship=relationship,
                target=order_shape(type_, target, self.vocabulary),
                is_exposed=self.vocabulary.exposes(self.mapper, (), relationship),
            )
        if not is_directions(type_):
            refuse(
                where,
                f"is a {type_.name}. An order takes an enum of ASC and DESC (and "
                "ASC_NULLS_FIRST, …), or the order of a related type.",
            )
        function = self.functions.get(plain(name))
        if function is not None:
            return OrderChoice(name, type_, OrderKey((), function, name=name))
        path = next(self._paths(self.mapper, self.aliases, name), None)
        if path is None:
            self._refuse_name(where, name)
        return OrderChoice(name, type_, self._key(where, path, Direction(), name))

    def _key(
        self, where: str, path: tuple[str, ...], direction: Direction, name: str
    ) -> OrderKey:
        *through, attribute = path
        mapper = self.mapper
        for one in through:
            self._check_to_one(where, mapper, one)
            mapper = mapper.relationships[one].mapper
        column = column_named(mapper, {}, attribute)
        assert column is not None
        if is_opaque(column[1]):
            what = f"'{mapper.class_.__name__}.{attribute}'"
            refuse(where, f"would order by {what}, which is JSON or an array.")
        exposed = self.vocabulary.exposes(self.mapper, through, attribute)
        return OrderKey(tuple(through), attribute, direction, exposed, name)

    def _paths(
        self, mapper: Mapper[Any], aliases: Mapping[str, str], name: str
    ) -> Iterator[tuple[str, ...]]:
        """Yield the ways to a column that *name* may mean, the shortest one first.

        `AUTHOR_USERNAME` is the column `author_username`, or the column `username` of
        the relationship `author`.
        """
        by_name = {plain(key): key for key in names_for(mapper)}
        by_name |= {plain(key): value for key, value in aliases.items()}
        found = by_name.get(plain(name), "")
        *through, last = found.split(".")
        target = _end_of(mapper, through)
        if found and target is not None and column_named(target, {}, last):
            yield (*through, last)
        for place in [match.start() for match in re.finditer("_", name)][::-1]:
            relationship = by_name.get(plain(name[:place]), "")
            if relationship in mapper.relationships and not (
                mapper.relationships[relationship].uselist
            ):
                target = mapper.relationships[relationship].mapper
                for rest in self._paths(
                    target, self.vocabulary.aliases_of(target, {}), name[place + 1 :]
                ):
                    yield (relationship, *rest)

    def _check_to_one(self, where: str, mapper: Mapper[Any], relationship: str) -> None:
        prop = mapper.relationships[relationship]
        what = f"'{mapper.class_.__name__}.{relationship}'"
        between = self.vocabulary.types.policies.guarded_between(prop)
        if between is not None:
            refuse(
                where,
                f"would order by {what}, whose `secondary` is the table of "
                f"{between.class_.__name__!r}: its policy cannot be asked there. Give "
                "the order a function.",
            )
        if prop.uselist:
            refuse(
                where,
                f"would order by {what}, which is a collection: only what there is "
                "one of can be ordered by. Give it a function that says which.",
            )
        if not has_one_row(prop):
            refuse(
                where,
                f"would order by {what}, of which there may be several rows: no unique "
                "constraint says that there is one. Add it, or give the order a "
                "function.",
            )

    def _refuse_name(self, where: str, name: str) -> NoReturn:
        class_name = self.mapper.class_.__name__
        why = f"names no column of {class_name!r}, and has no function."
        relationships = self.mapper.relationships
        known = [
            key
            for key in names_for(self.mapper)
            if key not in relationships or not relationships[key].uselist
        ]
        refuse(where, why, name, known)


def _end_of(mapper: Mapper[Any], path: list[str]) -> Mapper[Any] | None:
    for name in path:
        if name not in mapper.relationships:
            return None
        mapper = mapper.relationships[name].mapper
    return mapper
