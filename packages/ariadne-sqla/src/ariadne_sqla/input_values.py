"""A mutation's input → values for the attributes of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.types import TypeDecorator

from sqla_selection import ConfigurationError
from sqla_selection.arguments import ArgumentError
from sqla_selection.attribute_names import attribute_named, without_synonym
from sqla_selection.errors import suggest

from .bound import bound_to
from .client_values import ClientValues
from .request import Request

__all__ = ["values_of"]


def values_of(
    input: Mapping[str, Any],
    model: type[Any],
    info: Any = None,
    *,
    aliases: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what a client sent in *input*, by attributes of *model*. No statement.

    ```python
    post = Post(**values_of(input, Post))           # a new one
    for name, value in values_of(input, Post).items():  # or what is to change
        setattr(post, name, value)
    ```

    A name of the input is an attribute of a column, or that in snake_case. Values are
    converted to what the columns hold: text to a `date`, a `UUID` or a number, a name
    to a member of an enum. What the client left out is left out; `null` is `None`.

    Args:
        input: The argument as the resolver got it, or a part of it.
        model: The mapped class.
        info: Of the field. With it, global ids are read as keys, and what the database
            of the request cannot hold is refused.
        aliases: Name in the input → attribute, where they differ.

    Raises:
        ArgumentError: A value is none for its column, or `null` where the column takes
            none. An answer to the client.
        ConfigurationError: A name is no column of the model.
    """
    mapper: Mapper[Any] = inspect(model)
    values = ClientValues(mapper, info, _session_of(info))
    found: dict[str, Any] = {}
    for name, value in input.items():
        attribute = _column_named(mapper, name, aliases or {})
        if value is None and _takes_no_null(mapper, attribute):
            raise ArgumentError((name,), "must not be null.")
        if attribute in found:
            msg = (
                f"The input for {model.__name__} names {attribute!r} twice, the second "
                f"time as {name!r}."
            )
            raise ConfigurationError(msg)
        found[attribute] = values.of(attribute, value, (name,))
    return found


def _session_of(info: Any) -> Any:
    if info is None or not bound_to(info.schema).types:
        return None
    registry = Request(info).registry
    return registry.session if registry is not None and registry.has_session else None


def _column_named(mapper: Mapper[Any], name: str, aliases: Mapping[str, str]) -> str:
    """Return the attribute of a column that *name* of an input is for.

    Raises:
        ConfigurationError: There is none.
    """
    attribute = without_synonym(mapper, attribute_named(mapper, name, aliases) or name)
    columns = mapper.column_attrs
    if attribute in columns and isinstance(columns[attribute].columns[0], Column):
        return attribute
    model = mapper.class_.__name__
    if attribute in mapper.relationships:
        msg = (
            f"{name!r} of the input is a relationship of {model}. Take it out of what "
            "`values_of` gets, and set it to objects yourself."
        )
    else:
        what = "no attribute" if attribute == name else f"{attribute!r}, no attribute"
        msg = (
            f"{name!r} of the input is {what} of a column of {model}."
            f"{suggest(name, columns.keys())} Name the attribute in `aliases`, or take "
            "it out of what `values_of` gets."
        )
    raise ConfigurationError(msg)


def _takes_no_null(mapper: Mapper[Any], attribute: str) -> bool:
    """Tell whether the database would refuse NULL, and nothing makes a value of it."""
    column: Any = mapper.column_attrs[attribute].columns[0]
    makes_values = column.type.should_evaluate_none or isinstance(
        column.type, TypeDecorator
    )
    return not column.nullable and not makes_values
