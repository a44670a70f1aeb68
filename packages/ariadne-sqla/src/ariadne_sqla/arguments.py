"""Arguments of a root field that name a column become conditions of its statement."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, false, or_
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import ColumnProperty, InstrumentedAttribute, Mapper
from sqlalchemy.types import NullType

from sqla_loaders import AnySession, keys_per_statement, sync_session
from sqla_selection.attribute_names import attribute_named
from sqla_selection.coercion import UnfitValueError, coerced, holds_lists
from sqla_selection.reading import column_of

from .errors import ArgumentValueError

__all__ = ["Holder", "conditions", "filtered_attribute"]


@dataclass(frozen=True, slots=True)
class Holder:
    """The database that conditions are for."""

    dialect: Dialect
    values_per_statement: int
    """How many values one statement takes."""

    @classmethod
    def of(cls, session: AnySession, mapper: Mapper[Any]) -> Holder:
        """Return the database that *session* reads rows of *mapper* from."""
        sync = sync_session(session)
        try:
            dialect = sync.get_bind(mapper).dialect
            values = keys_per_statement(sync, mapper)
        except Exception:  # a session that routes by the statement, which is to come
            dialect = None
        if not isinstance(dialect, Dialect):
            return cls(DefaultDialect(), _VALUES)
        return cls(dialect, values)


def filtered_attribute(
    mapper: Mapper[Any], aliases: Mapping[str, str], argument: str
) -> str | None:
    """Return the attribute that *argument* filters by, `None` if it names none.

    That is a column, a synonym of one or a hybrid: by the argument's name, by an alias
    of that name, or by the name in snake_case.
    """
    name = attribute_named(mapper, argument, aliases)
    if name is None or "." in name or column_of(mapper, name) is None:
        return None
    return name


def conditions(
    model: type[Any],
    filters: Mapping[str, str],
    arguments: Mapping[str, Any],
    where: str,
    holder: Holder,
    readers: Mapping[str, Callable[[Any], Any]] = {},  # is not changed
) -> list[Any]:
    """Return `column = value` for each of *arguments* that filters.

    A list means `IN`, unless it is a value of the column itself; `None` means
    `IS NULL`. A value is converted to what the column holds first, so that the ID `"7"`
    finds the integer 7.

    Args:
        model: The mapped class, or an alias of it.
        filters: Python name of an argument → attribute.
        arguments: The arguments of the field by their Python names.
        where: The field, as `Query.user`, for the error.
        holder: The database that is asked.
        readers: Python name of an argument → what reads a client's value first, see
            `IdReader`.

    Raises:
        ArgumentValueError: A value is nothing that the column could hold, or there are
            more of them than one statement takes.
    """
    found = []
    free = holder.values_per_statement
    for name, value in arguments.items():
        if name not in filters:
            continue
        field = f"{name!r} of {where!r}"
        column = getattr(model, filters[name])
        read = readers.get(name)
        if isinstance(value, list):
            value = list(value)
        if not isinstance(value, list) or _is_one_value(column, value, holder.dialect):
            found.append(column == _coerced(column, value, field, holder.dialect, read))
            continue
        values = _distinct(
            [_coerced(column, item, field, holder.dialect, read) for item in value]
        )
        free -= len(values)
        if free < 0:
            msg = (
                f"Argument {field} has {len(values)} different values. All arguments "
                f"of a field may have {holder.values_per_statement} together."
            )
            raise ArgumentValueError(msg)
        found.append(_is_one_of(column, values))
    return found


def _is_one_value(column: Any, value: list[Any], dialect: Dialect) -> bool:
    return holds_lists(_type_of(column), dialect, value)


def _is_one_of(column: Any, values: list[Any]) -> Any:
    if _compares_by_itself(column):
        return or_(false(), *(column == wanted for wanted in values))
    known = [wanted for wanted in values if wanted is not None]
    condition = column.in_(known)
    return condition if len(known) == len(values) else or_(condition, column.is_(None))


def _compares_by_itself(column: Any) -> bool:
    """Tell whether the application says what `=` means: it may not know `IN`."""
    if not hasattr(column, "type"):  # a comparator of a hybrid
        return True
    prop = getattr(column, "property", None)
    return isinstance(prop, ColumnProperty) and not _is_plain(prop)


def _is_plain(prop: ColumnProperty[Any]) -> bool:
    return prop.comparator_factory is ColumnProperty.Comparator


def _type_of(column: Any) -> Any:
    if isinstance(column, InstrumentedAttribute):
        prop: Any = column.property
        if isinstance(prop, ColumnProperty) and _is_plain(prop):
            return prop.columns[0].type  # `column.type` looks in four places for it
    return getattr(column, "type", None) or NullType()


def _distinct(values: list[Any]) -> list[Any]:
    try:
        return list(dict.fromkeys(values))
    except TypeError:  # not hashable
        return values


def _coerced(
    column: Any,
    value: Any,
    field: str,
    dialect: Dialect,
    read: Callable[[Any], Any] | None,
) -> Any:
    try:
        given = value if read is None else read(value)
        return coerced(given, _type_of(column), dialect)
    except UnfitValueError as error:
        msg = f"Argument {field} is {_shown(value)}, which is not {error}."
        raise ArgumentValueError(msg) from error


_VALUES = 900
"""As many as any driver takes."""
_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 80


def _shown(value: Any) -> str:
    """Return *value* as text of a bounded length, whatever a client has sent."""
    try:
        return _repr.repr(value)
    except ValueError:  # an integer of too many digits
        return f"<{type(value).__name__}>"
