"""What of a plan becomes JSON, as values: a tree of what stands at each response key.

It is decided in `shaping`, by the plan, the schema and the mapping, for all databases
alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import GraphQLField, GraphQLLeafType
from sqlalchemy.orm import Mapper, RelationshipProperty

from sqla_selection.arguments import ConnectionShape, Wanted
from sqla_selection.asked import AskedArguments
from sqla_selection.keys import local_attributes

__all__ = [
    "LeafShape",
    "ObjectShape",
    "PageShape",
    "RelatedShape",
    "TypeNameShape",
    "key_attributes",
]


@dataclass(frozen=True, slots=True)
class TypeNameShape:
    """`__typename`."""

    response_key: str
    type_name: str


@dataclass(frozen=True, slots=True)
class LeafShape:
    """A column, as a scalar or an enum."""

    response_key: str
    where: str
    """The field, as `Post.title`."""
    attribute: str
    column_type: Any
    type: GraphQLLeafType
    is_required: bool
    """Whether a null is an error."""


@dataclass(frozen=True, slots=True)
class RelatedShape:
    """The targets of a relationship: a list of objects, or one or null."""

    response_key: str
    where: str
    """The field, as `Post.author`."""
    relationship: RelationshipProperty[Any]
    target: ObjectShape
    is_required: bool
    is_guarded: bool
    """Whether a policy may leave some of its rows out."""
    arguments: AskedArguments | None
    """What chooses among its rows."""
    page: PageShape | None = None
    """What is asked of the connection that it is shown as, if it is one."""

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return bool(self.relationship.uselist)


@dataclass(frozen=True, slots=True)
class PageShape:
    """A connection: its rows are objects, and what is about the page is made of them.

    Not in SQL: no database makes a cursor.
    """

    structure: ConnectionShape
    wanted: Wanted
    has_nodes: bool
    """Whether something is asked of the rows themselves."""
    has_cursors: bool
    pick: Callable[[Any], Any]
    """What a page has, by the names of the structure → what the response has."""
    definitions: tuple[GraphQLField, ...]
    """Of the connection's own fields, as the schema has them."""


Shape: TypeAlias = "TypeNameShape | LeafShape | RelatedShape"


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """An object: what stands in it, in the order of the response."""

    mapper: Mapper[Any]
    fields: tuple[Shape, ...]
    definitions: tuple[GraphQLField, ...] = ()
    """Of the fields, as the schema has them: their resolvers are taken as they are."""

    def attributes(self) -> list[str]:
        """Return the attributes that it takes, those that are joined on included."""
        found: dict[str, None] = {}
        for field in self.fields:
            if isinstance(field, LeafShape):
                found[field.attribute] = None
            elif isinstance(field, RelatedShape):
                names = local_attributes(self.mapper, field.relationship)
                found.update(dict.fromkeys(names))
        return list(found)

    def all_definitions(self) -> Iterator[GraphQLField]:
        """Yield the definitions of the fields, here and below."""
        yield from self.definitions
        for field in self.fields:
            if isinstance(field, RelatedShape):
                yield from field.page.definitions if field.page else ()
                yield from field.target.all_definitions()

    def levels(self) -> int:
        """Return how many objects and lists are in each other, this one included."""
        below = (
            field.target.levels() + field.is_list
            for field in self.fields
            if isinstance(field, RelatedShape)
        )
        return 1 + max(below, default=0)

    def all_related(self) -> Iterator[RelatedShape]:
        """Yield the relationships, here and below."""
        for field in self.fields:
            if isinstance(field, RelatedShape):
                yield field
                yield from field.target.all_related()


def key_attributes(mapper: Mapper[Any]) -> list[str]:
    """Return the attributes that tell rows of *mapper* apart."""
    return [mapper.get_property_by_column(key).key for key in mapper.primary_key]
