"""A column as a scalar or an enum: exact in SQL, decoded in Python, or declined.

What SQL writes must be what the driver, the column's type and the scalar's serializer
make of the same value. Where SQL cannot, it writes what the driver would give, and
Python does the rest at that place of the response. What the database may hold beside
that is told by a condition, and then the standard path answers, with its error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import GraphQLEnumType, GraphQLScalarType, Undefined
from sqlalchemy import (
    REAL,
    Boolean,
    Enum,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    Uuid,
    column,
    or_,
    type_coerce,
)

from ._compat import coercer_of, is_specified
from .declining import Declining
from .dialects import JsonDialect, is_float
from .shape import LeafShape

__all__ = [
    "LeafForm",
    "ReadForm",
    "WrongValue",
    "is_of_sqlalchemy",
    "leaf_form",
    "read_form",
]

MAX_INT, MIN_INT = 2_147_483_647, -2_147_483_648
"""Of `Int`: GraphQL specification, section 3.5.1."""


class WrongValue(Exception):  # noqa: N818  # it is no error: it leads to another path
    """What was found is no value of its field."""


@dataclass(frozen=True, slots=True)
class LeafForm:
    """How one column is written."""

    value: Callable[[Any], Any]
    """The column → JSON, null where it is NULL."""
    wrong_if: Callable[[Any], Sequence[Any]]
    """The column → conditions that hold where that is not the value of the field."""
    decode: Callable[[Any], Any] | None = None
    """What the JSON has → the value of the response, `None` where they are the same.
    Raises whatever the column's type and the scalar raise, or `WrongValue`."""
    is_required: bool = False

    def wrong(self, column: Any) -> list[Any]:
        """Return the conditions that hold where the standard path is to answer."""
        conditions = list(self.wrong_if(column))
        if self.is_required and self.decode is None:
            conditions.append(column.is_(None))
        return conditions


def leaf_form(leaf: LeafShape, dialect: JsonDialect) -> LeafForm:
    """Return how *leaf* is written.

    Raises:
        Declining: No exact form of it is known.
    """
    type_ = leaf.column_type.dialect_impl(dialect.dialect)
    if _selects_expression(type_):
        why = f"{leaf.where} is a column of {type_!r}, which selects an expression."
        raise Declining(why)
    form = None
    types = leaf.column_type, type_
    if not isinstance(type_, TypeDecorator) and all(map(is_of_sqlalchemy, types)):
        form = _exact(leaf, type_, dialect)
    if form is None:
        form = _decoded(leaf, type_, dialect)
    if form is None:
        why = (
            f"{leaf.where} is {leaf.type} of a column of {leaf.column_type!r}, which "
            f"has no exact form on {dialect.name}."
        )
        raise Declining(why)
    value, wrong, decode = form
    return LeafForm(value, wrong, decode, leaf.is_required)


def _selects_expression(type_: Any) -> bool:
    """Tell whether loading selects something else than the column."""
    stored: Any = column("stored")
    selected = type_.column_expression(stored)
    return selected is not None and selected is not stored


ReadForm: TypeAlias = tuple[
    Callable[[Any], Any], Callable[[Any], Sequence[Any]], Callable[[Any], Any]
]
"""A column → JSON, a column → when that is wrong, and JSON → what loading it gives."""

_Form = tuple[
    Callable[[Any], Any], Callable[[Any], Sequence[Any]], Callable[[Any], Any] | None
]


def is_of_sqlalchemy(type_: Any) -> bool:
    """Tell whether *type_* is none of the application's own, which may do anything."""
    return type(type_).__module__.startswith("sqlalchemy.")


def _exact(leaf: LeafShape, type_: Any, dialect: JsonDialect) -> _Form | None:
    """Return the form in SQL alone, `None` where there is none."""
    if isinstance(leaf.type, GraphQLEnumType):
        return _exact_enum(leaf.type, type_, dialect)
    is_ = leaf.type
    if isinstance(type_, Integer):
        if is_specified(is_, "Int"):
            return dialect.integer, _out_of_range(type_, dialect), None
        if is_specified(is_, "ID") or is_specified(is_, "String"):
            return dialect.integer_as_text, dialect.no_integer, None
    elif isinstance(type_, String) and _is_text(type_, dialect):
        if is_specified(is_, "String") or is_specified(is_, "ID"):
            return dialect.string, dialect.no_string, None
    elif isinstance(type_, Boolean):
        if is_specified(is_, "Boolean"):
            return dialect.boolean_of, dialect.no_boolean, None
    elif is_float(type_):
        is_narrow = isinstance(leaf.column_type, REAL)
        if is_specified(is_, "Float") and not type_.asdecimal and not is_narrow:
            return dialect.float_form(type_)
    elif isinstance(type_, Uuid) and is_specified(is_, "ID"):
        return dialect.uuid_form(type_)
    return None


def _is_text(type_: String, dialect: JsonDialect) -> bool:
    """Tell whether it has texts, as an enum and a SET of MySQL do not."""
    return type_.result_processor(dialect.dialect, None) is None


def _out_of_range(
    type_: Integer, dialect: JsonDialect
) -> Callable[[Any], Sequence[Any]]:
    def wrong(column: Any) -> list[Any]:
        conditions = list(dialect.no_integer(column))
        if dialect.may_exceed_int(type_):
            number = type_coerce(column, Integer())
            conditions.append(or_(number < MIN_INT, number > MAX_INT))
        return conditions

    return wrong


def _exact_enum(
    enum: GraphQLEnumType, type_: Any, dialect: JsonDialect
) -> _Form | None:
    """Return the form of a text that stands for one value of *enum*."""
    if not isinstance(type_, String):
        return None
    stored: Sequence[Any]
    if isinstance(type_, Enum):
        stored = type_.enums
    else:
        stored = [one.value for one in enum.values.values()]
    process = type_.result_processor(dialect.dialect, None)
    coerce = coercer_of(enum)
    names: dict[str, str] = {}
    for text in stored:
        if not isinstance(text, str) or "\0" in text:
            return None
        try:
            names[text] = coerce(process(text) if process else text)
        except Exception:  # noqa: S112  # one that the GraphQL enum does not have
            continue
    if not names:
        return None
    return dialect.text_as_one_of(names)


def _decoded(leaf: LeafShape, type_: Any, dialect: JsonDialect) -> _Form | None:
    """Return the form that Python finishes, `None` where what is stored is not text."""
    if not isinstance(leaf.type, GraphQLScalarType | GraphQLEnumType):
        return None
    read = read_form(type_, dialect)
    if read is None:
        return None
    value, wrong, of_python = read
    coerce, is_required = coercer_of(leaf.type), leaf.is_required

    def decode(raw: Any) -> Any:
        read = of_python(raw)
        if read is None:
            if is_required:
                raise WrongValue
            return None
        coerced = coerce(read)
        if coerced is None or coerced is Undefined:
            raise WrongValue
        return coerced

    return value, wrong, decode


def read_form(type_: Any, dialect: JsonDialect) -> ReadForm | None:
    """Return how values of a column are written for Python, which reads them.

    `None` where what is stored is not text, or loading selects something else.

    Args:
        type_: What the database has for the type of the column: its `dialect_impl`.
        dialect: Of the database.
    """
    if _selects_expression(type_):
        return None
    storage = type_
    while isinstance(storage, TypeDecorator):
        storage = storage.impl_instance
    transport = None
    if not isinstance(storage, LargeBinary):
        transport = dialect.transport(storage)
    if transport is None:
        return None
    value, wrong, given = transport
    process = type_.result_processor(dialect.dialect, dialect.type_code(storage))

    def read(raw: Any) -> Any:
        if raw is not None and given is not None:
            raw = given(raw)
        return process(raw) if process is not None else raw

    return value, wrong, read
