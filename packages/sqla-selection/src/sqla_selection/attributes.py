"""What has to be loaded so that one attribute of a mapped class can be read.

`needs_of` is a function of the mapping alone: no selection, no GraphQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

from sqlalchemy.ext.associationproxy import AssociationProxyExtensionType
from sqlalchemy.ext.hybrid import HybridExtensionType, hybrid_property
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import ColumnElement, visitors
from sqlalchemy.sql.schema import Column

from ._compat import is_query_expression

__all__ = [
    "Needs",
    "attribute_named",
    "is_mapped",
    "local_attributes",
    "needs_of",
    "plain_columns",
    "without_synonym",
]


@dataclass(frozen=True, slots=True)
class Needs:
    """What reading an attribute takes, on one level and below it."""

    attributes: frozenset[str] = frozenset()
    """Keys of column attributes of this level."""
    relationships: tuple[tuple[str, Needs], ...] = ()
    """Relationships to load, each with what is read of its target."""
    target: tuple[str, ...] = ()
    """Where the attribute leads to other mapped objects: the relationships on the way
    to them, so that a selection below the field can be planned there."""

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            self.attributes | other.attributes,
            (*self.relationships, *other.relationships),
            self.target or other.target,
        )

    def below(self, relationship: str) -> Needs:
        """Return the same needs seen from the owner of *relationship*."""
        if self.target:
            rest = Needs(self.attributes, self.relationships)
            nested = ((relationship, rest),) if rest != Needs() else ()
            return Needs(frozenset(), nested, (relationship, *self.target))
        return Needs(relationships=((relationship, self),))


def needs_of(mapper: Mapper[Any], path: str) -> Needs:
    """Return what reading *path*, as `"title"` or `"author.username"`, takes.

    A column, a relationship, a synonym, a composite, a hybrid and an association proxy
    need what they stand for. Whatever else the class may have under that name (a plain
    property, nothing at all) needs every plain column, which is safe.
    """
    return _needs(mapper, tuple(path.split(".")))


@lru_cache(maxsize=4096)
def _needs(mapper: Mapper[Any], path: tuple[str, ...]) -> Needs:
    name, rest = without_synonym(mapper, path[0]), path[1:]
    if name in mapper.relationships:
        target = mapper.relationships[name].mapper
        return _needs(target, rest).below(name) if rest else Needs(target=(name,))
    if name in mapper.column_attrs:
        return Needs(frozenset({name}))
    if name in mapper.composites:
        return _needs_of_composite(mapper, name)
    descriptor = mapper.all_orm_descriptors.get(name)
    kind = getattr(descriptor, "extension_type", None)
    if kind is AssociationProxyExtensionType.ASSOCIATION_PROXY:
        through = _through(mapper, name)
        if through is not None:
            return _needs(mapper, (*through, *rest))
    if isinstance(descriptor, hybrid_property) and (
        kind is HybridExtensionType.HYBRID_PROPERTY
    ):
        return _needs_of_hybrid(mapper, name, descriptor)
    return Needs(plain_columns(mapper))


def without_synonym(mapper: Mapper[Any], name: str) -> str:
    """Return the attribute that *name* is a synonym of, or *name*."""
    while name in mapper.synonyms:
        name = mapper.synonyms[name].name
    return name


def _needs_of_composite(mapper: Mapper[Any], name: str) -> Needs:
    needs = Needs()
    for prop in mapper.composites[name].props:
        part = _needs(mapper, (prop.key,))
        for key in reversed(part.target):  # an object that is a part of the value
            target = mapper.relationships[key].mapper
            part = Needs(plain_columns(target)).below(key)
        needs |= part
    return needs


def _through(mapper: Mapper[Any], name: str) -> tuple[str, str] | None:
    """Return what an association proxy goes through, `None` if it cannot be read."""
    try:
        proxy = getattr(mapper.class_, name)
    except NotImplementedError:  # It is over a column: SQLAlchemy refuses that.
        return None
    return proxy.target_collection, proxy.value_attr


def _needs_of_hybrid(
    mapper: Mapper[Any], name: str, hybrid: hybrid_property[Any]
) -> Needs:
    """Return the needs of a hybrid, from its SQL expression.

    The expression of the hybrid's own function names just what the function reads. One
    that is given apart (`@x.inplace.expression`) may read other columns than the
    function does in Python: then the mapped names in the function's code count as well.
    """
    try:
        expression = getattr(mapper.class_, name).__clause_element__()
        columns = _columns(expression)
        needs = Needs(frozenset(_keys(mapper, columns)))
    except Exception:
        return Needs(plain_columns(mapper)) | _named_in(mapper, hybrid.fget)
    if hybrid.expr is not None and hybrid.expr is not hybrid.fget:
        return needs | _named_in(mapper, hybrid.fget)
    if len(needs.attributes) < len(columns):
        return needs | Needs(plain_columns(mapper))
    return needs


def _columns(expression: ColumnElement[Any]) -> set[Column[Any]]:
    return {
        element
        for element in visitors.iterate(expression)
        if isinstance(element, Column)
    }


def _keys(mapper: Mapper[Any], columns: Iterable[Any]) -> Iterable[str]:
    for column in columns:
        try:
            yield mapper.get_property_by_column(column).key
        except UnmappedColumnError:
            continue


def _named_in(mapper: Mapper[Any], function: Any) -> Needs:
    """Return the needs of the mapped names in the code of a Python function."""
    code: CodeType | None = getattr(function, "__code__", None)
    needs = Needs()
    for name in code.co_names if code else ():
        if name in mapper.relationships:
            target = mapper.relationships[name].mapper
            needs |= Needs(relationships=((name, Needs(plain_columns(target))),))
        elif name in mapper.column_attrs:
            needs |= Needs(frozenset({name}))
    return needs


@lru_cache(maxsize=1024)
def plain_columns(mapper: Mapper[Any]) -> frozenset[str]:
    """Return the keys of the column attributes that load unless told otherwise."""
    return frozenset(
        prop.key
        for prop in mapper.column_attrs
        if not prop.deferred
        and not is_query_expression(prop)
        # A discriminator may have no attribute on the class.
        and prop.key in mapper.all_orm_descriptors
    )


@lru_cache(maxsize=4096)
def local_attributes(
    mapper: Mapper[Any], relationship: RelationshipProperty[Any]
) -> tuple[str, ...]:
    """Return the attributes of the owner that *relationship* joins on.

    In alphabetical order of the column's names: it is also the order of the parts of a
    composite DataLoader key, as in `ariadne.contrib.sqlalchemy`.
    """
    columns = sorted(relationship.local_columns, key=lambda column: str(column.key))
    return tuple(_keys(mapper, columns))


def is_mapped(mapper: Mapper[Any], name: str) -> bool:
    """Tell whether *name* is anything that SQLAlchemy knows on the class."""
    return name in mapper.all_orm_descriptors or name in mapper.attrs


def attribute_named(mapper: Mapper[Any], field_name: str) -> str | None:
    """Return the attribute that a GraphQL field of that name reads by default.

    That is the attribute of the same name, else the one with the name in snake_case
    (`createdAt` reads `created_at`), else `None`.
    """
    for name in (field_name, _snake_case(field_name)):
        if is_mapped(mapper, name) or hasattr(mapper.class_, name):
            return name
    return None


def _snake_case(name: str) -> str:
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z])([A-Z0-9])|([0-9])([A-Z])", r"\1\3_\2\4", name)
    return name.lower()
