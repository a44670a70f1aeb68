"""What planning knows of a GraphQL type.

A configuration is found by the name of the GraphQL type, so that two types may show one
model differently: see `type_registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from graphql import GraphQLField, default_field_resolver
from sqlalchemy import inspect
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.orm import ColumnProperty, Mapper

from .attribute_names import attribute_named, is_mapped, without_synonym
from .attributes import needs_of
from .errors import ConfigurationError, DepthLimitError, suggest
from .policies import Policy, VisibleIf

if TYPE_CHECKING:
    from .arguments.shapes import ArgumentsShape

__all__ = [
    "DEFAULT_LIMIT",
    "MAX_LEVELS",
    "TELLS_BY_CLASS",
    "DepthLimit",
    "LoadStrategy",
    "TypeConfig",
    "check_count",
    "chooses_nothing",
    "mapper_of",
    "reads_by_default",
    "runs_no_code",
]

TELLS_BY_CLASS = "sqla_selection.tells_by_class"
"""Key in the `extensions` of an interface or a union for its type resolver, where that
looks at nothing but the class of an object."""

MAX_LEVELS = 250
"""How many levels a plan may have where nothing else is said."""


@dataclass(frozen=True, slots=True)
class DepthLimit:
    """How many levels a query may nest, and who says so."""

    max_depth: int
    set_by: str | None = None
    """The GraphQL type or the call that it was given to; `None` for the default."""

    def __post_init__(self) -> None:
        """Refuse a limit that no query keeps."""
        check_count("max_depth", self.max_depth, self.set_by or "a query")

    def narrowed(self, config: TypeConfig) -> DepthLimit:
        """Return the stricter of this limit and what *config* says of its own."""
        if config.max_depth is not None and config.max_depth < self.max_depth:
            return DepthLimit(config.max_depth, config.name)
        return self

    def check(self, depth: int) -> None:
        """Raise `DepthLimitError` if *depth* is beyond the limit."""
        if depth > self.max_depth:
            who = f"set by {self.set_by!r}" if self.set_by else "the default"
            msg = f"Query depth {depth} exceeds max_depth={self.max_depth} ({who})."
            raise DepthLimitError(msg)


def check_count(setting: str, value: int | None, where: str) -> None:
    """Raise `ConfigurationError` if *value* is a number below 1."""
    if value is not None and value < 1:
        msg = f"{setting}={value} of {where!r} lets nothing through. It is at least 1."
        raise ConfigurationError(msg)


DEFAULT_LIMIT = DepthLimit(3)
"""The limit where neither the schema nor a type says anything."""


@runtime_checkable
class LoadStrategy(Protocol):
    """A SQLAlchemy loader function, as `selectinload` or `joinedload`.

    Called with one relationship attribute, it returns the loader option for it. A
    function of your own will do: `lambda posts: selectinload(posts.of_type(Article))`.
    """

    def __call__(self, *keys: Any, **kw: Any) -> Any:
        """Return a loader option for the relationship attribute *keys*."""


def reads_by_default(field_name: str, definition: GraphQLField) -> str | None:
    """Return the name that the field's resolver reads, `None` if it runs other code.

    Without a resolver graphql-core reads the attribute of the field's name.
    """
    if definition.resolve in (None, default_field_resolver):
        return field_name
    return None


def runs_no_code(definition: GraphQLField) -> bool:
    """Tell that nothing runs around what `reads_by_default` says."""
    return False


def chooses_nothing(field_name: str, definition: GraphQLField) -> None:
    """Tell that a field gives all rows of its relationship, whatever its arguments."""


@dataclass(frozen=True)
class TypeConfig:
    """How one GraphQL type shows one mapped class.

    `name` and `model` are enough where fields have the names of attributes and
    graphql-core's own resolvers. Users set `aliases`, `requires`, `strategies`,
    `max_depth`, `page_size`, `max_page_size`, `policy` and `visible_if`. What a server
    knows of its resolvers it tells by `reads`, `runs_code`, `arguments` and
    `reads_apart`. `hidden` is set for each request.

    A field whose code chooses from a relationship has an alias for it, and a hint with
    that relationship and what the code reads: so what is asked below is planned too, as
    `aliases={"published": "posts"}, requires={"published": ["posts"]}`.
    """

    name: str
    """The name of the GraphQL type."""
    model: type[Any]
    """The mapped class."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """GraphQL field → attribute, or a dotted path (`"author.username"`)."""
    strategies: Mapping[str, LoadStrategy] = field(default_factory=dict)
    """GraphQL field → loader function, where the default is not the best one."""
    max_depth: int | None = None
    """How many levels a query may nest from or through this type, itself included.
    `None` leaves it to the schema, see `TypeRegistry.limit`."""
    requires: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """GraphQL field → dotted paths that its resolver reads, `[]` for nothing.

    `"*"` is for fields with a resolver and no hint of their own, `"__typename"` for
    type resolvers of interfaces and unions."""
    reads: Callable[[str, GraphQLField], str | None] = reads_by_default
    """Tells what a field's resolver reads: a path, or `None` for code that may read
    anything. See `reads_by_default`."""
    runs_code: Callable[[GraphQLField], bool] = runs_no_code
    """Tells whether code of the application's own runs for a field, around what
    `reads` says: what it reads beside is in the field's hint, or any plain column."""

    reads_apart: bool = False
    """Whether its fields may have values beside the attribute, see `chosen_by`."""
    arguments: Callable[[str, GraphQLField], ArgumentsShape | None] = chooses_nothing
    """Tells what the arguments of a field may ask of the rows of its relationship,
    `None` where they choose none."""
    page_size: int | None = None
    """Rows of a list that a client can page, where it gives no size."""
    max_page_size: int | None = None
    """Rows that a client may ask of such a list."""
    policy: Policy | None = None
    """Which rows of the model may be seen. `None` leaves that to its other types."""
    visible_if: Mapping[str, VisibleIf] = field(default_factory=dict)
    """GraphQL field → who may see it, see `FieldRules`."""
    hidden: frozenset[str] = frozenset()
    """The fields that the viewer of a request may not see: they read nothing."""

    @cached_property
    def mapper(self) -> Mapper[Any]:
        """The mapper of the model."""
        return mapper_of(self.model, self.name)

    def validate(self) -> None:
        """Check every name against the model.

        Raises:
            ConfigurationError: The model is not mapped, an alias, a strategy or a hint
                names nothing on it or goes on behind a column, a strategy is for
                something that leads to no relationship or is no function, or a limit
                is below 1.
        """
        mapper = self.mapper
        check_count("max_depth", self.max_depth, self.name)
        check_count("page_size", self.page_size, self.name)
        check_count("max_page_size", self.max_page_size, self.name)
        if (self.page_size or 1) > (self.max_page_size or self.page_size or 1):
            msg = (
                f"page_size={self.page_size} of {self.name!r} is more than its "
                f"max_page_size={self.max_page_size}: a client that says nothing would "
                "get more than one may ask for."
            )
            raise ConfigurationError(msg)
        if self.policy is not None and not callable(self.policy):
            msg = (
                f"The policy of {self.name!r} is {self.policy!r}, which is no function "
                "of the class and of `info`. Give it one, or `public` for all rows."
            )
            raise ConfigurationError(msg)
        for field_name, path in self.aliases.items():
            self._check(mapper, path, f"Alias {field_name!r} of {self.name!r}")
        for field_name, strategy in self.strategies.items():
            path = attribute_named(mapper, field_name, self.aliases) or field_name
            what = f"The strategy for {field_name!r} of {self.name!r}"
            self._check(mapper, path, what)
            if not callable(strategy):
                msg = (
                    f"{what} is {strategy!r}, which is no loader function. Give it "
                    "one of SQLAlchemy's, as `selectinload`, or a function of the "
                    "attribute: `lambda attribute: selectinload(attribute)`."
                )
                raise ConfigurationError(msg)
            if not needs_of(mapper, path).target:
                msg = (
                    f"{what} is for {path!r} of {mapper.class_.__name__!r}, which is "
                    "no relationship. Only relationships have loader strategies."
                )
                raise ConfigurationError(msg)
        for field_name, paths in self.requires.items():
            if isinstance(paths, str):
                msg = (
                    f"The hint for {field_name!r} of {self.name!r} is the string "
                    f"{paths!r}; it must be a list of attributes: [{paths!r}]."
                )
                raise ConfigurationError(msg)
            for path in paths:
                what = f"The hint for {field_name!r} of {self.name!r}"
                self._check(mapper, path, what)

    @staticmethod
    def _check(mapper: Mapper[Any], path: str, what: str) -> None:
        names = path.split(".")
        for place, name in enumerate(names, start=1):
            class_name = mapper.class_.__name__
            if not is_mapped(mapper, name) and not hasattr(mapper.class_, name):
                if any("__getattr__" in vars(one) for one in mapper.class_.__mro__):
                    return
                msg = (
                    f"{what} reads {path!r}, but {class_name!r} has no attribute "
                    f"{name!r}.{suggest(name, mapper.all_orm_descriptors.keys())}"
                )
                raise ConfigurationError(msg)
            key = without_synonym(mapper, name)
            if key in mapper.column_attrs and place < len(names):
                kind = _python_type(mapper.column_attrs[key])
                if kind is None or _has_value(kind, names[place]):
                    return
                msg = (
                    f"{what} reads {path!r}, but {name!r} of {class_name!r} is a "
                    f"column of {kind.__name__!r}, which has no attribute "
                    f"{names[place]!r}."
                )
                raise ConfigurationError(msg)
            if key not in mapper.relationships:
                return
            mapper = mapper.relationships[key].mapper


def _python_type(prop: ColumnProperty[Any]) -> type[Any] | None:
    """Return what values of the column are, `None` where that may be anything."""
    type_ = prop.columns[0].type
    try:
        kind: type[Any] = type_.python_type
    except NotImplementedError:  # SQLAlchemy 2.0; 2.1 says `object`
        return None
    return None if kind is object or issubclass(kind, Mapping) else kind


def _has_value(kind: type[Any], name: str) -> bool:
    """Tell whether values of *kind* have an attribute *name* that is no method."""
    # On an enum itself, `value` is no attribute.
    value = next(iter(kind), kind) if issubclass(kind, Enum) else kind
    return hasattr(value, name) and not callable(getattr(value, name))


def mapper_of(model: Any, type_name: str) -> Mapper[Any]:
    """Return the mapper of *model*, configured.

    Raises:
        ConfigurationError: *model* is no mapped class.
    """
    try:
        mapper = inspect(model)
    except NoInspectionAvailable:
        mapper = None
    if not isinstance(mapper, Mapper):
        msg = (
            f"The model of {type_name!r} is {model!r}, which is not a mapped class. "
            "Pass the class that SQLAlchemy maps."
        )
        raise ConfigurationError(msg)
    mapper.registry.configure(cascade=True)
    return mapper
