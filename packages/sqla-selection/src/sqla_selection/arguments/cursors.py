"""Cursors: a row's place in an order, as text for a client.

The text is base64url of JSON: `[version, digest of the order, key]`, with the values
that the order is by as a fourth item where a client may see them and where they come
back as they went. Otherwise the key alone says the place, and SQL looks the values up:
anybody can decode a cursor, and write one to search a hidden column.
"""

from __future__ import annotations

import binascii
import datetime
import decimal
import enum
import json
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import CHAR, NCHAR, Boolean, Date, Enum, Integer, String, Uuid
from sqlalchemy.orm import Mapper
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..coercion import UnfitValueError, coerced, python_type_of
from ..keys import may_have_null_in_key
from .errors import ArgumentPath, CursorError
from .shapes import OrderKey
from .vocabulary import column_named
from .windows import Position

__all__ = ["Cursors"]

_VERSION = 1
_LONGEST = 1_000
"""Characters of a cursor."""


@dataclass(frozen=True)
class Cursors:
    """Writes and reads the cursors of one order of one mapped class."""

    digest: str
    key_types: tuple[TypeEngine[Any], ...]
    value_types: tuple[TypeEngine[Any], ...] | None
    """Of the values in a cursor; `None` where there are none."""
    has_null: bool = False
    """Whether a primary key may have NULL in a part."""

    @classmethod
    def of(cls, mapper: Mapper[Any], order: Sequence[OrderKey]) -> Cursors:
        """Return the cursors of *order*, made once."""
        return _cursors(mapper, tuple((key, key.is_exposed) for key in order))

    def encode(self, key: Sequence[Any], values: Sequence[Any]) -> str:
        """Return the cursor of the row with that primary key and those values.

        Raises:
            TypeError: The primary key is of a type that has no text.
        """
        content: list[Any] = [_VERSION, self.digest, list(map(_plain, key))]
        if self.value_types is not None:
            text = _text([*content, list(map(_plain, values))])
            if len(text) <= _LONGEST:
                return text
        return _text(content)

    def decode(self, cursor: Any, path: ArgumentPath) -> Position:
        """Return the position that *cursor* says.

        Args:
            cursor: What a client sent.
            path: The argument, for the error.

        Raises:
            CursorError: It is malformed, or of another order.
        """
        malformed = CursorError(path, "is no cursor of this list.")
        if not isinstance(cursor, str) or len(cursor) > _LONGEST:
            raise malformed
        try:
            padding = "=" * (-len(cursor) % 4)
            content = json.loads(urlsafe_b64decode(cursor + padding))
        except (binascii.Error, ValueError, RecursionError) as error:
            raise malformed from error
        if not isinstance(content, list) or len(content) not in (3, 4):
            raise malformed
        version, digest, key, *rest = content
        if version != _VERSION or isinstance(version, bool):
            raise malformed
        if digest != self.digest:
            why = "is a cursor of another order. Start from the first page."
            raise CursorError(path, why)
        try:
            of_key = _read(key, self.key_types)
            if None in of_key and not self.has_null:
                raise malformed
            if not rest:
                return Position(of_key)
            if self.value_types is None:
                raise malformed
            return Position(of_key, _read(rest[0], self.value_types))
        except (UnfitValueError, ValueError, TypeError) as error:
            raise malformed from error


@lru_cache(maxsize=1024)
def _cursors(mapper: Mapper[Any], order: tuple[tuple[OrderKey, bool], ...]) -> Cursors:
    asked = [
        (
            key.path,
            key.source if isinstance(key.source, str) else key.name,
            key.direction.is_descending,
            key.direction.nulls,
        )
        for key, _ in order
    ]
    content = repr((mapper.class_.__name__, asked))
    types = [_type_of(mapper, key) if shown else None for key, shown in order]
    known = [one for one in types if one is not None and _comes_back(one)]
    return Cursors(
        sha256(content.encode()).hexdigest()[:12],
        tuple(column.type for column in mapper.primary_key),
        tuple(known) if len(known) == len(types) else None,
        may_have_null_in_key(mapper),
    )


def _type_of(mapper: Mapper[Any], key: OrderKey) -> TypeEngine[Any] | None:
    if not isinstance(key.source, str):
        return None
    for name in key.path:
        mapper = mapper.relationships[name].mapper
    found = column_named(mapper, {}, key.source)
    return found[1] if found else None


def _comes_back(type_: TypeEngine[Any]) -> bool:
    """Tell whether a value that was read compares as the column itself does.

    Floats of single precision do not, decimals are floats on SQLite, times are texts
    there of whatever form another program wrote, `CHAR` pads, and an `ENUM` of MariaDB
    is ordered by place and compared by name.
    """
    if isinstance(type_, TypeDecorator | Enum | CHAR | NCHAR):
        return False
    return isinstance(type_, Integer | String | Boolean | Date | Uuid)


def _text(content: list[Any]) -> str:
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        if isinstance(value, enum.Enum):
            return value.name
        return value
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID | decimal.Decimal):
        return str(value)
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, bytes):
        return value.hex()
    msg = f"A cursor cannot hold {value!r}, a {type(value).__name__}."
    raise TypeError(msg)


def _read(values: Any, types: tuple[TypeEngine[Any], ...]) -> tuple[Any, ...]:
    if not isinstance(values, list) or len(values) != len(types):
        raise TypeError(values)
    return tuple(map(_value, values, types))


def _value(value: Any, type_: TypeEngine[Any]) -> Any:
    if isinstance(value, dict | list):
        raise TypeError(value)
    if python_type_of(type_) is bytes and isinstance(value, str):
        return bytes.fromhex(value)
    result = coerced(value, type_)
    plain = _plain(result)
    if plain != value or type(plain) is not type(value):
        raise TypeError(value)  # `"7"` of an integer: no cursor of ours
    return result
