"""What has to be loaded so that one attribute of a mapped class can be read.

`needs_of` is a function of the mapping alone: no selection, no GraphQL.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import lru_cache
from inspect import getattr_static
from typing import Any

from sqlalchemy.ext.associationproxy import AssociationProxy
from sqlalchemy.ext.hybrid import HybridExtensionType, hybrid_property
from sqlalchemy.orm import KeyFuncDict, Mapper, RelationshipProperty
from sqlalchemy.sql import ColumnElement, visitors
from sqlalchemy.sql.schema import Column

from .attribute_names import overriding, without_synonym
from .code import chains_read, function_of
from .keys import attributes_of
from .mapping import LOADED_BY_MAPPING, has_attribute, indexable, plain_columns
from .needs import Needs

__all__ = [
    "everything",
    "has_sql",
    "needs_of",
    "needs_of_code",
    "needs_of_filling",
    "proxied",
    "whole",
]

_Way = AbstractSet[tuple[Mapper[Any], str]]
"""The code that led to something: it may come back to itself."""
_KEYS_MODULE = KeyFuncDict.__module__


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
    for subclass in overriding(mapper, path[0]):
        if (subclass, path[0]) in way:
            continue
        own = (_needs_of_own_chain if is_column else read)(subclass, path, way)
        is_same = own == of_base and all(
            subclass.relationships[key] is mapper.relationships[key]
            for key, _ in own.relationships
        )
        if not is_same:
            needs |= Needs(subclasses=((subclass, whole(subclass, own)),))
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
    through = proxied(mapper, name)
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
        if overriding(mapper, key):
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


def _needs_of_composite(mapper: Mapper[Any], name: str) -> Needs:
    needs = Needs()
    for prop in mapper.composites[name].props:
        part = _needs(mapper, (prop.key,))
        for key in reversed(part.target):  # an object that is a part of the value
            target = mapper.relationships[key].mapper
            part = _plain(target, frozenset()).below(key)
        needs |= part
    return needs


def proxied(mapper: Mapper[Any], name: str) -> tuple[str, str] | None:
    """Return what *name* goes through, `None` if it is no association proxy."""
    # Not by its class attribute: only subclasses may have what it goes through.
    proxy = mapper.all_orm_descriptors.get(name)
    if not isinstance(proxy, AssociationProxy):
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
    if _may_never_end(mapper, hybrid, needs):
        return needs | _plain(mapper, way)
    try:
        expression = getattr(mapper.class_, name).__clause_element__()
        columns = _columns(expression)
        keys = frozenset(attributes_of(mapper, columns))
    except Exception:
        return needs | _plain(mapper, way)
    is_own = hybrid.expr is None or hybrid.expr is hybrid.fget
    if is_own and len(keys) < len(columns):
        needs |= _plain(mapper, way)
    for key in sorted(keys):
        needs |= _needs(mapper, (key,), way)
    return needs


def has_sql(mapper: Mapper[Any], hybrid: hybrid_property[Any]) -> bool:
    """Tell whether the hybrid may be asked for its SQL expression: its code ends."""
    needs = _needs_of_function(mapper, hybrid.fget, frozenset())
    return not _may_never_end(mapper, hybrid, needs)


def _may_never_end(
    mapper: Mapper[Any], hybrid: hybrid_property[Any], needs: Needs
) -> bool:
    """Tell whether the hybrid's code could go on for ever on the class.

    As `[one for one in self.tags]` does where `tags` is `indexable`.
    """
    if hybrid.expr is not None and hybrid.expr is not hybrid.fget:
        return False  # that is written for the class
    if chains_read(hybrid.fget) is None:
        return bool(indexable(mapper))
    return not needs.attributes.isdisjoint(indexable(mapper))


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
