"""Rows, what of them is hidden, and documents: all of a seed."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from ariadne_sqla import to_global_id

from .world import SECRET, TABLES, Features, Viewer, World

__all__ = [
    "Cursor",
    "absent",
    "document",
    "features",
    "hidden",
    "rows",
    "scrambled",
    "viewer",
    "with_other_fields",
]

TEXTS = ["a", "b", "c", "ab", None]
_KEPT = {"id", "vis", "owner", "kind"}


def features(random: Random) -> Features:
    """Choose a world."""
    return Features(
        lazy=random.choice(["select", "select", "joined", "selectin"]),
        inheritance=random.choice(["joined", "single"]),
        author=random.choice(["level", "level", "owner", "later", "none"]),
        item=random.choice(["owner", "level", "switch", "none"]),
        book=random.choice(["none", "none", "level", "switch", "public"]),
        tag=random.choice(["level", "public", "none", "switch"]),
        note=random.choice(["related", "level", "owner"]),
        fields=random.choice(["none", "level", "level", "later"]),
    )


def viewer(random: Random) -> Viewer:
    """Choose who asks."""
    return Viewer(random.randint(1, 3), random.randint(0, 2))


def rows(random: Random) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table, few enough to meet each other often."""

    def row(n: int) -> dict[str, Any]:
        seen = {"vis": random.choice([0, 0, 1, 2]), "owner": random.randint(1, 3)}
        return {"id": n, **seen}

    def some(most: int) -> range:
        return range(1, random.randint(1, most) + 1)

    found: dict[str, list[dict[str, Any]]] = {
        "author": [row(n) for n in some(4)],
        "item": [{**row(n), "kind": random.choice(["plain", "book"])} for n in some(6)],
        "tag": [row(n) for n in some(3)],
        "note": [row(n) for n in some(5)],
    }
    for table in TABLES:
        for one in found[table]:
            _fill(random, table, one, found)
    pairs = {
        (random.choice(found["item"])["id"], random.choice(found["tag"])["id"])
        for _ in range(random.randint(0, 6))
    }
    found["item_tag"] = [{"item_id": a, "tag_id": b} for a, b in sorted(pairs)]
    return found


def _fill(random: Random, table: str, row: dict[str, Any], rows: Any) -> None:
    """Give a row all that no policy reads."""

    def other(of: str) -> int | None:
        found: int | None = random.choice([None, *(one["id"] for one in rows[of])])
        return found

    if table == "author":
        row |= {"name": random.choice(TEXTS), "boss_id": other("author")}
    elif table == "item":
        row |= {"title": random.choice(TEXTS), "rank": random.choice([0, 1, 2, None])}
        row |= {"author_id": other("author"), "pages": random.randint(1, 3)}
    elif table == "tag":
        row |= {"name": random.choice(TEXTS)}
    else:
        row |= {"text": random.choice(TEXTS), "rank": random.choice([0, 1, None])}
        row |= {"item_id": other("item"), "author_id": other("author")}


def hidden(world: World, rows: Any, viewer: Viewer) -> dict[str, set[int]]:
    """Return the ids of the rows of each table that *viewer* may not see."""
    return {
        table: {
            one["id"]
            for one in rows[table]
            if not world.allows(table, one, viewer, rows)
        }
        for table in TABLES
    }


def scrambled(random: Random, rows: Any, hidden: dict[str, set[int]]) -> Any:
    """Return the rows with everything else in those that are hidden."""
    found = {
        table: [
            {key: one[key] for key in one if key in _KEPT}
            if table in hidden and one["id"] in hidden[table]
            else one
            for one in of_table
        ]
        for table, of_table in rows.items()
    }
    for table in TABLES:
        for one, before in zip(found[table], rows[table], strict=True):
            if one is not before:
                _fill(random, table, one, found)
                if table == "note":  # its policy may read whose it is
                    one["author_id"] = before["author_id"]
    kept = [pair for pair in rows["item_tag"] if not _is_hidden(pair, hidden)]
    pairs = {(one["item_id"], one["tag_id"]) for one in kept}
    for _ in range(4):
        pair = {
            "item_id": random.choice(rows["item"])["id"],
            "tag_id": random.choice(rows["tag"])["id"],
        }
        if _is_hidden(pair, hidden):
            pairs.add((pair["item_id"], pair["tag_id"]))
    found["item_tag"] = [{"item_id": a, "tag_id": b} for a, b in sorted(pairs)]
    return found


def absent(rows: Any, hidden: dict[str, set[int]]) -> Any:
    """Return the rows without those that are hidden."""
    found = {
        table: [one for one in rows[table] if one["id"] not in hidden[table]]
        for table in TABLES
    }
    pairs = [pair for pair in rows["item_tag"] if not _is_hidden(pair, hidden)]
    return {**found, "item_tag": pairs}


def with_other_fields(random: Random, world: World, rows: Any, viewer: Viewer) -> Any:
    """Return the rows with something else in the columns that are hidden."""
    if world.shows_fields(viewer):
        return rows
    return {
        table: [{**one, SECRET[table]: random.choice(TEXTS)} for one in of_table]
        if table in SECRET
        else of_table
        for table, of_table in rows.items()
    }


def _is_hidden(pair: dict[str, int], hidden: dict[str, set[int]]) -> bool:
    return pair["item_id"] in hidden["item"] or pair["tag_id"] in hidden["tag"]


class Cursor(NamedTuple):
    """A row's place in an order."""

    type_name: str
    order: str
    text: str


class _Document:
    """A document while it is written."""

    def __init__(self, random: Random, schema: GraphQLSchema, cursors: list[Cursor]):
        self.random, self.schema, self.cursors = random, schema, cursors
        self.count = 0

    def text(self) -> str:
        fields = [self.field("Query", 3) for _ in range(self.random.randint(1, 2))]
        return "{ " + " ".join(fields) + " }"

    def selection(self, name: str, depth: int) -> str:
        type_ = self.schema.type_map[name]
        items = ["__typename"]
        fields = getattr(type_, "fields", {})
        number = self.random.randint(1, 3) if fields else 0
        items += [self.field(name, depth) for _ in range(number)]
        if isinstance(type_, GraphQLInterfaceType):
            items += [
                f"... on {one.name} {self.selection(one.name, depth)}"
                for one in self.schema.get_possible_types(type_)
                if self.random.random() < 0.4 and depth >= 0
            ]
            if name == "Node":
                items.append("id")
        return "{ " + " ".join(items) + " }"

    def field(self, parent: str, depth: int) -> str:
        fields: dict[str, Any] = self.schema.type_map[parent].fields  # type: ignore[attr-defined]
        names = [
            name
            for name, one in fields.items()
            if depth > 0 or not is_composite_type(get_named_type(one.type))
        ]
        if not names:
            return "__typename"
        name = self.random.choice(names)
        definition = fields[name]
        self.count += 1
        text = f"f{self.count}: {name}{self.arguments(name, definition)}"
        named = get_named_type(definition.type)
        if is_composite_type(named):
            is_page = named.name.endswith(("Pages", "Edge", "Info"))
            below = depth if is_page else depth - 1
            text += " " + self.selection(named.name, below)
        return text

    def arguments(self, field: str, definition: Any) -> str:
        given: dict[str, str] = {}
        takes = set(definition.args) - {"after", "before"}
        if {"first", "last"} <= takes:
            takes.discard(self.random.choice(["first", "last"]))
        for name, argument in definition.args.items():
            is_required = str(argument.type).endswith("!")
            if name in takes and (is_required or self.random.random() < 0.45):
                value = self.value(name, argument.type, field=field)
                if value is not None:
                    given[name] = value
        self.start(definition, given)
        written = [f"{name}: {value}" for name, value in given.items()]
        return f"({', '.join(written)})" if written else ""

    def start(self, definition: Any, given: dict[str, str]) -> None:
        """Let a page start where a row is, that is hidden perhaps."""
        sides = [one for one in ("after", "before") if one in definition.args]
        type_name = get_named_type(definition.type).name.removesuffix("Pages")
        known = [one for one in self.cursors if one.type_name == type_name]
        if sides and known and self.random.random() < 0.6:
            cursor = self.random.choice(known)
            given.pop("orderBy", None)
            if cursor.order:
                given["orderBy"] = cursor.order
            given[self.random.choice(sides)] = f'"{cursor.text}"'

    def value(
        self, name: str, type_: Any, depth: int = 2, field: str = ""
    ) -> str | None:
        type_ = get_nullable_type(type_)
        if name == "id":
            names = ["Author", "Plain", "Book", "Tag", "Note"]
            name, number = self.random.choice(names), self.random.randint(1, 5)
            return f'"{to_global_id(name, number) if field == "node" else number}"'
        if name in ("first", "last", "limit"):
            return str(self.random.randint(0, 3))
        if name == "offset":
            return str(self.random.randint(0, 2))
        if is_list_type(type_):
            values = [self.value("", type_.of_type, depth) for _ in range(2)]
            return "[" + ", ".join(one for one in values if one is not None) + "]"
        if isinstance(type_, GraphQLEnumType):
            return str(self.random.choice(list(type_.values)))
        if isinstance(type_, GraphQLInputObjectType):
            names = [
                one
                for one, field in type_.fields.items()
                if depth > 0 or not isinstance(_input(field), GraphQLInputObjectType)
            ]
            if not names:
                return None
            chosen = self.random.choice(names)
            value = self.value(chosen, type_.fields[chosen].type, depth - 1)
            return None if value is None else f"{{{chosen}: {value}}}"
        if type_.name == "Boolean":
            return self.random.choice(["true", "false"])
        if type_.name == "Int":
            return str(self.random.randint(0, 2))
        return f'"{self.random.choice(["a", "b", "c", "ab"])}"'


def _input(field: Any) -> Any:
    named = get_named_type(field.type)
    return None if named.name in ("Text", "Number") else named


def document(random: Random, schema: GraphQLSchema, cursors: list[Cursor]) -> str:
    """Return a query, whose pages may start at *cursors* of rows that are hidden."""
    return _Document(random, schema, cursors).text()
