"""One failure of a batch, and what each of the fields that wanted it is told."""

from __future__ import annotations

from .errors import FailedBatchError

__all__ = ["Failure"]


class Failure:
    """What stands for what a batch should have loaded.

    GraphQL has an error for each field that is null for it. One of them has the
    database's words and the statement, the others say that there is one.
    """

    def __init__(self, what: str, error: Exception) -> None:
        self._what = what
        self._error = error
        self._is_told = False

    def reason(self) -> Exception:
        """Return the error itself the first time, a short one from then on."""
        if not self._is_told:
            self._is_told = True
            return self._error
        msg = f"{self._what} was not loaded: its batch failed, see the first error."
        return FailedBatchError(msg)
