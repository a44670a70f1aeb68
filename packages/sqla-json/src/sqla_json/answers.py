"""Answers: the rows of one statement, as text or as a value.

The session is looked at first. What is in it and not in the database, and what watches
its statements, is honoured by loading objects, and by nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.exc import (
    ArgumentError,
    CompileError,
    DBAPIError,
    InvalidRequestError,
)
from sqlalchemy.orm import Session

from sqla_loaders import crosses_binds, has_hooks, rows_without_objects
from sqla_selection.arguments import Window, Windows
from sqla_selection.statement import PLAIN, Form

from .compilation import TOO_DEEP
from .compiled_plan import Compiled, ToRun
from .declining import Declined, Declining
from .decoding import Decoders, decode
from .dialects import TOKEN

__all__ = ["JsonAnswer", "answer_on"]


@dataclass(frozen=True, eq=False, slots=True)
class JsonAnswer:
    """The rows that one statement gave."""

    is_list: bool
    rows: Sequence[str] = ()
    """The JSON of each, where that is finished, or of all with commas between them."""
    decoded: Sequence[Any] | None = None
    """Each as a value, where Python had to finish it."""

    @property
    def is_text(self) -> bool:
        """Whether nothing had to be decoded: `text` is what the database wrote."""
        return self.decoded is None

    @property
    def text(self) -> str:
        """The JSON of all: a list, or the first object, or `null`.

        Raises:
            TypeError: A scalar of the application's gave what JSON does not have.
        """
        if self.decoded is not None:
            return json.dumps(self.value(), separators=(",", ":"))
        if self.is_list:
            return f"[{','.join(self.rows)}]"
        return self.rows[0] if self.rows else "null"

    def value(self) -> Any:
        """Return the same as Python has it."""
        if self.decoded is None:
            return json.loads(self.text)
        if self.is_list:
            return self.decoded
        return self.decoded[0] if self.decoded else None


def answer_on(
    session: Session,
    stmt: Select[Any],
    made: Compiled,
    *,
    is_list: bool,
    form: Form = PLAIN,
    limit: int | None = None,
    windows: Windows | None = None,
    window: Window | None = None,
    names: Mapping[str, Any] | None = None,
) -> JsonAnswer | Declined:
    """Return what *stmt* gives as JSON, by one statement, or why that is not to be had.

    Nothing is sent where the session or the statement is the reason. Where the rows
    are, the statement was sent.

    Args:
        session: What runs it.
        stmt: A `select()` of the plan's class.
        made: The plan, compiled for the database of *session*.
        is_list: Whether all rows are asked, or the first.
        form: What may be added to *stmt*, see `sqla_selection.statement.form_of`:
            `PLAIN` where it selects one class alone.
        limit: How many rows *stmt* is limited to, where that is known: many rows get
            what is below them in another way than few.
        windows: What may be seen, and what arguments mean: needed where *made* is of
            one request.
        window: What is asked of the rows, where a connection shows them: the answer is
            that, and *stmt* has nothing of it.
        names: The values of the names that *stmt* has, where it is kept: always the
            same statement for requests that differ in values alone.
    """
    if not made.is_of_now():
        return Declined("A field has got another resolver since it was compiled.")
    if made.refused:
        return Declined(made.refused[0])
    why = _why_not_on(session, made) or _why_not_to(form)
    if not why and made.is_of_request and windows is None:
        why = "Its policies and arguments are of one request, which is not given."
    if why:
        return Declined(why)
    try:
        asked = made.on(
            stmt,
            is_list=is_list,
            is_plain=form is PLAIN,
            limit=limit,
            windows=windows,
            window=window,
            names=names,
        )
    except Declining as reason:
        return reason.declined
    except RecursionError:
        return Declined(TOO_DEEP)
    except Exception:  # of a policy or an argument: the standard path will tell where
        return _RAISED
    try:
        rows = _rows(session, made, asked)
        made.dialect.check()  # what it is may be known by now, if this connected
    except Declining as reason:
        return reason.declined
    except (ArgumentError, CompileError, InvalidRequestError):
        why = made.why_not_sql()
        if why:
            made.refused.append(why)
            return Declined(why)
        if not made.is_of_request:
            raise
        return _RAISED  # what they gave is no SQL
    except (RecursionError, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not made.dialect.is_too_deep(error):
            raise
        made.refused.append(TOO_DEEP)
        return Declined(TOO_DEEP)
    if not is_list:
        del rows[1:]
    if any(TOKEN in row for row in rows):
        return _WRONG
    if not asked.prepared.decoders:
        return JsonAnswer(is_list, rows)
    try:
        return JsonAnswer(is_list, decoded=_decoded(rows, asked.prepared.decoders))
    except Exception:  # of a scalar or a type: the standard path will tell which
        return _WRONG


_RAISED = Declined("A policy, or a function that arguments ask, raises an error.")
_WRONG = Declined("A row has a value that its field cannot give.", is_of_the_rows=True)


def _why_not_on(session: Session, made: Compiled) -> str:
    if has_hooks(session):
        return "A `do_orm_execute` hook sees the statements of the session."
    if session.new or session.dirty or session.deleted:
        return "The session has changes that the database does not have yet."
    if any(crosses_binds(session, prop) for prop in made.relationships):
        return "The rows are in several databases."
    return ""


def _why_not_to(form: Form) -> str:
    if form.is_distinct:
        return "The statement has DISTINCT, which compares all columns."
    if form.has_options:
        return "The statement has loader options of the application's."
    return form.joins_nothing or form.is_whole


def _rows(session: Session, made: Compiled, asked: ToRun) -> list[str]:
    mapper, (stmt, _, has_keys) = made.plan.mapper, asked.prepared
    found = rows_without_objects(session, mapper, stmt, asked.values)
    if not has_keys:
        return [row[0] for row in found if row[0] is not None]
    # What the application joined may give an object several times.
    once: dict[Any, str] = {}
    for row in found:
        once.setdefault(tuple(row)[1:], row[0])
    return list(once.values())


def _decoded(rows: Sequence[str], decoders: Decoders) -> list[Any]:
    values: list[Any] = json.loads(f"[{','.join(rows)}]")
    return [decode(value, decoders) for value in values]
