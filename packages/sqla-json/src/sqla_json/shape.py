"""What of a plan becomes JSON, as values: a tree of what stands at each response key.

It is decided in `shaping`, by the plan, the schema and the mapping, for all databases
alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import GraphQLAbstractType, GraphQLField, GraphQLLeafType
from sqlalchemy.orm import Mapper, RelationshipProperty

from sqla_selection.arguments import ConnectionShape, Wanted
from sqla_selection.asked import AskedArguments
from sqla_selection.keys import key_attributes, local_attributes

__all__ = [
    "LeafShape",
    "MadeShape",
    "NullShape",
    "ObjectShape",
    "PageShape",
    "PolymorphicShape",
    "RelatedShape",
    "RowShape",
    "TypeNameShape",
]


@dataclass(frozen=True, slots=True)
class TypeNameShape:
    """`__typename`."""

    response_key: str
    type_name: str


@dataclass(frozen=True, slots=True)
class NullShape:
    """A field that the viewer may not see: null."""

    response_key: str
    type_name: str
    name: str


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
class MadeShape:
    """What Python makes of columns of the row, as a scalar."""

    response_key: str
    where: str
    """The field, as `Post.id`."""
    columns: Mapping[str, Any]
    """The attributes that are read → the types of their columns."""
    make: Callable[[Sequence[Any]], Any]
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
    target: RowShape
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


Shape: TypeAlias = "TypeNameShape | NullShape | LeafShape | MadeShape | RelatedShape"


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
            elif isinstance(field, MadeShape):
                found.update(dict.fromkeys(field.columns))
            elif isinstance(field, RelatedShape):
                names = local_attributes(self.mapper, field.relationship)
                found.update(dict.fromkeys(names))
        return list(found)

    def parts(self) -> Iterator[RowShape | Shape]:
        """Yield this, its fields, and all that is below."""
        yield self
        for field in self.fields:
            yield field
            if isinstance(field, RelatedShape):
                yield from field.target.parts()

    def levels(self) -> int:
        """Return how many objects and lists are in each other, this one included."""
        below = (
            field.target.levels() + field.is_list
            for field in self.fields
            if isinstance(field, RelatedShape)
        )
        return 1 + max(below, default=0)


@dataclass(frozen=True, slots=True)
class PolymorphicShape:
    """An object of one of several types, which the class of its row tells."""

    mapper: Mapper[Any]
    abstract: GraphQLAbstractType
    discriminator: str | None
    """The attribute that tells the class; `None` where all rows are of one."""
    variants: tuple[ObjectShape, ...]
    """One for each type. That of *mapper* itself is of the row, and one of a subclass
    of what the subclass has by the same key."""
    places: Mapping[Any, int]
    """A value of the discriminator → the place of its variant. A row with another is
    left to objects."""

    def attributes(self) -> list[str]:
        """Return the attributes that it takes of the row."""
        names = [] if self.discriminator is None else [self.discriminator]
        for variant in self.variants:
            is_of_row = variant.mapper is self.mapper
            names += variant.attributes() if is_of_row else key_attributes(self.mapper)
        return list(dict.fromkeys(names))

    def parts(self) -> Iterator[RowShape | Shape]:
        """See `ObjectShape.parts`."""
        yield self
        for variant in self.variants:
            yield from variant.parts()

    def levels(self) -> int:
        """See `ObjectShape.levels`; with an object around each that tells its type."""
        return 1 + max((variant.levels() for variant in self.variants), default=0)


RowShape: TypeAlias = ObjectShape | PolymorphicShape
"""What a row is shown as."""
