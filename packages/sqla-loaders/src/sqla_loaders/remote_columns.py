"""The columns of a target that equal an owner's key, so that no owner is joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import starmap
from typing import Any

from sqlalchemy import Enum, Integer, String, Uuid, inspect
from sqlalchemy.orm import RelationshipProperty
from sqlalchemy.orm.exc import UnmappedColumnError
from sqlalchemy.sql.schema import Column

from sqla_selection.joins import entity_of_target, further_tables

__all__ = ["are_exact", "remote_columns"]

_EXACT_TYPES = (Integer, Uuid)


def remote_columns(
    prop: RelationshipProperty[Any],
    pairs: Mapping[Column[Any], Column[Any]],
    key_attributes: Sequence[str],
    identity: Sequence[int] | None,
) -> list[Any] | None:
    """Return the columns that equal the parts of a key, in their order.

    `None` where the owner must be joined: SQL may find two strings equal that Python
    does not, and a target in an inheritance tree may be selected from another table
    than the one that the condition names. A plain many-to-one looks for the target's
    primary key, as lazy loading does: of owners who share one, a join would give a row
    each, of all that are in the table.

    Args:
        prop: The relationship, whose condition is made of equalities.
        pairs: Owner's column → the one that it equals.
        key_attributes: The owner's attributes, in the order of the key's parts.
        identity: The place in a key of each column of the target's primary key, `None`
            where the relationship leads to something else.
    """
    mapper = prop.mapper
    if mapper.concrete:
        return None
    entity = entity_of_target(prop)
    if identity is not None and _are_alike(pairs):
        columns = [
            getattr(entity, mapper.get_property_by_column(column).key)
            for column in mapper.primary_key
        ]
        return [columns[identity.index(part)] for part in range(len(identity))]
    is_alias = inspect(entity).is_aliased_class
    if len(mapper.with_polymorphic_mappers) > 1 and not is_alias:
        return None
    if further_tables(prop) or not are_exact(pairs):
        return None
    by_name = {
        prop.parent.get_property_by_column(local).key: remote
        for local, remote in pairs.items()
    }
    remote = [by_name[name] for name in key_attributes]
    if prop.secondary is not None or is_alias:
        return remote
    try:
        keys = [mapper.get_property_by_column(column).key for column in remote]
    except UnmappedColumnError:
        return None
    return [getattr(entity, key) for key in keys]


def are_exact(pairs: Mapping[Column[Any], Column[Any]]) -> bool:
    """Tell whether all values compare in Python as they do in SQL."""
    return all(starmap(_is_exact, pairs.items()))


def _is_exact(local: Column[Any], remote: Column[Any]) -> bool:
    return any(
        isinstance(local.type, kind) and isinstance(remote.type, kind)
        for kind in _EXACT_TYPES
    )


def _are_alike(pairs: Mapping[Column[Any], Column[Any]]) -> bool:
    """Tell whether a value of one column can be asked for in the other."""
    return all(
        _is_exact(local, remote)
        or type(local.type) is type(remote.type)
        or (_is_text(local) and _is_text(remote))
        for local, remote in pairs.items()
    )


def _is_text(column: Column[Any]) -> bool:
    return isinstance(column.type, String) and not isinstance(column.type, Enum)
