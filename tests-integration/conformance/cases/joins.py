"""Relationships that no join, or no ordinary one, gives the right rows for."""

from sqlalchemy import ForeignKey, ScalarSelect, Select, and_, func, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    column_property,
    configure_mappers,
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
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("author.id"))
    country_id: Mapped[int] = mapped_column(ForeignKey("country.id"))
    mentor: Mapped["Author | None"] = relationship(remote_side=[id])
    country: Mapped["Country"] = relationship(innerjoin=True)
    books: Mapped[list["Book"]] = relationship(
        back_populates="author", order_by="Book.id"
    )
    # One row each, which only the data say.
    latest: Mapped["Book | None"] = relationship(
        primaryjoin=lambda: and_(
            Author.id == foreign(Book.author_id), Book.year == latest_year()
        ),
        uselist=False,
        viewonly=True,
    )
    genres: Mapped[list["Genre"]] = relationship(
        primaryjoin=lambda: and_(
            Author.id == foreign(remote(Book.author_id)),
            Book.id == foreign(remote(Label.book_id)),
            Label.genre_id == foreign(remote(Genre.id)),
        ),
        order_by=lambda: Genre.id,
        viewonly=True,
    )


class Country(Base):
    __tablename__ = "country"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    year: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")
    labels: Mapped[list["Label"]] = relationship()
    label_genres: Mapped[list["Genre"]] = relationship(
        secondary=lambda: Label.__table__, order_by=lambda: Genre.id, viewonly=True
    )
    # The genre of the author's country, by two tables on the way.
    country: Mapped["Country | None"] = relationship(
        secondary=lambda: Author.__table__.join(
            Country.__table__, Author.country_id == Country.id
        ),
        primaryjoin=lambda: Book.author_id == Author.__table__.c.id,
        secondaryjoin=lambda: Country.id == Author.__table__.c.country_id,
        uselist=False,
        viewonly=True,
    )


class Genre(Base):
    __tablename__ = "genre"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Label(Base):
    __tablename__ = "label"
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"), primary_key=True)
    genre_id: Mapped[int] = mapped_column(ForeignKey("genre.id"), primary_key=True)
    genre: Mapped[Genre] = relationship()


def latest_year() -> ScalarSelect[int]:
    book = aliased(Book)
    return (
        select(func.max(book.year))
        .where(book.author_id == Author.id)
        .correlate(Author)
        .scalar_subquery()
    )


Author.book_count = column_property(
    select(func.count(Book.id)).where(Book.author_id == Author.id).scalar_subquery()
)
# Lazy loading itself has the secondary table beside the target.
Genre.label_count = column_property(
    select(func.count())
    .where(Label.genre_id == Genre.id)
    .correlate_except(Label)
    .scalar_subquery()
)

ranked = select(
    Book,
    func.row_number()
    .over(partition_by=Book.author_id, order_by=Book.year.desc())
    .label("place"),
).subquery("ranked")
RankedBook = aliased(Book, ranked)
Author.two_latest = relationship(
    RankedBook,
    primaryjoin=and_(RankedBook.author_id == Author.id, ranked.c.place <= 2),
    order_by=RankedBook.year.desc(),
    viewonly=True,
)
configure_mappers()


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    country = Country(id=start, name="Here")
    genres = [Genre(id=start + number, name=f"genre {number}") for number in (1, 2)]
    session.add_all([country, *genres])
    for number in range(3):
        mentor = start + number - 1 if number else None
        session.add(
            Author(
                id=start + number,
                name=f"author {number}",
                mentor_id=mentor,
                country_id=start,
            )
        )
        session.flush()
        for place in range(number + 1):
            book = Book(
                id=start + number * 10 + place,
                title=f"book {number}.{place}",
                year=1990 + (place * 7 + number) % 10,
                author_id=start + number,
            )
            book.labels = [Label(genre=genre) for genre in genres[: 1 + place % 2]]
            session.add(book)
            session.flush()


SDL = """
    type Query { authors: [Author!]! books: [Book!]! labels: [Label!]! }
    type Author {
        id: ID! name: String! book_count: Int! mentor: Author country: Country
        books: [Book!]! latest: Book genres: [Genre!]! two_latest: [Book!]!
    }
    type Country { name: String! }
    type Book {
        title: String! year: Int! author: Author! labels: [Label!]!
        label_genres: [Genre!]! country: Country
    }
    type Label { genre: Genre! }
    type Genre { name: String! label_count: Int! }
"""
TYPES = [
    Type("Author", Author),
    Type("Country", Country),
    Type("Book", Book),
    Type("Label", Label),
    Type("Genre", Genre),
]


def case(mapping: str, *queries: Query) -> Case:
    return Case(mapping, Base.metadata, seed, TYPES, SDL, queries)


def three_authors() -> Select[Author]:
    return select(Author).order_by(Author.id).limit(3)


CASES = [
    case(
        "a count over the owner's table on a scalar's target",
        Query("{ books { title author { name book_count } } }", 2),
        Query("{ books { title author { name } } }", 1, 2),
        Query("{ authors { books { author { book_count } } } }", 3),
        Query("{ books { author { mentor { book_count } } } }", 2, 3),
        Query("{ books { label_genres { name label_count } } }", 2),
        Query("{ labels { genre { label_count } } }", 2),
    ),
    case(
        "innerjoin=True below a nullable scalar",
        Query("{ authors { mentor { country { name } mentor { name } } } }", 1, 4),
        Query("{ authors { country { name } mentor { country { name } } } }", 1, 4),
    ),
    case(
        "uselist=False that no unique key backs",
        Query("{ authors { name latest { title } } }", 2),
        Query("{ books { author { latest { title author { name } } } } }", 2, 4),
    ),
    Case(
        "uselist=False that no unique key backs, with a limit",
        Base.metadata,
        seed,
        [Type("Author", Author, base_query=three_authors), *TYPES[1:]],
        SDL,
        [Query("{ authors { name latest { title } } }", 2)],
    ),
    case(
        "a relationship to an alias",
        Query("{ authors { name two_latest { title year } } }", 2),
        Query("{ authors { two_latest { title author { name } } } }", 2, 3),
        Query("{ authors { mentor { two_latest { label_genres { name } } } } }", 3, 4),
    ),
    case(
        "a join over further tables",
        Query("{ authors { name genres { name label_count } } }", 2),
        Query("{ books { author { genres { name } } } }", 2, 3),
    ),
    case(
        "a scalar over a join in place of a secondary table",
        Query("{ books { title country { name } } }", 2),
        Query("{ authors { books { country { name } } } }", 3),
    ),
]
