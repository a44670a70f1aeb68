"""The first few of many: one page of a list for each of many owners.

The rows, the request and the statements that it is measured by. `page_contestants.py`
has who is measured.
"""

from __future__ import annotations

import random

from sqlalchemy import Engine, ForeignKey, Index, insert, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from .workloads import Workload

OWNERS = 100
CHILDREN = 500
"""Of each owner."""
FIRST = 5

STATEMENT_OF_OURS = "ariadne-sqla, its statement alone"
STATEMENT_BY_HAND = "the statement by hand"
STATEMENT_ROW_NUMBER = "a statement with row_number()"
STATEMENTS_ALONE = (STATEMENT_OF_OURS, STATEMENT_BY_HAND, STATEMENT_ROW_NUMBER)


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list[Book]] = relationship(back_populates="shelf")


class Book(Base):
    __tablename__ = "books"
    __table_args__ = (Index("books_by_position", "shelf_id", "position", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    position: Mapped[int]
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    shelf: Mapped[Shelf] = relationship(back_populates="books")


TYPE_DEFS = """
type Query { shelves: [Shelf!]! }
type Shelf { id: ID! name: String! books(orderBy: [BookOrder!], limit: Int): [Book!]! }
type Book { id: ID! title: String! position: Int! }
enum BookOrder { POSITION_ASC POSITION_DESC }
"""

PAGE = Workload(
    "page",
    f"The first {FIRST} of {CHILDREN} for each of {OWNERS}",
    f"{{ shelves {{ id name books(orderBy: [POSITION_ASC], limit: {FIRST}) "
    "{ id title position } } }",
    memory=False,
)

LATERAL = f"""
SELECT book.id, book.title, book.position, shelf.id
FROM unnest(CAST(:keys AS integer[])) AS shelf (id)
CROSS JOIN LATERAL (
  SELECT id, title, position FROM books
  WHERE shelf_id = shelf.id ORDER BY position, id LIMIT {FIRST}
) AS book
ORDER BY book.position, book.id
"""  # noqa: S608
IN_LIMIT = f"""
SELECT book.id, book.title, book.position, shelf.id
FROM shelves AS shelf JOIN books AS book ON book.id IN (
  SELECT id FROM books WHERE shelf_id = shelf.id ORDER BY position, id LIMIT {FIRST}
)
WHERE shelf.id IN :keys
ORDER BY book.position, book.id
"""  # noqa: S608
ROW_NUMBER = f"""
SELECT id, title, position, shelf_id FROM (
  SELECT id, title, position, shelf_id,
    row_number() OVER (PARTITION BY shelf_id ORDER BY position, id) AS place
  FROM books WHERE shelf_id IN :keys
) AS ranked
WHERE place <= {FIRST} ORDER BY place
"""  # noqa: S608
BY_HAND = {"postgresql": LATERAL, "sqlite": IN_LIMIT}
"""The best form of each database."""


def seed(engine: Engine) -> None:
    """Create the tables and fill them, with the same rows each time."""
    rng = random.Random(0)  # noqa: S311 - no secrets here
    Base.metadata.create_all(engine)
    keys = range(1, OWNERS + 1)
    books = [
        {
            "title": f"Title {number}",
            "position": rng.randrange(1_000),
            "shelf_id": number % OWNERS + 1,
        }
        for number in range(OWNERS * CHILDREN)
    ]
    with engine.begin() as connection:
        shelves = [{"id": key, "name": f"Shelf {key}"} for key in keys]
        connection.execute(insert(Shelf), shelves)
        connection.execute(insert(Book), books)
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
