"""Each form of a page's statement has the same rows, for mappings of every kind."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    select,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    configure_mappers,
    mapped_column,
    relationship,
)

from sqla_loaders.connections import pages_of_owners
from sqla_loaders.page import Page
from sqla_loaders.pages import PageDialect, PageQuery
from sqla_selection.arguments import (
    OrderKey,
    Position,
    Scope,
    Wanted,
    Window,
    order_keys_of,
)
from sqla_selection.arguments.filters import Compared
from sqla_selection.arguments.shapes import Direction

ALL = Wanted(total=True, next=True, previous=True)


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    """Has a key of two columns."""

    __tablename__ = "shelves"
    room: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    books: Mapped[list[Book]] = relationship()


marks = Table(
    "marks",
    Base.metadata,
    Column("reader_id", ForeignKey("readers.id")),
    Column("book_id", ForeignKey("books.id")),
)


places = Table(
    "places",
    Base.metadata,
    Column("reader_id", ForeignKey("readers.id"), primary_key=True),
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    Column("place", Integer, nullable=False),
)


class Reader(Base):
    """Marks a book as often as it likes."""

    __tablename__ = "readers"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10))
    marked: Mapped[list[Book]] = relationship(
        secondary=marks, order_by="Book.pages.desc()"
    )
    placed: Mapped[list[Book]] = relationship(
        secondary=places, order_by=places.c.place.desc(), viewonly=True
    )
    first_placed: Mapped[list[Book]] = relationship(
        secondary=places,
        primaryjoin=lambda: (places.c.reader_id == Reader.id) & (places.c.place < 9),
        order_by=places.c.place,
        viewonly=True,
    )
    notes: Mapped[list[Note]] = relationship(
        primaryjoin="Reader.code == foreign(Note.code)", viewonly=True
    )


class Note(Base):
    """Is joined by a text that is no key."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10))
    text: Mapped[str | None] = mapped_column(String(10))


class Book(Base):
    """Is mapped with its subclass in a table of its own."""

    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    pages: Mapped[int | None]
    room: Mapped[int | None]
    number: Mapped[int | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("books.id"))
    parts: Mapped[list[Book]] = relationship()
    __table_args__ = (
        ForeignKeyConstraint(["room", "number"], ["shelves.room", "shelves.number"]),
    )
    __mapper_args__ = {  # noqa: RUF012  # SQLAlchemy's
        "polymorphic_on": "kind",
        "polymorphic_identity": "book",
        "with_polymorphic": "*",
    }


class Atlas(Book):
    __tablename__ = "atlases"
    id: Mapped[int] = mapped_column(ForeignKey("books.id"), primary_key=True)
    maps: Mapped[int | None]
    __mapper_args__ = {"polymorphic_identity": "atlas"}  # noqa: RUF012  # SQLAlchemy's


configure_mappers()
few = aliased(Book, select(Book.__table__).where(Book.pages < 4).subquery(), flat=True)
Shelf.thin = relationship(
    few,
    primaryjoin=(Shelf.room == few.room) & (Shelf.number == few.number),
    foreign_keys=[few.room, few.number],
    viewonly=True,
    uselist=True,
)
configure_mappers()


def rows() -> list[Any]:
    shelves = [Shelf(room=room, number=number) for room in (1, 2) for number in (1, 2)]
    books: list[Book] = []
    for index in range(24):
        kind = Atlas if index % 3 == 0 else Book
        book = kind(id=index + 1, pages=None if index % 5 == 0 else index % 7)
        shelves[index % 3].books.append(book)
        if index > 10:
            books[index % 4].parts.append(book)
        books.append(book)
    readers = [Reader(id=index + 1, code=f"r{index % 2}") for index in range(4)]
    for reader in readers[:3]:
        reader.marked = [books[(reader.id * place) % 9] for place in range(1, 9)]
    notes = [
        Note(id=index + 1, code=f"r{index % 3}", text=str(index) if index % 2 else None)
        for index in range(12)
    ]
    return [*shelves, *readers, *books, *notes]


def rows_with_places() -> list[Any]:
    return [
        {"reader_id": reader, "book_id": book, "place": reader * book % 13}
        for reader in (1, 2, 4)
        for book in range(1, 13)
    ]


@pytest.mark.parametrize("database", ["sqlite", "psycopg", "pymysql"], indirect=True)
@pytest.mark.parametrize("name", ["placed", "first_placed"])
def test_a_page_is_in_the_order_of_a_table_between(database: Any, name: str) -> None:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add_all(rows())
        session.flush()
        session.execute(places.insert(), rows_with_places())
        session.commit()
        prop = getattr(Reader, name).property
        dialect = PageDialect.of(database.engine.dialect)
        order = order_keys_of(prop)
        owners = owners_of(session, Reader, PageQuery(prop, Window(), dialect))
        for sizes in ({}, {"limit": 3}, {"limit": 2, "offset": 1}, {"offset": 4}):
            window = Window(order=order, **sizes)  # type: ignore[arg-type]
            found = pages(session, prop, window, dialect, list(owners))
            start, limit = window.offset, window.limit
            stop = None if limit is None else start + limit
            for key, owner in owners.items():
                expected = getattr(owner, name)[start:stop]
                assert found[key].rows == expected, (key, sizes)
                alone = pages(session, prop, window, dialect, [key])[key]
                assert alone.rows == expected, (key, sizes)
                assert found[key].total == len(getattr(owner, name))


RELATIONSHIPS = {
    "a key of two columns": (Shelf, "books", "pages"),
    "an alias of the application's own": (Shelf, "thin", "pages"),
    "marks that repeat": (Reader, "marked", "pages"),
    "a text that is no key": (Reader, "notes", "text"),
    "of itself, with subclasses": (Book, "parts", "pages"),
}


def owners_of(session: Session, model: type[Any], query: PageQuery) -> dict[Any, Any]:
    return {query.query.key_of(one): one for one in session.scalars(select(model))}


@pytest.mark.parametrize("database", ["sqlite", "psycopg", "pymysql"], indirect=True)
def test_a_page_has_the_rows_of_the_relationship(database: Any) -> None:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add_all(rows())
        session.commit()
        dialect = PageDialect.of(database.engine.dialect)
        for model, name, column in RELATIONSHIPS.values():
            prop = getattr(model, name).property
            for order in (
                (),
                (OrderKey((), column),),
                (OrderKey((), column, Direction(is_descending=True)),),
                order_keys_of(prop),
            ):
                check(session, model, prop, dialect, order)


def check(
    session: Session, model: type[Any], prop: Any, dialect: PageDialect, order: Any
) -> None:
    every = Window(order=order, is_connection=True)
    owners = owners_of(session, model, PageQuery(prop, every, dialect))
    keys = list(owners)
    whole = pages(session, prop, every, dialect, keys)
    for key, owner in owners.items():
        related = {id(one) for one in getattr(owner, prop.key)}
        assert {id(one) for one in whole[key].rows} == related
        assert whole[key].total == len(related) == len(whole[key].rows)
    for sizes in (
        {"limit": 2},
        {"limit": 2, "offset": 1},
        {"offset": 2},
        {"limit": 0},
        {"limit": 3, "is_backward": True},
    ):
        window = Window(order=order, is_connection=True, **sizes)  # type: ignore[arg-type]
        among = pages(session, prop, window, dialect, keys)
        for key in keys:
            ids = [one.id for one in whole[key].rows]
            start = window.offset
            expected = (
                ids[start:]
                if window.limit is None
                else (
                    ids[max(0, len(ids) - window.limit) :]
                    if window.is_backward
                    else ids[start : start + window.limit]
                )
            )
            assert [one.id for one in among[key].rows] == expected, (prop, sizes)
            assert among[key].total == len(ids)
            assert pages(session, prop, window, dialect, [key])[key] == among[key], (
                prop,
                sizes,
                order,
            )


def pages(
    session: Session, prop: Any, window: Window, dialect: PageDialect, keys: list[Any]
) -> dict[Any, Page]:
    return pages_of_owners(session, PageQuery.of(prop, window, dialect), keys, ALL)


PARTS: Any = Book.__mapper__.relationships["parts"]
# SQLAlchemy's dialects have no types.
DIALECTS: dict[str, Any] = {
    "postgresql": postgresql.dialect,
    "sqlite": sqlite.dialect,
    "mysql": mysql.dialect,
}
FORMS: list[tuple[Any, str, str]] = [
    (DIALECTS["postgresql"](), "lateral", "JOIN LATERAL (SELECT"),
    (DIALECTS["sqlite"](), "in-limit", "IN (SELECT books.id"),
    (DIALECTS["mysql"](), "union", "UNION ALL SELECT anon_"),
]


@pytest.mark.parametrize(("dialect", "form", "part"), FORMS)
def test_a_database_has_its_form(dialect: Any, form: str, part: str) -> None:
    window = Window(limit=2)
    query = PageQuery(PARTS, window, PageDialect.of(dialect))
    made = query.statement([1, 2, 3])
    assert made.form == form
    assert part in str(made.stmt.compile(dialect=dialect))
    assert query.statement([1]).form == "one"
    properties: tuple[Any, ...] = (Shelf.books.property, Reader.marked.property)
    for prop in properties:
        query = PageQuery(prop, window, PageDialect.of(dialect))
        assert query.statement([(1, 1), (1, 2)]).form == "window"
    whole = PageQuery(PARTS, Window(), PageDialect.of(dialect))
    assert whole.statement([1, 2]).form == "in"


def test_mysql_has_lateral_since_8_0_14() -> None:
    dialect: Any = DIALECTS["mysql"]()
    dialect.server_version_info = (8, 0, 14)
    query = PageQuery(PARTS, Window(limit=2), PageDialect.of(dialect))
    made = query.statement([1, 2])
    assert made.form == "lateral"
    text = " ".join(str(made.stmt.compile(dialect=dialect)).split())
    assert "FROM books AS books_1 INNER JOIN LATERAL (SELECT books.id AS p0" in text
    dialect.server_version_info = (8, 0, 13)
    assert PageDialect.of(dialect).has_cheap_branches


def test_a_statement_is_made_once_for_all_owners() -> None:
    window = Window(limit=2)
    dialect = PageDialect.of(DIALECTS["sqlite"]())
    query = PageQuery.of(PARTS, window, dialect)
    assert query is PageQuery.of(PARTS, Window(limit=2), dialect)
    assert query.statement([1, 2]).stmt is query.statement([3, 4, 5]).stmt
    scope = Scope(lambda entity: entity.id > 1)
    assert PageQuery.of(PARTS, window, dialect, scope).scope is scope


def test_a_union_has_as_many_branches_as_a_power_of_two() -> None:
    dialect = PageDialect.of(DIALECTS["mysql"]())
    query = PageQuery.of(PARTS, Window(limit=2), dialect)
    made = query.statement([1, 2, 3, 4, 5])
    assert list(made.parameters.values()) == [1, 2, 3, 4, 5, None, None, None]
    assert made.stmt is query.statement([1, 2, 3, 4, 5, 6, 7]).stmt
    assert query.statement(list(range(1, 200))).form == "window"


def test_what_a_client_sent_is_not_kept() -> None:
    dialect = PageDialect.of(DIALECTS["mysql"]())
    for window in (
        Window(Compared("pages", "eq", 1), limit=2),
        Window(limit=2, after=Position((1,))),
        Window(limit=2, before=Position((1,))),
    ):
        query = PageQuery.of(PARTS, window, dialect)
        assert query is not PageQuery.of(PARTS, window, dialect)
        # To make many branches for one execution takes longer than a window function.
        assert query.statement(list(range(1, 17))).form == "union"
        assert query.statement(list(range(1, 18))).form == "window"
    kept = PageQuery.of(PARTS, Window(limit=2), dialect)
    assert kept.statement(list(range(1, 129))).form == "union"


def test_what_may_be_seen_is_in_every_statement() -> None:
    def visible(entity: Any) -> Any:
        return entity.id != 77

    window = Window(Compared("pages", "eq", 1), limit=2)
    for dialect, _, _ in FORMS:
        query = PageQuery.of(PARTS, window, PageDialect.of(dialect), Scope(visible))
        made = [query.statement([1, 2, 3]), query.statement([1]), query.total([1, 2])]
        for one in made:
            assert "!= " in str(one.stmt.compile(dialect=dialect)), one.form


def test_an_owner_in_another_database_is_in_no_statement() -> None:
    class Base(DeclarativeBase):
        pass

    class Owner(Base):
        __tablename__ = "owners"
        id: Mapped[int] = mapped_column(primary_key=True)
        items: Mapped[list[Any]] = relationship("Item")

    class Item(Base):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)
        owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))

    prop: Any = Owner.__mapper__.relationships["items"]
    for dialect, _, _ in FORMS:
        of = PageDialect.of(dialect)
        query = PageQuery.of(prop, Window(limit=2), of, has_owner=False)
        for made in (
            query.statement([1, 2]),
            query.statement([1]),
            query.total([1, 2]),
            query.others([1, 2], Position((1,)), backward=True),
        ):
            text = str(made.stmt.compile(dialect=dialect))
            assert "FROM owners AS" not in text.replace(" AS owners", "")
            assert "JOIN owners" not in text


class Page_(Base):  # noqa: N801
    """Has the names that a statement might choose itself."""

    __tablename__ = "page"
    id: Mapped[int] = mapped_column(primary_key=True)
    k: Mapped[int]
    s0: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"))
    parts: Mapped[list[Page_]] = relationship(back_populates="whole")
    whole: Mapped[Page_ | None] = relationship(
        remote_side="Page_.id", lazy="joined", join_depth=1, back_populates="parts"
    )


@pytest.mark.parametrize("database", ["sqlite", "psycopg", "pymysql"], indirect=True)
def test_names_of_the_schema_do_not_clash(database: Any) -> None:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        tops = [Page_(id=index, k=0, s0=0) for index in (1, 2)]
        session.add_all(tops)
        session.flush()
        session.add_all(
            Page_(id=index, k=index, s0=-index, parent_id=index % 2 + 1)
            for index in range(3, 11)
        )
        session.commit()
        dialect = PageDialect.of(database.engine.dialect)
        prop: Any = Page_.__mapper__.relationships["parts"]
        for connection in (True, False):
            window = Window(
                order=(OrderKey((), "s0"),), limit=2, is_connection=connection
            )
            found = pages(session, prop, window, dialect, [1, 2])
            assert [one.id for one in found[1].rows] == [10, 8]
            assert [one.id for one in found[2].rows] == [9, 7]
            assert [one.k for one in found[2].rows] == [9, 7]
            assert found[2].rows[0].whole is session.get(Page_, 2)
