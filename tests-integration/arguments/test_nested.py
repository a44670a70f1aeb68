"""Generated queries of nested lists have the answers of Python.

`SQLA_TEST_EXAMPLES` is the number of examples for each database: thousands for a long
run, which draws others each time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from conformance.models.world import serialized
from graphql import GraphQLSchema
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from ariadne_sqla import Route
from sqla_loaders.testing import count_statements

from .blog import Base
from .generated import BLOG, Words, rows
from .models import World, worlds
from .paths import OWNERS, SCHEMA, Path, ask, fill
from .trees import Listing, Reference, listings

IS_LONG = "SQLA_TEST_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("SQLA_TEST_EXAMPLES", "10"))
PLACES: tuple[tuple[str, Route], ...] = (
    ("", "eager"),
    ("", "fallback"),
    ("own", "eager"),
)
DRIVERS = ("sqlite", "aiosqlite", "psycopg", "asyncpg", "pymysql", "aiomysql")

checked = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not IS_LONG,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


@dataclass
class Asker:
    """Asks for owners of one kind and what is nested below, and compares."""

    database: Any
    schema: GraphQLSchema
    path: Path
    root: str
    owners: Mapping[Any, Any]
    """Their rows by what `id` gives."""
    reference: Reference
    statements_of_root: int

    async def answer(self, listings: Sequence[Listing], at_most: int) -> dict[Any, Any]:
        """Return what each owner has."""
        __tracebackhide__ = True
        selection = " ".join(["id", *(one.text() for one in listings)])
        document = f"{{ {self.root} {{ {selection} }} }}"
        answer = await ask(self.database, self.path, document, {}, self.schema)
        assert not answer.errors, (document, answer.errors)
        sent = answer.statements
        if len(sent) > at_most + self.statements_of_root:
            sent.expect(at_most + self.statements_of_root)
        found = {one["id"]: one for one in answer.data[self.root]}
        assert found.keys() == self.owners.keys()
        return found

    async def check(self, listings: Sequence[Listing]) -> None:
        """Ask all at once: one statement for each list, window and level."""
        at_most = sum(one.statements for one in listings)
        answer = await self.answer(listings, at_most)
        for key, owner in self.owners.items():
            self.reference.check(listings, owner, answer[key])

    async def walk(self, listing: Listing, size: int, *, backward: bool) -> None:
        """Meet each row of one owner once, and ask the others with its cursors."""
        asked = replace(listing.asked, limit=size, offset=0, is_backward=backward)
        page = replace(
            listing, asked=asked, wants_flags=True, wants_total=True, below=()
        )
        whole = replace(asked, limit=None, is_backward=False)
        every = {
            key: self.reference.chosen(replace(page, asked=whole), owner).rows
            for key, owner in self.owners.items()
        }
        walked = max(every, key=lambda key: len(every[key]))
        left = list(every[walked])
        cursor = row = None
        for _ in range(len(left) + 1):
            side = "before" if backward else "after"
            page = replace(page, asked=asked.at(side, cursor))
            answer = await self.answer([page], 3 + (cursor is not None))
            expected = left[-size:] if backward else left[:size]
            left = left[:-size] if backward else left[size:]
            found = answer[walked][page.alias]
            ids = [edge["node"]["id"] for edge in found["edges"]]
            assert ids == [self.reference.identity(one) for one in expected]
            assert found["totalCount"] == len(every[walked])
            ahead, behind = ("hasPreviousPage", "hasNextPage")[:: 1 if backward else -1]
            assert found["pageInfo"][ahead] is bool(left)
            assert found["pageInfo"][behind] is (cursor is not None)
            if asked.order:
                others = replace(page, asked=asked.at(side, row))
                for key, owner in self.owners.items():
                    self.reference.check([others], owner, answer[key])
            if not left:
                break
            edge, row = (
                (found["edges"][0], expected[0])
                if backward
                else (found["edges"][-1], expected[-1])
            )
            cursor = edge["cursor"]
        assert not left


@dataclass(frozen=True)
class Query:
    """What is asked: drawn before an event loop runs."""

    owner: str
    """The name of the type, or of the root field, whose rows have the lists."""
    listings: tuple[Listing, ...]
    before: str
    """What comes before the name of the root field, see `Path.owners`."""
    route: Route
    in_loop: bool
    walked: int
    """The number of the connection that is walked."""
    size: int
    backward: bool

    def path_on(self, database: Any) -> Path:
        name = f"{self.before or 'all'}, {self.route}"
        in_loop = database.is_async or self.in_loop
        return Path(name, self.before, self.route, in_loop)

    async def check(self, asker: Asker) -> None:
        """Ask, compare, and walk one connection if there is any."""
        await asker.check(self.listings)
        pages = [one for one in self.listings if one.kind == "pages"]
        if pages and asker.owners:
            page = pages[self.walked % len(pages)]
            await asker.walk(page, self.size, backward=self.backward)


@st.composite
def queries(draw: Any, words: Words, owners: Mapping[str, str]) -> Query:
    """Draw what is asked of one of *owners*, by name → type."""
    owner = draw(st.sampled_from([*owners]))
    before, route = draw(st.sampled_from(PLACES))
    return Query(
        owner,
        draw(listings(words, owners[owner])),
        before,
        route,
        draw(st.booleans()),
        draw(st.integers(0, 1)),
        draw(st.integers(1, 2)),
        draw(st.booleans()),
    )


@pytest.fixture
def emptied(database: Any) -> Any:
    Base.metadata.create_all(database.engine)
    return database


BLOG_OWNERS = {name: model.__name__ for name, (model, _) in OWNERS.items()}


@pytest.mark.parametrize("database", DRIVERS, indirect=True)
@checked
@given(rows=rows(), query=queries(BLOG, BLOG_OWNERS))
async def test_nested_lists_are_those_of_python(
    emptied: Any, rows: list[Any], query: Query
) -> None:
    fill(emptied.engine, rows)
    path = query.path_on(emptied)
    model, _ = OWNERS[query.owner]
    with Session(emptied.engine) as session:
        owners = {str(one.id): one for one in session.scalars(select(model))}
        reference = Reference(emptied.engine.dialect.name, lambda row: str(row.id))
        root = path.roots[query.owner]
        await query.check(Asker(emptied, SCHEMA, path, root, owners, reference, 1))


@st.composite
def queried_worlds(draw: Any) -> tuple[World, Query]:
    world = draw(worlds())
    words = world.words
    owners = {name: name for name in words.lists if words.lists[name]}
    assume(owners)
    return world, draw(queries(words, owners))


@pytest.mark.filterwarnings("ignore:Multiple rows returned with uselist=False")
# MariaDB takes no key of bytes without a length, which some of the models have.
@pytest.mark.parametrize("database", DRIVERS[:4], indirect=True)
@checked
@given(queried_worlds())
async def test_nested_lists_of_generated_models_are_those_of_python(
    database: Any, queried: tuple[World, Query]
) -> None:
    world, query = queried
    path = query.path_on(database)
    world.make()
    try:
        world.metadata.create_all(database.engine)
        with Session(database.engine) as session:
            world.insert(session)
            session.commit()
            model = world.namespace[query.owner]
            with count_statements(database.engine) as sent:
                found = session.scalars(select(model)).unique().all()
            reference = Reference(
                database.engine.dialect.name, lambda row: serialized(row.id)
            )
            asker = Asker(
                database,
                world.schema(),
                path,
                f"{query.before or 'all'}{query.owner}",
                {serialized(one.id): one for one in found},
                reference,
                # What the mapping loads with the rows of a statement of one's own.
                1 if (query.before, query.route) == ("", "eager") else len(sent),
            )
            await query.check(asker)
    finally:
        world.metadata.drop_all(database.engine)
        world.dispose()
