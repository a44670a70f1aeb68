"""What a conformance case is made of: models, rows, a schema and queries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ariadne import SchemaBindable
from sqlalchemy import Engine, MetaData, Select, String, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ExecutableOption

# MariaDB has no VARCHAR without a length.
STRINGS: Final[dict[Any, Any]] = {str: String(50)}


@dataclass(frozen=True, eq=False)
class Type:
    """A GraphQL type on a model, and what a user configures for it."""

    name: str
    model: Any
    aliases: Mapping[str, str] = field(default_factory=dict)
    strategies: Mapping[str, Any] = field(default_factory=dict)
    requires: Mapping[str, Sequence[str]] = field(default_factory=dict)
    resolvers: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    served: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Resolvers that are others than those of the naive answer: coroutines of them."""

    max_depth: int = 10
    base_query: Callable[[], Select[Any]] | None = None
    ordered: bool = True
    """Whether its root fields have an order, by a `get_base_query` of its own."""

    def rows(self) -> Select[Any]:
        """The rows of a root field, in the order that all paths have to keep."""
        if self.base_query is not None:
            return self.base_query()
        mapper = inspect(self.model)
        # Attributes, not columns: a concrete class may be selected from a union.
        keys = [mapper.get_property_by_column(key).key for key in mapper.primary_key]
        return select(self.model).order_by(*(getattr(self.model, key) for key in keys))


@dataclass(frozen=True, eq=False)
class Root:
    """What a manual resolver of a root field does."""

    statement: Callable[..., Select[Any]]
    shape: Callable[[Any], Any] | None = None
    """What it returns for an object; the naive answer is that of the object itself."""

    options: Sequence[ExecutableOption] = ()
    """Only of the manual resolver: objects that lack what the query asks for."""

    always: bool = False
    """Whether it is resolved so on every path, as a union of several models is."""


@dataclass(frozen=True, eq=False)
class Query:
    """A document and how many statements answer it, whatever the number of rows."""

    document: str
    statements: int
    """1 + the (relationship, level) pairs + the subclasses whose columns are read."""

    fallback: int | None = None
    """Where the objects of a manual resolver need another number of statements."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    unread: Sequence[str] = ()
    """Words that are in no statement, save the one of a manual resolver."""

    empty: Sequence[str] = ()
    """Fields that give nothing at all, here on purpose."""

    paths: Sequence[str] = ("eager", "fallback")
    is_json: bool = False
    """Whether each root field has to be one statement, where those are taken."""

    fault: str = ""
    """What `ariadne.contrib.sqlalchemy` 1.1.1 fails at here, in the words of a fix."""

    first: Any = None
    """The first thing that the first field gives, where that is worth saying."""


@dataclass(frozen=True, eq=False)
class Case:
    """One mapping, proven by queries over its own tables and rows."""

    mapping: str
    metadata: MetaData
    seed: Callable[[Session, int], None]
    """Adds the rows of one generation; generations share nothing but their shape."""

    types: Sequence[Type]
    sdl: str
    queries: Sequence[Query]
    roots: Mapping[str, Root] = field(default_factory=dict)
    bindables: Sequence[SchemaBindable] = ()
    first: Sequence[SchemaBindable] = ()
    """Those that come before the types: type resolvers that tell them apart."""

    naive: Sequence[SchemaBindable] = ()
    """Those of the naive answer, which has nothing that tells types by the class."""

    convert_names_case: bool = False
    listen: Callable[[type[Session]], None] | None = None
    """Sets up the class of the sessions, as an application would."""

    made: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What was made of it, and serves it on every database: see `runner.once`."""


@dataclass(frozen=True, eq=False)
class Reflected:
    """A case whose models come from the tables of a database."""

    mapping: str
    build: Callable[[Engine], Case]
