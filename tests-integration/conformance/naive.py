"""The yardstick: plain resolvers and SQLAlchemy's own lazy loading."""

from collections.abc import Callable, Mapping
from inspect import getattr_static
from typing import Any

from ariadne import ObjectType, convert_camel_case_to_snake
from graphql import (
    GraphQLList,
    GraphQLOutputType,
    get_nullable_type,
)
from sqlalchemy import inspect, select
from sqlalchemy.orm import (
    Query,
    RelationshipProperty,
    Session,
    WriteOnlyCollection,
    object_session,
    with_parent,
)

from .case import Case, Type


class NaiveObjectType(ObjectType):
    """Reads each field from the attribute that it stands for, one by one."""

    def __init__(self, case: Case, declared: Type) -> None:
        super().__init__(declared.name)
        self._case = case
        self._declared = declared

    def bind_to_schema(self, schema: Any) -> None:
        for name in schema.type_map[self.name].fields:
            resolver = self._declared.resolvers.get(name)
            if resolver is None:
                resolver = read(attribute_of(self._case, self._declared, name))
            self.set_field(name, resolver)
        super().bind_to_schema(schema)


def attribute_of(case: Case, declared: Type, field: str) -> str:
    """The attribute that a field without a resolver of its own stands for."""
    if field in declared.aliases:
        return declared.aliases[field]
    snake = convert_camel_case_to_snake(field)
    is_there = getattr_static(declared.model, field, None) is not None
    return field if is_there else snake


def read(attribute: str) -> Callable[..., Any]:
    """A resolver that reads one attribute of its parent."""

    def resolve(parent: Any, info: Any, **_: Any) -> Any:
        if isinstance(parent, Mapping):
            return parent.get(attribute)
        relationship = inspect(type(parent)).relationships.get(attribute)
        if relationship is not None and relationship.lazy in {"raise", "raise_on_sql"}:
            return lazily(parent, relationship)
        value = getattr(parent, attribute)
        return values(parent, value) if gives_list(info.return_type) else value

    return resolve


def lazily(parent: Any, relationship: RelationshipProperty[Any]) -> Any:
    """What lazy loading would read, were it not forbidden."""
    statement = select(relationship.entity).where(
        with_parent(parent, relationship.class_attribute)
    )
    if relationship.order_by:
        statement = statement.order_by(*relationship.order_by)
    found = session_of(parent).scalars(statement)
    return found.all() if relationship.uselist else found.first()


def session_of(parent: Any) -> Session:
    """The session that loaded the parent."""
    session = object_session(parent)
    assert session is not None
    return session


def gives_list(output_type: GraphQLOutputType) -> bool:
    """Whether a field of this type gives a list."""
    return isinstance(get_nullable_type(output_type), GraphQLList)


def values(parent: Any, collection: Any) -> Any:
    """The members of a collection, read as its own way of loading prescribes."""
    if isinstance(collection, Query):
        return collection.all()
    if isinstance(collection, WriteOnlyCollection):
        return session_of(parent).scalars(collection.select()).all()
    if isinstance(collection, Mapping):
        return list(collection.values())
    return None if collection is None else list(collection)
