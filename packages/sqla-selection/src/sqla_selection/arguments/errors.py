"""Errors of arguments, as answers to a client.

```
GraphQLError
└── ArgumentError                an argument that does not mean anything
    ├── ArgumentLimitError       more than the application allows
    │   └── RowLimitError        the pages of a query have too many rows together
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
    "RowLimitError",
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

    def __init__(
        self, path: ArgumentPath, why: str, fields: tuple[str, ...] = ()
    ) -> None:
        where, field = written(path), written(fields)
        extensions = {"argument": where}
        message = f"Argument {where!r} {why}"
        if fields:
            message = f"Argument {where!r} of {field!r} {why}"
            extensions["field"] = field
        super().__init__(message, extensions=extensions)
        self._path_and_why = path, why

    def asked_at(self, fields: tuple[str, ...]) -> ArgumentError:
        """Return this error for the field of the operation that is refused for it.

        Args:
            fields: The response keys that lead from there to the argument's field.
        """
        return type(self)(*self._path_and_why, fields)


class ArgumentLimitError(ArgumentError):
    """An argument asks for more than the application allows."""


class RowLimitError(ArgumentLimitError):
    """The pages of a query, one below the other, may have too many rows together."""

    def __init__(self, fields: tuple[str, ...], rows: int, allowed: int) -> None:
        field = written(fields)
        GraphQLError.__init__(
            self,
            f"Field {field!r} makes the pages of this query {rows} rows, the product "
            f"of their sizes; {allowed} are allowed.",
            extensions={"field": field},
        )


class CursorError(ArgumentError):
    """A cursor is malformed, is of another order, or its row is gone."""


class PageSizeError(ArgumentError):
    """A page is asked for that is too large, or of a negative size."""
