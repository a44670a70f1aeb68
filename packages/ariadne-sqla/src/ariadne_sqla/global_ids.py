"""Global ids as text: the name of a type and a primary key.

The text is base64 of `User:7`, which is what `toGlobalId` of graphql-relay and of the
libraries after it make: ids that clients have kept stay what they are. A key of several
columns is `PostRevision:2:1`; a colon or a percent sign inside of a part is written as
`%3A` and `%25`. To a client an id is opaque, see the Relay specification of
[Global Object Identification](https://relay.dev/graphql/objectidentification.htm).
"""

from __future__ import annotations

import binascii
import datetime
import decimal
import enum
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, NamedTuple
from urllib.parse import unquote

from sqla_selection.coercion import as_sent

from .errors import GlobalIdError

__all__ = ["GlobalId", "from_global_id", "to_global_id"]

_LONGEST = 1_000
"""Characters of a global id."""


class GlobalId(NamedTuple):
    """What a global id says."""

    type_name: str
    """The name of a GraphQL type."""
    key: tuple[str, ...]
    """The primary key, one text for each of its columns, in their order."""


def to_global_id(type_name: str, *key: Any) -> str:
    """Return the global id of the row of a GraphQL type with that primary key.

    ```python
    assert to_global_id("User", 7) == "VXNlcjo3"
    ```

    Args:
        type_name: The name of the GraphQL type.
        key: The values of the primary key in the order of its columns.

    Raises:
        TypeError: A value is of a type that has no text.
    """
    text = ":".join([type_name, *map(_text, key)])
    return urlsafe_b64encode(text.encode()).decode()


def from_global_id(global_id: Any) -> GlobalId:
    """Return what *global_id*, which a client sent, says.

    ```python
    assert from_global_id("VXNlcjo3") == GlobalId("User", ("7",))
    ```

    The key is text as the client sent it: convert it to what your column holds before
    you compare it, and check the name of the type.

    Raises:
        GlobalIdError: It is malformed.
    """
    if isinstance(global_id, str) and len(global_id) <= _LONGEST:
        found = _decoded(global_id)
        if found is not None:
            return found
    msg = f"{as_sent(global_id)} is no global id."
    raise GlobalIdError(msg)


def _decoded(global_id: str) -> GlobalId | None:
    standard = global_id.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        decoded = urlsafe_b64decode(standard + "=" * (-len(standard) % 4))
        type_name, *key = decoded.decode().split(":")
    except (binascii.Error, ValueError):
        return None
    # The decoder passes over what is none of its letters.
    if urlsafe_b64encode(decoded).decode().rstrip("=") != standard:
        return None
    if not key or not type_name.isidentifier():
        return None
    return GlobalId(type_name, tuple(map(unquote, key)))


def _text(value: Any) -> str:
    if isinstance(value, enum.Enum):
        text = value.name
    elif isinstance(value, bytes):
        text = value.hex()
    elif isinstance(value, datetime.datetime | datetime.date | datetime.time):
        text = value.isoformat()
    elif isinstance(value, str | int | uuid.UUID | decimal.Decimal):
        text = str(value)
    else:
        msg = f"A global id cannot hold {value!r}, a {type(value).__name__}."
        raise TypeError(msg)
    return text.replace("%", "%25").replace(":", "%3A")
