"""Every path on which arguments choose among rows: where lists are, and who answers.

A path that comes later (an executor more) is one more `Path` in `PATHS`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from anyio import to_thread
from ariadne import ObjectType, graphql, graphql_sync, make_executable_schema
from graphql import GraphQLSchema
from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from ariadne_sqla import (
    ArgumentLimits,
    DocumentCache,
    Route,
    SerializedAsyncSession,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyFilterType,
    SQLAlchemyObjectType,
    SQLAlchemyOrderType,
    SQLAlchemyQueryType,
    use_route,
)
from sqla_loaders.testing import Statements, count_statements

from .blog import CONFIGS, INPUTS, MODELS, Post, Tag, User

OWNERS: dict[str, tuple[type[Any], str]] = {
    "users": (User, "posts"),
    "tags": (Tag, "posts"),
    "threads": (Post, "replies"),
}
"""Root field → its rows, and the relationship to posts that `few` and `pages` read:
one-to-many, many-to-many, of itself."""

_CHOOSING = "filter: PostFilter, orderBy: [PostOrder!]"
_FIELDS = f"""
  few({_CHOOSING}, isPublished: Boolean, views: [Int], limit: Int, offset: Int):
    [Post!]!
  open(where: PostFilter, order: [PostChoice!], limit: Int): [Post!]!
  top(orderBy: [PostOrder!] = [RANK_DESC], limit: Int = 2): [Post!]!
  pages({_CHOOSING}, first: Int, after: String, last: Int, before: String):
    PostConnection!
"""
TYPES = f"""
type Query {{
  {_FIELDS}
  users: [User!]! tags: [Tag!]! threads: [Post!]!
  ownUsers: [User!]! ownTags: [Tag!]! ownThreads: [Post!]!
  dictsUsers: [User!]! dictsTags: [Tag!]! dictsThreads: [Post!]!
}}
type User {{ id: ID! username: String {_FIELDS} }}
type Tag {{ id: ID! name: String {_FIELDS} }}
type Post {{
  id: ID! title: String views: Int rank: Int! isPublished: Boolean
  author(filter: UserFilter): User {_FIELDS}
}}
{INPUTS}
"""
EVERY_PATH = "SQLA_TEST_EVERY_PATH" in os.environ
DICTS = range(1, 10)
"""The keys of owners that come from no database; some have no posts."""


def own_resolver(model: type[Any]) -> Any:
    """Return a resolver of the application's own for all rows of *model*."""

    def resolve(_: Any, info: Any) -> Any:
        stmt = select(model).order_by(*inspect(model).primary_key)
        found = info.context["session"].scalars(stmt)
        return _all_of(found) if isawaitable(found) else found.unique().all()

    return resolve


async def _all_of(found: Any) -> Any:
    return (await found).unique().all()


def _dicts(*_: Any) -> Any:
    """Give no objects, but what the relationships join by."""
    return [{"id": key} for key in DICTS]


def schema_of(limits: ArgumentLimits) -> GraphQLSchema:
    """Return a schema whose fields `few` and `pages` show the posts of any owner."""
    types = []
    for name, model in MODELS.items():
        relationship = next((rel for one, rel in OWNERS.values() if one is model), None)
        aliases = {
            field: relationship
            for field in ("few", "open", "top", "pages")
            if relationship is not None
        }
        types.append(SQLAlchemyObjectType(name, model, aliases=aliases, max_depth=9))
    own = ObjectType("Query")
    for name, (model, _) in OWNERS.items():
        own.set_field(f"own{name.title()}", own_resolver(model))
        own.set_field(f"dicts{name.title()}", _dicts)
    of_filter, of_order = CONFIGS
    return make_executable_schema(
        TYPES,
        own,
        SQLAlchemyQueryType(types, limits=limits, max_depth=9),
        SQLAlchemyFilterType(of_filter.name, functions=of_filter.functions),
        SQLAlchemyOrderType(of_order.name, functions=of_order.functions),
        *types,
    )


SCHEMA = schema_of(ArgumentLimits(depth=9, conditions=10_000))
_documents = DocumentCache()


@dataclass(frozen=True)
class Path:
    """Where the lists are, and which executor answers the root field above them."""

    name: str
    owners: str | None
    """What comes before the names of the fields that give owners; `None` where the
    list is a root field itself."""
    route: Route = "eager"
    is_in_loop: bool = True
    """Whether an event loop runs: not under WSGI."""

    def __str__(self) -> str:
        return f"{self.name}, {'in a loop' if self.is_in_loop else 'sync'}"

    @property
    def roots(self) -> dict[str, str]:
        """The root fields of owners, by their names in `OWNERS`."""
        if self.owners is None:
            return {}
        before = self.owners
        return {name: before + (name.title() if before else name) for name in OWNERS}

    @property
    def loads_owners(self) -> bool:
        """Whether owners take a statement."""
        return self.owners in ("", "own")

    def document(self, selections: Mapping[str, str], declared: str = "") -> str:
        """Return the document that selects for each kind of owner what is given."""
        body = " ".join(
            selection
            if self.owners is None
            else f"{self.roots[name]} {{ id {selection} }}"
            for name, selection in selections.items()
        )
        return f"query Q{f'({declared})' if declared else ''} {{ {body} }}"

    def lists_in(self, data: Any, name: str, alias: str) -> Iterator[tuple[Any, Any]]:
        """Yield each owner of a kind, and what it has for *alias*."""
        if self.owners is None:
            yield None, data[alias]
            return
        for owner in data[self.roots[name]]:
            yield (name, int(owner["id"])), owner[alias]


_PLACES: tuple[tuple[str, str | None, Route], ...] = (
    ("root", None, "eager"),
    ("root, unplanned", None, "fallback"),
    ("below an eager root", "", "eager"),
    ("below an unplanned root", "", "fallback"),
    ("below an own resolver", "own", "eager"),
    ("below dicts", "dicts", "eager"),
)
PATHS = tuple(
    Path(name, owners, route, in_loop)
    for name, owners, route in _PLACES
    for in_loop in (False, True)
)


def paths_on(database: Any, turn: int = 0) -> list[Path]:
    """Return the paths that a database is asked on, when it is asked again and again.

    SQLite is asked on all places, in a loop and not in turns. The others are asked on
    one root field and below one kind of owners, which change from turn to turn. In a
    long run (`SQLA_TEST_EVERY_PATH=1`) all are asked on all paths.
    """
    if database.driver == "sqlite":
        return [one for one in PATHS if EVERY_PATH or one.is_in_loop is bool(turn % 2)]
    paths = [path for path in PATHS if path.is_in_loop is database.is_async]
    if EVERY_PATH:
        return paths
    roots = [path for path in paths if path.owners is None]
    below = [path for path in paths if path.owners is not None]
    return [roots[turn % len(roots)], below[turn % len(below)]]


@dataclass(frozen=True)
class Answer:
    """What a request gave, and what it took."""

    data: Any
    errors: Sequence[Any]
    statements: Statements


async def ask(
    database: Any,
    path: Path,
    document: str,
    variables: Mapping[str, Any],
    schema: GraphQLSchema = SCHEMA,
) -> Answer:
    """Answer a request on *path*, with a session of its own."""
    options: dict[str, Any] = {}
    if database.is_async:
        options["class_"] = SerializedAsyncSession
    session = database.session_factory(**options)()
    request: dict[str, Any] = {
        "data": {"query": document, "variables": dict(variables)},
        "context_value": {"session": session},
        "extensions": [SQLAlchemyDataLoaderExtension],
        "query_parser": _documents.parse,
        "query_validator": _documents.validate,
        "debug": True,
    }
    try:
        with use_route(path.route), count_statements(database.counted_engine) as sent:
            if path.is_in_loop:
                _, result = await graphql(schema, **request)
            else:
                _, result = await to_thread.run_sync(
                    lambda: graphql_sync(schema, **request)
                )
    finally:
        closing = session.close()
        if closing is not None:
            await closing
    return Answer(result.get("data"), result.get("errors", ()), sent)


def fill(engine: Any, rows: Sequence[Any]) -> None:
    """Replace all rows."""
    with Session(engine) as session:
        session.execute(
            update(Post).values(parent_id=None)
        )  # MariaDB looks at each row
        for table in reversed(Post.metadata.sorted_tables):
            session.execute(table.delete())
        session.add_all(rows)
        session.commit()


def owners_in(session: Session) -> dict[Any, list[Any]]:
    """Return each owner, by name and primary key → its posts; all of them for None."""
    found: dict[Any, list[Any]] = {None: list(session.scalars(select(Post)))}
    for name, (model, relationship) in OWNERS.items():
        for owner in session.scalars(select(model)):
            found[name, owner.id] = list(getattr(owner, relationship))
    return found


def literal(value: Any, *, is_enum: bool = False) -> str:
    """Return *value* as a document has it; below `kind` texts are values of an enum."""
    if isinstance(value, dict):
        parts = [
            f"{name}: {literal(one, is_enum=is_enum or name == 'kind')}"
            for name, one in value.items()
        ]
        return f"{{{' '.join(parts)}}}"
    if isinstance(value, list):
        return f"[{' '.join(literal(one, is_enum=is_enum) for one in value)}]"
    return value if is_enum and isinstance(value, str) else json.dumps(value)
