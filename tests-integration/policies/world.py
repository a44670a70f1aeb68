"""Worlds that tests of policies are about: models, policies and a schema, generated.

A world is made once for its features. Its policies read `vis` and `owner` of their own
row, so that everything else of a hidden row can be changed without it being seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ariadne import make_executable_schema
from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, configure_mappers, relationship

from ariadne_sqla import (
    SQLAlchemyNodeType,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    public,
    visible,
)
from sqla_loaders import serialized

__all__ = [
    "MARKS",
    "SECRET",
    "TABLES",
    "Features",
    "Viewer",
    "World",
    "world_of",
]

TABLES = ("author", "item", "tag", "note")
MARKS = {"author": 90001, "item": 90002, "book": 90003, "tag": 90004, "note": 90005}
"""A literal in the SQL of each policy."""


@dataclass(frozen=True)
class Viewer:
    """Who asks."""

    id: int
    level: int


@dataclass(frozen=True)
class Features:
    """What tells worlds apart."""

    lazy: str = "select"
    inheritance: str = "joined"
    author: str = "level"
    item: str = "owner"
    book: str = "none"
    tag: str = "level"
    note: str = "related"
    fields: str = "none"
    """Of `SECRET`."""


SECRET = {"item": "title", "note": "text"}
"""Columns that not everybody may see, where `Features.fields` says so."""


def _allows(kind: str, row: dict[str, Any], viewer: Viewer, rows: Any) -> bool:
    """Say in Python what the policy says in SQL."""
    if kind in ("level", "later"):
        return bool(row["vis"] <= viewer.level)
    if kind == "owner":
        return bool(row["vis"] == 0 or row["owner"] == viewer.id)
    if kind == "switch":
        return viewer.level > 0
    if kind == "related":
        [author] = [one for one in rows["author"] if one["id"] == row["author_id"]] or [
            {"vis": 1}
        ]
        return bool(author["vis"] == 0)
    return True


def _policy(kind: str, mark: int) -> Any:
    def marked(entity: Any) -> Any:
        return entity.vis < literal(mark, literal_execute=True)

    def level(entity: Any, info: Any) -> Any:
        return marked(entity) & (entity.vis <= info.context["viewer"].level)

    async def later(entity: Any, info: Any) -> Any:
        return level(entity, info)

    def owner(entity: Any, info: Any) -> Any:
        mine = entity.owner == info.context["viewer"].id
        return marked(entity) & or_(entity.vis == 0, mine)

    def switch(entity: Any, info: Any) -> bool:
        return bool(info.context["viewer"].level > 0)

    def related(entity: Any, info: Any) -> Any:
        return marked(entity) & entity.author.has(vis=0)

    def all_for_admins(policy: Any) -> Any:
        def asked(entity: Any, info: Any) -> Any:
            is_admin = info.context["viewer"].level > 50
            return True if is_admin else policy(entity, info)

        return asked

    kinds: dict[str, Any] = {
        "none": None,
        "public": public,
        "level": level,
        "later": later,
        "owner": all_for_admins(owner),
        "switch": switch,
        "related": all_for_admins(related),
    }
    return kinds[kind]


def _may_see_fields(kind: str) -> Any:
    def level(info: Any) -> bool:
        return bool(info.context["viewer"].level > 0)

    async def later(info: Any) -> bool:
        return level(info)

    return {"level": level, "later": later}[kind]


class World:
    """Models, and a schema of them with policies."""

    def __init__(self, features: Features) -> None:
        self.features = features
        self.base, self.models = _models(features)
        self.schema = _schema(self.models, features)

    def allows(
        self, table: str, row: dict[str, Any], viewer: Viewer, rows: Any
    ) -> bool:
        """Say in Python whether *viewer* may see a row."""
        kinds = [getattr(self.features, table)]
        if table == "item" and row["kind"] == "book":
            kinds.append(self.features.book)
        return all(_allows(kind, row, viewer, rows) for kind in kinds)

    def shows_fields(self, viewer: Viewer) -> bool:
        """Say in Python whether *viewer* may see what is `SECRET`."""
        return self.features.fields == "none" or viewer.level > 0


@lru_cache(maxsize=64)
def world_of(features: Features) -> World:
    """Return the world with *features*, made once."""
    return World(features)


def _models(features: Features) -> tuple[Any, dict[str, Any]]:
    class Base(DeclarativeBase):
        pass

    def to(name: str, **options: Any) -> Any:
        lazy: Any = features.lazy
        return relationship(name, lazy=lazy, **options)

    def refers_to(table: str) -> Any:
        return Column(ForeignKey(f"{table}.id"))

    item_tag = Table(
        "item_tag",
        Base.metadata,
        Column("item_id", ForeignKey("item.id"), primary_key=True),
        Column("tag_id", ForeignKey("tag.id"), primary_key=True),
    )

    class Author(Base):
        __tablename__ = "author"
        id = Column(Integer, primary_key=True)
        name = Column(String)
        vis = Column(Integer)
        owner = Column(Integer)
        boss_id = refers_to("author")
        boss = to("Author", remote_side=[id], back_populates="reports")
        reports = to("Author", back_populates="boss", order_by="Author.id")
        items = to("Item", back_populates="author", order_by="Item.rank, Item.id")
        notes = to("Note", back_populates="author", order_by="Note.id")

    class Item(Base):
        __tablename__ = "item"
        id = Column(Integer, primary_key=True)
        kind = Column(String)
        title = Column(String)
        rank = Column(Integer)
        vis = Column(Integer)
        owner = Column(Integer)
        author_id = refers_to("author")
        author = to("Author", back_populates="items")
        tags = to("Tag", secondary=item_tag, back_populates="items", order_by="Tag.id")
        notes = to("Note", back_populates="item", order_by="Note.id")
        tag_names = association_proxy("tags", "name")
        __mapper_args__ = {  # noqa: RUF012
            "polymorphic_on": kind,
            "polymorphic_identity": "plain",
        }

        @property
        def byline(self) -> str:
            name = self.author.name if self.author else "nobody"
            return f"{self.title} by {name}"

        @property
        def first_note(self) -> Any:
            return self.notes[0] if self.notes else None

    class Book(Item):
        __mapper_args__ = {"polymorphic_identity": "book"}  # noqa: RUF012
        if features.inheritance == "joined":
            __tablename__ = "book"
            id = Column(ForeignKey("item.id"), primary_key=True)
        pages = Column(Integer)

    class Tag(Base):
        __tablename__ = "tag"
        id = Column(Integer, primary_key=True)
        name = Column(String)
        vis = Column(Integer)
        owner = Column(Integer)
        items = to("Item", secondary=item_tag, back_populates="tags")

    class Note(Base):
        __tablename__ = "note"
        id = Column(Integer, primary_key=True)
        text = Column(String)
        rank = Column(Integer)
        vis = Column(Integer)
        owner = Column(Integer)
        item_id = refers_to("item")
        author_id = refers_to("author")
        item = to("Item", back_populates="notes")
        author = to("Author", back_populates="notes")

    configure_mappers()
    named = {one.__name__: one for one in (Author, Item, Book, Tag, Note)}
    return Base, named


SDL = """
type Query {
  authors(filter: AuthorFilter, orderBy: [AuthorOrder!], limit: Int, offset: Int):
    [Author!]!
  author(id: ID): Author
  items(filter: ItemFilter, orderBy: [ItemOrder!], limit: Int, offset: Int): [Item!]!
  notePages(filter: NoteFilter, orderBy: [NoteOrder!], first: Int, after: String,
            last: Int, before: String): NotePages!
  tagPages(filter: TagFilter, orderBy: [TagOrder!], first: Int, after: String):
    TagPages!
  book(id: ID): Book
  books: [Book!]!
  tags(filter: TagFilter, orderBy: [TagOrder!]): [Tag!]!
  notes(filter: NoteFilter, orderBy: [NoteOrder!], limit: Int, offset: Int): [Note!]!
  node(id: ID!): Node
  ownItems: [Item]
  ownAuthor(id: ID!): Author
  ownPage: OwnPage
}
type OwnPage { items: [Item!] note: Note author: Author }
interface Node { id: ID! }
interface Item {
  title: String rank: Int author: Author byline: String authorName: String
  tagNames: [String] firstNote: Note ownNotes: [Note] hinted: String
  tags(filter: TagFilter, orderBy: [TagOrder!], limit: Int): [Tag!]!
  notes(filter: NoteFilter, orderBy: [NoteOrder!], limit: Int, offset: Int): [Note!]!
  notesConnection(filter: NoteFilter, orderBy: [NoteOrder!], first: Int, after: String,
                  last: Int, before: String): NotePages!
  tagsConnection(filter: TagFilter, orderBy: [TagOrder!], first: Int, after: String):
    TagPages!
}
type Plain implements Item & Node { id: ID! ITEM }
type Book implements Item & Node { id: ID! pages: Int ITEM }
type Author implements Node {
  id: ID! name: String boss: Author bossName: String reports: [Author!]!
  items(filter: ItemFilter, orderBy: [ItemOrder!], limit: Int, offset: Int): [Item!]!
  notesConnection(filter: NoteFilter, orderBy: [NoteOrder!], first: Int, after: String,
                  last: Int, before: String): NotePages!
  notes(filter: NoteFilter, orderBy: [NoteOrder!], limit: Int, offset: Int): [Note!]!
  ownLatest: Item
}
type Tag implements Node {
  id: ID! name: String
  items(filter: ItemFilter, orderBy: [ItemOrder!], limit: Int, offset: Int): [Item!]!
}
type Note implements Node {
  id: ID! text: String rank: Int item: Item author: Author authorName: String
}
type TagPages { nodes: [Tag!] edges: [TagEdge!] pageInfo: PageInfo! totalCount: Int }
type TagEdge { node: Tag cursor: String }
type NotePages { nodes: [Note!] edges: [NoteEdge!] pageInfo: PageInfo! totalCount: Int }
type NoteEdge { node: Note cursor: String }
type PageInfo { hasNextPage: Boolean hasPreviousPage: Boolean
                startCursor: String endCursor: String }
input AuthorFilter { name: Text boss: AuthorFilter items: SomeItems notes: SomeNotes
                     not: AuthorFilter or: [AuthorFilter!] }
input ItemFilter { title: Text rank: Number author: AuthorFilter tags: SomeTags
                   notes: SomeNotes not: ItemFilter or: [ItemFilter!] }
input TagFilter { name: Text items: SomeItems not: TagFilter }
input NoteFilter { text: Text rank: Number item: ItemFilter author: AuthorFilter
                   not: NoteFilter or: [NoteFilter!] }
input SomeItems { some: ItemFilter none: ItemFilter every: ItemFilter }
input SomeTags { some: TagFilter none: TagFilter every: TagFilter }
input SomeNotes { some: NoteFilter none: NoteFilter every: NoteFilter }
input Text { eq: String contains: String isNull: Boolean }
input Number { lt: Int gte: Int }
input AuthorOrder { name: Direction boss: AuthorOrder }
input ItemOrder { title: Direction rank: Direction author: AuthorOrder }
input TagOrder { name: Direction }
input NoteOrder { text: Direction rank: Direction author: AuthorOrder item: ItemOrder
                  owner: Direction }
enum Direction { ASC DESC }
"""


def _sdl() -> str:
    fields = SDL.partition("interface Item {")[2].partition("}\ntype Plain")[0]
    return SDL.replace("ITEM", fields)


def _schema(models: dict[str, Any], features: Features) -> Any:
    author, item, note = models["Author"], models["Item"], models["Note"]
    policies = {name: _policy(getattr(features, name), MARKS[name]) for name in MARKS}
    of_items: dict[str, Any] = {
        "aliases": {"authorName": "author.name"},
        "requires": {"hinted": ["author.name", "tags.name"]},
    }
    of_notes: dict[str, Any] = {}
    if features.fields != "none":
        rule = _may_see_fields(features.fields)
        of_items["visible_if"] = {"title": rule, "byline": rule}  # which has the title
        of_notes["visible_if"] = {"text": rule}
    types = {
        "Author": SQLAlchemyObjectType(
            "Author",
            author,
            policy=policies["author"],
            aliases={"bossName": "boss.name"},
        ),
        "Plain": SQLAlchemyObjectType(
            "Plain", item, policy=policies["item"], **of_items
        ),
        "Book": SQLAlchemyObjectType(
            "Book", models["Book"], policy=policies["book"], **of_items
        ),
        "Tag": SQLAlchemyObjectType("Tag", models["Tag"], policy=policies["tag"]),
        "Note": SQLAlchemyObjectType(
            "Note",
            note,
            policy=policies["note"],
            aliases={"authorName": "author.name"},
            **of_notes,
        ),
    }
    query = SQLAlchemyQueryType(list(types.values()), max_depth=6)

    def loaded(info: Any, stmt: Any, read: Any) -> Any:
        session = info.context["session"]
        if not isinstance(session, AsyncSession):
            return read(session.scalars(stmt).unique())

        async def load() -> Any:
            async with serialized(session):
                return read((await session.scalars(stmt)).unique())

        return load()

    @query.field("ownItems")
    def own_items(_: Any, info: Any) -> Any:
        return loaded(info, select(item).order_by(item.id), lambda rows: rows.all())

    @query.field("ownAuthor")
    def own_author(_: Any, info: Any, *, id: str) -> Any:
        stmt = select(author).where(author.id == (int(id) if id.isdigit() else 1))
        return loaded(info, stmt, lambda rows: rows.first())

    @query.field("ownPage")
    def own_page(_: Any, info: Any) -> Any:
        def page(rows: Any) -> Any:
            notes = rows.all()
            first = notes[0] if notes else None
            return {"items": [], "note": first, "author": None}

        return loaded(info, select(note).where(note.id == 2), page)

    @types["Author"].field("ownLatest")
    def own_latest(obj: Any, info: Any) -> Any:
        # Which one is the latest is a question of the resolver's own statement.
        stmt = select(item).where(item.author_id == obj.id, visible(item, info))
        stmt = stmt.order_by(item.id.desc()).limit(1)
        return loaded(info, stmt, lambda rows: rows.first())

    def own_notes(obj: Any, info: Any, **_: Any) -> Any:
        stmt = select(note).where(note.item_id == obj.id).order_by(note.id)
        return loaded(info, stmt, lambda rows: rows.all())

    def hinted(obj: Any, _: Any) -> str:
        name = obj.author.name if obj.author else "nobody"
        return ", ".join([str(name), *[str(one.name) for one in obj.tags]])

    for name in ("Plain", "Book"):
        types[name].set_field("ownNotes", own_notes)
        types[name].set_field("hinted", hinted)
    node = SQLAlchemyNodeType()
    return make_executable_schema(_sdl(), query, node, *types.values())
