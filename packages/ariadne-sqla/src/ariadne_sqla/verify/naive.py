"""The yardstick: plain reading of attributes, over SQLAlchemy's own lazy loading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import (
    Query,
    RelationshipProperty,
    Session,
    WriteOnlyCollection,
    object_session,
    with_parent,
)
from sqlalchemy.orm.collections import collection_adapter

from sqla_loaders import LoaderRegistry

from ..routes import use_route
from .subject import AskedRoot, Subject

__all__ = [
    "naive_context",
    "naive_middleware",
    "page_reader_of",
    "reader_of",
    "rows_of_class",
]


def reader_of(path: str, *, is_list: bool) -> Callable[..., Any]:
    """Return what reads a dotted path of an object, one attribute after the other.

    What `lazy="raise"` forbids is read as lazy loading would read it, and what can be
    called is called, as by graphql-core's default resolver.
    """
    names = path.split(".")

    def read(parent: Any, info: Any, /, **arguments: Any) -> Any:
        value = parent
        for name in names:
            if value is None:
                return None
            value = _attribute(value, name)
        if callable(value):
            value = value(info, **arguments)
        return _members(parent, value) if is_list else value

    return read


def page_reader_of(path: str, size: int) -> Callable[..., Any]:
    """Return what reads a collection as `reader_of` does: its first *size* rows.

    A page has its relationship's order, and ends with the primary key.
    """
    *names, last = path.split(".")
    whole = reader_of(path, is_list=True)

    def read(parent: Any, info: Any, /, **_: Any) -> Any:
        members = whole(parent, info)
        if members is None or len(members) <= size:
            return members
        owner = parent
        for name in names:
            owner = _attribute(owner, name)
        prop = inspect(owner).mapper.relationships[last]
        key = [
            getattr(prop.entity.entity, prop.mapper.get_property_by_column(one).key)
            for one in prop.mapper.primary_key
        ]
        page = _rows(owner, prop).order_by(*key).limit(size)
        session = object_session(owner)
        assert session is not None
        return session.scalars(page).unique().all()

    return read


def rows_of_class(class_: type[Any], session: Session) -> Any:
    """Return all objects of a class."""
    return session.scalars(select(class_)).unique().all()


def naive_middleware(subject: Subject) -> Callable[..., Any]:
    """Return a middleware that reads each field that is asked, and nothing ahead.

    graphql-core calls it in place of the resolvers of the schema: so its scalars and
    its types of abstract rows are the same, and nothing else is.
    """
    roots = {one.name: one for roots in subject.roots.values() for one in roots}

    def read(next_: Any, parent: Any, info: Any, /, **arguments: Any) -> Any:
        root: AskedRoot | None = None
        if info.path.prev is None:
            root = roots.get(info.field_name)
        if root is not None and subject.rows_of is not None:
            return subject.rows_of(root, info.context["session"], info)
        type_ = subject.types.get(info.parent_type.name)
        field = None if type_ is None else type_.fields.get(info.field_name)
        if field is not None:
            return field.read(parent, info, **arguments)
        return next_(parent, info, **arguments)

    def lazily(next_: Any, parent: Any, info: Any, /, **arguments: Any) -> Any:
        with use_route("lazy"):
            return read(next_, parent, info, **arguments)

    return lazily


def naive_context(subject: Subject, session: Session) -> dict[str, Any]:
    """Return the context of a naive execution."""
    return {"loader_registry": LoaderRegistry(session), **subject.context_of(session)}


def _attribute(parent: Any, name: str) -> Any:
    state = inspect(parent, raiseerr=False)
    mapper = getattr(state, "mapper", None)
    prop = None if mapper is None else mapper.relationships.get(name)
    if prop is not None and prop.lazy in ("raise", "raise_on_sql"):
        return _lazily(parent, prop)
    return getattr(parent, name)


def _rows(parent: Any, prop: RelationshipProperty[Any]) -> Select[Any]:
    statement = select(prop.entity).where(with_parent(parent, prop.class_attribute))
    return statement.order_by(*prop.order_by) if prop.order_by else statement


def _lazily(parent: Any, prop: RelationshipProperty[Any]) -> Any:
    statement = _rows(parent, prop)
    session = object_session(parent)
    assert session is not None
    found = session.scalars(statement)
    return found.unique().all() if prop.uselist else found.first()


def _members(parent: Any, value: Any) -> Any:
    """Return the members of a collection, whatever it is made of."""
    if value is None:
        return None
    if isinstance(value, Query):
        return value.all()
    if isinstance(value, WriteOnlyCollection):
        session = object_session(parent)
        assert session is not None
        return session.scalars(value.select()).all()
    if isinstance(value, Mapping):
        return list(value.values())
    try:
        return list(collection_adapter(value))
    except AttributeError:  # a proxy of the values of a collection
        is_dict = getattr(value, "__emulates__", None) is dict
        return list(value.values() if is_dict else value)
