"""What a mapping may have beside columns and plain relationships, each by its name."""

from collections.abc import Callable
from typing import Final

from .sketch import Link, Sketch, Table, Target

SHAPES: Final[dict[str, Callable[[Sketch], None]]] = {}
"""Each adds itself to a sketch, or leaves it as it is where it does not fit."""


def shape(function: Callable[[Sketch], None]) -> Callable[[Sketch], None]:
    SHAPES[function.__name__] = function
    return function


def _any(sketch: Sketch) -> Table:
    table: Table = sketch.one_of(sketch.tables)
    return table


def _link(sketch: Sketch) -> Link:
    link: Link = sketch.one_of(sketch.links)
    return link


def _keys(link: Link, owner: str = "") -> str:
    """The columns of a link on its owner, or on an alias of it."""
    return ", ".join(f"{owner or link.owner.name}.{column}" for column in link.columns)


def _source(sketch: Sketch, table: Table, field: str) -> str:
    """How a relationship is mapped."""
    start = f"{table.name}.{field} = "
    return next((line for line in sketch.after if line.startswith(start)), "")


def _is_plain(source: str) -> bool:
    """Whether it is a list that reading loads."""
    other = ('"raise"', "dynamic", "write_only", "keyed", "keyfunc", "=set")
    return bool(source) and not any(word in source for word in other)


def _add(table: Table, name: str, *lines: str) -> None:
    table.body += lines
    table.fields[name] = "Any"


# Columns


@shape
def deferred_column(sketch: Sketch) -> None:
    table, name = _any(sketch), sketch.name("late")
    group = ', deferred_group="late"' if sketch.perhaps() else ""
    _add(
        table,
        name,
        f"{name} = mapped_column(String(20), nullable=True, deferred=True{group})",
    )
    table.columns[name] = "text"


@shape
def renamed_column(sketch: Sketch) -> None:
    """Under the name that another column has as an attribute."""
    table, name = _any(sketch), sketch.name("renamed")
    _add(table, name, f'{name} = mapped_column("X_{name}", String(20), nullable=True)')
    table.columns[f"X_{name}"] = "text"


@shape
def version_column(sketch: Sketch) -> None:
    table = sketch.one_of([table for table in sketch.tables if table.base is None])
    if "version" not in table.fields:
        _add(table, "version", "version = mapped_column(Integer)")
        table.columns["version"] = "count"
        table.mapper["version_id_col"] = "version"


@shape
def column_expression(sketch: Sketch) -> None:
    table, name = _any(sketch), sketch.name("twice")
    deferred = ", deferred=True" if sketch.perhaps() else ""
    table.fields[name] = "Any"
    sketch.after.append(
        f"{table.name}.{name} = column_property({table.name}.number * 2{deferred})"
    )


@shape
def count_of_owners(sketch: Sketch) -> None:
    """A correlated subquery over the rows that point to one."""
    link, name = _link(sketch), sketch.name("count")
    if link.owner.root is link.target.root:
        return
    counted = f"select(func.count()).select_from({link.owner.name}).where({link.on()})"
    counted += sketch.one_of(["", f".correlate_except({link.owner.name})"])
    link.target.fields[name] = "Any"
    sketch.after.append(
        f"{link.target.name}.{name} = column_property({counted}.scalar_subquery())"
    )


@shape
def queried_expression(sketch: Sketch) -> None:
    table, name = _any(sketch), sketch.name("asked")
    _add(table, name, f"{name} = query_expression(default_expr=literal(7))")


@shape
def composite_value(sketch: Sketch) -> None:
    table, name = _any(sketch), sketch.name("both")
    table.fields[name] = "Any"
    sketch.after.append(
        f"{table.name}.{name} = composite(lambda *v: v, {table.name}.name, "
        f"{table.name}.number)"
    )


# Code that reads columns


@shape
def plain_synonym(sketch: Sketch) -> None:
    """Of a column or of a relationship."""
    link, name = _link(sketch), sketch.name("also")
    if sketch.perhaps():
        _add(link.owner, name, f'{name} = synonym("{link.name}")')
        link.owner.fields[name] = Target(link.target, False)
    else:
        _add(link.owner, name, f'{name} = synonym("number")')


HYBRIDS: Final = [
    "(self.number or 0) + 1",
    '"yes" if self.number else self.name',
    "self.name or self.number",
]


@shape
def hybrid(sketch: Sketch) -> None:
    """With code that SQL cannot run, or with an expression of its own."""
    table, name = _any(sketch), sketch.name("hybrid")
    lines = [
        "@hybrid_property",
        f"def {name}(self):\n    return {sketch.one_of(HYBRIDS)}",
    ]
    if sketch.perhaps():
        lines += [
            f"@{name}.inplace.expression",
            "@classmethod",
            f"def _{name}(cls):\n    return cls.number + 100",
        ]
    _add(table, name, *lines)


@shape
def hybrid_that_calls_another(sketch: Sketch) -> None:
    table, name = _any(sketch), sketch.name("outer")
    _add(
        table,
        name,
        "@hybrid_property",
        f"def inner{name}(self):\n    return self.number",
        "@hybrid_property",
        f"def {name}(self):\n    return [self.inner{name}, self.name]",
    )


@shape
def property_of_columns(sketch: Sketch) -> None:
    table, name = _any(sketch), sketch.name("prop")
    _add(
        table,
        name,
        "@property",
        f"def {name}(self):\n    return [self.name, self.number]",
    )


# Code that reads relationships


@shape
def property_of_scalar(sketch: Sketch) -> None:
    link, name = _link(sketch), sketch.name("through")
    decorator = sketch.one_of(["property", "hybrid_property"])
    _add(
        link.owner,
        name,
        f"@{decorator}",
        f"def {name}(self):\n"
        f"    return self.{link.name}.name if self.{link.name} else None",
    )
    sketch.unforeseen.add(name)


@shape
def property_of_collection(sketch: Sketch) -> None:
    collections = [
        (table, field)
        for table in sketch.tables
        for field, target in table.fields.items()
        if isinstance(target, Target) and target.many
        if _is_plain(_source(sketch, table, field))
    ]
    if collections:
        (table, field), name = sketch.one_of(collections), sketch.name("inside")
        _add(
            table,
            name,
            "@property",
            f"def {name}(self):\n    return sorted(str(o.name) for o in self.{field})",
        )
        sketch.unforeseen.add(name)


@shape
def own_resolver(sketch: Sketch) -> None:
    """A resolver of the application's own on a relationship that it reads."""
    link = _link(sketch)
    if link.reverse is None:
        return
    source = _source(sketch, link.target, link.reverse)
    if "order_by=[" in source and _is_plain(source):
        for table in [link.target, *link.target.subclasses]:
            sketch.resolvers[table.name, link.reverse] = (
                f"lambda parent, info: parent.{link.reverse}[:1]"
            )


# Relationships


@shape
def proxy_to_column(sketch: Sketch) -> None:
    link, name = _link(sketch), sketch.name("proxy")
    _add(link.owner, name, f'{name} = association_proxy("{link.name}", "name")')
    sketch.unforeseen.add(name)


@shape
def proxy_to_object(sketch: Sketch) -> None:
    first = _link(sketch)
    seconds = [link for link in sketch.links if link.owner is first.target]
    if seconds:
        second, name = sketch.one_of(seconds), sketch.name("proxy")
        _add(
            first.owner,
            name,
            f'{name} = association_proxy("{first.name}", "{second.name}")',
        )
        first.owner.fields[name] = Target(second.target, False)
        sketch.unforeseen.add(name)


@shape
def conditional_collection(sketch: Sketch) -> None:
    link, name = _link(sketch), sketch.name("some")
    if link.owner.root is link.target.root:
        return
    order = f"{link.owner.name}.{link.owner.parts[0][0]}"
    link.target.fields[name] = Target(link.owner, True)
    sketch.after.append(
        f"{link.target.name}.{name} = relationship({link.owner.name}, "
        f"primaryjoin=and_({link.on()}, {link.owner.name}.number > 0), "
        f"foreign_keys=[{_keys(link)}], order_by={order}, viewonly=True)"
    )


@shape
def same_names(sketch: Sketch) -> None:
    """Joined by a column that is no key of either."""
    left, right = _any(sketch), _any(sketch)
    name = sketch.name("named")
    if left.root is right.root:
        return
    left.fields[name] = Target(right, True)
    sketch.after.append(
        f"{left.name}.{name} = relationship({right.name}, primaryjoin="
        f"{left.name}.name == foreign({right.name}.name), "
        f"order_by={right.name}.{right.parts[0][0]}, viewonly=True)"
    )


@shape
def aliased_target(sketch: Sketch) -> None:
    """To an alias of a class, as the documentation has it for conditions."""
    link, name = _link(sketch), sketch.name("alias")
    other = f"other_{name}"
    link.target.fields[name] = Target(link.owner, True)
    sketch.after += [
        f"{other} = aliased({link.owner.name})",
        f"{link.target.name}.{name} = relationship({other}, primaryjoin="
        f"and_({link.on(owner=other)}, {other}.number > 0), "
        f"foreign_keys=[{_keys(link, other)}], viewonly=True)",
    ]


@shape
def limited_target(sketch: Sketch) -> None:
    """To the first rows of each owner: an alias of a subquery with a window."""
    link, name = _link(sketch), sketch.name("first")
    if link.owner.base is not None or link.owner.subclasses:
        return
    ranked, other, owner = f"ranked_{name}", f"other_{name}", link.owner.name
    link.target.fields[name] = Target(link.owner, True)
    sketch.after += [
        f"{ranked} = select({owner}, func.row_number().over(order_by="
        f"{owner}.{link.owner.parts[0][0]}, partition_by=[{_keys(link)}])"
        '.label("rank")).subquery()',
        f"{other} = aliased({owner}, {ranked})",
        f"{link.target.name}.{name} = relationship({other}, primaryjoin="
        f"and_({link.on(owner=other)}, {ranked}.c.rank <= 2), "
        f"foreign_keys=[{_keys(link, other)}], viewonly=True)",
    ]


@shape
def through_a_table(sketch: Sketch) -> None:
    """A scalar or a collection whose secondary is a class's table, or a join."""
    first = _link(sketch)
    seconds = [link for link in sketch.links if link.owner is first.target]
    if not seconds:
        return
    second, name = sketch.one_of(seconds), sketch.name("far")
    middle = first.target
    if (
        middle.base is not None
        or first.owner.root is middle
        or second.target.root
        in (
            middle,
            first.owner.root,
        )
    ):
        return
    secondary = f"{middle.name}.__table__"
    if sketch.perhaps() and second.target.base is None:
        secondary += f".join({second.target.name}.__table__, {second.on()})"
    first.owner.fields[name] = Target(second.target, False)
    sketch.after.append(
        f"{first.owner.name}.{name} = relationship({second.target.name}, "
        f"secondary={secondary}, primaryjoin={first.on()}, "
        f"secondaryjoin={second.on()}, uselist=False, viewonly=True)"
    )


# Configuration and root fields


@shape
def strategy(sketch: Sketch) -> None:
    link = _link(sketch)
    sketch.strategies[link.owner.name, link.name] = sketch.one_of(
        ["selectinload", "joinedload", "subqueryload", "lazyload"]
    )


@shape
def alias(sketch: Sketch) -> None:
    link, name = _link(sketch), sketch.name("zed")
    field = sketch.one_of(["name", link.name])
    for table in [link.owner, *link.owner.subclasses]:
        sketch.aliases[table.name, name] = field
    link.owner.fields[name] = link.owner.all_fields()[field]


ROOTS: Final = [
    'select({0}).order_by(text("number"), {1})',
    'select({0}).order_by(literal_column("number").desc(), {1})',
    'select({0}).where(text("number > 0")).order_by({1})',
    "select({0}).distinct().order_by({0}.number, {1})",
    "select({0}).order_by({1}).limit(2)",
    "select({0}).order_by({1}).offset(1)",
    "select({0}).order_by({1}).with_for_update()",
    "select({0}).group_by({1}).order_by({1})",
    "select({0}).from_statement(select({0}).order_by({1}))",
    "select({0}).from_statement(union(select({0}).where({0}.number > 1), "
    "select({0}).where({0}.number < 2)))",
    "select({0}).where({0}.name.in_(select({0}.name).where({0}.number > 0)))"
    ".order_by({1})",
]


@shape
def root_statement(sketch: Sketch) -> None:
    tables = [t for t in sketch.tables if t.base is None and not t.subclasses]
    if tables:
        table = sketch.one_of(tables)
        key = ", ".join(f"{table.name}.{part}" for part, _ in table.parts)
        sketch.roots[table.name] = sketch.one_of(ROOTS).format(table.name, key)


@shape
def eager_root(sketch: Sketch) -> None:
    """A statement with loader options of the application's own."""
    links = [
        link
        for link in sketch.links
        if link.owner.base is None and not link.owner.subclasses
    ]
    if not links:
        return
    link = sketch.one_of(links)
    owner, key = link.owner.name, f"{link.owner.name}.{link.owner.parts[0][0]}"
    if link.owner.root is link.target.root:
        return
    sketch.roots[owner] = sketch.one_of(
        [
            f"select({owner}).outerjoin({owner}.{link.name}).options("
            f"contains_eager({owner}.{link.name})).order_by({key})",
            f"select({owner}).options(joinedload({owner}.{link.name})).order_by({key})",
            f"select({owner}).options(selectinload({owner}.{link.name})).order_by({key})",
            f"select({owner}).options(load_only({owner}.number)).order_by({key})",
        ]
    )
