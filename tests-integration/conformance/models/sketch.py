"""A set of models while it is drawn: classes, keys, and the source in Python."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st

KEYS: Final[dict[str, list[tuple[str, str]]]] = {
    "integer": [("id", "Integer")],
    "text": [("id", "String(20)")],
    "uuid": [("id", "Uuid")],
    "bytes": [("id", "LargeBinary")],
    "pair": [("id", "Integer"), ("part", "String(20)")],
}
"""The columns of a primary key, by what it is made of."""

PRELUDE: Final = """\
from sqlalchemy import *
from sqlalchemy import event
from sqlalchemy.orm import *
from sqlalchemy.ext.declarative import ConcreteBase
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property


class Base(DeclarativeBase):
    pass

"""


@dataclass(eq=False)
class Table:
    """One class: its body, and what GraphQL may ask of it."""

    name: str
    key: str
    base: "Table | None" = None
    single: bool = False
    """Whether a subclass lives in the table of its base."""

    concrete: bool = False
    """Whether a class and its base have nothing but their code in common."""

    body: list[str] = field(default_factory=list)
    mapper: dict[str, str] = field(default_factory=dict)
    fields: dict[str, "str | Target"] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    """What the rows hold beside keys: "text", "number" or "count"."""

    subclasses: list["Table"] = field(default_factory=list)

    @property
    def root(self) -> "Table":
        return self if self.base is None else self.base

    @property
    def stored(self) -> "Table":
        """The class whose table holds its columns."""
        return self.root if self.single else self

    @property
    def table_name(self) -> str:
        return self.stored.name.lower()

    @property
    def parts(self) -> list[tuple[str, str]]:
        return KEYS[self.root.key]

    @property
    def family(self) -> list["Table"]:
        """The classes that have all that it has."""
        return [self, *(one for one in self.subclasses if not one.concrete)]

    def all_fields(self) -> dict[str, "str | Target"]:
        """Those of its base too."""
        inherits = self.base is not None and not self.concrete
        return {**(self.base.fields if inherits and self.base else {}), **self.fields}

    def interface_fields(self) -> dict[str, "str | Target"]:
        """Those that all its subclasses have."""
        return {
            name: kind
            for name, kind in self.fields.items()
            if all(name in one.all_fields() for one in self.subclasses)
        }

    def source(self) -> str:
        bases = "Base" if self.base is None else self.base.name
        if self.concrete and self.base is None:
            bases = "ConcreteBase, Base"
        lines = [] if self.single else [f'__tablename__ = "{self.table_name}"']
        for part, kind in [] if self.single else self.parts:
            if self.base is None or self.concrete:
                lines.append(f"{part} = mapped_column({kind}, primary_key=True)")
            else:
                lines.append(
                    f"{part} = mapped_column({kind}, "
                    f'ForeignKey("{self.base.table_name}.{part}"), primary_key=True)'
                )
        lines += self.body
        if self.mapper:
            arguments = ", ".join(f'"{k}": {v}' for k, v in self.mapper.items())
            lines.append(f"__mapper_args__ = {{{arguments}}}")
        body = "\n".join("    " + line for part in lines for line in part.split("\n"))
        return f"class {self.name}({bases}):\n{body}\n"


@dataclass(frozen=True)
class Target:
    """The type of a field that gives objects."""

    table: Table
    many: bool

    def __str__(self) -> str:
        name = ("I" if self.table.subclasses else "") + self.table.name
        return f"[{name}]" if self.many else name


@dataclass(frozen=True, eq=False)
class Link:
    """Foreign keys from one class to another."""

    name: str
    owner: Table
    target: Table
    nullable: bool
    unique: bool
    reverse: str | None = None
    """The collection or scalar on the target, if it has one."""

    lazy: str = "select"

    @property
    def columns(self) -> list[str]:
        return [f"{self.name}_{part}" for part, _ in self.target.parts]

    def on(self, owner: str = "", target: str = "") -> str:
        """The condition of the join, between classes or aliases of these names."""
        return _equal(
            owner or self.owner.name,
            self.columns,
            target or self.target.name,
            [part for part, _ in self.target.parts],
        )


@dataclass(frozen=True, eq=False)
class Pairs:
    """A table between two classes, with a weight for each pair."""

    name: str
    left: Table
    right: Table

    def columns(self, side: str) -> list[str]:
        table = self.left if side == "left" else self.right
        return [f"{side}_{part}" for part, _ in table.parts]

    def on(self, side: str) -> str:
        table = self.left if side == "left" else self.right
        return _equal(
            f"{self.name}.c",
            self.columns(side),
            table.name,
            [part for part, _ in table.parts],
        )

    def source(self) -> str:
        columns = [
            f'Column("{side}_{part}", {kind}, primary_key=True)'
            for side, table in (("left", self.left), ("right", self.right))
            for part, kind in table.parts
        ]
        constraints = [
            f"ForeignKeyConstraint({self.columns(side)!r}, "
            f"{[f'{table.table_name}.{part}' for part, _ in table.parts]!r})"
            for side, table in (("left", self.left), ("right", self.right))
        ]
        inside = ", ".join([*columns, 'Column("weight", Integer)', *constraints])
        return f'{self.name} = Table("{self.name}", Base.metadata, {inside})\n'


def _equal(left: str, columns: Sequence[str], right: str, others: Sequence[str]) -> str:
    terms = [
        f"{left}.{one} == {right}.{other}"
        for one, other in zip(columns, others, strict=True)
    ]
    return terms[0] if len(terms) == 1 else f"and_({', '.join(terms)})"


@dataclass
class Sketch:
    """Classes, links and pairs, and the decisions that are drawn for them."""

    draw: st.DrawFn
    leads_back: bool = True
    """Whether relationships that load by the mapping may come back to a class. Some
    mappings then load their own rows for minutes."""

    tables: list[Table] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    pairs: list[Pairs] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    """Lines that need all classes."""

    roots: dict[str, str] = field(default_factory=dict)
    """The statement of a root field, by class, where it is not the plain one."""

    resolvers: dict[tuple[str, str], str] = field(default_factory=dict)
    """Resolvers of the application's own: a lambda, by class and field."""

    strategies: dict[tuple[str, str], str] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    requires: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    awaited: set[str] = field(default_factory=set)
    """Fields whose resolver is a coroutine where there is an event loop."""

    type_resolvers: dict[str, str] = field(default_factory=dict)
    """How rows of a hierarchy are told apart: a lambda, by the name of its root."""

    code: set[str] = field(default_factory=set)
    """Fields whose code reads relationships."""

    names: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def name(self, prefix: str) -> str:
        """One that nothing else has."""
        return f"{prefix}{next(self.names)}"

    def one_of(self, values: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(values))

    def perhaps(self) -> bool:
        return self.draw(st.booleans())

    def source(self) -> str:
        return "\n\n".join(
            [
                PRELUDE,
                *(table.source() for table in self.tables),
                *(pairs.source() for pairs in self.pairs),
                "\n".join([*self.after, "configure_mappers()"]),
            ]
        )

    def sdl(self) -> str:
        roots, types = [], ["scalar Any"]
        for table in self.tables:
            body = _fields(table.all_fields())
            interface = ""
            if table.subclasses:
                shared = _fields(table.interface_fields())
                types.append(f"interface I{table.name} {{ {shared} }}")
            if table.root.subclasses:
                interface = f" implements I{table.root.name}"
            types.append(f"type {table.name}{interface} {{ {body} }}")
            roots.append(f"all{table.name}: {Target(table, True)}")
            plain = table.name not in self.roots and not table.root.subclasses
            if plain and table.root.key in {"integer", "text"}:
                roots.append(f"one{table.name}(id: ID!): {Target(table, False)}")
        return "\n".join([f"type Query {{ {' '.join(roots)} }}", *types])


def _fields(fields: dict[str, str | Target]) -> str:
    return " ".join(f"{name}: {kind}" for name, kind in {**fields, "id": "Any"}.items())


def key_of(table: Table, number: int) -> list[Any]:
    """The values of the primary key of a row."""
    match table.root.key:
        case "integer":
            return [number]
        case "text":
            return [str(number)]
        case "uuid":
            return [UUID(int=number)]
        case "bytes":
            return [number.to_bytes(4, "big")]
        case _:
            return [number, f"p{number % 2}"]
