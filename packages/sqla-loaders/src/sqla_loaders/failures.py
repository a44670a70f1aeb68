"""One failure of a batch, and what each of the fields that wanted it is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqla_selection import LoadPlan

from .errors import FailedBatchError

__all__ = ["Failure", "Failures", "what_of"]


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


class Failures:
    """Why objects could not be brought up to a plan, until rows change.

    A synchronous execution asks for each object, with the same siblings: what failed
    for all of them is not tried again.
    """

    def __init__(self) -> None:
        self._by_plan: dict[LoadPlan, tuple[Failure, dict[int, Any]]] = {}

    def note(self, objects: Iterable[Any], plan: LoadPlan, error: Exception) -> Failure:
        """Return *error* as the failure of *objects*."""
        failure = Failure(what_of(plan), error)
        self._by_plan[plan] = (failure, {id(obj): obj for obj in objects})
        return failure

    def of(self, objects: Iterable[Any], plan: LoadPlan) -> Failure | None:
        """Return why *objects* could not be completed, if that was tried already."""
        failure, known = self._by_plan.get(plan, (None, {}))
        return failure if known and all(id(obj) in known for obj in objects) else None

    def are_none(
        self, objects: Iterable[Any], plan: LoadPlan, *, is_tolerant: bool
    ) -> bool:
        """Tell whether *objects* did not fail: raise why, unless it *is_tolerant*."""
        failure = self.of(objects, plan)
        if failure is not None and not is_tolerant:
            raise failure.reason()
        return failure is None

    @contextmanager
    def noting(
        self, objects: Iterable[Any], plan: LoadPlan, *, is_tolerant: bool
    ) -> Iterator[None]:
        """Note what is raised in this block, and raise it unless it *is_tolerant*."""
        try:
            yield
        except Exception as error:
            failure = self.note(objects, plan, error)
            if not is_tolerant:
                failure.reason()  # told by the error itself
                raise

    def forget(self) -> None:
        """Forget all failures: what failed may succeed now."""
        self._by_plan.clear()


def what_of(plan: LoadPlan) -> str:
    """Return what *plan* loads, for an error."""
    return f"attributes of {plan.mapper.class_.__name__!r}"
