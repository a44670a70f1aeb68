"""What root fields loaded where the context has no loaders.

A root field completes its objects without a registry in the context, too. What failed
then is the error of the field that needs it, and what is not on the objects its value.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy.orm import Session, object_session

from sqla_loaders import LoaderRegistry, NotLoadedError, state_of
from sqla_selection.load_plan import Edge

__all__ = ["note_values", "noted_value"]

_NOTED = "ariadne_sqla.noted"


def note_values(session: Session, registry: LoaderRegistry, info: Any) -> None:
    """Note on *session* what is in a registry that no field will find.

    It is for the fields of this execution, and let go of with the next one's.
    """
    known = _noted_on(session, info)
    session.info[_NOTED] = info.fragments, [registry.values, *known]


def noted_value(obj: Any, edge: Edge, info: Any) -> Any:
    """Return what `note_values` knows of *edge* of the object, or raise that.

    Raises:
        NotLoadedError: Nothing is known.
    """
    session = None if state_of(obj) is None else object_session(obj)
    for values in [] if session is None else _noted_on(session, info):
        with suppress(NotLoadedError):
            return values.value_of(obj, edge.relationship, edge.kept_by())
    msg = f"{edge.relationship} was not loaded."
    raise NotLoadedError(msg)


def _noted_on(session: Session, info: Any) -> list[Any]:
    execution, noted = session.info.get(_NOTED, (None, []))
    return noted if execution is info.fragments else []
