"""What is forgotten when the session of a request writes.

A relationship that a loader set on an object stays there for other code to read, so
that it is unloaded again once its rows may have changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import ref

from sqlalchemy.orm import InstanceState

from ._compat import references_to, state_of

__all__ = ["Writes"]


class Writes:
    """Whether a request has written, and what loaders have set since it last did.

    Args:
        of_detached: Whether objects that are in no session any more lose it as well.
    """

    def __init__(self, *, of_detached: bool = False) -> None:
        self._of_detached = of_detached
        self.have_been = False
        """Whether rows may have changed in this request, and may again."""
        self._set: list[tuple[str, list[ref[Any]]]] = []

    def note(self, key: str, owners: Iterable[InstanceState[Any]]) -> None:
        """Note that the relationship *key* of *owners* was set by a loader.

        By reference only: a long list goes when its answer is made, and not at the end
        of the request.
        """
        self._set.append((key, references_to(owners)))

    def unload(self) -> None:
        """Unload what was set: rows have changed.

        A relationship that the application itself has changed since stays as it is.
        """
        self.have_been = True
        unloaded, self._set = self._set, []
        for key, references in unloaded:
            for reference in references:
                _unload(reference(), key, of_detached=self._of_detached)


def _unload(obj: Any, key: str, *, of_detached: bool) -> None:
    state = state_of(obj)
    if (
        state is None
        or key not in state.dict
        or (state.modified and state.attrs[key].history.has_changes())
    ):
        return
    if state.session is not None:
        state.session.expire(obj, [key])
    elif of_detached:
        del state.dict[key]
