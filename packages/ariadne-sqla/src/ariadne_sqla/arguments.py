"""Arguments of a root field that name a column become conditions of its statement."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ARRAY, JSON, or_
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import Mapper

from sqla_selection.attributes import attribute_named

from .errors import ArgumentValueError

__all__ = ["conditions", "filtered_attribute"]


def filtered_attribute(
    mapper: Mapper[Any], aliases: Mapping[str, str], argument: str
) -> str | None:
    """Return the attribute that *argument* filters by, `None` if it names none.

    That is a column, a synonym of one or a hybrid: by the argument's name, by an alias
    of that name, or by the name in snake_case.
    """
    name = aliases.get(argument) or attribute_named(mapper, argument)
    if name is None or "." in name:
        return None
    target = name
    while target in mapper.synonyms:
        target = mapper.synonyms[target].name
    if target in mapper.column_attrs:
        return name
    descriptor = mapper.all_orm_descriptors.get(target)
    kind = getattr(descriptor, "extension_type", None)
    return name if kind is HybridExtensionType.HYBRID_PROPERTY else None


def conditions(
    model: type[Any],
    filters: Mapping[str, str],
    arguments: Mapping[str, Any],
    where: str,
) -> list[Any]:
    """Return `column = value` for each of *arguments* that filters.

    A list means `IN`, `None` means `IS NULL`. A value is converted to the column's
    Python type first, so that the ID `"7"` finds the integer 7.

    Args:
        model: The mapped class.
        filters: Python name of an argument → attribute.
        arguments: The arguments of the field by their Python names.
        where: The field, as `Query.user`, for the error.

    Raises:
        ArgumentValueError: A value is nothing that the column could hold.
    """
    return [
        _condition(getattr(model, filters[name]), value, f"{name!r} of {where!r}")
        for name, value in arguments.items()
        if name in filters
    ]


def _condition(column: Any, value: Any, where: str) -> Any:
    if isinstance(value, list) and not isinstance(column.type, ARRAY | JSON):
        known = [_converted(column, one, where) for one in value if one is not None]
        condition = column.in_(known)
        return (
            condition if len(known) == len(value) else or_(condition, column.is_(None))
        )
    return column == _converted(column, value, where)


def _converted(column: Any, value: Any, where: str) -> Any:
    try:
        kind = column.type.python_type
    except NotImplementedError:
        return value
    convert = _CONVERTERS.get(kind)
    if value is None or isinstance(value, kind) or convert is None:
        return value
    try:
        return convert(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        msg = f"Argument {where} is {value!r}, which is not {_NAMES[kind]}."
        raise ArgumentValueError(msg) from error


def _integer(value: Any) -> int:
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError(value)
    return number


def _boolean(value: Any) -> bool:
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError(value)


def _datetime(value: Any) -> datetime.datetime:
    if isinstance(value, str) and value.endswith("Z"):  # not known to Python 3.10
        value = f"{value[:-1]}+00:00"
    return datetime.datetime.fromisoformat(value)


_CONVERTERS: dict[type, Callable[[Any], Any]] = {
    int: _integer,
    str: str,
    float: float,
    bool: _boolean,
    uuid.UUID: lambda value: uuid.UUID(str(value)),
    decimal.Decimal: lambda value: decimal.Decimal(str(value)),
    datetime.date: datetime.date.fromisoformat,
    datetime.datetime: _datetime,
    datetime.time: datetime.time.fromisoformat,
}
_NAMES: dict[type, str] = {
    int: "an integer",
    str: "a string",
    float: "a number",
    bool: "a boolean",
    uuid.UUID: "a UUID",
    decimal.Decimal: "a decimal number",
    datetime.date: "a date in ISO 8601",
    datetime.datetime: "a date and time in ISO 8601",
    datetime.time: "a time in ISO 8601",
}
