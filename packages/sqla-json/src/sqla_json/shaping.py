"""From a plan to the shape of its JSON, or to the field that has none.

What the tree has no node for is declined, with the field that asked for it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
)
from sqlalchemy.orm import Mapper, RelationshipProperty

from sqla_selection import LoadPlan, TypeConfig, TypeRegistry
from sqla_selection.load_plan import FieldPlan
from sqla_selection.reading import (
    ApplicationRead,
    ColumnRead,
    HiddenRead,
    RelationshipRead,
)

from .declining import Declining
from .leaf_shapes import leaf_of, made_of_columns
from .page_shapes import page_shape
from .reads import AskedPage, Reads
from .same_rows import check_mapper, check_relationship
from .shape import (
    NullShape,
    ObjectShape,
    PageShape,
    PolymorphicShape,
    RelatedShape,
    RowShape,
    Shape,
    TypeNameShape,
)
from .variants import discriminator_of, identities_of, of_base

__all__ = ["page_of_root", "shape_of"]


def page_of_root(
    page: AskedPage, type_: GraphQLOutputType, schema: GraphQLSchema, reads: Reads
) -> PageShape:
    """Return the shape of a connection that is the value of a root field.

    Raises:
        Declining: A field of it has a resolver of its own, or its rows are asked for
            in several ways.
    """
    where = page.structure.type_name
    return page_shape(page.structure, [page.asked], type_, schema, reads.key, where)


def shape_of(
    plan: LoadPlan, type_: GraphQLOutputType, schema: GraphQLSchema, reads: Reads
) -> RowShape:
    """Return the shape of what *plan* asks of rows that are shown as *type_*.

    Raises:
        Declining: Something of it is not read of columns and relationships alone.
    """
    return _Deciding(schema, TypeRegistry.of(schema), reads).row(
        plan, type_, is_root=True
    )


@dataclass(frozen=True, slots=True)
class _Deciding:
    schema: GraphQLSchema
    types: TypeRegistry
    reads: Reads

    def row(
        self, plan: LoadPlan, type_: GraphQLOutputType, *, is_root: bool = False
    ) -> RowShape:
        named: Any = get_named_type(type_)
        if is_abstract_type(named):
            return self._of_class(plan, named, is_root=is_root)
        classes = [one.class_ for one in plan.mapper.self_and_descendants]
        shape = self._object(plan, named, plan.mapper, classes)
        check_mapper(shape.mapper, shape.attributes(), is_root=is_root)
        return shape

    def _object(
        self,
        plan: LoadPlan,
        named: GraphQLObjectType,
        mapper: Mapper[Any],
        classes: Collection[type[Any]],
    ) -> ObjectShape:
        """Return what is asked of rows of *mapper* that are shown as *named*.

        They are those of *classes*.
        """
        config = self._config_of(named, mapper)
        fields = plan.fields.get(named.name, ())
        return ObjectShape(
            mapper,
            tuple(
                self._field(mapper, named, config, field, classes) for field in fields
            ),
            tuple(named.fields[one.name] for one in fields if one.reading is not None),
        )

    def _of_class(
        self, plan: LoadPlan, abstract: GraphQLAbstractType, *, is_root: bool
    ) -> RowShape:
        """Return what is asked of rows whose class tells what they are shown as."""
        mapper = plan.mapper
        name_of = self.reads.type_names(abstract, self.schema)
        if name_of is None:
            why = f"Which type of {abstract.name} a row is shown as, Python tells."
            raise Declining(why)
        if mapper.polymorphic_on is None:
            identities = {None: mapper}
        else:
            identities = identities_of(mapper)
        named = {identity: name_of(one.class_) for identity, one in identities.items()}
        names = list(dict.fromkeys(name for name in named.values() if name))
        if not names:
            why = f"{mapper.class_.__name__} is shown as no type of {abstract.name}."
            raise Declining(why)
        variants = []
        for name in names:
            classes = [identities[one].class_ for one in named if named[one] == name]
            variants.append(self._variant(plan, name, classes, is_root=is_root))
        places = {key: names.index(name) for key, name in named.items() if name}
        told_by = None if None in places else discriminator_of(mapper)
        return PolymorphicShape(mapper, abstract, told_by, tuple(variants), places)

    def _variant(
        self,
        plan: LoadPlan,
        name: str,
        classes: Collection[type[Any]],
        *,
        is_root: bool,
    ) -> ObjectShape:
        """Return what is asked of rows of one type, of the row itself if it has all."""
        named: Any = self.schema.type_map[name]
        own = self.types[name].mapper
        if plan.mapper.isa(own):
            own = plan.mapper
        shape = self._object(plan, named, own, classes)
        if own is not plan.mapper:
            shape = of_base(shape, plan.mapper) or shape
        is_of_root = is_root and shape.mapper is plan.mapper
        check_mapper(shape.mapper, shape.attributes(), is_root=is_of_root)
        return shape

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
        mapper: Mapper[Any],
        type_: GraphQLObjectType,
        config: TypeConfig,
        field: FieldPlan,
        classes: Collection[type[Any]],
    ) -> Shape:
        if field.reading is None:
            return TypeNameShape(field.response_key, type_.name)
        where = f"{type_.name}.{field.name}"
        declared = type_.fields[field.name].type
        if isinstance(field.reading, HiddenRead):
            if isinstance(declared, GraphQLNonNull):
                why = f"{where} is hidden from this viewer, and may not be null."
                raise Declining(why)
            return NullShape(field.response_key, type_.name, field.name)
        is_read = isinstance(field.reading, ColumnRead | RelationshipRead)
        if is_read and not self.reads.gives(type_.fields[field.name]):
            made_of = self.reads.made_of(type_.fields[field.name], mapper, classes)
            if made_of is not None:
                return made_of_columns(mapper, field, made_of, where, declared)
            why = f"{where} makes something of what it reads."
            raise Declining(why)
        if isinstance(field.reading, ColumnRead):
            return leaf_of(mapper, field, field.reading, where, declared)
        if isinstance(field.reading, RelationshipRead):
            prop = field.reading.relationship
            if prop is not None and (field.below is not None or field.pages):
                strategy = config.strategies.get(field.name)
                return self._related(field, prop, strategy, where, declared)
        is_own = isinstance(field.reading, ApplicationRead)
        what = "has a resolver of its own" if is_own else "is read by Python"
        why = f"{where} {what}."
        raise Declining(why)

    def _related(
        self,
        field: FieldPlan,
        prop: RelationshipProperty[Any],
        strategy: Any,
        where: str,
        declared: GraphQLOutputType,
    ) -> RelatedShape:
        self._check_policies(prop, where)
        check_relationship(prop, strategy, where)
        arguments, page = field.arguments, None
        structure = None if arguments is None else arguments.shape.connection
        if structure is None:
            _check_structure(prop, declared, where)
            node: GraphQLOutputType = declared
        else:
            page = page_shape(
                structure, field.pages, declared, self.schema, self.reads.key, where
            )
            node = self.schema.type_map[structure.node_type]  # type: ignore[assignment]
        if page is not None and not page.has_nodes:
            target: RowShape = ObjectShape(prop.mapper, ())
        else:
            assert field.below is not None
            target = self.row(field.below, node)
        return RelatedShape(
            field.response_key,
            where,
            prop,
            target,
            isinstance(declared, GraphQLNonNull),
            self.types.policies.guards(prop.mapper),
            arguments,
            page,
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
