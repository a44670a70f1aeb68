"""How each database makes JSON: its functions, and what they do not do.

A response key is a parameter, never SQL text. What a database finds to be no value of
its field is written as a token in its place: random, and new in each process, so that
no row can have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from secrets import token_hex
from typing import Any, ClassVar, TypeAlias

from sqlalchemy import Dialect, Float, String, Text, cast, func, literal
from sqlalchemy.exc import DBAPIError

__all__ = ["TOKEN", "Form", "JsonDialect", "is_float"]

Form: TypeAlias = tuple[
    Callable[[Any], Any], Callable[[Any], Sequence[Any]], Callable[[Any], Any] | None
]
"""A column → JSON, a column → when that is wrong, and JSON → value if that differs."""

TOKEN = f"sqla-json-{token_hex(16)}"
"""Stands in the JSON where a value is none of its field."""


class JsonDialect:
    """The functions of one database."""

    name: ClassVar[str]
    orders_inside: ClassVar[bool]
    """Whether rows are ordered in the aggregate, and not in a SELECT that it reads."""
    joins: ClassVar[bool] = False
    """Whether it runs a subquery anew for each row, and joins faster."""
    has_pages: ClassVar[bool] = True
    """Whether a SELECT in FROM may name the row around it, as that of a page does."""
    most_joined: ClassVar[int] = 0
    """How many objects and lists may be in each other in rows that are `joined`."""
    most_fields: ClassVar[int]
    """How many fields an object may have: each is two arguments of a function."""
    most_levels: ClassVar[int | None] = None
    """How many objects and lists may be in each other, where the database says so."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def check(self) -> None:
        """Check that the database does what is relied on, as far as that is known.

        Raises:
            Declining: It is too old, or built without it.
        """

    def is_too_deep(self, error: DBAPIError) -> bool:
        """Tell whether the database refused a statement as it is nested too deep.

        Only where nothing was done then, and the transaction goes on.
        """
        return False

    def key(self, name: str) -> Any:
        """Return a response key, or another text of the response, as a parameter."""
        return literal(name, String())

    def name_of(self, name: str) -> Any:
        """Return the name of a type, as it stands in the JSON."""
        return self.key(name)

    @property
    def token(self) -> Any:
        """What stands where a value is none of its field."""
        return self.key(TOKEN)

    def object(self, pairs: Sequence[tuple[str, Any]]) -> Any:
        """Return an object with the values of *pairs*, in their order."""
        raise NotImplementedError

    def array(self, value: Any, order_by: Sequence[Any]) -> Any:
        """Return the array of *value* of all rows."""
        raise NotImplementedError

    def items(self, *values: Any) -> Any:
        """Return the array of *values*, of one row."""
        raise NotImplementedError

    def array_of(self, stmt: Any, value: Any, order_by: Sequence[Any]) -> Any:
        """Return the array of *value* of all rows of *stmt*, which selects nothing."""
        made = self.array(value, order_by)
        return self.nested(stmt.add_columns(made).scalar_subquery())

    def joined(self, text: Any) -> Any:
        """Return *text* of all rows with commas between, in the order of a subquery."""
        raise NotImplementedError

    def nested(self, value: Any) -> Any:
        """Return what a subquery gives, as JSON in JSON."""
        return value

    def or_token(self, value: Any) -> Any:
        """Return *value*, or the token where that is NULL."""
        return func.coalesce(value, self.token)

    def boolean(self, value: str) -> Any:
        """Return `true` or `false`."""
        raise NotImplementedError

    def text(self, value: Any) -> Any:
        """Return the whole as text, which no driver parses."""
        return value

    def integer(self, column: Any) -> Any:
        """Return a column of integers as a number."""
        return column

    def integer_as_text(self, column: Any) -> Any:
        """Return a column of integers as text."""
        return cast(column, Text())

    def no_integer(self, column: Any) -> Sequence[Any]:
        """Return when a column of integers has something else."""
        return ()

    def may_exceed_int(self, type_: Any) -> bool:
        """Tell whether values of *type_* may be beyond `Int`."""
        return True

    def string(self, column: Any) -> Any:
        """Return a column of text."""
        return column

    def no_string(self, column: Any) -> Sequence[Any]:
        """Return when a column of text has something else."""
        return ()

    def boolean_of(self, column: Any) -> Any:
        """Return a column of booleans."""
        return column

    def no_boolean(self, column: Any) -> Sequence[Any]:
        """Return when a column of booleans has something else."""
        return ()

    def float_form(self, type_: Any) -> Form | None:
        """Return how a column of floats is written, `None` where that is not exact."""
        return None

    def uuid_form(self, type_: Any) -> Form | None:
        """Return how a column of UUIDs is written as text."""
        return None

    def text_as_one_of(self, names: Mapping[str, str]) -> Form | None:
        """Return how a column of texts is written as the names that they stand for."""
        return None

    def transport(self, type_: Any) -> Form | None:
        """Return how values of *type_* are written for Python to decode.

        The last part makes of what JSON has what the driver gives.
        """
        return None

    def type_code(self, type_: Any) -> Any:
        """Return what the driver says the type of a result column is."""
        return None


def is_float(type_: Any) -> bool:
    """Tell whether a column of *type_* has floats, and no decimals.

    On SQLAlchemy 2.0 what a dialect has for `Float` may be no `Float`.
    """
    names = ("double", "double_precision", "float", "real")
    return isinstance(type_, Float) or type_.__visit_name__ in names
