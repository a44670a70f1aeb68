"""Code of the application's own that reads what nobody asked for, each by its name."""

from typing import Final

from .shapes import add, any_of, link_of, shape
from .sketch import Link, Sketch, Table, Target


def _source(sketch: Sketch, table: Table, field: str) -> str:
    """How a relationship is mapped."""
    start = f"{table.name}.{field} = "
    return next((line for line in sketch.after if line.startswith(start)), "")


def _is_plain(source: str) -> bool:
    """Whether it is a list that reading loads."""
    other = ('"raise"', "dynamic", "write_only", "keyed", "keyfunc", "=set")
    return bool(source) and not any(word in source for word in other)


# Code that reads columns


@shape
def plain_synonym(sketch: Sketch) -> None:
    """Of a column or of a relationship."""
    link, name = link_of(sketch), sketch.name("also")
    if sketch.perhaps():
        add(link.owner, name, f'{name} = synonym("{link.name}")')
        link.owner.fields[name] = Target(link.target, False)
    else:
        add(link.owner, name, f'{name} = synonym("number")')


HYBRIDS: Final = [
    "(self.number or 0) + 1",
    '"yes" if self.number else self.name',
    "self.name or self.number",
]


@shape
def hybrid(sketch: Sketch) -> None:
    """With code that SQL cannot run, or with an expression of its own."""
    table, name = any_of(sketch), sketch.name("hybrid")
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
    add(table, name, *lines)


@shape
def hybrid_that_calls_another(sketch: Sketch) -> None:
    table, name = any_of(sketch), sketch.name("outer")
    add(
        table,
        name,
        "@hybrid_property",
        f"def inner{name}(self):\n    return self.number",
        "@hybrid_property",
        f"def {name}(self):\n    return [self.inner{name}, self.name]",
    )


@shape
def property_of_columns(sketch: Sketch) -> None:
    table, name = any_of(sketch), sketch.name("prop")
    add(
        table,
        name,
        "@property",
        f"def {name}(self):\n    return [self.name, self.number]",
    )


# Code that reads relationships


@shape
def property_of_scalar(sketch: Sketch) -> None:
    link, name = link_of(sketch), sketch.name("through")
    decorator = sketch.one_of(["property", "hybrid_property"])
    add(
        link.owner,
        name,
        f"@{decorator}",
        f"def {name}(self):\n"
        f"    return self.{link.name}.name if self.{link.name} else None",
    )
    sketch.code.add(name)


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
        add(
            table,
            name,
            "@property",
            f"def {name}(self):\n    return sorted(str(o.name) for o in self.{field})",
        )
        sketch.code.add(name)


@shape
def own_resolver(sketch: Sketch) -> None:
    """A resolver of the application's own on a relationship that it reads."""
    link = link_of(sketch)
    if link.reverse is None:
        return
    source = _source(sketch, link.target, link.reverse)
    if "order_by=[" in source and _is_plain(source):
        for table in link.target.family:
            sketch.resolvers[table.name, link.reverse] = (
                f"lambda parent, info: parent.{link.reverse}[:1]"
            )
        if sketch.perhaps():
            sketch.awaited.add(link.reverse)


# Code beside resolvers


@shape
def synonym_with_a_descriptor(sketch: Sketch) -> None:
    """Which reads other columns than it is a synonym of, or a relationship."""
    link, name = link_of(sketch), sketch.name("masked")
    read = sketch.one_of(["[self.name, self.number]", _through(link)])
    add(
        link.owner,
        name,
        f'{name} = synonym("number", descriptor=property(lambda self: {read}))',
    )
    sketch.code.add(name)


@shape
def reconstructed(sketch: Sketch) -> None:
    """An attribute that is made of columns when a row is loaded."""
    table, name = any_of(sketch).root, sketch.name("made_")
    if "@reconstructor" in table.body:
        return  # A class has one.
    add(
        table,
        name,
        "@reconstructor",
        f"def on_load(self):\n    self.{name} = [self.name, self.number]",
    )


@shape
def load_listener(sketch: Sketch) -> None:
    """An attribute that a listener makes of columns."""
    table, name = any_of(sketch), sketch.name("heard_")
    table.fields[name] = "Any"
    sketch.after.append(
        f"event.listen({table.name}, 'load', lambda o, _: vars(o).__setitem__("
        f"'{name}', [o.name, o.number]), propagate=True)"
    )


@shape
def hinted_resolver(sketch: Sketch) -> None:
    """A resolver of the application's own that says what it reads, or not all of it."""
    link, name = link_of(sketch), sketch.name("own")
    source, hint = sketch.one_of(
        [
            ("[parent.name, parent.number]", []),
            ("[parent.name, parent.number]", ["name", "number"]),
            (_through(link, "parent"), [f"{link.name}.name"]),
            (
                f"[{_through(link, 'parent')}, parent.number]",
                [f"{link.name}.name", "number"],
            ),
        ]
    )
    link.owner.fields[name] = "Any"
    sketch.resolvers[link.owner.name, name] = f"lambda parent, info: {source}"
    if hint:
        sketch.requires[link.owner.name, name] = hint
    if sketch.perhaps():
        sketch.awaited.add(name)


@shape
def type_resolver(sketch: Sketch) -> None:
    """Which reads a column, or shows all rows as those of the base."""
    bases = [table for table in sketch.tables if len(table.family) > 1]
    if bases:
        base = sketch.one_of(bases)
        sketch.type_resolvers[base.name] = sketch.one_of(
            [
                "lambda obj, *_: obj.kind",
                f"lambda *_: {base.name!r}",
                f"lambda obj, *_: obj.kind if obj.number else {base.name!r}",
            ]
        )
        if sketch.perhaps():
            for table in base.family:
                sketch.requires[table.name, "__typename"] = ["kind", "number"]


@shape
def overridden(sketch: Sketch) -> None:
    """Code of a subclass under a name of its base, and code that reads it there."""
    bases = [table for table in sketch.tables if table.subclasses]
    if not bases:
        return
    base, name = sketch.one_of(bases), sketch.name("over")
    for table in (base, sketch.one_of(base.subclasses)):
        add(table, name, *_code(sketch, table, name))
    sketch.code.add(name)
    into = [link for link in sketch.links if link.target in (base, *base.subclasses)]
    if into:
        link, reader = sketch.one_of(into), sketch.name("reader")
        add(link.owner, reader, "@property", _read(reader, _through(link, of=name)))
        sketch.code.add(reader)


@shape
def property_in_place_of_a_column(sketch: Sketch) -> None:
    tables = [table for table in sketch.tables if table.base is not None]
    if tables:
        table = sketch.one_of(tables)
        if not any(" name(" in line or "name =" in line for line in table.body):
            table.body += _code(sketch, table, "name")
            sketch.code.add("name")


def _code(sketch: Sketch, table: Table, name: str) -> list[str]:
    """A property or a hybrid that reads columns, or what a link leads to."""
    links = [link for link in sketch.links if table in link.owner.family]
    reads = ["[self.number]"]
    for link in links:
        reads += [
            _through(link, of="number"),
            f"[self.number, {_through(link, of='number')}]",
        ]
    decorator = sketch.one_of(["property", "hybrid_property"])
    # A list is nothing that SQL could be made of: the hybrid has code alone.
    return [f"@{decorator}", _read(name, f"[{sketch.one_of(reads)}]")]


def _read(name: str, source: str) -> str:
    return f"def {name}(self):\n    return {source}"


def _through(link: Link, owner: str = "self", *, of: str = "name") -> str:
    """What a scalar leads to, if there is anything."""
    return f"({owner}.{link.name} and {owner}.{link.name}.{of})"


@shape
def local_variable(sketch: Sketch) -> None:
    """A property that keeps what a scalar leads to in a variable."""
    link, name = link_of(sketch), sketch.name("kept")
    onward = [other for other in sketch.links if other.owner is link.target]
    more = f", {_through(onward[0], 'other')}" if onward else ""
    add(
        link.owner,
        name,
        "@property",
        f"def {name}(self):\n"
        f"    other = self.{link.name}\n"
        f"    return [other.number{more}] if other is not None else None",
    )
    sketch.code.add(name)
