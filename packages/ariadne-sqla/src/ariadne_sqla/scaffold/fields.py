"""A mapped class → the fields that show it, and what is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy.exc import NoReferenceError
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty
from sqlalchemy.orm.interfaces import MANYTOONE
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList
from sqlalchemy.sql.operators import and_, eq
from sqlalchemy.sql.schema import Column, Table
from sqlalchemy.types import TypeEngine

from sqla_selection.attribute_names import attribute_named
from sqla_selection.attributes import has_sql
from sqla_selection.coercion import python_type_of
from sqla_selection.keys import key_attributes
from sqla_selection.mapping import Loading, loading_of

from .enums import EnumNames, enum_in
from .scalars import scalar_of
from .sketch import FieldSketch, LeftOut
from .words import camel_case, looks_secret, unused, valid

__all__ = ["FieldReader", "always_has_target"]

_OF_KEYS = (int, str)


class FieldReader:
    """Reads the fields of mapped classes.

    Args:
        shown: Class → the type that its rows are.
        is_excluded: Tells whether somebody leaves `"User.email"` out.
        enums: Names the enum types.
        is_camel: Whether names are in camelCase.
    """

    def __init__(
        self,
        shown: Mapping[Mapper[Any], str],
        is_excluded: Callable[[str], bool],
        enums: EnumNames,
        *,
        is_camel: bool = True,
    ) -> None:
        self.shown = shown
        self.is_excluded = is_excluded
        self.enums = enums
        self.is_camel = is_camel
        self.left_out: dict[str, LeftOut] = {}

    def fields_of(self, mapper: Mapper[Any]) -> list[FieldSketch]:
        """Return the fields of a class: columns first, then relationships."""
        fields: dict[str, FieldSketch] = {}
        for attribute, type_, target in self._attributes(mapper):
            name = unused(self.name_of(mapper, attribute), fields)
            prop = mapper.relationships.get(attribute)
            column = _column_of(mapper, attribute)
            is_list = bool(prop is not None and prop.uselist)
            fields[name] = FieldSketch(name, attribute, type_, target, is_list, column)
        return list(fields.values())

    def name_of(self, mapper: Mapper[Any], attribute: str) -> str:
        """Return the name of the field that reads *attribute*.

        One that would read something else, or nothing, keeps the attribute's name. Two
        ways to one class that sqlacodegen tells apart by a `_` at the end are named as
        their foreign keys.
        """
        of_key = _name_of_twin(mapper, attribute)
        if of_key is not None:
            return camel_case(of_key) if self.is_camel else valid(of_key)
        name = camel_case(attribute) if self.is_camel else valid(attribute)
        if attribute_named(mapper, name) in (attribute, None):
            return name
        return valid(attribute)

    def _attributes(
        self, mapper: Mapper[Any]
    ) -> Iterator[tuple[str, str, Mapper[Any] | None]]:
        hidden = _columns_of_relationships(mapper)
        for prop in sorted(mapper.column_attrs, key=_place):
            key = prop.key
            if key in hidden or self._is_left_out(mapper, key):
                continue
            if prop.columns[0] is mapper.polymorphic_on:
                self._leave(mapper, key, "tells the class, as __typename does")
                continue
            type_ = self._of_column(mapper, prop)
            if type_ is None:
                self._leave(mapper, key, _why_untyped(prop.columns[0].type))
            else:
                yield key, type_, None
        for key, descriptor in mapper.all_orm_descriptors.items():
            if (
                descriptor.extension_type is HybridExtensionType.HYBRID_PROPERTY
                and not self._is_left_out(mapper, key)
            ):
                type_ = _of_hybrid(mapper, key)
                if type_ is None:
                    self._leave(mapper, key, "is a hybrid whose type is not known")
                else:
                    yield key, type_, None
        for relationship in mapper.relationships:
            key, target = relationship.key, relationship.mapper
            if self._is_left_out(mapper, key):
                continue
            if target not in self.shown:
                why = f"leads to {target.class_.__name__}, which is not shown"
                self._leave(mapper, key, why)
            elif loading_of(relationship) is Loading.NOTHING:
                self._leave(mapper, key, "never loads anything")
            else:
                name = self.shown[target]
                is_sure = always_has_target(relationship)
                type_ = f"{name}!" if is_sure else name
                yield key, f"[{name}!]!" if relationship.uselist else type_, target

    def _of_column(self, mapper: Mapper[Any], prop: ColumnProperty[Any]) -> str | None:
        column, type_ = prop.columns[0], prop.columns[0].type
        enum = enum_in(type_)
        name = None if enum is None else self.enums.name_of(mapper, prop.key, enum)
        name = name or scalar_of(type_)
        if name is None:
            return None
        if any(one in mapper.primary_key for one in prop.columns):
            return f"{_of_key(mapper, column, name)}!"
        return f"{name}!" if _is_never_null(mapper, column) else name

    def _is_left_out(self, mapper: Mapper[Any], key: str) -> bool:
        if key.startswith("_"):
            return True
        if self.is_excluded(f"{mapper.class_.__name__}.{key}"):
            self._leave(mapper, key, "is excluded")
            return True
        if key not in mapper.relationships and looks_secret(key):
            self._leave(mapper, key, "looks like a secret")
            return True
        return False

    def _leave(self, mapper: Mapper[Any], key: str, why: str) -> None:
        where = f"{mapper.class_.__name__}.{key}"
        self.left_out[where] = LeftOut(where, why)


def always_has_target(prop: RelationshipProperty[Any]) -> bool:
    """Tell whether constraints of the database say that there is a row.

    They do where the columns of a foreign key that is never NULL are all that the
    relationship joins by, to a class that every row of the table is of.
    """
    if prop.direction is not MANYTOONE or prop.secondary is not None:
        return False
    pairs = prop.local_remote_pairs or ()
    clause = prop.primaryjoin
    clauses = [clause]
    if isinstance(clause, BooleanClauseList) and clause.operator is and_:
        clauses = list(clause.clauses)
    if len(clauses) != len(pairs) or not all(
        isinstance(one, BinaryExpression) and one.operator is eq for one in clauses
    ):
        return False
    target = prop.mapper
    if target.inherits is not None and (target.single or target.concrete):
        return False
    return all(
        isinstance(local, Column)
        and isinstance(remote, Column)
        and _is_never_null(prop.parent, local)
        and remote.table is target.local_table
        and any(key.references(remote.table) for key in local.foreign_keys)
        for local, remote in pairs
    )


def _place(prop: ColumnProperty[Any]) -> tuple[bool, bool]:
    column = prop.columns[0]
    is_stored = isinstance(column, Column)
    return not is_stored, not (is_stored and column.primary_key)


def _is_never_null(mapper: Mapper[Any], column: Any) -> bool:
    return (
        isinstance(column, Column)
        and not column.nullable
        and isinstance(mapper.local_table, Table)
    )


def _column_of(mapper: Mapper[Any], attribute: str) -> Column[Any] | None:
    if attribute not in mapper.column_attrs:
        return None
    column = mapper.column_attrs[attribute].columns[0]
    return column if isinstance(column, Column) else None


def _of_key(mapper: Mapper[Any], column: Any, name: str) -> str:
    """Return the type of a column of the primary key: an ID where it is only that."""
    kind = python_type_of(column.type)
    is_id = name in ("Int", "BigInt", "String", "UUID") and (
        len(mapper.primary_key) == 1 or _refers_to_id(column)
    )
    return "ID" if is_id and (name == "UUID" or kind in _OF_KEYS) else name


def _refers_to_id(column: Any) -> bool:
    """Tell whether a foreign key leads to a column that is a primary key by itself."""
    for key in column.foreign_keys:
        try:
            target = key.column
        except NoReferenceError:  # to a table that is not mapped here
            return True
        if len(target.table.primary_key) == 1 or _refers_to_id(target):
            return True
    return False


def _columns_of_relationships(mapper: Mapper[Any]) -> set[str]:
    """Return the attributes of foreign keys that a relationship shows instead."""
    keys = {
        mapper.get_property_by_column(column).key
        for prop in mapper.relationships
        if prop.direction is MANYTOONE
        for column in prop.local_columns
        if column.foreign_keys and column in mapper.columns.values()
    }
    return keys.difference(key_attributes(mapper))


def _name_of_twin(mapper: Mapper[Any], attribute: str) -> str | None:
    """Return the column by which one of several like-named relationships is told."""
    prop = mapper.relationships.get(attribute)
    bare = attribute.rstrip("_")
    if prop is None or len(prop.local_columns) != 1:
        return None
    if not any(
        one.key != bare and one.key.rstrip("_") == bare for one in mapper.relationships
    ):
        return None
    [column] = prop.local_columns
    key = mapper.get_property_by_column(column).key
    return key if key in _columns_of_relationships(mapper) else None


def _of_hybrid(mapper: Mapper[Any], key: str) -> str | None:
    hybrid: Any = mapper.all_orm_descriptors[key]
    if not has_sql(mapper, hybrid):
        return None
    try:
        type_: TypeEngine[Any] = getattr(mapper.class_, key).type
    except Exception:  # code of the application's, for Python alone
        return None
    return scalar_of(type_)


def _why_untyped(type_: TypeEngine[Any]) -> str:
    kind = python_type_of(type_)
    if kind is not None and issubclass(kind, bytes):
        return "is binary data"
    return f"is of {type(type_).__name__}, for which no scalar is known"
