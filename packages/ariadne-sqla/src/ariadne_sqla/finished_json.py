"""The executor whose statement is the finished JSON, see `sqla_json`.

No object is made, and nothing below the field is left to execute. It needs whoever
executes the operation to take that: see `SQLAlchemyExecutionContext`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLAbstractType, GraphQLField, GraphQLSchema
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

import sqla_json
from sqla_json import AskedPage, Reads, answer_on, compiled
from sqla_loaders import AnySession

from .abstract_types import name_by_class, tells_by_class
from .finished import Finished, takes_finished
from .incremental import is_incremental
from .ownership import (
    is_default,
    made_of_columns,
    path_given,
    path_of_alias,
    resolver_inside,
)
from .root_request import Declined, RootRequest
from .root_sessions import on_its_session
from .splicing import is_spliced

__all__ = ["finished_json"]


def finished_json(request: RootRequest) -> Any:
    """Answer by one statement, if that gives what loaded objects would.

    It may find only when it has the rows that they do not: then what it gives, or what
    that is awaited to, is a `Declined`.
    """
    if request.route != "eager" or not takes_finished(request.info):
        return _UNASKED
    if request.shape.connection is not None and request.root.base_query is not None:
        return Declined("No JSON: its pages are among the rows of a base query.")
    if is_incremental(request.info):
        return Declined("No JSON: parts of it are asked for later.")
    return on_its_session(request, _run)


def _run(request: RootRequest, session: AnySession, where: str) -> Any:
    selected, root, info = request.selected(session), request.root, request.info
    if selected.is_empty:
        return Declined("No JSON: no row may be seen, which takes no statement.")
    if selected.entity is not root.mapper.class_:
        return Declined("No JSON: its base query selects an alias of the class.")
    dialect = request.holder(session).dialect
    page = _page(request)
    made = compiled(request.plan, info.return_type, info.schema, dialect, _READS, page)
    if isinstance(made, sqla_json.Declined):
        return _declined(made)
    if not all(_is_hidden(request, *field) for field in made.hidden):
        return Declined("No JSON: what says whether a field is seen has failed.")
    if isinstance(session, AsyncSession):
        request.check_is_async()
    windows = request.windows if made.is_of_request else None
    is_list, kept = root.is_list and page is None, selected.kept

    def work(sync: Session) -> Any:
        answer = answer_on(
            sync,
            selected.shown if kept is None else kept.stmt,
            made,
            is_list=is_list,
            form=selected.form,
            limit=selected.window.limit,
            windows=windows,
            window=selected.window,
            names=None if kept is None else kept.values,
        )
        if isinstance(answer, sqla_json.Declined):
            return _declined(answer)
        if answer.is_text and is_spliced():
            return Finished(answer) if answer.rows or is_list else None
        value = answer.value()
        return None if value is None else Finished(value)

    why = "The statement is the finished JSON.", where
    return request.run(session, work, request.answered("json", *why, plan=request.plan))


_UNASKED = Declined("")  # nobody asks why not


def _page(request: RootRequest) -> AskedPage | None:
    """Return what is asked of the connection that the field gives, if it gives one."""
    structure = request.shape.connection
    if structure is None or request.asked.page is None:
        return None
    return AskedPage(structure, request.asked.page)


def _gives(definition: GraphQLField) -> bool:
    return path_given(definition) is not None


def _key(definition: GraphQLField, name: str) -> str | None:
    """Return what a field of a connection reads of a page."""
    if definition.args or not is_default(definition):
        return None
    return path_of_alias(resolver_inside(definition)) or name


def _type_names(
    abstract: GraphQLAbstractType, schema: GraphQLSchema
) -> Callable[[type], str | None] | None:
    """Return what tells types by the class of a row, where nothing else does."""
    if not tells_by_class(abstract):
        return None

    def name_of(class_: type) -> str | None:
        try:
            return name_by_class(class_, abstract, schema)
        except TypeError:
            return None

    return name_of


_READS = Reads(gives=_gives, made_of=made_of_columns, key=_key, type_names=_type_names)


def _is_hidden(request: RootRequest, type_name: str, field_name: str) -> bool:
    """Tell whether a field that is not read is null, and no error."""
    seen = request.field_visibility
    try:
        return seen is not None and not seen.is_seen(type_name, field_name)
    except Exception:  # the standard path tells it
        return False


def _declined(answer: sqla_json.Declined) -> Declined:
    return Declined(f"No JSON: {answer.why}")
