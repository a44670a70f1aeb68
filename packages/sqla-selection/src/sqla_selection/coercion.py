"""A client's value → what a column holds, or the reason why it cannot hold it.

On PostgreSQL a statement that fails takes the whole transaction with it, and so the
sibling fields. So what the database would refuse is found here, by the column's type on
the dialect in use. A type that is not known here gets the value as it is.
"""

from __future__ import annotations

import contextlib
import enum
import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ARRAY, JSON, Dialect, Enum, Interval, PickleType, Uuid
from sqlalchemy.types import TypeDecorator, TypeEngine

from .parsing import PARSERS
from .scalars import ANY, CONVERTERS, NAMES, UnfitValueError, check_text, uuid_of

__all__ = [
    "ANY",
    "UnfitValueError",
    "as_sent",
    "coerced",
    "holds_lists",
    "is_opaque",
    "makes_anything",
    "python_type_of",
]


def coerced(value: Any, type_: TypeEngine[Any], dialect: Dialect = ANY) -> Any:
    """Return *value* as a column of *type_* holds it on *dialect*.

    Without a dialect only what no database holds is refused, and what all hold alike is
    made of the rest.

    Raises:
        UnfitValueError: The column can hold no such value.
    """
    if value is None:
        return None
    impl = type_.dialect_impl(dialect)
    kind = python_type_of(impl)
    if isinstance(impl, TypeDecorator) and not isinstance(impl, Interval):
        return _decorated(value, impl, dialect)
    if isinstance(impl, Enum):
        return _enumerated(value, impl, dialect)
    if isinstance(value, enum.Enum) and kind is not None and type(value) is not kind:
        value = value.value
    if isinstance(impl, Uuid):
        return uuid_of(value) if impl.as_uuid else str(uuid_of(value))
    if isinstance(impl, JSON):
        _check_json(value, dialect)
        return value
    if isinstance(impl, ARRAY):
        return _array(value, impl, dialect)
    convert = CONVERTERS.get(kind)
    if convert is None:
        if isinstance(value, str):
            check_text(value, dialect)
        return value
    try:
        return convert(value, impl, dialect)
    except UnfitValueError:
        raise
    except (ValueError, TypeError, ArithmeticError) as error:
        raise UnfitValueError(NAMES[kind]) from error


def holds_lists(type_: TypeEngine[Any], dialect: Dialect, value: list[Any]) -> bool:
    """Tell whether the list *value* is one value of the column: `=`, and not `IN`.

    A type that does not say so is shown the list: it holds lists if it gives the list
    back, or if it refuses what is in it.
    """
    impl = type_.dialect_impl(dialect)
    if isinstance(impl, ARRAY | JSON | PickleType):
        return True
    kind = python_type_of(impl)
    if kind is not None:
        return issubclass(kind, list | tuple | set | frozenset | dict)
    if isinstance(impl, TypeDecorator) and not _binds(impl):
        return holds_lists(impl.load_dialect_impl(dialect), dialect, value)
    samples: list[list[Any]] = [value] if value else [["x"], [1]]
    return any(_is_kept(impl, dialect, sample) for sample in samples)


def _is_kept(type_: TypeEngine[Any], dialect: Dialect, value: list[Any]) -> bool:
    bind = type_.bind_processor(dialect)
    if bind is None:
        return False
    back = type_.result_processor(dialect, None)
    try:
        stored = bind(value)
        if bool((stored if back is None else back(stored)) == value):
            return True
    except Exception:
        return False
    try:
        bind(value[0])
    except Exception:
        return True
    return False


def python_type_of(type_: TypeEngine[Any]) -> type[Any] | None:
    """Return what the type is in Python, `None` where it does not say.

    A `TypeDecorator` says itself what it takes, whatever it is stored as.
    """
    try:
        kind: type[Any] = type_.python_type
    except NotImplementedError:  # SQLAlchemy 2.0; 2.1 says `object`
        return None
    return None if kind is object else kind


def makes_anything(type_: TypeEngine[Any]) -> bool:
    """Tell whether code of the application's makes of what is stored who knows what."""
    return (
        isinstance(type_, TypeDecorator)
        and type(type_).process_result_value is not TypeDecorator.process_result_value
        and type(type_).python_type is TypeDecorator.python_type
    )


def is_opaque(type_: TypeEngine[Any]) -> bool:
    """Tell whether values have no order or equality that all databases share."""
    known = type_.impl if isinstance(type_, TypeDecorator) else type_
    return isinstance(known, JSON | ARRAY) or python_type_of(type_) in (dict, list)


def _binds(type_: TypeDecorator[Any]) -> bool:
    return type(type_).process_bind_param is not TypeDecorator.process_bind_param


def _decorated(value: Any, type_: TypeDecorator[Any], dialect: Dialect) -> Any:
    """Return the value that the application's own type makes a storable one of.

    It may expect a number where the client sends an ID: it is given the parsed value
    first, then the value as it is.
    """
    if isinstance(type_, PickleType):
        return value
    impl = type_.load_dialect_impl(dialect)
    if not _binds(type_):
        return coerced(value, impl, dialect)
    candidates = [value]
    parse = PARSERS.get(python_type_of(type_) or python_type_of(impl))
    if parse is not None and isinstance(value, str):
        with contextlib.suppress(ValueError, ArithmeticError):
            candidates.insert(0, parse(value))
    refusal = UnfitValueError("a value that the column takes")
    for candidate in candidates:
        try:
            bound = type_.process_bind_param(candidate, dialect)
        except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
            continue
        try:
            coerced(bound, impl, dialect)
        except UnfitValueError as error:
            refusal = error
            continue
        return candidate
    raise refusal


def _enumerated(value: Any, type_: Enum, dialect: Dialect) -> Any:
    """Return the member for a member, a name, what the database holds, or a value."""
    class_ = type_.enum_class
    if class_ is None:
        plain = value.value if isinstance(value, enum.Enum) else value
        if isinstance(plain, str) and plain in type_.enums:
            return plain
        if isinstance(value, enum.Enum) and value.name in type_.enums:
            return value.name
    elif isinstance(value, class_):
        return value
    elif isinstance(value, str):
        if value in type_.enums and not type_.validate_strings:
            member = type_.result_processor(dialect, None)  # type: ignore[no-untyped-call]  # SQLAlchemy's
            return value if member is None else member(value)
        if value in class_.__members__:
            return class_.__members__[value]
    elif isinstance(value, enum.Enum) and value.name in class_.__members__:
        return class_.__members__[value.name]
    if class_ is not None:
        with contextlib.suppress(ValueError):
            return class_(value)
    names = [*type_.enums] if class_ is None else [*class_.__members__]
    more = ", …" if len(names) > _NAMES_SHOWN else ""
    msg = f"one of {', '.join(names[:_NAMES_SHOWN])}{more}"
    raise UnfitValueError(msg)


def _array(value: Any, type_: ARRAY[Any], dialect: Dialect) -> list[Any]:
    if not isinstance(value, list | tuple):
        msg = "a list"
        raise UnfitValueError(msg)
    return [
        _array(item, type_, dialect)
        if isinstance(item, list)
        else coerced(item, type_.item_type, dialect)
        for item in value
    ]


def _check_json(value: Any, dialect: Dialect) -> None:
    if isinstance(value, str):
        check_text(value, dialect)
    elif isinstance(value, float) and not math.isfinite(value):
        msg = "JSON of finite numbers"
        raise UnfitValueError(msg)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _check_json(key, dialect)
            _check_json(item, dialect)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_json(item, dialect)


_NAMES_SHOWN = 10


_OF_JSON = (str, int, float, list, dict, type(None))


def as_sent(value: Any) -> str:
    """Return a client's value as text of a bounded length, for a message about it."""
    try:
        text = repr(value) if isinstance(value, _OF_JSON) else str(value)
    except ValueError:  # an integer of too many digits
        return f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}…"
