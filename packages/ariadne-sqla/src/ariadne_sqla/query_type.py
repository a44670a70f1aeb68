"""The bindable that answers root fields with one optimised statement each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from ariadne import QueryType
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from sqla_loaders import SESSION_KEY, AnySession, session_in
from sqla_selection import DepthLimit, TypeRegistry
from sqla_selection.arguments import (
    ArgumentLimits,
    ArgumentsShape,
    node_type_of,
    shown_types,
)
from sqla_selection.config import check_count

from .argument_shapes import look_when_complete, shape_of_root, vocabulary_of
from .bound import bound_to
from .errors import ConfigurationError, UnboundFieldWarning, warn
from .executors import root_resolver
from .guarding import guard
from .object_type import SQLAlchemyObjectType
from .ownership import is_ours, own
from .root_field import RootField
from .root_kinds import (
    common_base,
    is_connection_field,
    is_list_field,
    warn_if_unfiltered,
)
from .session_factories import taking
from .wrappers import is_around_ours

__all__ = ["SQLAlchemyQueryType"]


class SQLAlchemyQueryType(QueryType):
    """Answers the root fields of mapped types.

    Every field of `Query` whose type, under any list and non-null wrapping, is one of
    the object types gets a resolver, unless it has one. So does a connection of them,
    and a field of an interface or a union, if all its possible types are among the
    object types and their models share a mapped base.

    A list field gives all rows, another one the first or null: one that nothing filters
    is warned of. Arguments that name a
    column, a synonym, a hybrid or an alias become conditions: a list means `IN`, an
    explicit `null` `IS NULL`, and values are converted to the column's Python type.
    `filter` or `where`, `orderBy` or `order`, `limit` and `offset` choose among the
    rows of a list, as their types say, and `first`, `after`, `last` and `before` among
    those of a connection. Arguments that an overridden `get_base_query`
    has parameters for are its own; any other is an error of the schema.

    Each root field is one statement, plus one for every collection and level. A
    connection takes one more for its total, and one for the flag of the other side,
    where they are selected.

    Args:
        object_types: The types to answer for. They are bound with it: they need not
            be given to `make_executable_schema` as well, and may be.
        session_factory: An `async_sessionmaker` (or `sessionmaker`): each root field
            then runs on a session of its own, so that sibling fields of one request
            load in parallel. They no longer share a transaction: one may see a commit
            that another does not, nothing that the request itself has not committed
            is visible to them, and their objects are detached. What is not planned
            ahead is loaded on the session of the context. Where that has begun a
            transaction already, root fields run on it one after another: a request
            that holds a connection does not wait for another. One that needs an
            argument is given the `info` of the field: so the session may know who asks.
        max_depth: How many levels a query may nest where a type does not say it.
        max_levels: How many levels one field may take.
        limits: How deep, how many and how long the arguments of a query may be.
        require_policy: Whether a bound type without a policy is an error. Types that
            show all rows say `policy=public` then.
        trusted: Root fields with a resolver of your own whose objects are shown
            whatever their policies say.
    """

    def __init__(
        self,
        object_types: Sequence[SQLAlchemyObjectType],
        *,
        session_factory: Callable[[], Session | AsyncSession]
        | Callable[[Any], Session | AsyncSession]
        | None = None,
        max_depth: int | None = None,
        max_levels: int | None = None,
        limits: ArgumentLimits | None = None,
        require_policy: bool = False,
        trusted: Collection[str] = (),
    ) -> None:
        super().__init__()
        for one in object_types:
            if not isinstance(one, SQLAlchemyObjectType):
                msg = (
                    f"{type(self).__name__} answers for `SQLAlchemyObjectType`s, not "
                    f"for {one!r}."
                )
                raise ConfigurationError(msg)
        self.object_types = {bound.name: bound for bound in object_types}
        self._given = tuple(object_types)
        self.max_depth = max_depth
        self.max_levels = max_levels
        self.limits = limits
        self.require_policy = require_policy
        self.trusted = frozenset(trusted)
        self.session_factory = session_factory
        self._session_for = session_factory and taking(
            "the field's `info`", session_factory, type(self).__name__
        )

    @staticmethod
    def get_session_from_context(context: Any) -> AnySession:
        """Return the session of the request. Override it if it is elsewhere.

        Raises:
            MissingSessionError: There is none in `context["session"]`, and none that
                the extension knows.
        """
        missing = (
            "Session not found in context under key 'session'. Put one there in "
            "`context_value`, as that which `SQLAlchemySessionMiddleware` keeps in the "
            "state of a request, or override `get_session_from_context`."
        )
        return session_in(context, SESSION_KEY, missing)

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        """Bind the object types, and a resolver to each root field of one.

        Warns:
            UnfilteredFieldWarning: A field for one object has no argument, and no
                `get_base_query` is there to say which one.
            UnboundFieldWarning: A field of an interface or a union has no resolver,
                and a type of it overrides `get_base_query`.

        Raises:
            ConfigurationError: An object type cannot be bound, or is bound already with
                other settings.
        """
        look_when_complete(schema)
        super().bind_to_schema(schema)
        registry = TypeRegistry.of(schema)
        if self.max_depth is not None:
            registry.limit = DepthLimit(self.max_depth, type(self).__name__)
        if self.max_levels is not None:
            check_count("max_levels", self.max_levels, type(self).__name__)
            registry.max_levels = self.max_levels
        if self.limits is not None:
            bound_to(schema).limits = self.limits
        guard(schema, self.name, self.trusted)
        if self.require_policy:
            bound_to(schema).requires_policy = True
        for object_type in self._given:
            object_type.bind_to_schema(schema)
        query_type = schema.type_map[self.name]
        assert isinstance(query_type, GraphQLObjectType)
        for name, definition in query_type.fields.items():
            if definition.resolve is None:
                root = self._root_field(schema, name, definition, registry)
                if root is not None:
                    _bind(schema, self.name, definition, root)

    def _root_field(
        self,
        schema: GraphQLSchema,
        name: str,
        definition: GraphQLField,
        registry: TypeRegistry,
    ) -> RootField | None:
        named: GraphQLNamedType = get_named_type(definition.type)
        is_list = is_list_field(definition)
        shown = shown_types(schema, self.object_types)
        if named.name not in shown and is_connection_field(definition, shown):
            named, is_list = schema.type_map[node_type_of(named)], True
        object_type = self.object_types.get(named.name)
        if object_type is not None:
            if not is_list:
                mapper = object_type.config.mapper
                warn_if_unfiltered(object_type, mapper, name, definition)
            return self._object_root_field(
                schema, name, object_type, registry, is_list=is_list
            )
        if not is_abstract_type(named) or named.name not in shown:
            return None
        types = [self.object_types[t.name] for t in schema.get_possible_types(named)]
        return self._abstract_root_field(
            schema, name, definition, types, registry, is_list=is_list
        )

    def _object_root_field(
        self,
        schema: GraphQLSchema,
        name: str,
        object_type: SQLAlchemyObjectType,
        registry: TypeRegistry,
        *,
        is_list: bool,
    ) -> RootField:
        return RootField(
            name,
            is_list,
            bound_to(schema),
            object_type.bound,
            registry.limit_of([object_type.name]),
            self.get_session_from_context,
            self._session_for,
            object_type.bound.base_query,
        )

    def _abstract_root_field(
        self,
        schema: GraphQLSchema,
        name: str,
        definition: GraphQLField,
        types: list[SQLAlchemyObjectType],
        registry: TypeRegistry,
        *,
        is_list: bool,
    ) -> RootField | None:
        mappers = [bound.config.mapper for bound in types]
        base = common_base(mappers)
        if base is None:
            return None
        own = next((bound for bound in types if bound.config.mapper is base), None)
        overriding = [bound.name for bound in types if bound.bound.base_query]
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
        if not is_list:
            warn_if_unfiltered(object_type, base, name, definition)
        return RootField(
            name,
            is_list,
            bound_to(schema),
            object_type.bound,
            registry.limit_of(bound.name for bound in types),
            self.get_session_from_context,
            self._session_for,
            None if own is None else own.bound.base_query,
            base,
            tuple(mappers),
        )


def _bind(
    schema: GraphQLSchema, type_name: str, definition: GraphQLField, root: RootField
) -> None:
    """Let *root* answer the field, whose arguments are looked at later."""

    def shape_of(definition: GraphQLField) -> ArgumentsShape:
        return shape_of_root(
            root.where,
            definition,
            root.mapper,
            vocabulary_of(schema),
            root.bound.config,
            root.base_query,
        )

    def check(schema: GraphQLSchema) -> None:
        field = getattr(schema.type_map.get(type_name), "fields", {}).get(root.name)
        if field is not None and (is_ours(field) or is_around_ours(field)):
            shape_of(field)

    own(definition, root_resolver(root, shape_of))
    root.schema.root_shapes[root.name] = shape_of
    root.schema.when_complete.add(("root", root.name), check)
