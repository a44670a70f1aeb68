"""The fields of bound types, with what they read of their models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLSchema, is_object_type
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.sql.schema import Column

from sqla_selection import TypeConfig, TypeRegistry
from sqla_selection.attribute_names import without_synonym
from sqla_selection.reading import Reading, RelationshipRead, reading_of_field

__all__ = ["BoundField", "bound_fields", "columns_at", "steps_of"]


@dataclass(frozen=True)
class BoundField:
    """A field of a type that shows a mapped class."""

    type_name: str
    name: str
    definition: GraphQLField
    config: TypeConfig
    path: str | None
    """The attribute that it reads, `None` where a resolver of the application's own
    answers, or nothing does."""
    reading: Reading

    @property
    def coordinate(self) -> str:
        """As `User.posts`."""
        return f"{self.type_name}.{self.name}"

    @property
    def mapper(self) -> Mapper[Any]:
        """The mapper of its objects."""
        return self.config.mapper

    @property
    def relationship(self) -> RelationshipProperty[Any] | None:
        """The relationship whose rows it gives, `None` where that is not just one."""
        if self.path is None or not isinstance(self.reading, RelationshipRead):
            return None
        return self.reading.relationship

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        """The columns of the one attribute that it reads."""
        return () if self.path is None else columns_at(self.mapper, self.path)


def bound_fields(schema: GraphQLSchema) -> Iterator[BoundField]:
    """Yield the fields of the types of *schema* that are bound to models."""
    for config in TypeRegistry.of(schema).values():
        type_ = schema.type_map.get(config.name)
        if not is_object_type(type_):
            continue
        for name, definition in type_.fields.items():
            path = config.reads(name, definition)
            reading = reading_of_field(config.mapper, config, name, definition)
            yield BoundField(config.name, name, definition, config, path, reading)


def steps_of(mapper: Mapper[Any], path: str) -> Iterator[tuple[Mapper[Any], str]]:
    """Yield the attributes of a path, as `"author.username"`, each with its class.

    It ends at the first that is no relationship.
    """
    for name in path.split("."):
        key = without_synonym(mapper, name)
        yield mapper, key
        if key not in mapper.relationships:
            return
        mapper = mapper.relationships[key].mapper


def columns_at(mapper: Mapper[Any], path: str) -> tuple[Column[Any], ...]:
    """Return the columns of the attribute at the end of *path*, none if it has none."""
    *_, (mapper, key) = steps_of(mapper, path)
    if key not in mapper.column_attrs:
        return ()
    columns = mapper.column_attrs[key].columns
    return tuple(column for column in columns if isinstance(column, Column))
