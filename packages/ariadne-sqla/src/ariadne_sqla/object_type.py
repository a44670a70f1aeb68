"""The bindable for one GraphQL type on one mapped class."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeAlias

from ariadne import ObjectType
from ariadne.types import Resolver
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)
from sqlalchemy import Select, inspect, select
from typing_extensions import TypeVar

from sqla_loaders import REGISTRY_KEY, LoaderRegistry, value_in
from sqla_selection import (
    ConfigurationError,
    LoadStrategy,
    Policy,
    TypeConfig,
    TypeRegistry,
    VisibleIf,
)
from sqla_selection.attribute_names import attribute_named
from sqla_selection.errors import suggest

from .abstract_types import set_type_resolvers
from .argument_shapes import look_when_complete
from .attribute_resolvers import attribute_resolver
from .bound import Bound, bound_to
from .chosen_rows import relationship_shown, shape_of_field
from .enum_values import bind_enums
from .errors import MissingRegistryError
from .federation import set_reference_resolver
from .guarding import guard
from .hidden_fields import set_visible_if
from .ownership import (
    application_resolver,
    is_default,
    own,
    path_of_alias,
    path_set_by_us,
    resolver_inside,
)
from .unfit_fields import check_names, names_of_inputs
from .watching import watch_resolvers

__all__ = ["Aliases", "SQLAlchemyObjectType"]

Aliases: TypeAlias = Mapping[str, "str | Resolver"]


M_co = TypeVar("M_co", covariant=True, default=Any)


class SQLAlchemyObjectType(ObjectType, Generic[M_co]):
    """Binds the fields of a GraphQL type to the attributes of a mapped class.

    A field reads the attribute of its name, or of its name in snake_case, unless it has
    an alias or a resolver. What a query planned ahead is read at once; a relationship
    of an object that no query prepared is loaded in one statement for all its siblings.
    A resolver of your own always wins, whichever bindable it comes from.

    Args:
        name: The name of the GraphQL type.
        model: The mapped class. The classes that it relates to may be mapped later.
        aliases: GraphQL field → attribute (a column, a relationship, or a dotted path
            as `"author.username"`), or a resolver. A callable is called once, when the
            first schema is bound.
        strategies: GraphQL field → loader function, as `{"tags": subqueryload}`, for
            its relationship in the statement that is planned ahead. By default what
            leads to one object is joined to it, and a collection is one batch for all
            its owners, whatever `lazy=` the mapping says.
        max_depth: How many levels a query may nest from or through this type, its own
            level included. Deeper ones are refused with an error on the root field. By
            default what the schema allows: see `SQLAlchemyQueryType`.
        requires: What a field with a resolver of your own, or a plain property, reads:
            `{"fullName": ["first_name", "last_name"], "byline": ["author.username"]}`,
            `[]` for nothing. Without a hint every plain column is loaded, and what is
            mapped to load with it. `"*"` is for resolvers of your own without a hint,
            `"__typename"` for what a type resolver reads.
        page_size: How many objects a list with a `limit` has where the client gives
            none.
        max_page_size: How many a client may ask of such a list.
        policy: Which rows of the model a viewer may see: a function of the class (or an
            alias of it) and of `info`, which gives a condition, `True` for all rows or
            `False` for none. It holds on every way to the model. `public` is all rows.
        trusted: Fields with a resolver of your own whose objects are shown whatever
            their policies say.
        visible_if: GraphQL field → who may see it: a function of `info` that gives
            `True` or `False`, asked once in a request. For others the field is null,
            or an error where it must not be; what it reads is not loaded for it, and
            not to be asked about by filters and orders.
    """

    def __init__(
        self,
        name: str,
        model: type[M_co],
        *,
        aliases: Aliases | Callable[[], Aliases] | None = None,
        strategies: Mapping[str, LoadStrategy] | None = None,
        max_depth: int | None = None,
        requires: Mapping[str, Sequence[str]] | None = None,
        page_size: int | None = None,
        max_page_size: int | None = None,
        policy: Policy | None = None,
        trusted: Collection[str] = (),
        visible_if: Mapping[str, VisibleIf] | None = None,
    ) -> None:
        if not isinstance(name, str):
            msg = (
                f"{type(self).__name__}({name!r}, {model!r}): the GraphQL type's name "
                "comes first, then the mapped class."
            )
            raise ConfigurationError(msg)
        super().__init__(name)
        self.model = model
        self.strategies = dict(strategies or {})
        self.max_depth = max_depth
        self.requires = dict(requires or {})
        self.page_size = page_size
        self.max_page_size = max_page_size
        self.policy = policy
        self.trusted = frozenset(trusted)
        self.visible_if = dict(visible_if or {})
        self._aliases = aliases

    @cached_property
    def aliases(self) -> Aliases:
        """GraphQL field → attribute or resolver."""
        aliases = self._aliases
        return dict((aliases() if callable(aliases) else aliases) or {})

    @cached_property
    def config(self) -> TypeConfig:
        """What planning reads of this type."""
        return TypeConfig(
            self.name,
            self.model,
            {
                field: attribute
                for field, attribute in self.aliases.items()
                if isinstance(attribute, str)
            },
            self.strategies,
            self.max_depth,
            self.requires,
            self._reads,
            _runs_code,
            arguments=shape_of_field,
            reads_apart=True,
            page_size=self.page_size,
            max_page_size=self.max_page_size,
            policy=self.policy,
            visible_if=self.visible_if,
        )

    @cached_property
    def bound(self) -> Bound:
        """What resolvers know of this type."""
        own: Any = self.get_base_query
        if getattr(own, "__func__", own) is SQLAlchemyObjectType.get_base_query:
            own = None
        return Bound(self.config, self.get_loader_registry_from_context, own)

    # `/`, as an argument of a field may be named `info`; `*_`, so that type checkers
    # take an override with whatever parameters it has.
    def get_base_query(self, info: Any, /, *_: Any, **kwargs: Any) -> Select[Any]:
        """Return the statement that a root field of this type starts from.

        Override it to filter, order or join. It is called with the arguments of the
        root field, and with none for `node`. Loader options on the statement stay.
        Rows that are reached by a relationship do not pass through it.
        """
        return select(self.model)

    @staticmethod
    def get_loader_registry_from_context(context: Any) -> LoaderRegistry:
        """Return the request's loader registry. Override it if it is elsewhere.

        Raises:
            MissingRegistryError: There is none in `context["loader_registry"]`.
        """
        registry: LoaderRegistry | None = value_in(context, REGISTRY_KEY)
        if registry is None:
            msg = (
                "LoaderRegistry not found in context under key 'loader_registry'. Add "
                "`SQLAlchemyDataLoaderExtension` to `extensions`, put "
                "`LoaderRegistry(session)` into the context, or override "
                "`get_loader_registry_from_context`."
            )
            raise MissingRegistryError(msg)
        return registry

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        """Bind the resolvers of this type to *schema*.

        Warns:
            AmbiguousTypeWarning: An interface or a union has another type of the same
                model, and no type resolver.

        Raises:
            ConfigurationError: The schema has no such object type, the model is not
                mapped, an alias, strategy or hint names nothing on it, another type
                of the model has another policy, another bindable of the type has
                other settings, or `visible_if` names no field.
        """
        look_when_complete(schema)
        self.validate_graphql_type(schema.type_map.get(self.name), schema)
        graphql_type = schema.type_map[self.name]
        assert isinstance(graphql_type, GraphQLObjectType)
        self.config.validate()
        self._check_names(schema, graphql_type)
        self.bind_resolvers_to_graphql_type(graphql_type)  # type: ignore[no-untyped-call]  # Ariadne's
        self._bind_attributes(graphql_type, schema)
        bind_enums(graphql_type, self.config)
        TypeRegistry.of(schema).add(self.config)
        bound_to(schema).add(self.bound)
        guard(schema, self.name, self.trusted)
        set_visible_if(schema, self.config)
        set_type_resolvers(schema, graphql_type)
        set_reference_resolver(graphql_type, self.bound)
        watch_resolvers(schema, bound_to(schema))

    def _check_names(
        self, schema: GraphQLSchema, graphql_type: GraphQLObjectType
    ) -> None:
        """Check that all settings are for fields of the type."""
        fields, names = graphql_type.fields, self.aliases.keys()
        for_inputs = names_of_inputs(schema, names - fields.keys())
        check_names("`aliases`", self.name, names - for_inputs, fields)
        check_names("`strategies`", self.name, self.strategies, fields)
        hinted = self.requires.keys() - {"*", "__typename"}
        check_names("`requires`", self.name, hinted, fields)

    def validate_graphql_type(
        self,
        graphql_type: GraphQLNamedType | None,
        schema: GraphQLSchema | None = None,
    ) -> None:
        """Check that the schema has an object type of this name."""
        if isinstance(graphql_type, GraphQLObjectType):
            return
        what = f"SQLAlchemyObjectType({self.name!r}, {self.model.__name__})"
        if graphql_type is None:
            known = [
                name
                for name, type_ in (schema.type_map if schema else {}).items()
                if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
            ]
            msg = (
                f"{what} cannot be bound: the type {self.name!r} is not defined in the "
                f"schema.{suggest(self.name, known)}"
            )
        else:
            kind = type(graphql_type).__name__
            msg = (
                f"{what} cannot be bound: {self.name!r} is defined in the schema, but "
                f"as a {kind}. Bind the object types that implement or belong to it."
            )
        raise ConfigurationError(msg)

    def _bind_attributes(
        self, graphql_type: GraphQLObjectType, schema: GraphQLSchema
    ) -> None:
        mapper = inspect(self.model)
        for field_name, definition in graphql_type.fields.items():
            if definition.resolve is not None:
                continue
            source = self.aliases.get(field_name)
            if callable(source):
                definition.resolve = source
                continue
            path = (
                source
                or attribute_named(mapper, field_name)
                or relationship_shown(mapper, field_name, definition, schema)
            )
            if path is not None:
                resolver = attribute_resolver(self.bound, field_name, path)
                own(definition, resolver, path, gives_it=True)

    @staticmethod
    def _reads(field_name: str, definition: GraphQLField) -> str | None:
        """Return the path that the field's resolver reads, `None` for other code."""
        path = path_set_by_us(definition) or path_of_alias(resolver_inside(definition))
        if path is None and is_default(definition):
            return field_name
        return path


def _runs_code(definition: GraphQLField) -> bool:
    """Tell whether the field has a resolver of the application's own."""
    return application_resolver(definition) is not None
