"""The bindable that answers root fields with one optimised statement each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ariadne import QueryType
from ariadne.types import Resolver
from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
)
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, Session

from sqla_loaders import LoaderRegistry
from sqla_loaders.completion import complete
from sqla_loaders.context import session_in
from sqla_loaders.gate import joins_cross_binds
from sqla_loaders.session import AnySession, Cause, run, sync_session, unscoped
from sqla_selection import (
    ConfigurationError,
    DepthLimit,
    LoadPlan,
    TypeRegistry,
    lookahead,
)
from sqla_selection._compat import has_contains_eager, loader_paths
from sqla_selection.options import entity_of, options_on
from sqla_selection.statement import PLAIN, form_of

from .arguments import Holder, conditions, filtered_attribute
from .bound import bound_to
from .errors import (
    MissingSessionError,
    UnboundFieldWarning,
    UnfilteredFieldWarning,
    UnusedArgumentWarning,
    warn,
)
from .object_type import SQLAlchemyObjectType
from .ownership import own
from .request import Request, fields_of_path, is_async
from .results import prepare
from .routes import current_route
from .unprepared import note_failures

__all__ = ["SQLAlchemyQueryType"]


class SQLAlchemyQueryType(QueryType):
    """Answers the root fields of mapped types.

    Every field of `Query` whose type, under any list and non-null wrapping, is one of
    the object types gets a resolver, unless it has one. So does a field of an interface
    or a union, if all its possible types are among the object types and their models
    share a mapped base.

    A list field gives all rows, another one the first or null: one that nothing filters
    is warned of. Arguments that name a
    column, a synonym, a hybrid or an alias become conditions: a list means `IN`, an
    explicit `null` `IS NULL`, and values are converted to the column's Python type.
    Other arguments are for `get_base_query`.

    Each root field is one statement, plus one for every collection and level.

    Args:
        object_types: The types to answer for.
        session_factory: An `async_sessionmaker` (or `sessionmaker`): each root field
            then runs on a session of its own, so that sibling fields of one request
            load in parallel. They no longer share a transaction: one may see a commit
            that another does not, nothing that the request itself has not committed
            is visible to them, and their objects are detached. What is not planned
            ahead is loaded on the session of the context. Where that has begun a
            transaction already, root fields run on it one after another: a request
            that holds a connection does not wait for another.
    """

    def __init__(
        self,
        object_types: Sequence[SQLAlchemyObjectType],
        *,
        session_factory: Callable[[], Session | AsyncSession] | None = None,
        max_depth: int | None = None,
        max_levels: int | None = None,
    ) -> None:
        super().__init__()
        self.object_types = {one.name: one for one in object_types}
        self.max_depth = max_depth
        self.max_levels = max_levels
        self.session_factory = session_factory

    @staticmethod
    def get_session_from_context(context: Any) -> AnySession:
        """Return the session of the request. Override it if it is elsewhere.

        Raises:
            MissingSessionError: There is none in `context["session"]`.
        """
        missing = (
            "Session not found in context under key 'session'. Put one there in "
            "`context_value`, or override `get_session_from_context`."
        )
        return session_in(context, "session", missing)

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        """Bind a resolver to each root field of a mapped type.

        Warns:
            UnusedArgumentWarning: An argument names no column, and no `get_base_query`
                is there to use it.
            UnfilteredFieldWarning: A field for one object has no argument that names a
                column, and no `get_base_query` is there to say which one.
            UnboundFieldWarning: A field of an interface or a union has no resolver,
                and a type of it overrides `get_base_query`.

        Raises:
            ConfigurationError: The schema has no type of that name, its model is not
                mapped, or its configuration names nothing on the model.
        """
        super().bind_to_schema(schema)
        registry = TypeRegistry.of(schema)
        if self.max_depth is not None:
            registry.limit = DepthLimit(self.max_depth, type(self).__name__)
        if self.max_levels is not None:
            registry.max_levels = self.max_levels
        for object_type in self.object_types.values():
            object_type.validate_graphql_type(
                schema.type_map.get(object_type.name), schema
            )
            object_type.config.validate()
            if object_type.name not in registry:
                registry.add(object_type.config)
        query_type = schema.type_map[self.name]
        assert isinstance(query_type, GraphQLObjectType)
        for name, definition in query_type.fields.items():
            if definition.resolve is None:
                root = self._root_field(schema, name, definition, registry)
                if root is not None:
                    own(definition, root.resolver(self))

    def _root_field(
        self,
        schema: GraphQLSchema,
        name: str,
        definition: GraphQLField,
        registry: TypeRegistry,
    ) -> _RootField | None:
        named: GraphQLNamedType = get_named_type(definition.type)
        object_type = self.object_types.get(named.name)
        if object_type is not None:
            mapper = object_type.config.mapper
            _warn_of_arguments(object_type, mapper, name, definition)
            return _RootField(
                name,
                _is_list(definition),
                object_type,
                registry.limit_of([object_type.name]),
                _overrides_query(object_type),
            )
        if not is_abstract_type(named):
            return None
        types = [
            self.object_types.get(t.name) for t in schema.get_possible_types(named)
        ]
        known = [one for one in types if one is not None]
        if not known or len(known) < len(types):
            return None
        return self._abstract_root_field(name, definition, known, registry)

    @staticmethod
    def _abstract_root_field(
        name: str,
        definition: GraphQLField,
        types: list[SQLAlchemyObjectType],
        registry: TypeRegistry,
    ) -> _RootField | None:
        mappers = [one.config.mapper for one in types]
        base = _common_base(mappers)
        if base is None:
            return None
        own = next((one for one in types if one.config.mapper is base), None)
        overriding = [one.name for one in types if _overrides_query(one)]
        if overriding and (own is None or overriding != [own.name]):
            msg = (
                f"Query.{name} is not bound: {', '.join(overriding)} override "
                "`get_base_query`, which a statement over all types of "
                f"{get_named_type(definition.type).name!r} would pass by. Give it a "
                "resolver that uses `auto_eager_load`."
            )
            warn(msg, UnboundFieldWarning)
            return None
        object_type = own or types[0]
        _warn_of_arguments(object_type, base, name, definition)
        return _RootField(
            name,
            _is_list(definition),
            object_type,
            registry.limit_of(one.name for one in types),
            own is not None and _overrides_query(own),
            base,
            tuple(mappers),
        )


def _holds_connection(query_type: SQLAlchemyQueryType, context: Any) -> bool:
    """Tell whether the request's session has one.

    Requests that each hold a connection and wait for another one of the same pool would
    all wait until it gives up.
    """
    try:
        session = query_type.get_session_from_context(context)
    except MissingSessionError:
        return False
    return unscoped(session).in_transaction()


def _is_list(definition: GraphQLField) -> bool:
    return isinstance(get_nullable_type(definition.type), GraphQLList)


def _overrides_query(object_type: SQLAlchemyObjectType) -> bool:
    method = object_type.get_base_query
    return (
        getattr(method, "__func__", method) is not SQLAlchemyObjectType.get_base_query
    )


def _warn_of_arguments(
    object_type: SQLAlchemyObjectType,
    mapper: Mapper[Any],
    name: str,
    definition: GraphQLField,
) -> None:
    """Warn of arguments of a field that gives rows of *mapper*, or of none."""
    has_own_query = object_type.config.mapper is mapper
    if has_own_query and _overrides_query(object_type):
        return
    model = mapper.class_.__name__
    aliases = object_type.config.aliases
    unused = [
        one
        for one in definition.args
        if filtered_attribute(mapper, aliases, one) is None
    ]
    for argument in unused:
        msg = (
            f"Argument {argument!r} of 'Query.{name}' has no effect: {model!r} has no "
            "such column"
        )
        if has_own_query:
            msg += (
                f", and the type {object_type.name!r} does not override "
                "`get_base_query`"
            )
        warn(f"{msg}.", UnusedArgumentWarning)
    if len(unused) == len(definition.args) and not _is_list(definition):
        msg = (
            f"Query.{name} gives the first row of {model!r}: it is no list, has no "
            "argument that names a column, and no resolver as yet. Bind its resolver "
            "before this query type, give it an argument"
        )
        if has_own_query:
            msg += f", or let the type {object_type.name!r} override `get_base_query`"
        warn(f"{msg}.", UnfilteredFieldWarning)


def _common_base(mappers: Iterable[Mapper[Any]]) -> Mapper[Any] | None:
    """Return the nearest mapper that all *mappers* are or inherit from."""
    first, *others = mappers
    for candidate in first.iterate_to_root():
        if all(other.isa(candidate) for other in others):
            return candidate
    return None


class _Asked(NamedTuple):
    """What a root field selects in one request."""

    stmt: Select[Any]
    entity: Any
    """The class, or the alias of it, that the statement selects."""


@dataclass(frozen=True)
class _RootField:
    """A root field that is answered by one statement."""

    name: str
    is_list: bool
    object_type: SQLAlchemyObjectType
    limit: DepthLimit
    has_own_query: bool
    """Whether the application's `get_base_query` decides what is selected."""
    base: Mapper[Any] | None = None
    """The common base of an abstract field's types; `None` for an object type."""
    mappers: tuple[Mapper[Any], ...] = ()
    """The mappers whose rows an abstract field may give."""

    @cached_property
    def where(self) -> str:
        return f"Query.{self.name}"

    @cached_property
    def mapper(self) -> Mapper[Any]:
        """The mapper whose rows are selected."""
        return self.base or self.object_type.config.mapper

    def resolver(self, query_type: SQLAlchemyQueryType) -> Resolver:
        filters: dict[str, str] | None = None

        def resolve(_: Any, info: Any, /, **kwargs: Any) -> Any:
            nonlocal filters
            if filters is None:
                filters = self._filters(info)
            is_planned = current_route() == "eager"
            factory = query_type.session_factory if is_planned else None
            if factory is not None and not _holds_connection(query_type, info.context):
                # One that is refused its statement has not connected.
                own = factory()
                asked = self._asked(info, filters, kwargs, own)
                return self._apart(own, asked, self._plan(info), info)
            session = query_type.get_session_from_context(info.context)
            asked = self._asked(info, filters, kwargs, session)
            if is_planned:
                return self._run(session, asked, self._plan(info), info)
            return self._unplanned(session, asked.stmt, info)

        return resolve

    def _filters(self, info: Any) -> dict[str, str]:
        """Return Python name of an argument → attribute, of those that filter."""
        definition = info.parent_type.fields[info.field_name]
        config = self.object_type.config
        found = {}
        for name, argument in definition.args.items():
            attribute = filtered_attribute(self.mapper, config.aliases, name)
            if attribute is not None:
                found[argument.out_name or name] = attribute
        return found

    def _asked(
        self,
        info: Any,
        filters: dict[str, str],
        arguments: dict[str, Any],
        session: AnySession,
    ) -> _Asked:
        stmt, entity = self._every, self.mapper.class_
        if self.has_own_query:
            stmt = self.object_type.get_base_query(info, **arguments)
            entity = entity_of(stmt, self.mapper)
        if filters.keys() & arguments.keys():
            self._check_takes_conditions(stmt)
            holder = Holder.of(session, self.mapper)
            stmt = stmt.where(
                *conditions(entity, filters, arguments, self.where, holder)
            )
        if self.base is not None:
            stmt = _only_rows_of(stmt, self.base, self.mappers)
        # Rows that `contains_eager` reads a collection from are rows of one object.
        if (
            self.has_own_query
            and not self.is_list
            and not has_contains_eager(stmt)
            and hasattr(stmt, "limit")
        ):
            stmt = stmt.limit(1)
        return _Asked(stmt, entity)

    @cached_property
    def _every(self) -> Select[Any]:
        """The statement where `get_base_query` is not overridden: all, or the first."""
        stmt = select(self.mapper.class_)
        return stmt if self.is_list else stmt.limit(1)

    def _check_takes_conditions(self, stmt: Any) -> None:
        if not hasattr(stmt, "where"):
            msg = (
                f"{self.where} cannot be filtered: the base query of "
                f"{self.object_type.name!r} is a {type(stmt).__name__}, which takes "
                "no condition. Return a `select()`, or filter in `get_base_query` and "
                "give the argument a name that is no column's."
            )
            raise ConfigurationError(msg)

    def _plan(self, info: Any) -> LoadPlan:
        return lookahead(
            info,
            self.mapper,
            TypeRegistry.of(info.schema),
            limit=self.limit,
        )

    def _run(
        self, session: AnySession, asked: _Asked, planned: LoadPlan, info: Any
    ) -> Any:
        _check_mode(session, info, self.where)
        stmt = asked.stmt
        options = options_on(
            stmt,
            planned,
            entity=asked.entity,
            joined_only=True,
            joins_nothing=joins_cross_binds(sync_session(unscoped(session)), planned),
            form=form_of(stmt) if self.has_own_query else PLAIN,
        )
        needs_completion = (
            planned.needs_completion
            or not options.are_enough
            # What the application's own options load may be less than what is asked.
            or bool(loader_paths(stmt))
        )
        loaded = stmt.options(*options.options)
        if loaded.get_execution_options().get("yield_per"):
            # All rows are read at once, and each object is taken once.
            loaded = loaded.execution_options(yield_per=None)

        def work(sync: Session) -> Any:
            rows = sync.scalars(loaded).unique()
            objects = list(rows) if self.is_list else [rows.first()]
            if needs_completion or not is_async(info):
                known = Request(info, self.object_type.bound).registry
                registry = known or LoaderRegistry(sync)
                if needs_completion:
                    complete(sync, objects, planned, registry)
                if known is None and registry.has_failed:
                    note_failures(sync, registry)
                if not is_async(info):
                    bound_to(info.schema).at_first_synchronous.do(info.schema)
                    registry.execution(info.fragments).note(
                        fields_of_path(info.path),
                        objects,
                        planned,
                        None if self.is_list else [()],
                    )
            return objects if self.is_list else objects[0]

        cause = Cause(
            "eager",
            tuple(info.path.as_list()),
            self.where,
            plan=planned,
            why=f"The selection was planned ahead. {options.why}".rstrip(),
        )
        return run(session, work, cause)

    def _apart(
        self,
        session: Session | AsyncSession,
        asked: _Asked,
        planned: LoadPlan,
        info: Any,
    ) -> Any:
        """Run on a session of the field's own, which is closed at once."""
        _check_mode(session, info, self.where)
        if isinstance(session, AsyncSession):
            return self._apart_async(session, asked, planned, info)
        with session:
            return self._run(session, asked, planned, info)

    async def _apart_async(
        self, session: AsyncSession, asked: _Asked, planned: LoadPlan, info: Any
    ) -> Any:
        async with session:
            return await self._run(session, asked, planned, info)

    def _unplanned(self, session: AnySession, stmt: Select[Any], info: Any) -> Any:
        """Answer without planning ahead: the fallback, or SQLAlchemy's lazy loading."""
        _check_mode(session, info, self.where)

        def work(sync: Session) -> Any:
            rows = sync.scalars(stmt).unique()
            return rows.all() if self.is_list else rows.first()

        cause = Cause(
            current_route(),
            tuple(info.path.as_list()),
            self.where,
            why="Planning ahead is switched off for this request.",
        )
        if current_route() == "lazy":
            return run(session, work, cause)
        registry = self.object_type.get_loader_registry_from_context(info.context)
        result = run(session, work, cause)
        if info.is_awaitable(result):
            return self._prepared(result, info, registry)
        prepare(result, info, registry)
        return result

    @staticmethod
    async def _prepared(result: Any, info: Any, registry: LoaderRegistry) -> Any:
        rows = await result
        done = prepare(rows, info, registry)
        if done is not None:
            await done
        return rows


def _check_mode(session: AnySession, info: Any, where: str) -> None:
    if isinstance(session, AsyncSession) and not is_async(info):
        msg = (
            f"{where} cannot be answered on an AsyncSession by a synchronous execution "
            "(WSGI, `graphql_sync`). Use a Session there."
        )
        raise ConfigurationError(msg)


def _only_rows_of(
    stmt: Select[Any], base: Mapper[Any], mappers: Sequence[Mapper[Any]]
) -> Select[Any]:
    """Leave out rows of subclasses that the abstract type does not have."""
    every = {mapper for mapper in base.self_and_descendants if not _is_abstract(mapper)}
    wanted = {
        mapper for mapper in every if any(mapper.isa(allowed) for allowed in mappers)
    }
    if wanted == every or base.polymorphic_on is None:
        return stmt
    identities = sorted((mapper.polymorphic_identity for mapper in wanted), key=str)
    return stmt.where(base.polymorphic_on.in_(identities))


def _is_abstract(mapper: Mapper[Any]) -> bool:
    return bool(mapper.polymorphic_abstract)
