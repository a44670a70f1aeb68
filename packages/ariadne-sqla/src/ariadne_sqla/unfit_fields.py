"""Fields that their model cannot answer: looked at once, when the schema is complete.

Such a mistake would else be a null, an error of each object, or another answer than is
meant, and only where somebody asks for the field.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    is_scalar_type,
    is_specified_scalar_type,
)
from sqlalchemy.orm import Mapper

from sqla_selection import ConfigurationError, TypeConfig, TypeRegistry
from sqla_selection.arguments import node_type_of
from sqla_selection.arguments.vocabulary import plain
from sqla_selection.attribute_names import attribute_named, is_mapped
from sqla_selection.coercion import makes_anything, python_type_of
from sqla_selection.errors import suggest
from sqla_selection.mapping import runs_code_at_load
from sqla_selection.reading import ColumnRead, RelationshipRead, reading_of

from .scalars import SCALARS, serializes_nothing

__all__ = ["check_fields", "check_names", "names_of_inputs"]


def check_names(
    what: str,
    type_name: str,
    names: Iterable[str],
    fields: Iterable[str],
) -> None:
    """Refuse a setting for a field that the type does not have.

    Raises:
        ConfigurationError: One of *names* is none of *fields*.
    """
    known = [*fields]
    for name in names:
        if name not in known:
            msg = (
                f"{what} of {type_name!r} has a key {name!r}, which is no field of the "
                f"type.{suggest(name, known)} Its keys are names of GraphQL fields."
            )
            raise ConfigurationError(msg)


def names_of_inputs(schema: GraphQLSchema, names: Iterable[str]) -> set[str]:
    """Return those of *names* that arguments, filters or orders of *schema* have."""
    written = [plain(name) for name in _input_names(schema)]
    return {
        name for name in names if any(one.startswith(plain(name)) for one in written)
    }


def _input_names(schema: GraphQLSchema) -> Iterator[str]:
    for type_ in schema.type_map.values():
        if is_input_object_type(type_):
            yield from type_.fields
        elif is_enum_type(type_):
            yield from type_.values  # as HEADLINE_ASC
        elif is_object_type(type_):
            for definition in type_.fields.values():
                yield from definition.args


def check_fields(schema: GraphQLSchema) -> None:
    """Look at each field of a bound type that no code of the application's answers.

    Raises:
        ConfigurationError: Some cannot be answered; the message has all of them.
    """
    types = TypeRegistry.of(schema)
    mistakes = [
        mistake
        for config in types.values()
        for name, definition in _fields_of(schema, config).items()
        if not config.runs_code(definition)
        for mistake in _mistakes(schema, types, config, name, definition)
    ]
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))


def _fields_of(schema: GraphQLSchema, config: TypeConfig) -> dict[str, GraphQLField]:
    type_ = schema.type_map.get(config.name)
    return type_.fields if is_object_type(type_) else {}


def _mistakes(
    schema: GraphQLSchema,
    types: TypeRegistry,
    config: TypeConfig,
    name: str,
    definition: GraphQLField,
) -> Iterator[str]:
    path = config.reads(name, definition)
    if path is None:
        return
    if path == name:
        path = attribute_named(config.mapper, name, config.aliases) or name
    where, mapper = f"'{config.name}.{name}'", config.mapper
    if not _has_attribute(mapper, path.partition(".")[0]):
        yield _of_nothing(where, mapper, path)
        return
    reading = reading_of(mapper, path)
    shown = _types_shown(schema, types, definition)
    if isinstance(reading, RelationshipRead):
        target, uselist = mapper, False
        for key in reading.path:
            prop = target.relationships[key]
            target, uselist = prop.mapper, uselist or bool(prop.uselist)
        what = f"the relationship '{mapper.class_.__name__}.{path}'"
        yield from _of_target(where, what, definition, target, shown)
        is_list = is_list_type(get_nullable_type(definition.type))
        if reading.relationship is not None and is_list and not uselist:
            yield (
                f"{where} is the list {definition.type}, but {what} gives one object. "
                "Take the brackets off, or give the field a resolver."
            )
        is_object = get_named_type(definition.type).name in types
        if uselist and not is_list and is_object:
            yield (
                f"{where} is one {definition.type}, but {what} gives a collection. "
                f"Make it a list, as [{get_named_type(definition.type)}!]!, or give "
                "the field a resolver."
            )
    elif isinstance(reading, ColumnRead) and not shown:
        [column, *_] = mapper.column_attrs[reading.name].columns
        what = f"the column '{mapper.class_.__name__}.{path}'"
        yield from _of_unbound_scalar(where, definition, column, what)
    elif isinstance(reading, ColumnRead):
        yield (
            f"{where} is {definition.type}, which shows rows of "
            f"{_listed(shown)}, but it reads the column "
            f"'{mapper.class_.__name__}.{path}'. Let an alias name a relationship, or "
            "give the field a resolver."
        )


def _of_target(
    where: str,
    what: str,
    definition: GraphQLField,
    target: Mapper[Any],
    shown: list[TypeConfig],
) -> Iterator[str]:
    """Compare what a relationship leads to with what the field's type shows."""
    model, named = target.class_.__name__, get_named_type(definition.type)
    if is_leaf_type(named) and _serializes_no_object(named):
        yield (
            f"{where} is {definition.type}, but {what} gives rows of {model!r}. Let "
            "an alias name a column of them, give the field an object type, or a "
            "resolver."
        )
    is_fit = not shown or any(
        config.mapper.isa(target) or target.isa(config.mapper) for config in shown
    )
    if not is_fit:
        yield (
            f"{where} is {definition.type}, which shows rows of {_listed(shown)}, but "
            f"{what} gives rows of {model!r}. Give it a type that is bound to "
            f"{model!r}, or let an alias name another relationship."
        )


def _serializes_no_object(type_: Any) -> bool:
    """Tell that a leaf type is not made for objects: a scalar of one's own may be."""
    if is_enum_type(type_) or is_specified_scalar_type(type_):
        return True
    return serializes_nothing(type_)


_NOT_IN_JSON = {
    datetime.datetime: "DateTime",
    datetime.date: "Date",
    datetime.time: "Time",
    datetime.timedelta: "Duration",
    decimal.Decimal: "Decimal",
    uuid.UUID: "UUID",
    bytes: None,
}
"""What JSON does not have → the scalar for it."""


def _of_unbound_scalar(
    where: str, definition: GraphQLField, column: Any, what: str
) -> Iterator[str]:
    """Find a scalar that gives what a column holds as it is, and JSON cannot have."""
    named = get_named_type(definition.type)
    if not is_scalar_type(named) or is_specified_scalar_type(named):
        return
    type_ = getattr(column, "type", None)
    if type_ is None or not serializes_nothing(named) or makes_anything(type_):
        return
    kind = python_type_of(type_)
    if kind not in _NOT_IN_JSON:
        return
    cure = f"a `ScalarType({named.name!r}, serializer=…)`"
    if named.name in SCALARS:
        cure = "`scalars`, which you import `from ariadne_sqla.scalars`"
    elif _NOT_IN_JSON[kind] is not None:
        cure += (
            f", or name it {_NOT_IN_JSON[kind]} and bind `scalars`, which you import "
            "`from ariadne_sqla.scalars`"
        )
    yield (
        f"{where} is the scalar {named.name}, which nothing has bound, and {what} "
        f"holds a {kind.__name__}, which JSON does not have. Bind {cure}."
    )


def _types_shown(
    schema: GraphQLSchema, types: TypeRegistry, definition: GraphQLField
) -> list[TypeConfig]:
    """Return the bound types that objects of the field, or nodes of it, may have."""
    named = get_named_type(definition.type)
    if named.name not in types:
        named = schema.type_map.get(node_type_of(named), named)
    names = (
        [named, *schema.get_possible_types(named)]
        if is_abstract_type(named)
        else [named]
    )
    return [types[one.name] for one in names if one.name in types]


def _listed(configs: list[TypeConfig]) -> str:
    return ", ".join(sorted({repr(one.model.__name__) for one in configs}))


def _has_attribute(mapper: Mapper[Any], name: str) -> bool:
    """Tell whether objects may have the attribute.

    What is annotated may be set, and anything by code that runs when they are loaded.
    """
    class_ = mapper.class_
    return (
        is_mapped(mapper, name)
        or hasattr(class_, name)
        or any(map(runs_code_at_load, mapper.self_and_descendants))
        or any(
            "__getattr__" in vars(base) or name in vars(base).get("__annotations__", {})
            for base in class_.__mro__
        )
    )


def _of_nothing(where: str, mapper: Mapper[Any], path: str) -> str:
    class_ = mapper.class_
    known = [*mapper.all_orm_descriptors.keys(), *vars(class_)]
    nearest = suggest(path, [name for name in known if not name.startswith("_")])
    return (
        f"{where} reads nothing: it has no resolver, and {class_.__name__!r} has no "
        f"attribute {path!r}.{nearest} Give it an alias or a resolver, or take it out "
        f"of the schema. An attribute that code sets on objects is declared on "
        f"the class, as `{path} = None`."
    )
