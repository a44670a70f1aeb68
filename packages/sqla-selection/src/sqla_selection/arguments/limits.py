"""How much the arguments of one query may ask.

Counted on coerced values, after fragments are expanded and before any SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ArgumentLimitError, ArgumentPath

__all__ = ["ArgumentLimits", "Budget"]


@dataclass(frozen=True, slots=True)
class ArgumentLimits:
    """What arguments may ask, of each field and all together; beyond it is an error."""

    depth: int = 4
    """Relationships that a filter crosses, one below the other."""
    conditions: int = 100
    """Operators and objects of a filter."""
    values: int = 1_000
    """Values in one list."""
    order_items: int = 10
    max_rows: int | None = None
    """Rows of the pages of one root field: the product of the sizes, down any way. A
    list without a size does not count."""


class Budget:
    """What is left of the limits while one field's arguments are read."""

    def __init__(
        self, limits: ArgumentLimits, values_per_statement: int | None = None
    ) -> None:
        self.limits = limits
        self._conditions = 0
        self._most_values = values_per_statement
        self._values = 0

    def take_condition(self, path: ArgumentPath) -> None:
        """Count one operator or object.

        Raises:
            ArgumentLimitError: There are too many.
        """
        self._conditions += 1
        if self._conditions > self.limits.conditions:
            raise _too_many(path, "conditions", self.limits.conditions)

    def check_values(self, path: ArgumentPath, count: int) -> None:
        """Check the length of a list.

        Raises:
            ArgumentLimitError: It is too long.
        """
        if count > self.limits.values:
            raise _too_many(path, "values", self.limits.values, count)

    def take_values(self, path: ArgumentPath, count: int) -> None:
        """Count *count* different values of a list, which one statement has to take.

        Raises:
            ArgumentLimitError: The driver does not take so many.
        """
        self._values += count
        if self._most_values is not None and self._values > self._most_values:
            why = (
                f"has {count} different values. All arguments of a field may have "
                f"{self._most_values} together."
            )
            raise ArgumentLimitError(path, why)

    def check_order(self, path: ArgumentPath, count: int) -> None:
        """Check the length of an order.

        Raises:
            ArgumentLimitError: It is too long.
        """
        if count > self.limits.order_items:
            raise _too_many(path, "items", self.limits.order_items, count)

    def check_depth(self, path: ArgumentPath, depth: int) -> None:
        """Check how many relationships are crossed at *path*.

        Raises:
            ArgumentLimitError: There are too many.
        """
        if depth > self.limits.depth:
            why = f"crosses {depth} relationships; {self.limits.depth} are allowed."
            raise ArgumentLimitError(path, why)


def _too_many(
    path: ArgumentPath, what: str, allowed: int, count: int | None = None
) -> ArgumentLimitError:
    number = f"{count}" if count is not None else f"more than {allowed}"
    return ArgumentLimitError(path, f"has {number} {what}; {allowed} are allowed.")
