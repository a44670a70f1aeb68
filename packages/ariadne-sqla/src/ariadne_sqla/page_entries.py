"""What a statement about chosen rows does, as JSON for debugging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqla_loaders import PageWork
from sqla_selection.arguments import OrderKey, Position
from sqla_selection.arguments.filters import (
    AllOf,
    AnyOf,
    Applied,
    Compared,
    Filter,
    Opposite,
    Related,
)

__all__ = ["page_entry"]


def page_entry(page: PageWork | None, *, shows_values: bool) -> dict[str, Any] | None:
    """Return what is shown of *page*: its form, its window and its owners.

    Args:
        page: What a statement does, `None` where its rows are not chosen.
        shows_values: Whether values of the client are shown.
    """
    if page is None:
        return None
    window = page.window
    shown = _value if shows_values else _redacted
    return {
        "form": page.form,
        "owners": page.owners,
        "filter": None if window.filter is None else _filter(window.filter, shown),
        "order": [_order_key(key) for key in window.order],
        "limit": window.limit,
        "offset": window.offset,
        "after": _position(window.after, shown),
        "before": _position(window.before, shown),
        "from_end": window.is_backward,
    }


def _filter(asked: Filter, shown: Callable[[Any], str]) -> str:
    """Return a filter as one reads it: `title contains 'x' and not (views lt 3)`."""
    if isinstance(asked, Compared):
        return f"{asked.attribute} {asked.operator} {shown(asked.value)}"
    if isinstance(asked, Applied):
        return f"{asked.name}({shown(asked.value)})"
    if isinstance(asked, Opposite):
        return f"not ({_filter(asked.part, shown)})"
    if isinstance(asked, Related):
        how = "" if asked.quantifier == "one" else f" {asked.quantifier}"
        return f"{asked.relationship}{how} ({_filter(asked.part, shown)})"
    between = " or " if isinstance(asked, AnyOf) else " and "
    parts = [
        f"({_filter(part, shown)})"
        if isinstance(part, AllOf | AnyOf)
        else _filter(part, shown)
        for part in asked.parts
    ]
    return between.join(parts) or "anything"


def _order_key(key: OrderKey) -> str:
    if key.name.isupper():  # a value of an enum, which has its direction in it
        return key.name
    direction = "DESC" if key.direction.is_descending else "ASC"
    source = key.source if isinstance(key.source, str) else key.name or "expression"
    text = f"{'.'.join((*key.path, source))} {direction}"
    nulls = key.direction.nulls
    return text if nulls is None else f"{text} NULLS {nulls.upper()}"


def _position(position: Position | None, shown: Callable[[Any], str]) -> str | None:
    if position is None:
        return None
    return ", ".join(map(shown, (*(position.values or ()), *position.key)))


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    return str(value)


def _redacted(_: Any) -> str:
    return "…"
