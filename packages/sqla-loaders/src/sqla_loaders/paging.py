"""The rows of a window for many owners, as a batch asks for them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from sqla_selection import LoadPlan
from sqla_selection.arguments import Scope, Wanted, Window
from sqla_selection.load_plan import Edge
from sqla_selection.visibility import hides_all

from .binds import bind_arguments, crosses_binds
from .connections import has_other_side, pages_of_owners
from .errors import LoaderError
from .gate import options_of_targets, rows_of_page
from .limits import in_chunks
from .page import Page
from .pages import PageDialect, PageQuery, PageStatement
from .relationship import RelationshipQuery
from .row_entities import EntitiesOf, RowEntities
from .terms import Terms
from .values import Values

__all__ = ["page_in", "pages_of", "parts_of"]


class _Part(NamedTuple):
    """What is kept of a connection apart from its rows."""

    window: Window
    name: str


def parts_of(window: Window, wanted: Wanted) -> dict[Hashable, Wanted]:
    """Return what is kept of each owner: what it is kept under → what must be loaded.

    Each takes a statement of its own anyway; so fields that want others share what is
    there, and the pages of one filter their total.
    """
    parts: dict[Hashable, Wanted] = {}
    if wanted.total:
        every = Window(window.filter, is_connection=window.is_connection)
        parts[_Part(every, "total")] = Wanted(rows=False, total=True)
    if wanted.rows:
        parts[window] = Wanted()
    if has_other_side(window, wanted):
        other = Wanted(rows=False, previous=True, next=True)
        parts[_Part(window, "other side")] = other
    return parts


def page_in(
    values: Values,
    edge: Edge,
    window: Window,
    wanted: Wanted,
    owner: Any,
) -> Page:
    """Return the page that is kept for *owner*.

    Raises:
        NotLoadedError: Something of it was not loaded.
    """
    pages = [
        values.of(edge.relationship, edge.kept_by(part)).value_of(owner) or Page()
        for part in parts_of(window, wanted)
    ]
    [with_rows] = [page for page in pages if page.rows] or [Page()]
    return Page(
        with_rows.rows,
        with_rows.cursors,
        any(page.has_next for page in pages),
        any(page.has_previous for page in pages),
        max((page.total for page in pages if page.total is not None), default=0),
    )


def pages_of(
    session: Session,
    query: RelationshipQuery,
    keys: Iterable[Hashable],
    window: Window,
    scope: Scope,
    plan: LoadPlan | None,
    terms: Terms,
    wanted: Wanted = Wanted(),  # noqa: B008  # frozen
    *,
    savepoint: bool,
    beside: RowEntities | None = None,
) -> dict[Hashable, Page]:
    """Return key → the page of its owner, whose rows have what *plan* says.

    One statement for all keys, which must be distinct, and more for what else is
    *wanted*. A key that finds nothing is not in it. See `gate.targets_of`.

    Raises:
        LoaderError: Owner and targets are in two databases, and a join names both.
    """
    has_owner = not crosses_binds(session, query.prop, terms)
    if query.remote is None and not has_owner:
        msg = (
            f"{query.prop} has arguments, and owners in another database than its "
            "targets: no statement has both. Give the field a resolver."
        )
        raise LoaderError(msg)
    bind = session.get_bind(**bind_arguments(query.prop.mapper, terms))
    dialect = PageDialect.of(bind.dialect)
    asked = PageQuery.of(query.prop, window, dialect, scope, has_owner=has_owner)

    entities_of: dict[Any, EntitiesOf] = {}

    def with_options(made: PageStatement) -> Any:
        entity = query.entity if made.entity is None else made.entity
        options, entities = options_of_targets(
            session, query, entity, plan, terms, beside
        )
        stmt = entities.on(made.stmt.options(*options))
        entities_of[stmt] = entities
        return stmt

    def execute(_: Session, stmt: Any, parameters: Mapping[str, Any]) -> Sequence[Any]:
        rows = rows_of_page(
            session, query, stmt, parameters, terms, savepoint=savepoint
        )
        return entities_of[stmt].taken(rows) if stmt in entities_of else rows

    def load(some: Sequence[Hashable]) -> Sequence[Any]:
        pages = pages_of_owners(
            session, asked, some, wanted, with_options=with_options, execute=execute
        )
        return list(pages.items())

    if hides_all(scope.visible(query.entity)):
        return {}
    known = [key for key in keys if not query.is_empty(key)]
    width = len(query.key_attributes)
    mapper = query.prop.mapper
    found: dict[Hashable, Page] = {}
    for _, pages in in_chunks(session, mapper, known, width, terms, load):
        found.update(pages)
    return found
