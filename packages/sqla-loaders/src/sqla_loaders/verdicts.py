"""Which objects that came from elsewhere may be seen: asked of the database, by key.

What the loaders select has the policies in it. An object that the application's own
code gave may be anybody's, whatever the session has of it: its key is looked for among
the rows that may be seen, in one statement for all that are asked about together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Hashable, Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstanceState, Mapper, Session

from sqla_selection import Visibility
from sqla_selection.visibility import hides_all

from ._compat import state_of
from .causes import Cause
from .errors import NotLoadedError
from .gate import keys_seen
from .lifetime import Lifetime
from .owning_sessions import Group, by_session
from .terms import Terms, terms_of_refresh
from .turns import all_of, run

__all__ = ["Verdicts"]

_NO_PLAN: Any = None


class Verdicts:
    """What is known of objects that the application's own code gave.

    Args:
        lifetime: The request.
    """

    def __init__(self, lifetime: Lifetime) -> None:
        self._lifetime = lifetime
        self._known: dict[Hashable, bool] = {}

    def is_seen(self, obj: Any, visibility: Visibility) -> bool:
        """Tell whether *obj* may be seen. What is in no database is nobody's row.

        Raises:
            NotLoadedError: Nobody asked, or rows have changed since.
        """
        if self.lacking([obj], visibility):
            msg = (
                f"Nobody asked whether {obj!r} may be seen, or it was forgotten since."
            )
            raise NotLoadedError(msg)
        state = state_of(obj)
        return state is None or state.key is None or self._known.get(state.key, True)

    def allow(self, objects: Iterable[Any]) -> None:
        """Let *objects* be seen, whatever their policies say."""
        for state in map(state_of, objects):
            if state is not None and state.key is not None:
                self._known[state.key] = True

    def lacking(self, objects: Iterable[Any], visibility: Visibility) -> list[Any]:
        """Return those of *objects* of which it is not known whether they are seen."""
        found = []
        for obj in objects:
            state = state_of(obj)
            if state is None or state.key is None or state.key in self._known:
                continue
            if visibility.policies.guards(state.mapper):
                found.append(obj)
        return found

    def ask(
        self,
        own: Session | AsyncSession,
        objects: Iterable[Any],
        visibility: Visibility,
        cause: Cause,
        *,
        savepoint: bool,
    ) -> Awaitable[None] | None:
        """Ask which of *objects* may be seen; to be awaited on an `AsyncSession`.

        One statement for each hierarchy of classes, and each session that has some.
        """
        lacking = self.lacking(objects, visibility)
        if not lacking:
            return None

        def work(groups: Sequence[Group], session: Session) -> None:
            self._lifetime.check_open("what may be seen")
            for some, _ in groups:
                self._ask(session, some, visibility, savepoint=savepoint)

        return all_of(
            run(session, partial(work, groups), cause)
            for session, groups in by_session([(lacking, _NO_PLAN)], own)
        )

    def _ask(
        self,
        session: Session,
        objects: Iterable[Any],
        visibility: Visibility,
        *,
        savepoint: bool,
    ) -> None:
        groups: dict[tuple[Mapper[Any], Terms], dict[tuple[Any, ...], Hashable]] = {}
        for obj in self.lacking(objects, visibility):
            state: InstanceState[Any] = obj._sa_instance_state  # noqa: SLF001
            group = (_selected_by(state.mapper), terms_of_refresh(state))
            assert state.identity is not None
            groups.setdefault(group, {})[tuple(state.identity)] = state.key
        for (mapper, terms), keys in groups.items():
            condition = visibility.of(mapper.class_)
            seen = set(keys) if condition is None else set()
            if condition is not None and not hides_all(condition):
                seen.update(
                    keys_seen(
                        session,
                        mapper,
                        list(keys),
                        condition,
                        terms,
                        savepoint=savepoint,
                    )
                )
            for identity, key in keys.items():
                self._known[key] = identity in seen

    def forget(self) -> None:
        """Forget what is known: rows have changed."""
        self._known.clear()


def _selected_by(mapper: Mapper[Any]) -> Mapper[Any]:
    """Return the mapper whose SELECT finds rows of *mapper*, and of all its family."""
    base = mapper.base_mapper
    is_concrete = any(one.concrete for one in base.self_and_descendants)
    return mapper if is_concrete else base
