"""Errors of arguments, as answers to a client.

```
GraphQLError
└── ArgumentError                an argument that does not mean anything
    ├── ArgumentLimitError       more than the application allows
    ├── CursorError              a cursor that is malformed, or of another order
    └── PageSizeError            a page that is too large, or negative
```

What a developer writes is refused with a `ConfigurationError` when a schema is bound.
"""

from __future__ import annotations

from graphql import GraphQLError

__all__ = [
    "ArgumentError",
    "ArgumentLimitError",
    "ArgumentPath",
    "CursorError",
    "PageSizeError",
    "written",
]

ArgumentPath = tuple["str | int", ...]
"""The way to a value inside of an argument, the argument's own name first."""


def written(path: ArgumentPath) -> str:
    """Return *path* as text: `filter.or[0].title.eq`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


class ArgumentError(GraphQLError):
    """An argument is given something that it does not take.

    The way to the value is in the message, and in `extensions["argument"]`.
    """

    def __init__(self, path: ArgumentPath, why: str) -> None:
        where = written(path)
        super().__init__(f"Argument {where!r} {why}", extensions={"argument": where})


class ArgumentLimitError(ArgumentError):
    """An argument asks for more than the application allows."""


class CursorError(ArgumentError):
    """A cursor is malformed, is of another order, or its row is gone."""


class PageSizeError(ArgumentError):
    """A page is asked for that is too large, or of a negative size."""
