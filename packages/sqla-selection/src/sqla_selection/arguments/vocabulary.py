"""What the names of a schema's input types mean on mapped classes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn, TypeAlias

from graphql import (
    GraphQLInputObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
)
from sqlalchemy.orm import Mapper
from sqlalchemy.types import NullType, TypeEngine

from ..attribute_names import attribute_named, without_synonym
from ..errors import ConfigurationError, suggest
from ..reading import column_of
from ..type_registry import TypeRegistry
from .shapes import FilterConfig, OrderConfig

__all__ = [
    "IdReader",
    "Vocabulary",
    "as_it_is",
    "column_named",
    "fields_of",
    "names_for",
    "plain",
    "refuse",
    "relationship_named",
    "shown_types",
]


IdReader: TypeAlias = Callable[[Mapper[Any], str], Callable[[Any], Any] | None]
"""Returns what reads a client's `ID` for an attribute, before that is converted to what
the column holds. What it returns raises `UnfitValueError` for an id of something else.
`None` where an id is the value itself."""


def as_it_is(mapper: Mapper[Any], attribute: str) -> None:
    """Tell that an `ID` is the value itself: an `IdReader` of no ids."""


@dataclass(frozen=True)
class Vocabulary:
    """What names in input types mean in one schema."""

    schema: GraphQLSchema
    types: TypeRegistry
    filters: Mapping[str, FilterConfig] = field(default_factory=dict)
    """By the name of the input type."""
    orders: Mapping[str, OrderConfig] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Shapes that were recognised: input types nest without end."""
    reads_ids: IdReader = as_it_is

    @classmethod
    def of(
        cls,
        schema: GraphQLSchema,
        configs: Iterable[FilterConfig | OrderConfig] = (),
        *,
        reads_ids: IdReader = as_it_is,
    ) -> Vocabulary:
        """Return the vocabulary of *schema*, whose types are bound."""
        configs = tuple(configs)
        return cls(
            schema,
            TypeRegistry.of(schema),
            {one.name: one for one in configs if isinstance(one, FilterConfig)},
            {one.name: one for one in configs if isinstance(one, OrderConfig)},
            reads_ids=reads_ids,
        )

    @cached_property
    def shown(self) -> frozenset[str]:
        """The names of the types that rows are shown as."""
        return shown_types(self.schema, self.types)

    def reader_of(
        self, mapper: Mapper[Any], attribute: str, types: Iterable[Any]
    ) -> Callable[[Any], Any] | None:
        """Return what reads values of an attribute that are ids, by their *types*."""
        if any(get_named_type(one).name == "ID" for one in types):
            return self.reads_ids(mapper, attribute)
        return None

    def aliases_of(self, mapper: Mapper[Any], own: Mapping[str, str]) -> dict[str, str]:
        """Return input field → attribute: *own*, and those of the object types."""
        found: dict[str, str] = {}
        for config in self.types.values():
            if config.mapper is mapper:
                found.update(config.aliases)
        return {**found, **own}

    def exposes(self, mapper: Mapper[Any], path: Iterable[str], attribute: str) -> bool:
        """Tell whether every type of *mapper* shows what is at the end of *path*.

        And shows it to everybody.
        """
        names = (*path, attribute)
        rules = self.types.field_rules(self.schema)
        if rules and rules.of_attribute(mapper, ".".join(names)):
            return False
        for name in names:
            if not self._is_shown(mapper, name):
                return False
            if name in mapper.relationships:
                mapper = mapper.relationships[name].mapper
        return True

    def _is_shown(self, mapper: Mapper[Any], name: str) -> bool:
        configs = [one for one in self.types.values() if one.mapper is mapper]
        return bool(configs) and all(
            any(
                self._reads(config, field_name, definition) == name
                for field_name, definition in getattr(
                    self.schema.type_map.get(config.name), "fields", {}
                ).items()
            )
            for config in configs
        )

    def _reads(self, config: Any, field_name: str, definition: Any) -> str | None:
        reads = config.reads(field_name, definition)
        if reads is None:
            return None
        path = config.aliases.get(field_name, reads)
        return path if "." in path else attribute_named(config.mapper, path)


def plain(name: str) -> str:
    """Return *name* without what sets camelCase, snake_case and CAPITALS apart."""
    return name.replace("_", "").lower()


def shown_types(schema: GraphQLSchema, bound: Collection[str]) -> frozenset[str]:
    """Return the types that rows are shown as: those of *bound*, and above them.

    That is an interface or a union, if all its possible types are bound.
    """
    above = {
        name
        for name, type_ in schema.type_map.items()
        if is_abstract_type(type_)
        and (possible := schema.get_possible_types(type_))
        and all(one.name in bound for one in possible)
    }
    return frozenset(above.union(bound))


def column_named(
    mapper: Mapper[Any], aliases: Mapping[str, str], name: str
) -> tuple[str, TypeEngine[Any]] | None:
    """Return the column that *name* stands for, and its type; `None` if it is none.

    That is a column, a synonym of one or a hybrid, see `attribute_named`.
    """
    attribute = attribute_named(mapper, name, aliases)
    if attribute is None or "." in attribute:
        return None
    column = column_of(mapper, attribute)
    if column is None:
        return None
    if column in mapper.column_attrs:
        return attribute, mapper.column_attrs[column].columns[0].type
    expression = getattr(mapper.class_, attribute)
    return attribute, getattr(expression, "type", None) or NullType()


def relationship_named(
    mapper: Mapper[Any], aliases: Mapping[str, str], name: str
) -> str | None:
    """Return the relationship that *name* stands for, `None` if it is none."""
    attribute = attribute_named(mapper, name, aliases)
    target = without_synonym(mapper, attribute) if attribute else ""
    return target if target in mapper.relationships else None


def refuse(
    coordinate: str, why: str, name: str = "", known: Iterable[str] = ()
) -> NoReturn:
    """Raise the error of a schema that is not understood at *coordinate*."""
    msg = f"{coordinate!r} {why}{suggest(name, known)}"
    raise ConfigurationError(msg)


def fields_of(type_: GraphQLInputObjectType) -> Mapping[str, Any]:
    """Return the fields of an input type by name.

    Raises:
        ConfigurationError: Its values become objects of the application's own, which
            cannot be read.
    """
    if type_.out_type is not GraphQLInputObjectType.out_type:
        refuse(type_.name, "has an out_type: leave it a dict to filter or order by it.")
    fields: Mapping[str, Any] = type_.fields
    return fields


def names_for(mapper: Mapper[Any]) -> list[str]:
    """Return what a client may call the attributes of *mapper*, for suggestions."""
    keys = mapper.all_orm_descriptors.keys()
    return [key for key in keys if not key.startswith("_")]
