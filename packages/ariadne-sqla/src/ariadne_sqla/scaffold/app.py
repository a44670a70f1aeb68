"""A folder that runs: models, schema, bindables, a server and a test."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL

from .inputs import Inputs
from .sketch import FieldSketch, TypeSketch
from .sketcher import Scaffold

__all__ = ["files_of_app"]

_APP = '''"""Serves the schema over HTTP: uvicorn app:app"""

import os
from typing import Any

from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyDebugExtension,
    SQLAlchemySessionMiddleware,
    safe_options,
)
from bindables import schema

engine = create_engine({url})
SessionLocal = sessionmaker(engine)

extensions: list[Any] = [SQLAlchemyDataLoaderExtension]
if os.environ.get("DEBUG") == "1":  # shows every client the SQL
    extensions.append(SQLAlchemyDebugExtension())


def get_context(request: Any, _data: Any) -> dict[str, Any]:
    return {{"request": request, "session": request.state.session}}


app = SQLAlchemySessionMiddleware(
    GraphQL(
        schema,
        context_value=get_context,
        http_handler=GraphQLHTTPHandler(extensions=extensions),
        **safe_options(),
    ),
    SessionLocal,
)
'''

_TEST = '''"""What a query answers, and how many statements that takes: pytest"""

from ariadne import graphql_sync
from sqla_selection.testing import count_statements

from ariadne_sqla import SQLAlchemyDataLoaderExtension
from app import SessionLocal, engine
from bindables import schema

QUERY = """{query}"""


def test_statements_do_not_grow_with_the_rows() -> None:
    with SessionLocal() as session, count_statements(engine) as statements:
        is_ok, answer = graphql_sync(
            schema,
            {{"query": QUERY}},
            context_value={{"session": session}},
            extensions=[SQLAlchemyDataLoaderExtension],
        )

    assert is_ok and "errors" not in answer, answer
    assert len(statements) <= {number}, str(statements)
    assert isinstance(answer["data"]["{root}"], list)
'''


def files_of_app(
    scaffold: Scaffold, *, url: URL | None = None, models: str | None = None
) -> dict[str, str]:
    """Return the files of an application, by their names.

    Args:
        scaffold: Its types.
        url: The database. A password is not written: then, and where there is none,
            the application reads the URL from the environment.
        models: The text of a `models.py`, if the folder has its own.
    """
    query, root, number = _query(scaffold)
    test = _TEST.format(query=query, root=root, number=number)
    return {
        **({} if models is None else {"models.py": models}),
        "schema.graphql": scaffold.sdl,
        "bindables.py": scaffold.bindables,
        "app.py": _APP.format(url=_url(url)),
        "test_app.py": test,
    }


def _url(url: URL | None) -> str:
    if url is None or url.password:
        return 'os.environ["DATABASE_URL"]'
    if url.get_backend_name() == "sqlite" and url.database not in (
        None,
        "",
        ":memory:",
    ):
        url = url.set(database=str(Path(url.database).absolute()))
    return f'\n    os.environ.get("DATABASE_URL", "{url}")\n'


def _query(scaffold: Scaffold) -> tuple[str, str, int]:
    """Return a query for a list with a relationship, its field and its statements."""
    sketch = scaffold.sketch
    roots = [one for one in Inputs(sketch, set()).roots() if one.is_list]

    def lists_first(type_: TypeSketch) -> int:
        kinds = [field.is_list for field in type_.fields if field.target is not None]
        return 0 if True in kinds else 1 if kinds else 2

    root = min(roots, key=lambda one: lists_first(one.of))
    fields = sorted(root.of.fields, key=lambda one: not one.is_list)
    nested = next((one for one in fields if one.target is not None), None)
    below = ""
    if nested is not None and nested.target is not None:
        leaf = _leaf(sketch.shown_as(nested.target))
        below = f" {nested.name} {{ {leaf} }}"
    is_list = nested is not None and nested.is_list
    query = f"{{ {root.name} {{ {_leaf(root.of)}{below} }} }}"
    return query, root.name, 2 if is_list else 1


def _leaf(type_: TypeSketch) -> str:
    def is_leaf(field: FieldSketch) -> bool:
        return field.target is None

    return next((one.name for one in type_.fields if is_leaf(one)), "__typename")
