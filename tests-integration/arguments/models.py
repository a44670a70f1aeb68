"""Generated models whose lists take arguments: sketches of the conformance tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pprint import pformat
from typing import Any

from ariadne import ObjectType, ScalarType, make_executable_schema
from conformance.models import code, configured  # noqa: F401  # they add their shapes
from conformance.models.rows import Numbers, numbers
from conformance.models.shapes import SHAPES
from conformance.models.sketch import Sketch, Table, Target
from conformance.models.structure import structure
from conformance.models.world import serialized
from graphql import GraphQLSchema
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from ariadne_sqla import (
    ArgumentLimits,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)

from .generated import INTEGERS, STRINGS, Words
from .paths import own_resolver

FITTING = (
    "aliased_target",
    "column_expression",
    "composite_value",
    "conditional_collection",
    "count_of_owners",
    "deferred_column",
    "limited_target",
    "renamed_column",
    "same_names",
)
"""The shapes that say more of rows and relationships than the plain structure does."""
_INPUTS = """
scalar Any
input Text { eq: String ne: String in: [String!] notIn: [String!] contains: String
  startsWith: String endsWith: String icontains: String istartsWith: String
  iendsWith: String isNull: Boolean }
input Number { eq: Int ne: Int in: [Int!] notIn: [Int!] lt: Int gte: Int
  isNull: Boolean }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String
  endCursor: String }
"""
_KEYS_UNCHECKED = {
    "postgresql": (
        "SET session_replication_role = replica",
        "SET session_replication_role = DEFAULT",
    ),
    "sqlite": ("SELECT 1", "SELECT 1"),
}
"""What lets rows come before those that they lead to, and what ends it."""
_DIRECTIONS = (
    "ASC",
    "DESC",
    "ASC_NULLS_FIRST",
    "ASC_NULLS_LAST",
    "DESC_NULLS_FIRST",
    "DESC_NULLS_LAST",
)


@dataclass(eq=False)
class World:
    """Models and their rows: it prints as the program that makes it."""

    sketch: Sketch
    numbers: Numbers
    namespace: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        rows = pformat(self.numbers.generation(0), width=150)
        return f"\n{self.sketch.source()}\n\nrows = {rows}\n{self.sdl()}\n"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))  # Hypothesis would print a dataclass its own way.

    def make(self) -> None:
        """Make the classes."""
        compiled = compile(self.sketch.source(), "<model>", "exec")
        exec(compiled, self.namespace)  # noqa: S102  # what the strategy itself wrote

    def dispose(self) -> None:
        """Forget the classes."""
        base = self.namespace.get("Base")
        if base is not None:
            base.registry.dispose()
        self.namespace.clear()

    @property
    def metadata(self) -> Any:
        return self.namespace["Base"].metadata

    def insert(self, session: Session) -> None:
        """Insert the rows, which may lead to each other."""
        off, on = _KEYS_UNCHECKED[session.get_bind().dialect.name]
        session.execute(text(off))
        rows = self.numbers.generation(0)
        for table in self.metadata.sorted_tables:
            if rows.get(table.name):
                session.execute(table.insert(), rows[table.name])
        session.execute(text(on))

    def targets(self, table: Table, *, many: bool) -> dict[str, str]:
        """Return field → type of the relationships of a class to many, or to one."""
        return {
            name: target.table.name
            for name, target in table.all_fields().items()
            if isinstance(target, Target)
            and target.many is many
            # Of several rows of a scalar the first counts, and which that is depends.
            and (many or any(name == link.name for link in self.sketch.links))
        }

    @property
    def words(self) -> Words:
        """What may be asked."""
        tables = self.sketch.tables
        one = {table.name: self.targets(table, many=False) for table in tables}
        many = {table.name: self.targets(table, many=True) for table in tables}
        orders = {
            table.name: tuple(
                f"{path}_{direction}".upper()
                for path in (
                    "name",
                    "number",
                    *(f"{to}_name" for to in one[table.name]),
                )
                for direction in _DIRECTIONS
            )
            for table in tables
        }
        columns = {"name": STRINGS, "number": INTEGERS}
        return Words(
            columns={table.name: columns for table in tables},
            one=one,
            many=many,
            logic={table.name: ("and", "or", "not") for table in tables},
            orders=orders,
            objects=one,
            lists=many,
            # No cursor says the place of a row in such an order.
            unpaged=frozenset(
                line.partition(" = ")[0].partition(".")[2]
                for line in self.sketch.after
                if ".c.weight, " in line.partition("order_by=")[2]
            ),
        )

    def sdl(self) -> str:
        roots, types = [], [_INPUTS]
        words = self.words
        for table in self.sketch.tables:
            name = table.name
            roots += [f"all{name}: [{name}!]!", f"own{name}: [{name}!]!"]
            fields, inputs = ["id: Any"], ["name: Text number: Number"]
            for one, target in words.objects[name].items():
                fields.append(f"{one}(filter: {target}Filter): {target}")
                inputs.append(f"{one}: {target}Filter")
            for many, target in words.lists[name].items():
                inputs.append(f"{many}: {target}ListFilter")
                given = f"filter: {target}Filter orderBy: [{target}Order!]"
                fields.append(f"{many}({given} limit: Int offset: Int): [{target}!]")
                if many in words.unpaged:
                    continue
                fields.append(
                    f"{many}Pages({given} first: Int after: String last: Int "
                    f"before: String): {target}Connection"
                )
            types.append(
                f"""
type {name} {{ {" ".join(fields)} }}
type {name}Connection {{ edges: [{name}Edge!]! pageInfo: PageInfo! totalCount: Int! }}
type {name}Edge {{ node: {name}! cursor: String! }}
input {name}Filter {{ {" ".join(inputs)} and: [{name}Filter!] or: [{name}Filter!]
  not: {name}Filter }}
input {name}ListFilter {{ some: {name}Filter none: {name}Filter every: {name}Filter }}
enum {name}Order {{ {" ".join(words.orders[name])} }}
"""
            )
        return f"type Query {{ {' '.join(roots)} }}{''.join(types)}"

    def schema(self) -> GraphQLSchema:
        """Return the schema, whose lists take arguments."""
        types, own = [], ObjectType("Query")
        for table in self.sketch.tables:
            model = self.namespace[table.name]
            lists = self.words.lists[table.name]
            paged = [name for name in lists if name not in self.words.unpaged]
            aliases = {f"{name}Pages": name for name in paged}
            types.append(
                SQLAlchemyObjectType(table.name, model, aliases=aliases, max_depth=20)
            )
            own.set_field(f"own{table.name}", own_resolver(model))
        limits = ArgumentLimits(depth=20, conditions=10_000)
        query = SQLAlchemyQueryType(types, limits=limits, max_depth=20)
        scalar = ScalarType("Any", serializer=serialized)
        return make_executable_schema(self.sdl(), own, query, scalar, *types)


@st.composite
def worlds(draw: st.DrawFn, shapes: int = 2) -> World:
    """Draw models with some shapes, and their rows."""
    sketch = structure(draw, leads_back=False)
    for name in draw(st.lists(st.sampled_from(FITTING), max_size=shapes)):
        SHAPES[name](sketch)
    return World(sketch, numbers(sketch))
