"""Which keys a database might find equal to others, though Python does not.

That is for its collation to say, which may be unknown here. Of two texts in ASCII it
may look past case, spaces, punctuation, zeros before a number, and tell a few letters
not apart; of others, anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable
from typing import Any

__all__ = ["unclear_keys"]

_NOT_COMPARED = re.compile("(?<![0-9])0+|[^a-z0-9]")
_ONE_LETTER = str.maketrans("jvw", "iuu")  # of Latin and of Swedish


def unclear_keys(
    keys: Collection[Hashable], found: Collection[Hashable], *, is_collated: bool
) -> list[Hashable]:
    """Return those of *keys* without rows that may equal a key of the rows in SQL.

    Args:
        keys: Those that were asked for.
        found: Those of the rows, as the database gives them.
        is_collated: Whether SQL may find other values equal than Python does.
    """
    is_strange = not set(found).issubset(keys)
    if not (is_strange or is_collated):
        return []
    missing = [key for key in keys if key not in found]
    return missing if is_strange else _others_spelled_like(missing, found)


def _others_spelled_like(
    keys: Collection[Hashable], found: Collection[Hashable]
) -> list[Hashable]:
    """Return those of *keys* that might be other spellings of one that was *found*."""
    spellings = {_spelling(key) for key in found}
    if None in spellings:
        return list(keys)
    return [
        key for key in keys if (told := _spelling(key)) is None or told in spellings
    ]


def _spelling(key: Hashable) -> tuple[Any, ...] | None:
    """Return what all keys that might equal *key* have in common, `None` if unknown."""
    parts = key if isinstance(key, tuple) else (key,)
    told: list[Any] = []
    for part in parts:
        if isinstance(part, str) and part.isascii():
            told.append(_NOT_COMPARED.sub("", part.lower()).translate(_ONE_LETTER))
        elif isinstance(part, int) or part is None:
            told.append(part)
        else:
            return None
    return tuple(told)
