"""Where every SELECT of this package is made and run.

A batch runs on what its owners were loaded with, as lazy loading does: their session,
their identity token (a shard, a tenant), and the options that travel with objects:
`with_loader_criteria`, `set_shard_id`, options of the application's own. What the
application put on its statement as `execution_options` (a `schema_translate_map`, a
`include_deleted` of its own) is handed on too, as `selectinload` does.

To a `do_orm_execute` hook a batch is a relationship load, or a column load: criteria
that a hook adds to other statements travel with their objects, and come by that way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Result, Select, and_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    InstanceState,
    LoaderCriteriaOption,
    Mapper,
    RelationshipProperty,
    Session,
    with_loader_criteria,
)

from sqla_selection import LoadPlan
from sqla_selection.carriers import is_joined, joins_collections
from sqla_selection.mapping import Loading, loading_of
from sqla_selection.options import options_for, options_for_columns
from sqla_selection.statement import travels

from ._compat import (
    as_column_load,
    as_relationship_load,
    carried_in,
    criteria_of_lazy_load,
    has_hooks,
    has_one_bind,
    load_options_of,
)
from .keys import is_one_of
from .listening import OURS, ExecutionOptions, watch
from .relationship import RelationshipQuery

__all__ = [
    "NO_TERMS",
    "Terms",
    "columns_of",
    "crosses_binds",
    "joins_cross_binds",
    "keys_per_statement",
    "result_of",
    "targets_of",
    "terms_of",
    "terms_of_refresh",
    "without_options",
]


class Terms(NamedTuple):
    """What the statement that loaded the owners says of what is loaded from them."""

    options: tuple[Any, ...] = ()
    """Options that travel with the owners, other than loader strategies."""
    criteria: tuple[Any, ...] = ()
    """Those of a `lazyload(User.posts.and_(…))` for this relationship."""
    identity_token: Any = None


NO_TERMS = Terms()


def terms_of(state: InstanceState[Any] | None, relationship: str) -> Terms:
    """Return the terms on which *relationship* of the object is loaded."""
    options = load_options_of(state)
    token = None if state is None else state.identity_token
    if not options:
        return NO_TERMS if token is None else Terms(identity_token=token)
    return Terms(carried_in(options), criteria_of_lazy_load(state, relationship), token)


def without_options(terms: Terms) -> Terms:
    """Return *terms* with what the statement ran with, but none of its options."""
    kept = [one for one in terms.options if isinstance(one, ExecutionOptions)]
    return Terms(tuple(kept), (), terms.identity_token)


def terms_of_refresh(state: InstanceState[Any]) -> Terms:
    """Return the terms on which columns of the object are loaded.

    Without criteria: the object is there.
    """
    options = load_options_of(state)
    if not options and state.identity_token is None:
        return NO_TERMS
    carried = carried_in(options)
    kept = [one for one in carried if not isinstance(one, LoaderCriteriaOption)]
    return Terms(tuple(kept), (), state.identity_token)


def crosses_binds(
    session: Session, prop: RelationshipProperty[Any], terms: Terms = NO_TERMS
) -> bool:
    """Tell whether the owner's table is in another database than the target's."""
    if has_one_bind(session):
        return False

    def binds(mapper: Mapper[Any], times: int) -> set[int]:
        arguments = _bind_arguments(mapper, terms)
        return {id(session.get_bind(**arguments)) for _ in range(times)}

    try:
        if binds(prop.parent, 1) == binds(prop.mapper, 1):
            return False
        # A session may choose one of several replicas each time that it is asked.
        return binds(prop.parent, 8).isdisjoint(binds(prop.mapper, 8))
    except Exception:  # it routes by what is not known yet
        return False


def joins_cross_binds(session: Session, plan: LoadPlan) -> bool:
    """Tell whether *plan* joins what is not in one database."""
    return not has_one_bind(session) and any(
        is_joined(level, edge) and crosses_binds(session, edge.relationship)
        for level in plan.levels()
        for edge in level.edges
    )


def targets_of(
    session: Session,
    query: RelationshipQuery,
    keys: Sequence[Hashable],
    plan: LoadPlan | None = None,
    terms: Terms = NO_TERMS,
    *,
    savepoint: bool = False,
) -> dict[Hashable, list[Any]]:
    """Return the targets of each of *keys*, in the relationship's order.

    One statement, or one for each `keys_per_statement` keys. A key without rows is not
    in the answer. Keys must be distinct, and none `RelationshipQuery.is_empty`.
    """

    def load(some: Sequence[Hashable]) -> Sequence[Any]:
        stmt = query.statement(some).options(*options)
        is_marked = not is_query and has_hooks(session)
        if is_marked:
            stmt = as_relationship_load(stmt, query.prop)
        # Only a collection that is joined in multiplies rows, and only the
        # application's own options join one: to compare all rows costs half the time.
        is_unique = plan is not None and not joins_collections(plan)
        return _run(
            session,
            stmt,
            query.prop.mapper,
            terms,
            is_marked=is_marked,
            is_unique=is_unique,
            savepoint=savepoint,
        )

    watch(session)
    # What these select is a query of its own, to SQLAlchemy and to hooks.
    is_query = loading_of(query.prop) is Loading.NEVER_SET
    options = list(terms.options)
    if plan is not None:
        options += options_for(
            plan,
            query.entity,
            joined_only=True,
            joins_nothing=query.has_names
            or _are_seen_by_hooks(terms)
            or joins_cross_binds(session, plan),
        )
    if terms.criteria:
        options.append(with_loader_criteria(query.entity, and_(*terms.criteria)))
    found: defaultdict[Hashable, list[Any]] = defaultdict(list)
    width = len(query.key_attributes)
    for some, rows in _in_chunks(session, query.prop.mapper, keys, width, terms, load):
        asked = dict.fromkeys(some)
        strange = False
        for key, target in query.pairs(rows):
            found[key].append(target)
            strange = strange or key not in asked
        if strange:
            _ask_one_by_one(query, found, some, load)
    if query.may_repeat:
        for key, targets in found.items():
            found[key] = list({id(target): target for target in targets}.values())
    return dict(found)


def _are_seen_by_hooks(terms: Terms) -> bool:
    """Tell whether hooks may treat each SELECT by an option: then nothing is joined."""
    return bool(terms.options) and travels(
        one for one in terms.options if not isinstance(one, ExecutionOptions)
    )


def _ask_one_by_one(
    query: RelationshipQuery,
    found: dict[Hashable, list[Any]],
    keys: Sequence[Hashable],
    load: Callable[[Sequence[Hashable]], Sequence[Any]],
) -> None:
    """Ask again for keys of another class than those that the database gave back.

    The database found equal what Python does not: a number that was given as text.
    """
    classes = {type(key) for key in found.keys() - dict.fromkeys(keys).keys()}
    for key in keys:
        if key not in found and type(key) not in classes:
            targets = [target for _, target in query.pairs(load([key]))]
            if targets:
                found[key] = targets


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
    keys = [
        getattr(mapper.class_, mapper.get_property_by_column(column).key)
        for column in mapper.primary_key
    ]
    only = options_for_columns(mapper, frozenset(attributes))

    watch(session)

    def load(some: Sequence[Hashable]) -> Sequence[Any]:
        stmt = select(mapper.class_).where(is_one_of(keys, some))
        stmt = stmt.options(*only, *terms.options)
        return _run(session, as_column_load(stmt), mapper, terms, savepoint=savepoint)

    values = [one[0] if len(one) == 1 else one for one in identities]
    for _, rows in _in_chunks(session, mapper, values, len(keys), terms, load):
        for (obj,) in rows:
            yield obj


def result_of(
    session: Session, stmt: Any, parameters: Mapping[str, Any] | None = None
) -> Result[Any]:
    """Return what *stmt* gives: a page, or a root field's rows.

    It is a query of its own, to SQLAlchemy and to hooks.
    """
    watch(session)
    return session.execute(stmt, parameters)


def _run(
    session: Session,
    stmt: Select[Any],
    mapper: Mapper[Any],
    terms: Terms,
    *,
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
    with _savepoint(session, mapper, terms) if savepoint else nullcontext():
        result = session.execute(stmt, execution_options=options)
        rows: Sequence[Any] = (result if is_unique else result.unique()).all()
    return rows


@contextmanager
def _savepoint(session: Session, mapper: Mapper[Any], terms: Terms) -> Iterator[None]:
    """Take back what a failing statement does to the transaction.

    The connection's own savepoint: one of the session would tell the application, and
    this package, that rows were taken back.
    """
    if session.autoflush:
        session.flush()  # not in the savepoint: a flush that fails ends the transaction
    with session.connection(_bind_arguments(mapper, terms)).begin_nested():
        yield


def _bind_arguments(mapper: Mapper[Any], terms: Terms) -> dict[str, Any]:
    if terms.identity_token is None:
        return {"mapper": mapper}
    return {"mapper": mapper, "shard_id": terms.identity_token}


# --- How many keys one statement takes --------------------------------------------

# Parameters of one statement that a driver takes. psycopg and asyncpg count in 16 bits
# (asyncpg signed), SQLite has SQLITE_MAX_VARIABLE_NUMBER (32,766 since 3.32). PyMySQL
# and aiomysql put values into the text: there the limit is the server's
# max_allowed_packet, 16 MiB by default.
_PARAMETERS = {
    "asyncpg": 32_767,
    "psycopg": 65_535,
    "psycopg2": 65_535,
    "pysqlite": 32_766,
    "aiosqlite": 32_766,
    "pymysql": 65_535,
    "aiomysql": 65_535,
    "asyncmy": 65_535,
    "mysqldb": 65_535,
    "mariadbconnector": 65_535,
}
_PARAMETERS_ELSEWHERE = 1_000
_PARAMETERS_OF_OTHERS = 100
"""Left for what listeners and loader criteria add to a statement."""
_TAKEN_BY_ALL = 999
"""What any build of SQLite took before 3.32, and every driver takes."""
_TOO_MANY = "too many SQL variables"

_limits: WeakKeyDictionary[Engine, int] = WeakKeyDictionary()
"""What a connection of the engine said, or was seen to take."""


def keys_per_statement(
    session: Session, mapper: Mapper[Any], columns: int = 1, terms: Terms = NO_TERMS
) -> int:
    """Return how many keys of that many columns one statement on *mapper* takes.

    A session may use another driver for each model.
    """
    bind = session.get_bind(**_bind_arguments(mapper, terms))
    usual = _PARAMETERS.get(bind.dialect.driver, _PARAMETERS_ELSEWHERE)
    return _keys(min(usual, _limits.get(bind.engine, usual)), columns)


def _keys(parameters: int, columns: int) -> int:
    return max(1, (parameters - min(_PARAMETERS_OF_OTHERS, parameters // 2)) // columns)


def _ask_sqlite(session: Session, mapper: Mapper[Any], terms: Terms) -> None:
    """Note what this SQLite takes: Python's module tells it since 3.11."""
    connection = session.connection(_bind_arguments(mapper, terms))
    getlimit = getattr(connection.connection.dbapi_connection, "getlimit", None)
    if getlimit is not None and connection.engine not in _limits:
        _limits[connection.engine] = getlimit(_SQLITE_LIMIT_VARIABLE_NUMBER)


_SQLITE_LIMIT_VARIABLE_NUMBER = 9


def _in_chunks(
    session: Session,
    mapper: Mapper[Any],
    keys: Sequence[Hashable],
    columns: int,
    terms: Terms,
    load: Callable[[Sequence[Hashable]], Sequence[Any]],
) -> Iterator[tuple[Sequence[Hashable], Sequence[Any]]]:
    """Yield some of *keys* and their rows, until there are no more."""
    size = (_TAKEN_BY_ALL - _PARAMETERS_OF_OTHERS) // columns
    if len(keys) > size:
        _ask_sqlite(session, mapper, terms)
        size = keys_per_statement(session, mapper, columns, terms)
    start = 0
    while start < len(keys):
        some = keys[start : start + size]
        try:
            rows = load(some)
        except DBAPIError as error:
            # A driver that does not tell its limit (aiosqlite), or an older Python.
            if _TOO_MANY not in str(error.orig) or len(some) == 1:
                raise
            size = len(some) // 2
            bind = session.get_bind(**_bind_arguments(mapper, terms))
            _limits[bind.engine] = size * columns + _PARAMETERS_OF_OTHERS
            continue
        yield some, rows
        start += size
