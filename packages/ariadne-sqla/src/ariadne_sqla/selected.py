"""What a root field selects in one request, and the statements that are kept for all.

A statement is kept with names in the place of values, for requests whose arguments ask
the same of other values. It is of the field alone: nothing of a request is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select

from sqla_selection.arguments import Window, structure_of, with_names
from sqla_selection.statement import PLAIN, Form, form_of

from .holder import Holder

__all__ = ["EVERYTHING", "Kept", "KeptStatements", "Selected"]

_MOST = 32
"""How many statements are kept of one field."""

EVERYTHING = Window()
"""What is asked where arguments choose nothing: this one, and none like it."""


class Kept(NamedTuple):
    """A statement that is kept for requests that differ in values alone."""

    stmt: Select[Any]
    """Always the same one, with names in the place of values."""
    form: Form
    values: Mapping[str, Any]
    """Name → value, in this request."""


@dataclass(frozen=True)
class Selected:
    """What a root field selects in one request."""

    make: Callable[[], Select[Any]]
    """Gives the statement. It is made if it is asked for."""
    entity: Any
    """The class, or the alias of it, that the statement selects."""
    is_plain: bool
    """Whether it is a `select()` of one class, filtered by its columns."""
    window: Window = EVERYTHING
    """What is asked of the rows. A list has it in its statement."""
    is_empty: bool = False
    """Whether no row may be seen: nothing is to be asked."""
    base: Any = None
    """The application's own statement, if it decides what is selected."""
    criteria: tuple[Any, ...] = ()
    """What lets nothing hidden be seen by SQL of the application's in the statement."""
    kept: Kept | None = None
    """The same statement, where it is kept."""

    @cached_property
    def stmt(self) -> Select[Any]:
        """The statement."""
        return self.make()

    @property
    def shown(self) -> Select[Any]:
        """The statement, as it is run."""
        return self.stmt.options(*self.criteria) if self.criteria else self.stmt

    @property
    def form(self) -> Form:
        """What may be added to the statement."""
        if self.kept is not None:
            return self.kept.form
        return PLAIN if self.is_plain else form_of(self.stmt)


class KeptStatements:
    """The statements that are kept of one root field, the oldest thrown out first."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[Select[Any], Form] | None] = {}

    def of(
        self,
        window: Window,
        entity: Any,
        holder: Holder,
        make: Callable[[Window], Select[Any]],
        *,
        is_plain: bool,
    ) -> Kept | None:
        """Return the statement for windows like *window*, `None` if it has to be new.

        Args:
            window: What is asked.
            entity: The mapped class whose rows are selected.
            holder: The database that the conditions are for.
            make: Makes the statement, of a window with names.
            is_plain: See `Selected`.
        """
        structure = structure_of(window)
        if structure is None:
            return None
        known, key = self._known, (structure.key, holder.dialect.name, is_plain)
        if key not in known:
            made, named = None, with_names(window, entity)
            if named is not None:
                stmt = make(named)
                made = stmt, PLAIN if is_plain else form_of(stmt)
            while len(known) >= _MOST:
                known.pop(next(iter(known)), None)
            known[key] = made
        found = known.get(key)
        return None if found is None else Kept(*found, structure.values)
