"""What is listened to on a session: one listener for all that this package asks.

To listen on one session costs as much as planning a small query, and to listen to the
statements of every session costs each of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Protocol
from weakref import WeakKeyDictionary, WeakSet, ref

from sqlalchemy import event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import ORMExecuteState, Session, UserDefinedOption

from ._compat import as_top_level, count_hooks

__all__ = ["OURS", "ExecutionOptions", "has_hooks", "tell_of_writes", "watch"]

OURS = "sqla_loaders"
"""The execution option of our own statements: whether `as_relationship_load` marked
one for hooks."""

_OF_ONE_STATEMENT = frozenset(
    {
        "autoflush",
        "compiled_cache",
        "identity_token",
        "max_row_buffer",
        "populate_existing",
        "prebuffer_rows",
        "stream_results",
        "yield_per",
        OURS,
    }
)
"""Execution options about one result, not about what is read. The identity token is
known from the objects."""


class ExecutionOptions(UserDefinedOption):
    """Lets the objects of a statement know with which execution options it ran."""

    propagate_to_loaders = True
    payload: Mapping[str, Any]


class _Forgetful(Protocol):
    def forget(self) -> None: ...


_watched: set[ref[Session]] = set()
"""What a `WeakSet` is, but asked without a call: each statement asks."""
_told: WeakKeyDictionary[Session, WeakSet[Any]] = WeakKeyDictionary()


def watch(session: Session) -> None:
    """Note what statements on *session* are run with, from now on."""
    if ref(session) not in _watched:
        with suppress(InvalidRequestError):  # a stand-in of a test has no events
            event.listen(session, "do_orm_execute", _on_execute)
        _watched.add(ref(session, _watched.discard))


def has_hooks(session: Session) -> bool:
    """Tell whether anything but this package listens to the statements of *session*."""
    return count_hooks(session) > (ref(session) in _watched)


def is_watched(session: Session) -> bool:
    """Tell whether anybody else is told of the statements of *session*.

    Those that `has_hooks` tells of, and those that only watch.
    """
    return count_hooks(session, watchers=True) > (ref(session) in _watched)


def tell_of_writes(session: Session, listener: _Forgetful) -> None:
    """Call *listener*'s `forget`, from now on, when rows may have changed.

    That is after a flush, a commit or a rollback of *session*, and before any statement
    on it that is no query.
    """
    watch(session)
    _listen_to_flushes()
    _told.setdefault(session, WeakSet()).add(listener)


@cache
def _listen_to_flushes() -> None:
    # On the class: that costs nothing where nothing is written.
    for name in ("after_flush_postexec", "after_commit", "after_soft_rollback"):
        event.listen(Session, name, _forget)


def _forget(session: Session, *_: Any) -> None:
    for listener in tuple(_told.get(session, ())):
        listener.forget()


def _on_execute(state: ORMExecuteState) -> None:
    options = state.execution_options
    if OURS in options:
        if options[OURS] and "sa_top_level_orm_context" not in options:
            state.statement = as_top_level(state.statement)
    elif not state.is_select:
        # There is no event after an UPDATE of the 2.0 style. Nothing is loaded in
        # between.
        if not _is_query(state.statement):
            _forget(state.session)
    elif state.is_orm_statement:
        _hand_on(state, options)


def _hand_on(state: ORMExecuteState, options: Mapping[str, Any]) -> None:
    """Let what *state* loads know its execution options."""
    handed_on = {
        name: value
        for name, value in options.items()
        if isinstance(name, str)  # SQLAlchemy's own may be anything
        and name not in _OF_ONE_STATEMENT
        and not name.startswith(("_", "sa_"))
    }
    if handed_on and not any(
        isinstance(one, ExecutionOptions) for one in state.user_defined_options
    ):
        state.statement = state.statement.options(ExecutionOptions(handed_on))


def _is_query(statement: Any) -> bool:
    """Tell whether a textual statement only reads, as far as its first word says."""
    text = getattr(statement, "text", None)
    return isinstance(text, str) and bool(_QUERY.match(text))


_QUERY = re.compile(r"[\s(]*(SELECT|VALUES|TABLE|SHOW|EXPLAIN)\b", re.IGNORECASE)
