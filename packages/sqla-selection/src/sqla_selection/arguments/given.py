"""What a client gave as arguments → a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import FieldNode
from sqlalchemy import Dialect

from ..coercion import ANY
from .cursors import Cursors
from .errors import ArgumentError, PageSizeError
from .filters import Filter, together
from .given_filter import FilterReader
from .given_order import order_of
from .limits import ArgumentLimits, Budget
from .seen import EVERYTHING, Hides, check_attribute
from .shapes import ArgumentsShape, OrderKey
from .windows import Window

__all__ = ["window_of"]


def window_of(
    shape: ArgumentsShape,
    arguments: Mapping[str, Any],
    node: FieldNode | None = None,
    variables: Mapping[str, Any] | None = None,
    *,
    limits: ArgumentLimits = ArgumentLimits(),  # noqa: B008  # frozen
    dialect: Dialect = ANY,
    values_per_statement: int | None = None,
    default_order: Sequence[OrderKey] = (),
    hides: Hides = EVERYTHING,
) -> Window:
    """Return what *arguments* ask.

    Args:
        shape: What they may ask.
        arguments: The coerced arguments, by Python names.
        node: The field in the document; without it every `{}` counts as written.
        variables: The coerced variables of the request.
        limits: What is allowed.
        dialect: What values must fit; without it, what any database holds.
        values_per_statement: How many values the driver takes, if that is known.
        default_order: The order where the client gives none, as
            `relationship(order_by=…)`.
        hides: Tells what may not be asked about.

    Raises:
        ArgumentError: A value means nothing, or is about what is hidden.
        ArgumentLimitError: It is more than allowed.
        CursorError: A cursor is malformed, or of another order.
        PageSizeError: A page is too large, or of a negative size.
    """
    nodes = (
        {one.name.value: one.value for one in (node.arguments or ())} if node else {}
    )
    budget = Budget(limits, values_per_statement)
    reader = FilterReader(variables or {}, budget, dialect, hides)
    parts: list[Filter | None] = []
    for key, field in shape.columns:
        if key in arguments:
            path, written = (field.name,), nodes.get(field.name)
            check_attribute(hides, shape.mapper, field.attribute, path)
            parts.append(reader.shorthand(field, arguments[key], written, path))
    if shape.filter is not None:
        key, name, of_filter = shape.filter
        if arguments.get(key) is not None:
            parts.append(
                reader.all_of(of_filter, arguments[key], nodes.get(name), (name,), 0)
            )
    order: tuple[OrderKey, ...] = ()
    if shape.order is not None:
        key, name, of_order = shape.order
        if arguments.get(key) is not None:
            order = order_of(
                of_order,
                arguments[key],
                nodes.get(name),
                name,
                reader.budget,
                reader.variables,
                hides,
            )
    order = order or tuple(default_order)
    return _page(shape, arguments, together(*parts), order)


def _page(
    shape: ArgumentsShape,
    arguments: Mapping[str, Any],
    filter_: Filter | None,
    order: tuple[OrderKey, ...],
) -> Window:
    given = {
        meaning: (name, arguments[key])
        for key, name, meaning in shape.sizes
        if arguments.get(key) is not None
    }
    sizes = {
        meaning: _size(name, value, meaning, shape.max_page_size)
        for meaning, (name, value) in given.items()
        if meaning in ("limit", "offset", "first", "last")
    }
    if "first" in sizes and "last" in sizes:
        name = given["last"][0]
        raise ArgumentError((name,), f"cannot be with {given['first'][0]!r}.")
    is_connection = shape.connection is not None
    limit = sizes.get("limit", sizes.get("first", sizes.get("last", shape.page_size)))
    if limit is None:
        limit = shape.max_page_size
    after = before = None
    if "after" in given or "before" in given:
        cursors = Cursors.of(shape.mapper, order)
        if "after" in given:
            after = cursors.decode(given["after"][1], (given["after"][0],))
        if "before" in given:
            before = cursors.decode(given["before"][1], (given["before"][0],))
    return Window(
        filter_,
        order,
        limit,
        sizes.get("offset", 0),
        after,
        before,
        "last" in sizes,
        is_connection,
    )


def _size(name: str, value: Any, meaning: str, largest: int | None) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PageSizeError((name,), f"is {value!r}, which is no number of rows.")
    if value < 0:
        raise PageSizeError((name,), f"is {value}. It must not be negative.")
    if value > _LARGEST:
        raise PageSizeError((name,), f"is {value}, which is more rows than there are.")
    if meaning != "offset" and largest is not None and value > largest:
        raise PageSizeError((name,), f"is {value}. At most {largest} are allowed.")
    return value


_LARGEST = 2**31 - 2
"""One more is asked for, and must be a number to every database."""
