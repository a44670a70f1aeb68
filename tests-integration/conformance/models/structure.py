"""Draws the classes of a sketch, and the keys and relationships between them."""

from hypothesis import strategies as st

from .sketch import KEYS, Link, Pairs, Sketch, Table, Target

SCALAR_LAZY = ["select", "select", "joined", "selectin", "subquery", "immediate"]
AT_ONCE = {"joined", "selectin", "subquery", "immediate"}
COLLECTION_LAZY = [*SCALAR_LAZY, "raise", "dynamic", "write_only"]


def structure(draw: st.DrawFn, *, leads_back: bool = True) -> Sketch:
    """Draw one to three hierarchies, and what is between them."""
    sketch = Sketch(draw, leads_back)
    for name in "ABC"[: draw(st.integers(1, 3))]:
        table = _table(sketch, name)
        sketch.tables.append(table)
        if draw(st.integers(0, 3)) == 3:
            sketch.tables += _subclasses(sketch, table)
    for _ in range(draw(st.integers(1, 3))):
        _link(sketch)
    if sketch.perhaps():
        _pairs(sketch)
    return sketch


def _table(sketch: Sketch, name: str) -> Table:
    table = Table(name, sketch.one_of(["integer", "integer", *KEYS]))
    column(table, "name", "text", "String(20)")
    column(table, "number", "number", "Integer")
    return table


def column(table: Table, name: str, kind: str, type_: str) -> None:
    table.body.append(f"{name} = mapped_column({type_}, nullable=True)")
    table.columns[name] = kind
    table.fields[name] = "Any"


def _subclasses(sketch: Sketch, base: Table) -> list[Table]:
    """Give a class subclasses, in tables of their own or in its own."""
    single = sketch.perhaps()
    load = sketch.one_of([None, None, "inline", "selectin"])
    base.body.append("kind = mapped_column(String(20))")
    base.fields["kind"] = "Any"
    base.mapper["polymorphic_on"] = sketch.one_of(
        ["kind", 'case((kind == "-", "-"), else_=kind)']
    )
    base.mapper["polymorphic_identity"] = f'"{base.name}"'
    if sketch.one_of([False, False, True]):
        base.mapper["with_polymorphic"] = '"*"'
    for number in range(1, sketch.one_of([1, 2]) + 1):
        table = Table(f"{base.name}{number}", base.key, base, single)
        column(table, f"own{table.name.lower()}", "text", "String(20)")
        table.mapper["polymorphic_identity"] = f'"{table.name}"'
        if not single:
            table.mapper["inherit_condition"] = table_condition(table)
        if load is not None:
            table.mapper["polymorphic_load"] = f'"{load}"'
        base.subclasses.append(table)
    return base.subclasses


def table_condition(table: Table) -> str:
    """The join of a subclass to its base, inside of the class."""
    assert table.base is not None
    terms = [f"{part} == {table.base.name}.{part}" for part, _ in table.parts]
    return terms[0] if len(terms) == 1 else f"and_({', '.join(terms)})"


def _lazy(sketch: Sketch, kinds: list[str], owner: Table, target: Table) -> str:
    """How a relationship loads.

    SQLAlchemy joins a hierarchy to itself without end. Nothing leads back where all
    that loads at once leads to a later hierarchy.
    """
    if owner.root is target.root:
        kinds = [kind for kind in kinds if kind not in {"joined", "subquery"}]
    if not sketch.leads_back and target.root.name <= owner.root.name:
        kinds = [kind for kind in kinds if kind not in AT_ONCE]
    lazy: str = sketch.one_of(kinds)
    return lazy


def _link(sketch: Sketch) -> None:
    """Give a class a key to another or to itself, and its relationships."""
    owner, target = sketch.one_of(sketch.tables), sketch.one_of(sketch.tables)
    kind = sketch.one_of(["none", "collection", "collection", "latest", "unique"])
    earlier = sketch.tables.index(target.root) < sketch.tables.index(owner.root)
    required = (
        earlier
        and kind != "unique"
        and target.base is None
        and owner.base is None
        and sketch.perhaps()
    )
    name = sketch.name("link")
    link = Link(
        name,
        owner,
        target,
        nullable=not required,
        unique=kind == "unique",
        reverse=None if kind == "none" else f"back{name}",
        lazy=_lazy(sketch, SCALAR_LAZY, owner, target),
    )
    sketch.links.append(link)
    for column, (_, type_) in zip(link.columns, target.parts, strict=True):
        owner.body.append(
            f"{column} = mapped_column({type_}, nullable={link.nullable})"
        )
    parts = [part for part, _ in target.parts]
    columns = [f"{target.table_name}.{part}" for part in parts]
    sketch.after.append(
        f"{owner.name}.__table__.append_constraint(ForeignKeyConstraint("
        f'{link.columns!r}, {columns!r}, name="{name}", use_alter=True))'
    )
    keys = ", ".join(f"{owner.name}.{column}" for column in link.columns)
    arguments = f'foreign_keys=[{keys}], lazy="{link.lazy}"'
    if owner.root is target.root:
        remote = ", ".join(f"{target.name}.{part}" for part in parts)
        arguments += f", remote_side=[{remote}]"
    if required and sketch.perhaps():
        arguments += ", innerjoin=True"
    if link.reverse:
        arguments += f', back_populates="{link.reverse}"'
    owner.fields[name] = Target(target, False)
    sketch.after.append(
        f"{owner.name}.{name} = relationship({target.name}, "
        f"primaryjoin={link.on()}, {arguments})"
    )
    if link.reverse:
        _reverse(sketch, link, kind, keys)


def _reverse(sketch: Sketch, link: Link, kind: str, keys: str) -> None:
    assert link.reverse is not None
    many = kind == "collection"
    kinds = COLLECTION_LAZY if many else SCALAR_LAZY
    lazy = _lazy(sketch, kinds, link.target, link.owner)
    arguments = f'foreign_keys=[{keys}], back_populates="{link.name}", lazy="{lazy}"'
    if not many:
        arguments += ", uselist=False"
    order = f"{link.owner.name}.{link.owner.root.parts[0][0]}"
    if kind == "latest":
        # Of several rows the first counts, so that the order has to say which.
        arguments += f", order_by={order}.desc()"
    elif many and sketch.perhaps():
        number = f"{link.owner.root.name}.number"
        arguments += f", order_by=[{number}.desc(), {order}]"
    elif many and lazy not in {"dynamic", "write_only"}:
        arguments += sketch.one_of(
            [
                "",
                "",
                ", collection_class=set",
                f', collection_class=attribute_keyed_dict("{order.split(".")[1]}")',
                ", collection_class=keyfunc_mapping("
                f"lambda o: (o.{link.name} and o.{link.name}.name, o.name, id(o)))",
            ]
        )
    link.target.fields[link.reverse] = Target(link.owner, many)
    sketch.after.append(
        f"{link.target.name}.{link.reverse} = relationship({link.owner.name}, "
        f"primaryjoin={link.on()}, {arguments})"
    )


def _pairs(sketch: Sketch) -> None:
    """Put a table of pairs between two classes."""
    left, right = sketch.one_of(sketch.tables), sketch.one_of(sketch.tables)
    pairs = Pairs(sketch.name("pairs"), left, right)
    sketch.pairs.append(pairs)
    condition, name = "", pairs.name
    if sketch.perhaps():
        condition = f", {name}.c.weight > 0"
    order = sketch.one_of(
        [
            "",
            f"{right.name}.{right.parts[0][0]}.desc()",
            f"[{name}.c.weight, {right.name}.{right.parts[0][0]}]",
        ]
    )
    arguments = (
        f"secondary={name}, primaryjoin=and_({pairs.on('left')}{condition}), "
        f"secondaryjoin={pairs.on('right')}, "
        f'lazy="{_lazy(sketch, SCALAR_LAZY, left, right)}"'
    )
    if condition:
        arguments += ", viewonly=True"
    if order:
        arguments += f", order_by={order}"
    left.fields[f"to{name}"] = Target(right, True)
    sketch.after.append(
        f"{left.name}.to{name} = relationship({right.name}, {arguments})"
    )
