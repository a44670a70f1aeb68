"""Where every SELECT of this package is made and run.

To a `do_orm_execute` hook a batch is a relationship load, or a column load: criteria
that a hook adds to other statements travel with their objects, and come by that way.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Result, Select, and_, select
from sqlalchemy.orm import Mapper, Session, with_loader_criteria

from sqla_selection import LoadPlan
from sqla_selection.carriers import joins_collections
from sqla_selection.entity_joins import EntityJoin
from sqla_selection.keys import key_attributes
from sqla_selection.mapping import unmapped_discriminator
from sqla_selection.options import options_for_columns, options_for_whole, options_of
from sqla_selection.statement import travels

from ._compat import as_column_load, as_relationship_load
from .binds import bind_arguments, joins_cross_binds
from .keys import is_one_of
from .limits import in_chunks
from .listening import OURS, ExecutionOptions, has_hooks, is_watched, watch
from .relationship import RelationshipQuery
from .row_entities import EntitiesOf, RowEntities, takes_entities
from .spellings import unclear_keys
from .terms import NO_TERMS, Terms

_MATCHES = 200
"""How many keys one statement compares each of: that many columns and twice as many
parameters."""

__all__ = [
    "columns_of",
    "keys_seen",
    "options_of_targets",
    "result_of",
    "rows_of_page",
    "rows_without_objects",
    "targets_of",
]


def targets_of(
    session: Session,
    query: RelationshipQuery,
    keys: Sequence[Hashable],
    plan: LoadPlan | None = None,
    terms: Terms = NO_TERMS,
    *,
    savepoint: bool = False,
    visible: ColumnElement[bool] | None = None,
    beside: RowEntities | None = None,
) -> dict[Hashable, list[Any]]:
    """Return the targets of each of *keys*, in the relationship's order.

    One statement, or one for each `keys_per_statement` keys; and another one for those
    without rows that the database may find equal to keys of rows though Python does
    not: numbers that were given as text, or other spellings. A key without rows is not
    in the answer. Keys must be distinct, and none `RelationshipQuery.is_empty`. Only
    those that are *visible*, if that is a condition on the query's entity. What of the
    plan the rows can have *beside* the targets is kept there.
    """

    def load(some: Sequence[Hashable]) -> Sequence[Any]:
        return run(query.statement(some))

    def run(stmt: Select[Any]) -> Sequence[Any]:
        stmt = entities.on(stmt.options(*options))
        if visible is not None:
            stmt = stmt.where(visible)
        # What a query of the mapping selects is one of its own, to hooks too.
        is_marked = not query.is_query and has_hooks(session)
        if is_marked:
            stmt = as_relationship_load(stmt, query.prop)
        # Only a collection that is joined in multiplies rows, and only the
        # application's own options join one: to compare all rows costs half the time.
        is_unique = plan is not None and not joins_collections(plan)
        rows = _run(
            session,
            stmt,
            query.prop.mapper,
            terms,
            is_marked=is_marked,
            is_unique=is_unique,
            savepoint=savepoint,
        )
        return entities.taken(rows)

    watch(session)
    entity = query.entity
    options, entities = options_of_targets(session, query, entity, plan, terms, beside)
    found: dict[Hashable, list[Any]] = {}
    width = len(query.key_attributes)
    for some, rows in in_chunks(session, query.prop.mapper, keys, width, terms, load):
        of_some = query.by_key(rows)
        unclear = unclear_keys(some, of_some, is_collated=query.is_collated)
        for start in range(0, len(unclear), _MATCHES):
            asked = unclear[start : start + _MATCHES]
            of_some |= query.by_match(asked, run(query.statement_of_matches(asked)))
        found |= of_some
    if query.may_repeat:
        for key, targets in found.items():
            found[key] = list({id(target): target for target in targets}.values())
    return found


def options_of_targets(
    session: Session,
    query: RelationshipQuery,
    entity: Any,
    plan: LoadPlan | None,
    terms: Terms,
    beside: RowEntities | None = None,
) -> tuple[list[Any], EntitiesOf]:
    """Return the options of a SELECT of *entity*, and what is joined to it."""
    options = list(terms.options)
    joins: Iterable[EntityJoin] = ()
    if plan is None:
        options += options_for_whole(entity)
    else:
        of_plan = options_of(
            plan,
            entity,
            joined_only=True,
            joins_nothing=query.has_names
            or _are_seen_by_hooks(terms)
            or joins_cross_binds(session, plan),
            with_entities=beside is not None and takes_entities(session, terms),
        )
        options += of_plan.options
        joins = of_plan.joins
    if terms.criteria:
        options.append(with_loader_criteria(query.entity, and_(*terms.criteria)))
    return options, EntitiesOf.joined(beside, joins, query.prop.secondary)


def rows_of_page(
    session: Session,
    query: RelationshipQuery,
    stmt: Any,
    parameters: Mapping[str, Any],
    terms: Terms = NO_TERMS,
    *,
    savepoint: bool = False,
) -> Sequence[Any]:
    """Return the rows of one statement about pages of a relationship.

    It is a query of its own, to SQLAlchemy and to hooks.
    """
    watch(session)
    return _run(
        session,
        stmt,
        query.prop.mapper,
        terms,
        parameters=parameters,
        savepoint=savepoint,
    )


def _are_seen_by_hooks(terms: Terms) -> bool:
    """Tell whether hooks may treat each SELECT by an option: then nothing is joined."""
    return bool(terms.options) and travels(
        one for one in terms.options if not isinstance(one, ExecutionOptions)
    )


def columns_of(
    session: Session,
    mapper: Mapper[Any],
    identities: Sequence[tuple[Any, ...]],
    attributes: Iterable[str],
    terms: Terms = NO_TERMS,
    *,
    savepoint: bool = False,
) -> Iterator[Any]:
    """Yield the objects of *identities* with *attributes* loaded.

    SQLAlchemy fills only what is unloaded of an object that the session has.
    """
    keys = [getattr(mapper.class_, name) for name in key_attributes(mapper)]
    only = options_for_columns(mapper, frozenset(attributes))
    watch(session)

    def load(some: Sequence[Hashable]) -> Sequence[Any]:
        stmt = select(mapper.class_, *unmapped_discriminator(mapper))
        stmt = stmt.where(is_one_of(keys, some)).options(*only, *terms.options)
        return _run(session, as_column_load(stmt), mapper, terms, savepoint=savepoint)

    values = [one[0] if len(one) == 1 else one for one in identities]
    for _, rows in in_chunks(session, mapper, values, len(keys), terms, load):
        for obj, *_ in rows:
            yield obj


def keys_seen(
    session: Session,
    mapper: Mapper[Any],
    identities: Sequence[tuple[Any, ...]],
    visible: ColumnElement[bool],
    terms: Terms = NO_TERMS,
    *,
    savepoint: bool = False,
) -> Iterator[tuple[Any, ...]]:
    """Yield those *identities* whose rows are *visible*, as `targets_of` finds rows."""
    keys = [getattr(mapper.class_, name) for name in key_attributes(mapper)]
    watch(session)

    def load(some: Sequence[Hashable]) -> Sequence[Any]:
        stmt = select(*keys).where(is_one_of(keys, some), visible)
        stmt = stmt.options(*terms.options)
        return _run(session, as_column_load(stmt), mapper, terms, savepoint=savepoint)

    values = [one[0] if len(one) == 1 else one for one in identities]
    for _, rows in in_chunks(session, mapper, values, len(keys), terms, load):
        yield from map(tuple, rows)


def result_of(
    session: Session, stmt: Any, parameters: Mapping[str, Any] | None = None
) -> Result[Any]:
    """Return what *stmt* gives: a page, or a root field's rows.

    It is a query of its own, to SQLAlchemy and to hooks.
    """
    watch(session)
    return session.execute(stmt, parameters)


def rows_without_objects(
    session: Session, mapper: Mapper[Any], stmt: Any, parameters: Mapping[str, Any]
) -> Sequence[Any]:
    """Return the rows of *stmt*, which selects from *mapper* and gives no objects.

    Past the ORM, which takes longer than that, and its hooks, unless they only watch.
    """
    if is_watched(session) or type(session).execute is not Session.execute:
        return session.execute(stmt, parameters).all()
    connection = session.connection({"mapper": mapper, "clause": stmt})
    return connection.execute(stmt, parameters).all()


def _run(
    session: Session,
    stmt: Select[Any],
    mapper: Mapper[Any],
    terms: Terms,
    *,
    parameters: Mapping[str, Any] | None = None,
    is_marked: bool = False,
    is_unique: bool = False,
    savepoint: bool = False,
) -> Sequence[Any]:
    """Return the rows of *stmt*, which `as_relationship_load` may have marked."""
    options = {OURS: is_marked}
    for option in terms.options:
        if isinstance(option, ExecutionOptions):
            options = {**option.payload, **options}
    if terms.identity_token is not None:
        options["identity_token"] = terms.identity_token
    if savepoint:
        with _savepoint(session, mapper, terms):
            return _rows(session, stmt, parameters, options, is_unique=is_unique)
    return _rows(session, stmt, parameters, options, is_unique=is_unique)


def _rows(
    session: Session,
    stmt: Select[Any],
    parameters: Mapping[str, Any] | None,
    options: dict[str, Any],
    *,
    is_unique: bool,
) -> Sequence[Any]:
    # Not `None`: a hook may add the value of a parameter that a mapping has.
    result = session.execute(stmt, dict(parameters or ()), execution_options=options)
    return (result if is_unique else result.unique()).all()


@contextmanager
def _savepoint(session: Session, mapper: Mapper[Any], terms: Terms) -> Iterator[None]:
    """Take back what a failing statement does to the transaction.

    The connection's own savepoint: one of the session would tell the application, and
    this package, that rows were taken back.
    """
    if session.autoflush:
        session.flush()  # not in the savepoint: a flush that fails ends the transaction
    with session.connection(bind_arguments(mapper, terms)).begin_nested():
        yield
