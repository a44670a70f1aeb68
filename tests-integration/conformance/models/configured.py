"""What the application configures and selects itself, each by its name."""

from typing import Final

from .shapes import link_of, shape
from .sketch import Sketch


@shape
def strategy(sketch: Sketch) -> None:
    link = link_of(sketch)
    loaders = ["selectinload", "joinedload", "lazyload"]
    if link.owner.root is not link.target.root:
        # In a cycle its subqueries lead back to themselves without end.
        loaders.append("subqueryload")
    sketch.strategies[link.owner.name, link.name] = sketch.one_of(loaders)


@shape
def alias(sketch: Sketch) -> None:
    link, name = link_of(sketch), sketch.name("zed")
    field = sketch.one_of(["name", link.name])
    for table in link.owner.family:
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
