"""Relationships with a lazy= of their own, asked and not asked."""

import warnings
from typing import Any

from ariadne import InterfaceType
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    Session,
    WriteOnlyMapped,
    configure_mappers,
    mapped_column,
    relationship,
)

from ..case import STRINGS, Case, Query, Root, Type

SDL = """
    type Query { libraries: [Library!]! shelves: [Shelf!]! volumes: [Volume!]! }
    type Library { name: String! shelves: [Shelf!]! }
    type Shelf { name: String! room: String! library: Library volumes: [Volume!]! }
    type Volume { title: String! text: String! shelf: Shelf }
"""


def case(lazy: Any, *, read_by_sqlalchemy: bool = False, empty: bool = False) -> Case:
    """A chain of three tables, the middle one with lazy relationships to both sides."""

    class Base(DeclarativeBase):
        type_annotation_map = STRINGS

    class Library(Base):
        __tablename__ = "library"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        shelves: Mapped[list["Shelf"]] = relationship(back_populates="library")

    class Shelf(Base):
        __tablename__ = "shelf"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        room: Mapped[str]
        library_id: Mapped[int] = mapped_column(ForeignKey("library.id"))
        library: Mapped[Library | None] = relationship(
            back_populates="shelves", lazy=lazy
        )
        volumes: Mapped[list["Volume"]] = relationship(
            back_populates="shelf", lazy=lazy, order_by="Volume.title.desc()"
        )

    class Volume(Base):
        __tablename__ = "volume"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        text: Mapped[str]
        shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))
        shelf: Mapped[Shelf | None] = relationship(back_populates="volumes")

    with warnings.catch_warnings():
        # SQLAlchemy 2.1 deprecates lazy="noload"; there are mappings that have it.
        warnings.simplefilter("ignore", DeprecationWarning)
        configure_mappers()

    def seed(session: Session, generation: int) -> None:
        start = generation * 100
        for number in range(2):
            library = Library(id=start + number, name=f"library {number}")
            session.add(library)
            for place in range(2):
                shelf = Shelf(
                    id=start + number * 10 + place,
                    name=f"shelf {place}",
                    room="long",
                    library_id=library.id,
                )
                session.add(shelf)
                session.flush()
                session.add_all(
                    Volume(
                        id=start + number * 20 + place * 10 + volume,
                        title=f"volume {volume}",
                        text="long",
                        shelf_id=shelf.id,
                    )
                    for volume in range(1 + 2 * place)
                )

    # What a manual resolver's own select reads beyond what it asks for.
    own = 2 if read_by_sqlalchemy else 0
    nothing = ("volumes",) if empty else ()
    nobody = ("library",) if empty else ()
    return Case(
        mapping=f'lazy="{lazy}"',
        metadata=Base.metadata,
        seed=seed,
        types=[Type("Library", Library), Type("Shelf", Shelf), Type("Volume", Volume)],
        sdl=SDL,
        queries=[
            Query(
                "{ shelves { name volumes { title } } }",
                2,
                2 + own,
                empty=nothing,
            ),
            Query("{ shelves { library { name } } }", 2, 2 + own, empty=nobody),
            # The target of what is asked has lazy relationships that nobody asked for.
            Query(
                "{ libraries { name shelves { name } } }",
                2,
                unread=("volume", "room"),
            ),
            Query(
                "{ volumes { title shelf { name } } }",
                2,
                unread=("library", "room"),
            ),
            Query(
                "{ libraries { shelves { name volumes { title } } } }",
                3,
                unread=("text",),
                empty=nothing,
                fault="the fallback takes targets with relationships mapped to load",
            ),
            Query("{ shelves { name } }", 1, 1 + own),
            Query(
                "{ shelves { name } }",
                1,
                unread=("volume", "library"),
                paths=("eager",),
            ),
        ],
    )


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


class Feed(Base):
    __tablename__ = "feed"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    notes: Mapped[str]
    entries: DynamicMapped["Entry"] = relationship(
        order_by="Entry.title.desc()", back_populates="feed"
    )
    readers: WriteOnlyMapped["Reader"] = relationship(order_by="Reader.name.desc()")


class Entry(Base):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id"))
    feed: Mapped[Feed] = relationship(back_populates="entries")
    notes: WriteOnlyMapped["Note"] = relationship()


class Reader(Base):
    __tablename__ = "reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id"))


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))


def seed_feeds(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(3):
        feed = Feed(id=start + number, name=f"feed {number}", notes="long")
        session.add(feed)
        for place in range(number):
            entry = Entry(
                id=start + number * 10 + place, title=f"entry {place}", body="long"
            )
            entry.feed = feed
            session.add(entry)
            entry.notes.add(Note(id=entry.id, text=f"note {place}"))
            feed.readers.add(
                Reader(id=start + number * 10 + place, name=f"reader {place}")
            )


FEED_SDL = """
    type Query { feeds: [Feed!]! entries: [Entry!]! }
    type Feed {
        name: String! notes: String! entries: [Entry!]! readers: [Reader!]!
        posts: [Entry!]!
    }
    type Entry { title: String! body: String! feed: Feed! remarks: [Note!]! }
    type Reader { name: String! }
    type Note { text: String! }
"""


def feed_case(mapping: str, *queries: Query) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed_feeds,
        types=[
            Type("Feed", Feed, aliases={"posts": "entries"}),
            Type("Entry", Entry, aliases={"remarks": "notes"}),
            Type("Reader", Reader),
            Type("Note", Note),
        ],
        sdl=FEED_SDL,
        queries=queries,
    )


configure_mappers()

ITEM_SDL = """
    type Query { shelves: [Rack!]! items: [Item!]! }
    type Rack { name: String! items: [Item!]! }
    interface Item { title: String! }
    type Thing implements Item { title: String! }
    type Book implements Item { title: String! house: House chapters: [Chapter!]! }
    type House { name: String! }
    type Chapter { heading: String! }
"""


def subclass_case(lazy: Any, *, load: str | None) -> Case:
    """A subclass whose relationships are mapped to load, where the base is asked."""

    class Base(DeclarativeBase):
        type_annotation_map = STRINGS

    class Rack(Base):
        __tablename__ = "rack"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        items: Mapped[list["Thing"]] = relationship()

    class House(Base):
        __tablename__ = "house"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    class Thing(Base):
        __tablename__ = "thing"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]
        title: Mapped[str]
        rack_id: Mapped[int] = mapped_column(ForeignKey("rack.id"))
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "thing"}

    class Book(Thing):
        house_id: Mapped[int | None] = mapped_column(ForeignKey("house.id"))
        house: Mapped[House | None] = relationship(lazy=lazy)
        chapters: Mapped[list["Chapter"]] = relationship(lazy=lazy)
        __mapper_args__ = {"polymorphic_identity": "book", "polymorphic_load": load}

    class Chapter(Base):
        __tablename__ = "chapter"
        id: Mapped[int] = mapped_column(primary_key=True)
        heading: Mapped[str]
        book_id: Mapped[int] = mapped_column(ForeignKey("thing.id"))

    configure_mappers()

    def seed_items(session: Session, generation: int) -> None:
        for number in range(generation * 100, generation * 100 + 3):
            session.add(House(id=number, name=f"house {number}"))
            session.add(Rack(id=number, name=f"rack {number}"))
            session.flush()
            session.add(Thing(id=number * 2, title=f"thing {number}", rack_id=number))
            book = Book(id=number * 2 + 1, title=f"book {number}", rack_id=number)
            book.house_id = number
            session.add(book)
            session.flush()
            session.add(Chapter(id=number, heading=f"first {number}", book_id=book.id))

    # Where the mapping asks for a statement of the subclass's own, it is there.
    apart = 1 if load == "selectin" else 0
    return Case(
        mapping=f'lazy="{lazy}" on a subclass, polymorphic_load={load!r}',
        metadata=Base.metadata,
        seed=seed_items,
        types=[
            Type("Rack", Rack),
            Type("Thing", Thing, ordered=False),
            Type("Book", Book, ordered=False),
            Type("House", House),
            Type("Chapter", Chapter),
        ],
        sdl=ITEM_SDL,
        queries=[
            Query(
                "{ items { title } }",
                1 + apart,
                unread=("house", "chapter"),
                paths=("eager",),
            ),
            Query("{ shelves { name items { title } } }", 2 + apart),
            Query(
                "{ items { title ... on Book { house { name } chapters { heading } } }"
                " }",
                4,
                paths=("eager",),
            ),
            Query(
                "{ shelves { items { title ... on Book { house { name }"
                " chapters { heading } } } } }",
                5,
            ),
        ],
        roots={"items": Root(lambda: select(Thing).order_by(Thing.id))},
        bindables=[InterfaceType("Item", type_name)],
    )


def type_name(instance: Any, *_: Any) -> str:
    """The GraphQL type has the name of the class."""
    return type(instance).__name__


CASES = [
    case("select"),
    case("joined"),
    case("selectin", read_by_sqlalchemy=True),
    case("subquery", read_by_sqlalchemy=True),
    case("raise"),
    case("raise_on_sql"),
    case("noload", empty=True),
    *(
        subclass_case(lazy, load=load)
        for lazy in ("joined", "selectin", "subquery", "immediate")
        for load in (None, "inline", "selectin")
    ),
    feed_case(
        'lazy="dynamic"',
        Query("{ feeds { name entries { title } } }", 2, unread=("body",)),
        Query("{ feeds { posts { title feed { name } } } }", 3),
        Query("{ entries { feed { name entries { title } } } }", 3),
    ),
    feed_case(
        'lazy="write_only"',
        Query("{ feeds { name readers { name } } }", 2),
        Query("{ feeds { readers { name } entries { remarks { text } } } }", 4),
        Query("{ entries { title remarks { text } } }", 2),
        Query(
            "{ feeds { entries { title remarks { text } } readers { name } } }",
            4,
            fault="dynamic and write-only relationships are planned",
        ),
    ),
]
