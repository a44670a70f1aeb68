"""What Python makes of columns: the database writes them, in an array at that place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphql import Undefined

from ._compat import coercer_of
from .declining import Declining
from .dialects import JsonDialect
from .leaves import WrongValue, read_form
from .shape import MadeShape

__all__ = ["made_form"]


def made_form(
    made: MadeShape, columns: Sequence[Any], dialect: JsonDialect
) -> tuple[Any, list[Any], Callable[[Any], Any]]:
    """Return the JSON of *columns*, when it is wrong, and what makes the value of it.

    Raises:
        Declining: No exact form of a column is known.
    """
    values: list[Any] = []
    wrong: list[Any] = []
    reads: list[Callable[[Any], Any]] = []
    for type_, column in zip(made.columns.values(), columns, strict=True):
        form = read_form(type_.dialect_impl(dialect.dialect), dialect)
        if form is None:
            why = (
                f"{made.where} is made of a column of {type_!r}, which has no exact "
                f"form on {dialect.name}."
            )
            raise Declining(why)
        value, wrong_if, read = form
        values.append(value(column))
        wrong += [*wrong_if(column), column.is_(None)]
        reads.append(read)
    coerce, make = coercer_of(made.type), made.make

    def decode(raw: Any) -> Any:
        read = [one(value) for one, value in zip(reads, raw, strict=True)]
        coerced = coerce(make(read))
        if coerced is None or coerced is Undefined:
            raise WrongValue
        return coerced

    return dialect.items(*values), wrong, decode
