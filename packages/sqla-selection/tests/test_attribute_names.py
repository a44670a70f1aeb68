import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    composite,
    mapped_column,
    query_expression,
    relationship,
    synonym,
)

from sqla_selection.attribute_names import attribute_named, is_mapped


class Base(DeclarativeBase):
    pass


class Address:
    def __init__(self, street: str, city: str) -> None:
        self.street, self.city = street, city


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column("user_name")
    first: Mapped[str]
    street: Mapped[str]
    city: Mapped[str]
    created_at: Mapped[str]
    score: Mapped[int] = query_expression()
    books: Mapped[list["Book"]] = relationship()

    login = synonym("username")
    address: Mapped[Address] = composite(Address, "street", "city")
    titles = association_proxy("books", "title")

    @property
    def initials(self):
        return self.first[0]

    @hybrid_property
    def full_name(self):
        return self.first + self.username


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("first", True),
        ("books", True),
        ("login", True),
        ("address", True),
        ("full_name", True),
        ("titles", True),
        ("score", True),
        ("initials", False),
        ("user_name", False),
        ("metadata", False),
    ],
)
def test_is_mapped_is_about_what_sqlalchemy_knows(name, expected):
    assert is_mapped(Author.__mapper__, name) is expected


@pytest.mark.parametrize(
    ("field_name", "attribute"),
    [
        ("first", "first"),
        ("createdAt", "created_at"),
        ("created_at", "created_at"),
        ("fullName", "full_name"),
        ("initials", "initials"),
        ("books", "books"),
        ("nowhere", None),
        ("Nowhere", None),
    ],
)
def test_attribute_named_takes_the_name_or_its_snake_case(field_name, attribute):
    assert attribute_named(Author.__mapper__, field_name) == attribute


class Oddities(Base):
    __tablename__ = "oddities"

    id: Mapped[int] = mapped_column(primary_key=True)
    html_body: Mapped[str]
    line2: Mapped[str]
    line_3: Mapped[str]
    is_2d_map: Mapped[str]
    userID: Mapped[str]  # noqa: N815
    user_id: Mapped[str]


@pytest.mark.parametrize(
    ("field_name", "attribute"),
    [
        ("HTMLBody", "html_body"),
        ("htmlBody", "html_body"),
        ("line2", "line2"),
        ("line3", "line_3"),
        ("is2DMap", "is_2d_map"),
        ("is2dMap", "is_2d_map"),
        ("userID", "userID"),
        ("userId", "user_id"),
    ],
)
def test_snake_case_of_acronyms_and_digits(field_name, attribute):
    assert attribute_named(Oddities.__mapper__, field_name) == attribute
