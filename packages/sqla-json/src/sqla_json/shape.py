"""What of a plan becomes JSON: a tree of what stands at each response key.

Decided by the plan, the schema and the mapping, for all databases alike. What the tree
has no node for is declined, with the field that asked for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)
from sqlalchemy.orm import Mapper, RelationshipProperty

from sqla_selection import LoadPlan, TypeConfig, TypeRegistry
from sqla_selection.asked import AskedArguments
from sqla_selection.keys import local_attributes
from sqla_selection.load_plan import FieldPlan
from sqla_selection.mapping import Loading, loading_of
from sqla_selection.reading import (
    ApplicationRead,
    ColumnRead,
    HiddenRead,
    RelationshipRead,
)

from .declining import Declining
from .same_rows import check_mapper, check_relationship

__all__ = [
    "LeafShape",
    "ObjectShape",
    "RelatedShape",
    "TypeNameShape",
    "key_attributes",
    "shape_of",
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

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return bool(self.relationship.uselist)


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


def shape_of(
    plan: LoadPlan, type_: GraphQLOutputType, schema: GraphQLSchema
) -> ObjectShape:
    """Return the shape of what *plan* asks of rows that are shown as *type_*.

    Raises:
        Declining: Something of it is not read of columns and relationships alone.
    """
    return _Deciding(schema, TypeRegistry.of(schema)).object(plan, type_, is_root=True)


@dataclass(frozen=True, slots=True)
class _Deciding:
    schema: GraphQLSchema
    types: TypeRegistry

    def object(
        self, plan: LoadPlan, type_: GraphQLOutputType, *, is_root: bool = False
    ) -> ObjectShape:
        named = get_named_type(type_)
        if not isinstance(named, GraphQLObjectType):
            why = f"{named.name} is no object type: each row has a type of its own."
            raise Declining(why)
        config = self._config_of(named, plan.mapper)
        check_mapper(plan, is_root=is_root)
        fields = plan.fields.get(named.name, ())
        return ObjectShape(
            plan.mapper,
            tuple(self._field(plan, named, config, field) for field in fields),
            tuple(named.fields[one.name] for one in fields if one.reading is not None),
        )

    def _config_of(self, named: GraphQLObjectType, mapper: Mapper[Any]) -> TypeConfig:
        config = self.types.get(named.name)
        if config is None or not mapper.isa(config.mapper):
            why = f"{named.name} is not bound to {mapper.class_.__name__}."
            raise Declining(why)
        if named.is_type_of is not None:
            why = f"{named.name} has an `is_type_of`, which may refuse a row."
            raise Declining(why)
        return config

    def _check_policies(self, prop: RelationshipProperty[Any], where: str) -> None:
        """Check that no policy is about the rows that lead to those of *prop*."""
        between = self.types.policies.guarded_between(prop)
        if between is not None:
            name = between.class_.__name__
            why = f"A policy hides rows of {name}, which are between those of {where}."
            raise Declining(why)

    def _field(
        self,
        plan: LoadPlan,
        type_: GraphQLObjectType,
        config: TypeConfig,
        field: FieldPlan,
    ) -> Shape:
        if field.reading is None:
            return TypeNameShape(field.response_key, type_.name)
        where = f"{type_.name}.{field.name}"
        if isinstance(field.reading, HiddenRead):
            why = f"{where} is hidden from this viewer."
            raise Declining(why)
        declared = type_.fields[field.name].type
        if isinstance(field.reading, ColumnRead):
            return _leaf(plan, field, field.reading, where, declared)
        if isinstance(field.reading, RelationshipRead):
            prop = field.reading.relationship
            strategy = config.strategies.get(field.name)
            if field.arguments is not None and field.arguments.shape.connection:
                why = f"{where} is a connection, whose pages are made of objects."
                raise Declining(why)
            if prop is not None and field.below is not None:
                self._check_policies(prop, where)
                check_relationship(prop, strategy, where)
                _check_structure(prop, declared, where)
                target = self.object(field.below, declared)
                return RelatedShape(
                    field.response_key,
                    where,
                    prop,
                    target,
                    isinstance(declared, GraphQLNonNull),
                    self.types.policies.guards(prop.mapper),
                    field.arguments,
                )
        is_own = isinstance(field.reading, ApplicationRead)
        what = "has a resolver of its own" if is_own else "is read by Python"
        why = f"{where} {what}."
        raise Declining(why)


def _leaf(
    plan: LoadPlan,
    field: FieldPlan,
    reading: ColumnRead,
    where: str,
    declared: GraphQLOutputType,
) -> LeafShape:
    type_ = get_nullable_type(declared)
    if not is_leaf_type(type_):
        why = f"{where} is a column, and no scalar or enum."
        raise Declining(why)
    if reading.needs.subclasses:
        why = f"{where} is something else on rows of a subclass."
        raise Declining(why)
    prop = plan.mapper.column_attrs[reading.name]
    if loading_of(prop) is not Loading.SETTABLE:
        why = f"{where} is a `query_expression()`, which only the rows' statement sets."
        raise Declining(why)
    return LeafShape(
        field.response_key,
        where,
        reading.name,
        prop.columns[0].type,
        type_,
        isinstance(declared, GraphQLNonNull),
    )


def _check_structure(
    prop: RelationshipProperty[Any], declared: GraphQLOutputType, where: str
) -> None:
    nullable = get_nullable_type(declared)
    items: Any = nullable.of_type if isinstance(nullable, GraphQLList) else None
    is_nested = isinstance(get_nullable_type(items), GraphQLList)
    if is_nested or (items is not None) != bool(prop.uselist):
        why = f"{where} is declared as {declared}, which {prop} is not."
        raise Declining(why)
