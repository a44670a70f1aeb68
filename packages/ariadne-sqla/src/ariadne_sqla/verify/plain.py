"""One JSON value for any value of Python, the same for equal values."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from graphql import GraphQLResolveInfo
from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Query, WriteOnlyCollection

__all__ = ["as_plain", "without_order"]

_AS_TEXT = (
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    uuid.UUID,
)
_NAMED = (type, GraphQLResolveInfo, WriteOnlyCollection)
"""What is the name of its class: what it has is another thing for each query."""
_DEEPEST = 4
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


def as_plain(value: Any, depth: int = 0) -> Any:
    """Return what JSON can write of *value*.

    A mapped object is its class and its identity, a set is sorted, and an object of
    another kind is its class and its public attributes.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, _AS_TEXT):
        return str(value)
    state = inspect(value, raiseerr=False)
    if isinstance(state, InstanceState):
        return f"<{type(value).__name__} {state.identity}>"
    if depth > _DEEPEST or isinstance(value, _NAMED):
        return type(value).__name__
    return _of_container(value, depth + 1)


def _of_container(value: Any, depth: int) -> Any:
    if isinstance(value, Query):
        value = value.all()
    if isinstance(value, Mapping):
        pairs = ([as_plain(key, depth), as_plain(value[key], depth)] for key in value)
        return sorted(pairs, key=_text)
    if isinstance(value, AbstractSet):
        return sorted((as_plain(one, depth) for one in value), key=_text)
    if hasattr(value, "__composite_values__"):
        return [as_plain(one, depth) for one in value.__composite_values__()]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [as_plain(one, depth) for one in value]
    attributes = getattr(value, "__dict__", None)
    if attributes is None or callable(value):
        return _ADDRESS.sub("0x", repr(value))
    shown = {key: one for key, one in attributes.items() if key[:1] != "_"}
    return [type(value).__name__, as_plain(shown, depth)]


def without_order(value: Any) -> Any:
    """Return *value* with its lists sorted, to compare them as bags."""
    if isinstance(value, list):
        return sorted(map(without_order, value), key=_text)
    if isinstance(value, dict):
        return {key: without_order(one) for key, one in value.items()}
    return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
