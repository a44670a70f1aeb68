"""What arguments of a schema's fields may ask: looked at once, when it is complete.

Nothing that a client may write is ever ignored. An argument is understood, or it is the
application's own, or the schema is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NoReturn

from graphql import GraphQLField, GraphQLSchema, get_named_type, is_abstract_type
from sqlalchemy.orm import Mapper, RelationshipProperty

from sqla_selection import ConfigurationError, TypeConfig, TypeRegistry
from sqla_selection.arguments import (
    ArgumentsShape,
    Vocabulary,
    arguments_shape,
    check_order_of_connection,
    connection_shape,
    node_type_of,
    reads_of_connection,
    refuse_arguments,
)
from sqla_selection.arguments.vocabulary import column_named
from sqla_selection.attribute_names import attribute_named
from sqla_selection.mapping import Loading, loading_of
from sqla_selection.reading import PythonRead, RelationshipRead, reading_of

from .bound import BoundSchema, bound_to
from .chosen_rows import set_shape, shape_of_field
from .ownership import application_resolver, is_default
from .unfit_fields import check_fields
from .watched_fields import notice_validation
from .wrappers import Parameters, is_around_ours, parameters_of

__all__ = ["look_when_complete", "shape_of_root", "vocabulary_of"]


def look_when_complete(schema: GraphQLSchema) -> BoundSchema:
    """Look at the arguments of *schema* when graphql-core validates it.

    That is after bindables, converted names and directives, and at the end of
    `make_executable_schema`; else at the first execution, before anything is answered.
    """
    bound = bound_to(schema)
    if not bound.is_looked_at:
        bound.is_looked_at = True
        bound.when_complete.add("types", _check_types)
        bound.when_complete.end_with(check_fields)
        bound.at_first.add("arguments", bound.when_complete.do)
        notice_validation(schema, lambda: bound.when_complete.do(schema))
    return bound


def vocabulary_of(schema: GraphQLSchema) -> Vocabulary:
    """Return what names of input types mean in *schema*, which is complete."""
    bound = bound_to(schema)
    if bound.vocabulary is None:
        bound.vocabulary = Vocabulary.of(
            schema, bound.inputs.values(), reads_ids=bound.id_reader
        )
    return bound.vocabulary


def shape_of_root(
    where: str,
    definition: GraphQLField,
    mapper: Mapper[Any],
    vocabulary: Vocabulary,
    config: TypeConfig,
    base_query: Callable[..., Any] | None,
) -> ArgumentsShape:
    """Return what the arguments of a root field may ask of rows of *mapper*.

    Those that the application's `get_base_query` has a parameter for are its own; with
    `**kwargs` so are those of no known name. What a resolver around ours has a
    parameter for is that resolver's.

    Raises:
        ConfigurationError: An argument means nothing.
    """
    own = parameters_of(base_query, 1)  # without `info`
    around = Parameters()
    if is_around_ours(definition):
        around = parameters_of(application_resolver(definition), 2)
    known = vocabulary.aliases_of(mapper, config.aliases)
    ignoring = {
        one
        for name, argument in definition.args.items()
        for one in filter(None, (name, argument.out_name))
        if one in around.names
        or (own.named(one) is not None and column_named(mapper, known, name) is None)
    }
    try:
        return arguments_shape(
            where,
            definition,
            mapper,
            vocabulary,
            aliases=config.aliases,
            ignoring=ignoring,
            leaves_unknown=own.takes_others,
            page_size=config.page_size,
            max_page_size=config.max_page_size,
        )
    except ConfigurationError as error:
        if base_query is None:
            raise
        msg = (
            f"{error} If an argument is for your `get_base_query`, give that a "
            "parameter of its name."
        )
        raise ConfigurationError(msg) from None


def _check_types(schema: GraphQLSchema) -> None:
    """Understand the arguments of fields of bound types, and refuse what nothing reads.

    Raises:
        ConfigurationError: There is one.
    """
    bound = bound_to(schema)
    for config in TypeRegistry.of(schema).values():
        type_ = schema.type_map.get(config.name)
        for name, definition in getattr(type_, "fields", {}).items():
            if not config.runs_code(definition):
                _check(config, name, definition, vocabulary_of(schema))
            elif is_around_ours(definition):
                _check_wrapped(config, name, definition, vocabulary_of(schema))
            bound.chooses |= shape_of_field(name, definition) is not None
    if schema.query_type is not None:
        for name, definition in schema.query_type.fields.items():
            if definition.args and is_default(definition):
                _refuse_connection(f"Query.{name}", definition, vocabulary_of(schema))


def _refuse_connection(
    where: str, definition: GraphQLField, vocabulary: Vocabulary
) -> None:
    schema = vocabulary.schema
    node = schema.type_map.get(node_type_of(get_named_type(definition.type)))
    types = schema.get_possible_types(node) if is_abstract_type(node) else [node]
    if any(one is not None and one.name in vocabulary.types for one in types):
        msg = (
            f"{where!r} is a connection that nothing answers. Bind it by a "
            "`SQLAlchemyQueryType` with the type of its nodes, or give it a resolver, "
            "see `sqla_loaders.connection`."
        )
        raise ConfigurationError(msg)


def _check(
    config: TypeConfig, name: str, definition: GraphQLField, vocabulary: Vocabulary
) -> None:
    """Look at the arguments of a field without a resolver of the application's own."""
    where, mapper = f"{config.name}.{name}", config.mapper
    path = config.reads(name, definition)
    if path is None:
        return
    if path == name:
        path = attribute_named(mapper, name, config.aliases) or name
    reading = reading_of(mapper, path)
    if isinstance(reading, RelationshipRead):
        _understand(where, definition, reading.relationship, vocabulary)
    elif not definition.args:
        return
    elif not isinstance(reading, PythonRead) or _is_value(mapper, path):
        refuse_arguments(where, definition)
    elif connection_shape(get_named_type(definition.type), vocabulary.shown):
        for one in reads_of_connection(name):
            attribute = attribute_named(mapper, one, config.aliases)
            if attribute is not None and attribute in mapper.relationships:
                _refuse(where, definition, "is a connection")


def _check_wrapped(
    config: TypeConfig, name: str, definition: GraphQLField, vocabulary: Vocabulary
) -> None:
    """Look at the arguments of a field whose resolver of ours is within another one.

    They choose rows as without it, but for those that are its own parameters.
    """
    path = config.reads(name, definition)
    reading = None if path is None else reading_of(config.mapper, path)
    if isinstance(reading, RelationshipRead):
        own = parameters_of(application_resolver(definition), 2)  # the object, `info`
        prop, where = reading.relationship, f"{config.name}.{name}"
        try:
            _understand(where, definition, prop, vocabulary, own.names)
        except ConfigurationError as error:
            msg = (
                f"{error} If an argument is for your resolver around the field, give "
                "that a parameter of its name."
            )
            raise ConfigurationError(msg) from None


def _understand(
    where: str,
    definition: GraphQLField,
    prop: RelationshipProperty[Any] | None,
    vocabulary: Vocabulary,
    ignoring: Collection[str] = (),
) -> None:
    """Let arguments choose among the rows of the relationship that a field reads.

    Not those *ignoring* names, by their Python names.
    """
    if prop is None or loading_of(prop) is Loading.NOTHING:
        if definition.args:
            _refuse(where, definition, "reads what no one relationship loads")
        return
    if not definition.args and not prop.uselist:
        return
    named = get_named_type(definition.type)
    connection = connection_shape(named, vocabulary.shown)
    target = vocabulary.types.get(connection.node_type if connection else named.name)
    shape = arguments_shape(
        where,
        definition,
        prop.mapper,
        vocabulary,
        ignoring=ignoring,
        page_size=None if target is None else target.page_size,
        max_page_size=None if target is None else target.max_page_size,
    )
    if shape.connection is not None and not prop.uselist:
        _refuse(where, definition, f"is a connection, but {prop} is one object")
    if shape.connection is not None:
        check_order_of_connection(where, definition, prop, shape)
    if definition.args or shape.connection is not None:
        set_shape(definition, None if shape.is_empty else shape)


def _refuse(where: str, definition: GraphQLField, what: str) -> NoReturn:
    [name, *_] = definition.args
    msg = (
        f"'{where}({name}:)' is an argument of a field that {what}. "
        "Give the field a resolver, or take the argument out."
    )
    raise ConfigurationError(msg)


def _is_value(mapper: Mapper[Any], path: str) -> bool:
    """Tell whether Python reads a value there: a method is called with arguments."""
    value = getattr(mapper.class_, path, None)
    return value is not None and not callable(value)
