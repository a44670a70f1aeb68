"""A sketch made real: classes, a conformance case, and the rows of its generations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pprint import pformat
from typing import Any, TypeVar

from ariadne import InterfaceType, ScalarType
from graphql import GraphQLSchema, build_schema
from hypothesis import strategies as st
from sqlalchemy import MetaData, orm, select
from sqlalchemy.orm import Session

from ..case import Case, Root, Type
from ..cases.everything import type_name
from ..generated import Choose, document_of
from . import code, configured  # noqa: F401  # They add their shapes.
from .rows import Numbers, numbers
from .shapes import SHAPES
from .sketch import Sketch, Table
from .structure import structure

T = TypeVar("T")

DOCUMENTS = 3
"""How many documents are asked of a model."""


@dataclass(eq=False)
class World:
    """What one example is: it prints as the program that makes it."""

    sketch: Sketch
    shapes: list[str]
    numbers: Numbers
    documents: list[str]
    namespace: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"\n# {', '.join(self.shapes)}\n{self.sketch.source()}\n\n"
            f"roots = {self.sketch.roots}\nresolvers = {self.sketch.resolvers}\n"
            f"requires = {self.sketch.requires}, awaited = {self.sketch.awaited}\n"
            f"type resolvers = {self.sketch.type_resolvers}\n"
            f"strategies = {self.sketch.strategies}\naliases = {self.sketch.aliases}\n"
            f"rows = {pformat(self.numbers.generation(0), width=150)}\n"
            f'sdl = """{self.sketch.sdl()}"""\n'
            + "\n".join(f"# {document}" for document in self.documents)
        )

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))  # Hypothesis would print a dataclass its own way.

    def build(self) -> None:
        """Make the classes."""
        compiled = compile(self.sketch.source(), "<model>", "exec")
        exec(compiled, self.namespace)  # noqa: S102  # what the strategy itself wrote

    @property
    def metadata(self) -> MetaData:
        metadata: MetaData = self.namespace["Base"].metadata
        return metadata

    def case(self, *, in_loop: bool) -> Case:
        """What is asked of the classes, which are there."""
        return Case(
            mapping="generated",
            metadata=self.metadata,
            seed=self.seed,
            types=[self._type(table, in_loop) for table in self.sketch.tables],
            sdl=self.sketch.sdl(),
            queries=[],
            roots={
                f"all{table.name}": Root(self._hierarchy(table))
                for table in self.sketch.tables
                if table.subclasses
            },
            bindables=[
                ScalarType("Any", serializer=serialized),
                *(
                    InterfaceType(f"I{table.name}", self._type_resolver(table))
                    for table in self.sketch.tables
                    if table.subclasses
                ),
            ],
        )

    def dispose(self) -> None:
        """Forget the classes."""
        base = self.namespace.get("Base")
        if base is not None:
            base.registry.dispose()
        self.namespace.clear()

    def seed(self, session: Session, generation: int) -> None:
        rows = self.numbers.generation(generation)
        for table in self.metadata.sorted_tables:
            if rows.get(table.name):
                # By names of columns: an attribute may have another one.
                session.execute(table.insert(), rows[table.name])

    def _evaluated(self, source: str) -> Any:
        return eval(source, self.namespace)  # noqa: S307  # as above

    def _type_resolver(self, table: Table) -> Any:
        source = self.sketch.type_resolvers.get(table.name)
        return type_name if source is None else self._evaluated(source)

    def _type(self, table: Table, in_loop: bool) -> Type:
        model = self.namespace[table.name]
        source = self.sketch.roots.get(table.name)
        resolvers = {
            name: self._evaluated(source)
            for name, source in self._of(table, self.sketch.resolvers).items()
        }
        return Type(
            table.name,
            model,
            aliases=self._of(table, self.sketch.aliases),
            strategies={
                name: getattr(orm, loader)
                for name, loader in self._of(table, self.sketch.strategies).items()
            },
            requires=self._of(table, self.sketch.requires),
            resolvers=resolvers,
            served={
                name: awaited(resolver)
                for name, resolver in resolvers.items()
                if in_loop and name in self.sketch.awaited
            },
            max_depth=20,
            base_query=None if source is None else lambda: self._evaluated(source),
            ordered=not table.root.subclasses,
        )

    @staticmethod
    def _of(table: Table, values: Mapping[tuple[str, str], T]) -> dict[str, T]:
        names = {one.name for one in (table, table.root) if table in one.family}
        return {
            field: value for (name, field), value in values.items() if name in names
        }

    def _hierarchy(self, table: Table) -> Any:
        model = self.namespace[table.name]
        return lambda: select(model).order_by(
            *(getattr(model, part) for part, _ in table.parts)
        )

    def asks_code(self, document: str) -> int:
        """How many fields are asked whose code reads what nothing told of."""
        names = self.sketch.code | {name for _, name in self.sketch.resolvers}
        return sum(document.count(name) for name in names)


def awaited(resolver: Callable[..., Any]) -> Callable[..., Any]:
    """The same as a coroutine."""

    async def resolve(parent: Any, info: Any) -> Any:
        return resolver(parent, info)

    return resolve


def serialized(value: Any) -> Any:
    """Values of any type, as JSON has them."""
    if isinstance(value, list | tuple):
        return [serialized(member) for member in value]
    return value if isinstance(value, bool | int | str | None) else repr(value)


@st.composite
def choices(draw: st.DrawFn) -> Choose:
    """Decisions from one value, which is drawn in no time; when they end, the first."""
    decisions = iter(draw(st.binary(min_size=40, max_size=120)))
    return lambda values: values[next(decisions, 0) % len(values)]


@st.composite
def worlds(draw: st.DrawFn, only: list[str], shapes: int = 3) -> World:
    """Models with some shapes, their rows, and documents that fit them."""
    sketch = structure(draw)
    chosen = draw(st.lists(st.sampled_from(only or sorted(SHAPES)), max_size=shapes))
    # Other shapes look at which classes there are.
    for name in sorted(chosen, key=lambda one: one != "concrete_subclass"):
        SHAPES[name](sketch)
    rows = numbers(sketch)
    schema: GraphQLSchema = build_schema(sketch.sdl())
    asked = [document_of(schema, draw(choices())) for _ in range(DOCUMENTS)]
    return World(sketch, chosen, rows, asked)
