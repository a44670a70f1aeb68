"""Names: of columns and classes → of GraphQL, and those that look like a secret."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise

from sqla_selection.attribute_names import snake_case

__all__ = ["camel_case", "capitals", "looks_secret", "pascal_case", "plural", "unused"]

_SECRET_WORDS = {
    *("password", "passwords", "passwd", "pwd", "passphrase", "passcode"),
    *("secret", "secrets", "token", "tokens", "hash", "hashes", "hashed", "salt"),
    *("credential", "credentials", "apikey", "otp", "totp"),
}
_SECRET_PAIRS = {("api", "key"), ("private", "key"), ("signing", "key")}
_INVALID = re.compile(r"[^0-9A-Za-z_]")


def looks_secret(name: str) -> bool:
    """Tell whether a column of that name is likely to hold a secret."""
    words = snake_case(name).split("_")
    pairs = set(pairwise(words))
    return not _SECRET_WORDS.isdisjoint(words) or not _SECRET_PAIRS.isdisjoint(pairs)


def camel_case(name: str) -> str:
    """Return *name* in camelCase: `created_at` is `createdAt`."""
    first, *others = valid(name).strip("_").split("_") or [""]
    start = first if not first.isupper() else first.lower()
    return start[:1].lower() + start[1:] + "".join(map(_capitalised, others))


def pascal_case(name: str) -> str:
    """Return *name* as that of a type: `order_lines` is `OrderLines`."""
    return "".join(map(_capitalised, valid(name).split("_")))


def capitals(name: str) -> str:
    """Return *name* as the value of an enum: `createdAt` is `CREATED_AT`."""
    return snake_case(valid(name)).upper()


def plural(name: str) -> str:
    """Return the plural of an English noun by the common rules.

    A name that ends as a plural does is taken for one. What is irregular is for
    somebody who reads it.
    """
    lower = name.lower()
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        is_plural = lower.endswith("s") and not lower.endswith(("ss", "us", "is"))
        return name if is_plural else f"{name}es"
    if lower.endswith("y") and lower[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"


def unused(name: str, taken: Container[str]) -> str:
    """Return *name*, with a number where it is taken."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}{number}", number + 1
    return free


def valid(name: str) -> str:
    """Return *name* with nothing that GraphQL does not allow in one."""
    fitting = _INVALID.sub("_", name)
    return f"_{fitting}" if fitting[:1].isdigit() else fitting


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]
