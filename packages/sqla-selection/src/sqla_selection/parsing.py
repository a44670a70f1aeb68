"""Text of a client → a Python value, by one strict grammar for each type.

`int`, `float` and `UUID` read more than that: `"1_0"`, `" 7 "`, digits of other
scripts. Each function raises `ValueError` for what it does not read.
"""

from __future__ import annotations

import datetime
import decimal
import re
import uuid
from collections.abc import Callable
from typing import Any

__all__ = ["PARSERS"]


def _integer(text: str) -> int:
    return int(_matching(_INTEGER, text))


def _float(text: str) -> float:
    return float(_matching(_NUMBER, text))


def _decimal(text: str) -> decimal.Decimal:
    return decimal.Decimal(_matching(_NUMBER, text))


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _uuid(text: str) -> uuid.UUID:
    return uuid.UUID(_matching(_UUID, text))


def _datetime(text: str) -> datetime.datetime:
    if text.endswith("Z"):  # not known to Python 3.10
        text = f"{text[:-1]}+00:00"
    return datetime.datetime.fromisoformat(text)


def _time(text: str) -> datetime.time:
    if isinstance(text, str) and text.endswith("Z"):  # not known to Python 3.10
        text = f"{text[:-1]}+00:00"
    return datetime.time.fromisoformat(text)


def _matching(pattern: re.Pattern[str], text: str) -> str:
    """Return *text*, which must match *pattern*."""
    if pattern.fullmatch(text) is None:
        raise ValueError(text)
    return text


_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_UUID = re.compile(r"(urn:uuid:)?\{?([0-9a-fA-F]-?){31}[0-9a-fA-F]\}?")


PARSERS: dict[type | None, Callable[[str], Any]] = {
    int: _integer,
    float: _float,
    bool: _boolean,
    uuid.UUID: _uuid,
    decimal.Decimal: _decimal,
    datetime.date: datetime.date.fromisoformat,
    datetime.datetime: _datetime,
    datetime.time: _time,
}
