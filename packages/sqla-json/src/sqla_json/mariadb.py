"""JSON on MariaDB, where JSON is text.

What a function gives is JSON to another only where nothing came between: COALESCE, CASE
and an aggregate give text. So all that is nested here is text, and parsed once where it
is put into an object.

Nothing tells when a value was cut, or is NULL as it is too long. What can be is looked
at on every level: an aggregate by its length, an object by being NULL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Integer,
    Numeric,
    String,
    Text,
    Time,
    Uuid,
    case,
    cast,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.functions import FunctionElement

from .declining import Declining
from .dialects import TOKEN, Form, JsonDialect, is_float

__all__ = ["MariaDBJson"]

_OLDEST = (10, 11)
_LONGEST = 2**30 - 1
"""Characters of the longest text."""
_MOST_BYTES = "least(@@group_concat_max_len, @@max_allowed_packet) - 4"
"""Of an aggregate that nothing was cut from: the last character may have four."""
_SHORT = (Boolean, Date, DateTime, Integer, Numeric, Time, Uuid)
"""Types whose values are sorted by all that they have."""
_IS_UUID = "^{}$".format("-?".join(f"([0-9a-f]{{{n}}})" for n in (8, 4, 4, 4, 12)))
_DATE, _DATETIME = "%Y-%m-%d", "%Y-%m-%dT%H:%i:%s.%f"


class MariaDBJson(JsonDialect):
    """MariaDB from 10.11 on, by any driver."""

    name = "mariadb"
    orders_inside = True
    has_pages = False
    most_fields = 500  # a function takes what the parser's stack does
    most_levels = 32  # of JSON that it parses

    def check(self) -> None:
        """See `JsonDialect.check`."""
        if not getattr(self.dialect, "is_mariadb", self.dialect.name == "mariadb"):
            why = "MySQL sorts the keys of an object; a response has its own order."
            raise Declining(why)
        version = getattr(self.dialect, "server_version_info", None)
        if version is not None and version < _OLDEST:
            oldest = ".".join(map(str, _OLDEST))
            why = f"MariaDB before {oldest} is not known to write the same JSON."
            raise Declining(why)

    @property
    def token(self) -> Any:
        """See `JsonDialect.token`.

        It is long text: MariaDB cuts a text in a temporary table, which GROUP_CONCAT
        and ORDER BY take, at the length that it thinks an expression has at most, and
        forgets there that JSON escapes characters.
        """
        return cast(self.key(f'"{TOKEN}"'), mysql.CHAR(_LONGEST))

    def object(self, pairs: Sequence[tuple[str, Any]]) -> Any:
        """See `JsonDialect.object`."""
        arguments = [part for key, value in pairs for part in (self.key(key), value)]
        return func.coalesce(func.json_object(*arguments), self.token)

    def array_of(self, stmt: Any, value: Any, order_by: Sequence[Any]) -> Any:
        """See `JsonDialect.array_of`.

        JSON_ARRAYAGG would give a bracket more for each time that it is read. In an
        aggregate texts are sorted by all that they have, in a SELECT by a part of it.
        """
        rows = func.coalesce(_GroupConcat(value, *order_by), "")
        array = func.concat("[", rows, "]").label("_json")
        is_whole = func.octet_length(literal_column("_json")) < literal_column(
            _MOST_BYTES
        )
        stmt = stmt.add_columns(array).having(is_whole, *_are_sorted(order_by))
        return self.nested(self.or_token(stmt.scalar_subquery()))

    def items(self, *values: Any) -> Any:
        """See `JsonDialect.items`."""
        return func.json_array(*values)

    def nested(self, value: Any) -> Any:
        """See `JsonDialect.nested`."""
        return func.json_compact(value)

    def integer(self, column: Any) -> Any:
        """See `JsonDialect.integer`."""
        return _unpadded(column)

    def integer_as_text(self, column: Any) -> Any:
        """See `JsonDialect.integer_as_text`."""
        return cast(_unpadded(column), Text())

    def may_exceed_int(self, type_: Any) -> bool:
        """See `JsonDialect.may_exceed_int`."""
        return type(type_) is not Integer

    def string(self, column: Any) -> Any:
        """See `JsonDialect.string`.

        What is no more a column is no JSON, if that has some, and has the collation of
        all others.
        """
        return cast(column, mysql.CHAR(charset="utf8mb4"))

    def boolean_of(self, column: Any) -> Any:
        """See `JsonDialect.boolean_of`."""
        return type_coerce(column, Integer()) != literal_column("0")

    def float_form(self, type_: Any) -> Form | None:
        """See `JsonDialect.float_form`."""
        return _float_as_json, _no_json, None

    def uuid_form(self, type_: Any) -> Form | None:
        """See `JsonDialect.uuid_form`."""

        def text(column: Any) -> Any:
            return func.lower(self.string(column))

        def value(column: Any) -> Any:
            return func.regexp_replace(text(column), _IS_UUID, r"\1-\2-\3-\4-\5")

        return value, lambda column: [~text(column).regexp_match(_IS_UUID)], None

    def text_as_one_of(self, names: Mapping[str, str]) -> Form | None:
        """See `JsonDialect.text_as_one_of`."""

        def text(column: Any) -> Any:
            return self.string(column).collate("utf8mb4_nopad_bin")

        def value(column: Any) -> Any:
            pairs = {one: self.key(name) for one, name in names.items()}
            return case(pairs, value=text(column))

        return value, lambda column: [text(column).not_in([*names])], None

    def transport(self, type_: Any) -> Form | None:
        """See `JsonDialect.transport`."""
        if is_float(type_):
            return self.float_form(type_)
        if isinstance(type_, Boolean | Integer):
            return _unpadded, lambda _: (), None
        if isinstance(type_, JSON | String | Uuid):
            return self.string, lambda _: (), None
        if isinstance(type_, Numeric):
            return lambda column: cast(column, Text()), lambda _: (), Decimal
        if isinstance(type_, Time):
            return _seconds, lambda _: (), _time_of_driver
        if isinstance(type_, DateTime):
            return _formatted(_DATETIME), lambda _: (), datetime.fromisoformat
        if isinstance(type_, Date):
            return _formatted(_DATE), lambda _: (), date.fromisoformat
        return None


class _GroupConcat(FunctionElement[str]):
    """The first expression of all rows, with commas, in the order of the others."""

    type = Text()
    inherit_cache = True


@compiles(_GroupConcat)
def _group_concat(element: Any, compiler: Any, **kw: Any) -> str:
    value, *order_by = (compiler.process(one, **kw) for one in element.clauses)
    order = f" ORDER BY {', '.join(order_by)}" if order_by else ""
    return f"group_concat({value}{order} SEPARATOR ',')"


def _are_sorted(order_by: Sequence[Any]) -> list[Any]:
    """Return conditions that no text is longer than what a SELECT would sort by.

    That is `max_sort_length` bytes of it, or of what its collation compares.
    """
    conditions = []
    for clause in order_by:
        while isinstance(clause, UnaryExpression):  # `desc()`, `nulls_last()`
            clause = clause.element
        if not isinstance(clause.type, _SHORT):
            own, compared = func.octet_length(clause), func.weight_string(clause)
            longest = func.max(func.greatest(own, func.octet_length(compared)))
            most: Any = literal_column("@@max_sort_length")
            conditions.append(func.coalesce(longest, literal_column("0")) <= most)
    return conditions


def _unpadded(column: Any) -> Any:
    """Return a number without the zeros that a ZEROFILL column puts before it."""
    return type_coerce(column, Integer()) + literal_column("0")


def _float_as_json(column: Any) -> Any:
    """Return a float as JSON: with a point, as Python has it."""
    text = cast(column, Text())
    number = case(
        (text.regexp_match("^-?[0-9]+$"), func.concat(text, ".0")), else_=text
    )
    return func.json_compact(number)


def _no_json(column: Any) -> Sequence[Any]:
    return [func.json_valid(cast(column, Text())) == literal_column("0")]


def _formatted(text: str) -> Any:
    return lambda column: func.date_format(column, text)


def _seconds(column: Any) -> Any:
    return cast(func.time_to_sec(column), Text())


def _time_of_driver(seconds: str) -> timedelta:
    return timedelta(microseconds=int(Decimal(seconds).scaleb(6)))
