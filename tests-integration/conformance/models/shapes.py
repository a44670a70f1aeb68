"""What a mapping may have beside columns and plain relationships, each by its name.

Code and configuration of the application's own have modules of their own: `code`,
`configured`.
"""

from collections.abc import Callable
from typing import Final

from .sketch import Link, Sketch, Table, Target
from .structure import column

SHAPES: Final[dict[str, Callable[[Sketch], None]]] = {}
"""Each adds itself to a sketch, or leaves it as it is where it does not fit."""


def shape(function: Callable[[Sketch], None]) -> Callable[[Sketch], None]:
    SHAPES[function.__name__] = function
    return function


def any_of(sketch: Sketch) -> Table:
    table: Table = sketch.one_of(sketch.tables)
    return table


def link_of(sketch: Sketch) -> Link:
    link: Link = sketch.one_of(sketch.links)
    return link


def _keys(link: Link, owner: str = "") -> str:
    """The columns of a link on its owner, or on an alias of it."""
    return ", ".join(f"{owner or link.owner.name}.{column}" for column in link.columns)


def add(table: Table, name: str, *lines: str) -> None:
    table.body += lines
    table.fields[name] = "Any"


# Columns


@shape
def deferred_column(sketch: Sketch) -> None:
    table, name = any_of(sketch), sketch.name("late")
    group = ', deferred_group="late"' if sketch.perhaps() else ""
    add(
        table,
        name,
        f"{name} = mapped_column(String(20), nullable=True, deferred=True{group})",
    )
    table.columns[name] = "text"


@shape
def renamed_column(sketch: Sketch) -> None:
    """Under the name that another column has as an attribute."""
    table, name = any_of(sketch), sketch.name("renamed")
    add(table, name, f'{name} = mapped_column("X_{name}", String(20), nullable=True)')
    table.columns[f"X_{name}"] = "text"


@shape
def version_column(sketch: Sketch) -> None:
    table = sketch.one_of([table for table in sketch.tables if table.base is None])
    if "version" not in table.fields:
        add(table, "version", "version = mapped_column(Integer)")
        table.columns["version"] = "count"
        table.mapper["version_id_col"] = "version"


@shape
def column_expression(sketch: Sketch) -> None:
    table, name = any_of(sketch), sketch.name("twice")
    deferred = ", deferred=True" if sketch.perhaps() else ""
    table.fields[name] = "Any"
    sketch.after.append(
        f"{table.name}.{name} = column_property({table.name}.number * 2{deferred})"
    )


@shape
def count_of_owners(sketch: Sketch) -> None:
    """A correlated subquery over the rows that point to one."""
    link, name = link_of(sketch), sketch.name("count")
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
    table, name = any_of(sketch), sketch.name("asked")
    add(table, name, f"{name} = query_expression(default_expr=literal(7))")


@shape
def composite_value(sketch: Sketch) -> None:
    table, name = any_of(sketch), sketch.name("both")
    table.fields[name] = "Any"
    sketch.after.append(
        f"{table.name}.{name} = composite(lambda *v: v, {table.name}.name, "
        f"{table.name}.number)"
    )


# Relationships


@shape
def proxy_to_column(sketch: Sketch) -> None:
    link, name = link_of(sketch), sketch.name("proxy")
    add(link.owner, name, f'{name} = association_proxy("{link.name}", "name")')
    sketch.code.add(name)


@shape
def proxy_to_object(sketch: Sketch) -> None:
    first = link_of(sketch)
    seconds = [link for link in sketch.links if link.owner is first.target]
    if seconds:
        second, name = sketch.one_of(seconds), sketch.name("proxy")
        add(
            first.owner,
            name,
            f'{name} = association_proxy("{first.name}", "{second.name}")',
        )
        first.owner.fields[name] = Target(second.target, False)
        sketch.code.add(name)


@shape
def conditional_collection(sketch: Sketch) -> None:
    link, name = link_of(sketch), sketch.name("some")
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
    left, right = any_of(sketch), any_of(sketch)
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
    link, name = link_of(sketch), sketch.name("alias")
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
    link, name = link_of(sketch), sketch.name("first")
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
    first = link_of(sketch)
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


@shape
def concrete_subclass(sketch: Sketch) -> None:
    """A subclass that shares no table with its base, and none of its links."""
    # SQLAlchemy itself loses rows of the subclass where the base maps an inner join.
    inner = [line.partition(".")[0] for line in sketch.after if "innerjoin" in line]
    tables = [
        table
        for table in sketch.tables
        if table.base is None and not table.subclasses and table.name not in inner
    ]
    if not tables:
        return
    base = sketch.one_of(tables)
    base.concrete = True
    table = Table(f"{base.name}9", base.key, base, concrete=True)
    for one, name in ((table, table.name), (base, base.name)):
        one.mapper |= {"polymorphic_identity": f'"{name}"', "concrete": "True"}
    column(table, "name", "text", "String(20)")
    column(table, "number", "number", "Integer")
    column(table, f"own{table.name.lower()}", "text", "String(20)")
    base.subclasses.append(table)
    sketch.tables.insert(sketch.tables.index(base) + 1, table)
