"""What has to be loaded so that one attribute of a mapped class can be read.

`needs_of` is a function of the mapping alone: no selection, no GraphQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from inspect import getattr_static
from typing import Any

from sqlalchemy.ext.associationproxy import AssociationProxyExtensionType
from sqlalchemy.ext.hybrid import HybridExtensionType, hybrid_property
from sqlalchemy.orm import (
    KeyFuncDict,
    Mapper,
    RelationshipProperty,
    SynonymProperty,
)
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql import ColumnElement, visitors
from sqlalchemy.sql.schema import Column

from ._compat import is_query_expression
from .code import chains_read, function_of
from .mapping import has_attribute

__all__ = [
    "LOADED_BY_MAPPING",
    "Needs",
    "attribute_named",
    "everything",
    "is_mapped",
    "local_attributes",
    "needs_of",
    "needs_of_code",
    "needs_of_filling",
    "plain_columns",
    "snake_case",
    "whole",
    "without_synonym",
]

LOADED_BY_MAPPING = (False, "joined", "selectin", "subquery", "immediate")
"""What `lazy=` is where a relationship loads with its owner."""
_Way = AbstractSet[tuple[Mapper[Any], str]]
"""The code that led to something: it may come back to itself."""
_SYNONYM_MODULE = SynonymProperty.__module__
_KEYS_MODULE = KeyFuncDict.__module__


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
    subclasses: tuple[tuple[Mapper[Any], Needs], ...] = ()
    """What rows of a subclass need beside, which have something else of that name."""

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            self.attributes | other.attributes,
            (*self.relationships, *other.relationships),
            self.target or other.target,
            (*self.subclasses, *other.subclasses),
        )

    @property
    def own(self) -> Needs:
        """The same without what is at the end of `target`."""
        return replace(self, target=())

    def below(self, relationship: str) -> Needs:
        """Return the same needs seen from the owner of *relationship*."""
        if self.target:
            rest = self.own
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
def _needs(
    mapper: Mapper[Any], path: tuple[str, ...], way: _Way = frozenset()
) -> Needs:
    return _of_each_class(mapper, path, way, _needs_of_own)


def _of_each_class(
    mapper: Mapper[Any],
    path: tuple[str, ...],
    way: _Way,
    read: Callable[[Mapper[Any], tuple[str, ...], _Way], Needs],
) -> Needs:
    """Return what *read* says of rows of *mapper*, and of those of its subclasses."""
    if (mapper, path[0]) in way:
        return Needs(plain_columns(mapper))  # What led here needs the rest.
    of_base = needs = read(mapper, path, way)
    is_column = path[0] in mapper.column_attrs
    for one in _overriding(mapper, path[0]):
        if (one, path[0]) in way:
            continue
        own = (_needs_of_own_chain if is_column else read)(one, path, way)
        is_same = own == of_base and all(
            one.relationships[key] is mapper.relationships[key]
            for key, _ in own.relationships
        )
        if not is_same:
            needs |= Needs(subclasses=((one, whole(one, own)),))
    return needs


def _needs_of_own(mapper: Mapper[Any], path: tuple[str, ...], way: _Way) -> Needs:
    name, rest = without_synonym(mapper, path[0]), path[1:]
    if name in mapper.relationships:
        target = mapper.relationships[name].mapper
        return _needs(target, rest, way).below(name) if rest else Needs(target=(name,))
    if name in mapper.column_attrs:
        return Needs(frozenset({name})) if has_attribute(mapper, name) else Needs()
    if name in mapper.composites:
        return _needs_of_composite(mapper, name)
    way |= {(mapper, name)}
    descriptor = mapper.all_orm_descriptors.get(name)
    kind = getattr(descriptor, "extension_type", None)
    if kind is AssociationProxyExtensionType.ASSOCIATION_PROXY:
        through = _through(mapper, name)
        if through is not None:
            return _needs(mapper, (*through, *rest), way)
    if isinstance(descriptor, hybrid_property) and (
        kind is HybridExtensionType.HYBRID_PROPERTY
    ):
        return _needs_of_hybrid(mapper, name, descriptor, way)
    if name in mapper.synonyms:
        descriptor = mapper.synonyms[name].descriptor
    else:
        descriptor = getattr_static(mapper.class_, name, None)
    plain = _plain(mapper, way)
    if descriptor is None and not hasattr(mapper.class_, "__getattr__"):
        return plain
    return plain | _needs_of_function(mapper, function_of(descriptor), way)


def everything(mapper: Mapper[Any]) -> Needs:
    """Return what code may read that says nothing of what it reads.

    That is what SQLAlchemy loads by itself: every plain column, and the relationships
    that are mapped to load with their owner.
    """
    return _everything(mapper, frozenset())


@lru_cache(maxsize=4096)
def _everything(
    mapper: Mapper[Any], way: _Way, above: frozenset[Mapper[Any]] = frozenset()
) -> Needs:
    above |= {mapper}
    needs = _plain(mapper, way)
    for key, prop in mapper.relationships.items():
        if prop.lazy in LOADED_BY_MAPPING and prop.mapper not in above:
            needs |= _everything(prop.mapper, way, above).below(key)
    return needs


def _plain(mapper: Mapper[Any], way: _Way) -> Needs:
    """Return the needs of every plain column, which subclasses may have code for."""
    needs = Needs(plain_columns(mapper))
    for key in sorted(needs.attributes):
        if _overriding(mapper, key):
            needs |= _needs(mapper, (key,), way)
    return needs


def whole(mapper: Mapper[Any], needs: Needs) -> Needs:
    """Return *needs* with everything of its target, for code that reads it."""
    if not needs.target:
        return needs
    for key in needs.target:
        mapper = mapper.relationships[key].mapper
    below = everything(mapper)
    for key in reversed(needs.target):
        below = below.below(key)
    return needs.own | below


@lru_cache(maxsize=4096)
def _overriding(mapper: Mapper[Any], name: str) -> tuple[Mapper[Any], ...]:
    """Return the subclasses whose *name* is something else than that of their base."""
    return tuple(
        one
        for one in mapper.self_and_descendants
        if one is not mapper and one.inherits is not None
        for own in (_definition(one, name),)
        if own is not None and own is not _definition(one.inherits, name)
    )


def _definition(mapper: Mapper[Any], name: str) -> Any:
    name = without_synonym(mapper, name)
    if name not in mapper.attrs:
        return getattr_static(mapper.class_, name, None)
    kinds = (
        mapper.column_attrs,
        mapper.relationships,
        mapper.composites,
        mapper.synonyms,
    )
    # A concrete class has something without a kind for what only its base maps.
    return next((kind[name] for kind in kinds if name in kind), None)


def without_synonym(mapper: Mapper[Any], name: str, *, in_sql: bool = False) -> str:
    """Return the attribute that *name* is a synonym of, or *name*.

    A synonym with a descriptor of its own is an attribute of its own in Python. In SQL
    it is what it stands for.
    """
    while name in mapper.synonyms and (in_sql or not _has_descriptor(mapper, name)):
        name = mapper.synonyms[name].name
    return name


def _has_descriptor(mapper: Mapper[Any], name: str) -> bool:
    # SQLAlchemy makes a property where the application gives none.
    function = function_of(mapper.synonyms[name].descriptor)
    return getattr(function, "__module__", None) != _SYNONYM_MODULE


def _needs_of_composite(mapper: Mapper[Any], name: str) -> Needs:
    needs = Needs()
    for prop in mapper.composites[name].props:
        part = _needs(mapper, (prop.key,))
        for key in reversed(part.target):  # an object that is a part of the value
            target = mapper.relationships[key].mapper
            part = _plain(target, frozenset()).below(key)
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
    mapper: Mapper[Any], name: str, hybrid: hybrid_property[Any], way: _Way
) -> Needs:
    """Return what the hybrid's function reads, and what its SQL expression names.

    The expression alone is not enough: Python's `or` and `if` choose there once for
    all rows, and one that is given apart may name other columns.
    """
    needs = _needs_of_function(mapper, hybrid.fget, way)
    try:
        expression = getattr(mapper.class_, name).__clause_element__()
        columns = _columns(expression)
        keys = frozenset(_keys(mapper, columns))
    except Exception:
        return needs | _plain(mapper, way)
    is_own = hybrid.expr is None or hybrid.expr is hybrid.fget
    if is_own and len(keys) < len(columns):
        needs |= _plain(mapper, way)
    for key in sorted(keys):
        needs |= _needs(mapper, (key,), way)
    return needs


def needs_of_code(mapper: Mapper[Any], function: Any) -> Needs:
    """Return what *function* reads of an object of *mapper*."""
    return _needs_of_function(mapper, function, frozenset())


def _needs_of_function(mapper: Mapper[Any], function: Any, way: _Way) -> Needs:
    chains = chains_read(function)
    if chains is None:
        return _everything(mapper, way)
    needs = Needs()
    for chain in sorted(chains):
        needs |= _needs_of_chain(mapper, chain, way)
    return needs


def _needs_of_chain(mapper: Mapper[Any], chain: tuple[str, ...], way: _Way) -> Needs:
    return _of_each_class(mapper, chain, way, _needs_of_own_chain)


def _needs_of_own_chain(
    mapper: Mapper[Any], chain: tuple[str, ...], way: _Way
) -> Needs:
    name, rest = without_synonym(mapper, chain[0]), chain[1:]
    if name in mapper.relationships:
        prop = mapper.relationships[name]
        if rest and not prop.uselist:
            return _needs_of_chain(prop.mapper, rest, way).below(name)
        return _everything(prop.mapper, way).below(name)
    if name in mapper.all_orm_descriptors:
        return whole(mapper, _needs_of_own(mapper, (name,), way))
    attribute = getattr_static(mapper.class_, name, None)
    function = function_of(attribute)
    if function is not None:
        return _needs_of_function(mapper, function, way | {(mapper, name)})
    if _may_read(mapper, name, attribute):
        return _everything(mapper, way)
    return Needs()


def _may_read(mapper: Mapper[Any], name: str, attribute: Any) -> bool:
    """Tell whether an attribute that is not mapped may read others of its object."""
    if name == "__class__" or isinstance(attribute, staticmethod | classmethod | type):
        return False
    if attribute is None:
        return name == "__dict__" or hasattr(mapper.class_, "__getattr__")
    return hasattr(attribute, "__get__")


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


def needs_of_filling(relationship: RelationshipProperty[Any]) -> Needs:
    """Return what is read of the targets when they are put into the collection.

    A keyed collection reads the key, an ordering one a column, and a set the hash.
    """
    factory: Any = relationship.collection_class
    target = relationship.mapper
    if factory is None or factory is list:
        return Needs()
    if factory is set:
        hash_of_target: Any = target.class_.__hash__
        is_plain = hash_of_target is object.__hash__
        return Needs() if is_plain else everything(target)
    try:
        key: Any = factory().keyfunc
    except Exception:
        return everything(target)
    name = getattr(key, "attr_name", None)  # of `attribute_keyed_dict`
    if name is not None:
        return _plain(target, frozenset()) | _needs_of_chain(
            target, tuple(name.split(".")), frozenset()
        )
    if type(key).__module__ == _KEYS_MODULE:  # of `column_keyed_dict`
        return _plain(target, frozenset())
    return _plain(target, frozenset()) | needs_of_code(target, key)


@lru_cache(maxsize=1024)
def plain_columns(mapper: Mapper[Any]) -> frozenset[str]:
    """Return the keys of the column attributes that load unless told otherwise."""
    return frozenset(
        prop.key
        for prop in mapper.column_attrs
        if not prop.deferred
        and not is_query_expression(prop)
        and has_attribute(mapper, prop.key)
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


def attribute_named(
    mapper: Mapper[Any], field_name: str, aliases: Mapping[str, str] | None = None
) -> str | None:
    """Return the attribute that a GraphQL field of that name reads by default.

    That is the one of its alias, which may be a dotted path, else the attribute of the
    same name, else the one with the name in snake_case (`createdAt` reads
    `created_at`), else `None`.
    """
    if aliases and field_name in aliases:
        return aliases[field_name]
    for name in (field_name, snake_case(field_name)):
        if is_mapped(mapper, name) or hasattr(mapper.class_, name):
            return name
    return None


@lru_cache(maxsize=10_000)
def snake_case(name: str) -> str:
    """Return *name* in snake_case: `HTTPServer2` is `http_server_2`."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z])([A-Z0-9])|([0-9])([A-Z])", r"\1\3_\2\4", name)
    return name.lower()
