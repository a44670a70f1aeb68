"""Relationships along one foreign key: to many, to one, and to one at most."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    foreign,
    mapped_column,
    relationship,
    remote,
)

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    biography: Mapped[str]
    books: Mapped[list["Book"]] = relationship(
        back_populates="author", foreign_keys="Book.author_id"
    )
    portrait: Mapped["Portrait | None"] = relationship(back_populates="author")


class Portrait(Base):
    __tablename__ = "portrait"
    id: Mapped[int] = mapped_column(primary_key=True)
    painter: Mapped[str]
    technique: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), unique=True)
    author: Mapped[Author] = relationship(back_populates="portrait")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    blurb: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    translator_id: Mapped[int | None] = mapped_column(ForeignKey("author.id"))
    # No constraint: rows refer to publishers that are gone.
    publisher_id: Mapped[int | None]
    author: Mapped[Author] = relationship(
        back_populates="books", foreign_keys=author_id
    )
    translator: Mapped[Author | None] = relationship(foreign_keys=translator_id)
    publisher: Mapped["Publisher | None"] = relationship(
        primaryjoin=lambda: foreign(Book.publisher_id) == remote(Publisher.id)
    )
    chapters: Mapped[list["Chapter"]] = relationship()


class Chapter(Base):
    __tablename__ = "chapter"
    id: Mapped[int] = mapped_column(primary_key=True)
    heading: Mapped[str]
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"))


class Publisher(Base):
    __tablename__ = "publisher"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    session.add(Publisher(id=start, name="press", address="long"))
    authors = [
        Author(id=start + number, name=f"author {number}", biography="long")
        for number in range(3)
    ]
    session.add_all(authors)
    authors[0].portrait = Portrait(id=start, painter="hals", technique="oil")
    authors[2].portrait = Portrait(id=start + 1, painter="vermeer", technique="oil")
    for number, (author, translator, publisher) in enumerate(
        ((0, None, start), (0, 2, None), (2, 0, start + 99), (2, 0, start))
    ):
        session.add(
            Book(
                id=start + number,
                title=f"title {number}",
                blurb="long",
                author=authors[author],
                translator=None if translator is None else authors[translator],
                publisher_id=publisher,
                chapters=[
                    Chapter(id=start + number * 10 + chapter, heading=f"part {chapter}")
                    for chapter in range(number)
                ],
            )
        )


SDL = """
    type Query {
        authors: [Author!]!
        author(id: ID!): Author
        books(publisher_id: ID): [Book!]!
        portraits: [Portrait!]!
    }
    type Author {
        id: ID! name: String! biography: String! books: [Book!]! portrait: Portrait
    }
    type Portrait { id: ID! painter: String! technique: String! author: Author! }
    type Book {
        id: ID! title: String! blurb: String!
        author: Author! translator: Author publisher: Publisher chapters: [Chapter!]!
    }
    type Chapter { id: ID! heading: String! }
    type Publisher { id: ID! name: String! address: String! }
"""


def case(mapping: str, *queries: Query) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Author", Author),
            Type("Portrait", Portrait),
            Type("Book", Book),
            Type("Chapter", Chapter),
            Type("Publisher", Publisher),
        ],
        sdl=SDL,
        queries=queries,
    )


CASES = [
    case(
        "one-to-many",
        Query("{ authors { name books { title } } }", 2, unread=("biography", "blurb")),
        Query(
            "{ authors { books { chapters { heading } } } }",
            3,
            unread=("name", "biography", "title", "blurb"),
            fault="a level of relationships alone loads keys only",
        ),
        Query("{ author(id: 100) { books { title author { name } } } }", 3),
        Query(
            "{ authors { books { title chapters { heading } author { name } } } }",
            4,
            fault="levels below the fallback do not cascade into further loaders",
        ),
        Query(
            "{ authors { __typename } }",
            1,
            unread=("name", "biography"),
            fault="a level of __typename alone loads keys only",
        ),
        Query(
            '{ author(id: "101") { name } }',
            1,
            fault="ID arguments of integer columns are integers",
            first={"name": "author 1"},
        ),
    ),
    case(
        "many-to-one",
        Query("{ books { title author { name } } }", 2, unread=("biography",)),
        Query("{ books { author { name } translator { biography } } }", 3),
    ),
    case(
        "one-to-one",
        Query("{ authors { name portrait { painter } } }", 2, unread=("technique",)),
        Query("{ portraits { painter author { name } } }", 2, unread=("biography",)),
    ),
    case(
        "NULL and dangling foreign keys",
        Query("{ books { title publisher { name } } }", 2, unread=("address",)),
        Query(
            "{ books(publisher_id: null) { title publisher { name } } }",
            1,
            empty=("publisher",),
            fault="null foreign keys alone need no statement",
        ),
        Query(
            "{ books { publisher { name } } }",
            2,
            unread=("None",),
            fault="the fallback takes null foreign keys",
        ),
    ),
]
