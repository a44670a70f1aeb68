"""The shapes of arguments: what they may ask of one mapped class.

A shape is decided when a schema is bound, see `recognition`. It is equal to another one
where it is about the same input type and the same mapped class, which makes it fit for
the key of a plan. Values come later, see `given`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

from graphql import GraphQLEnumType
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapper
from sqlalchemy.types import TypeEngine

from .filters import Operator, Quantifier

__all__ = [
    "ArgumentsShape",
    "ColumnField",
    "ConnectionShape",
    "Direction",
    "Expression",
    "FilterConfig",
    "FilterField",
    "FilterShape",
    "FunctionField",
    "LogicField",
    "OrderChoice",
    "OrderConfig",
    "OrderKey",
    "OrderShape",
    "RelationField",
]

FilterFunction: TypeAlias = Callable[[Any, Any, Any], Any]
OrderFunction: TypeAlias = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class FilterConfig:
    """What the SDL of a filter input cannot say."""

    name: str
    """The name of the input type."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Input field → attribute."""
    functions: Mapping[str, FilterFunction] = field(default_factory=dict)
    """Input field → function `(entity, value, info)` → condition."""


@dataclass(frozen=True)
class OrderConfig:
    """What the SDL of an order enum or input cannot say."""

    name: str
    """The name of the enum or input type."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Input field, or enum value without its direction → attribute or dotted path."""
    functions: Mapping[str, OrderFunction] = field(default_factory=dict)
    """The same → function `(entity, info)` → expression."""


@dataclass(frozen=True)
class ColumnField:
    """A field of a filter input, or an argument, about a column."""

    name: str
    attribute: str
    type: TypeEngine[Any] = field(compare=False, repr=False)
    operators: tuple[tuple[str, str, Operator], ...] | None = None
    """Python name, GraphQL name and meaning of each; `None` where it is a scalar."""
    reads: Callable[[Any], Any] | None = field(default=None, compare=False, repr=False)
    """What reads a client's value first, see `IdReader`."""


@dataclass(frozen=True)
class RelationField:
    """A field of a filter input about a relationship."""

    name: str
    relationship: str
    parts: tuple[tuple[str, str, Quantifier, FilterShape], ...]
    """Python name, GraphQL name, meaning and target of `some`, `none`, `every`; for a
    to-one relationship there is only `("", "", "one", target)`."""


@dataclass(frozen=True)
class FunctionField:
    """A field of a filter input that a function of the application answers."""

    name: str
    function: FilterFunction


@dataclass(frozen=True)
class LogicField:
    """`and`, `or`, `not`."""

    name: str
    kind: Literal["and", "or", "not"]
    target: FilterShape


FilterField: TypeAlias = ColumnField | RelationField | FunctionField | LogicField


@dataclass(frozen=True)
class FilterShape:
    """One filter input type, about one mapped class."""

    type_name: str
    mapper: Mapper[Any]
    fields: dict[str, FilterField] = field(
        default_factory=dict, compare=False, repr=False
    )
    """By Python name. Input types nest without end, so it is no part of the value."""


@dataclass(frozen=True)
class Direction:
    """Which way, and where nulls go: `None` is where the database puts them."""

    is_descending: bool = False
    nulls: Literal["first", "last"] | None = None

    @property
    def reversed(self) -> Direction:
        """The other way, nulls included."""
        others: dict[Any, Any] = {"first": "last", "last": "first", None: None}
        return Direction(not self.is_descending, others[self.nulls])


@dataclass(frozen=True, eq=False)
class Expression:
    """An expression of the mapping, on the mapped class itself."""

    expression: ColumnElement[Any]


@dataclass(frozen=True)
class OrderKey:
    """One item of an order."""

    path: tuple[str, ...]
    """The to-one relationships on the way."""
    source: str | OrderFunction | Expression
    """An attribute, a function `(entity, info)` → expression, or what the mapping
    orders by that is neither."""
    direction: Direction = Direction()
    is_exposed: bool = field(default=False, compare=False)
    """Whether the GraphQL type shows the value: only then a cursor may."""
    name: str = field(default="", compare=False)
    """What a client calls it."""


@dataclass(frozen=True)
class OrderShape:
    """One order type, about one mapped class: an enum, or an input to choose from."""

    type_name: str
    mapper: Mapper[Any]
    enum: GraphQLEnumType | None = field(default=None, compare=False, repr=False)
    """The enum, of the closed form or of directions."""
    keys: dict[str, OrderKey] = field(default_factory=dict, compare=False, repr=False)
    """Closed form: enum value → key."""
    choices: dict[str, OrderChoice] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Open form: Python name → what it asks."""


@dataclass(frozen=True)
class OrderChoice:
    """A field of an order input: a key with a direction, or a related order."""

    name: str
    directions: GraphQLEnumType | None = None
    key: OrderKey | None = None
    relationship: str = ""
    target: OrderShape | None = None
    is_exposed: bool = False
    """Whether the GraphQL type shows the relationship."""


@dataclass(frozen=True)
class ConnectionShape:
    """The type of a field that is a connection, by its structure."""

    type_name: str
    node_type: str
    edges: str | None
    nodes: str | None
    page_info: str | None
    total_count: str | None
    cursor: str | None
    """The names of the fields, `None` where the type has none."""
    node: str | None


@dataclass(frozen=True)
class ArgumentsShape:
    """All that the arguments of one field may ask."""

    mapper: Mapper[Any]
    columns: tuple[tuple[str, ColumnField], ...] = ()
    """Python name of the argument, and the column that it equals."""
    filter: tuple[str, str, FilterShape] | None = None
    """Python name, GraphQL name, shape."""
    order: tuple[str, str, OrderShape] | None = None
    sizes: tuple[tuple[str, str, str], ...] = ()
    """Python name, GraphQL name and meaning of `limit`, `offset`, `first`, `after`,
    `last`, `before`."""
    connection: ConnectionShape | None = None
    page_size: int | None = None
    max_page_size: int | None = None

    @cached_property
    def keys(self) -> frozenset[str]:
        """The Python names of the arguments."""
        others = [one for one in (self.filter, self.order) if one is not None]
        return frozenset(one[0] for one in (*self.columns, *self.sizes, *others))

    @property
    def chooses_by_itself(self) -> bool:
        """Whether it is about some of the rows though nothing is given."""
        return bool(
            self.connection
            or self.page_size is not None
            or self.max_page_size is not None
        )

    @cached_property
    def is_empty(self) -> bool:
        """Whether there is nothing that a client could ask."""
        return not (
            self.columns
            or self.filter
            or self.order
            or self.sizes
            or self.connection
            or self.page_size
        )
