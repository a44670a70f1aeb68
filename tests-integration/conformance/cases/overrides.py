"""What a subclass has of its own under a name that its base has."""

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    configure_mappers,
    mapped_column,
    relationship,
)

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


class Company(Base):
    __tablename__ = "company"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    company: Mapped[Company] = relationship()


class Text(Base):
    __tablename__ = "text"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column()
    title: Mapped[str]
    code: Mapped[str | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    editor_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("text.id"))
    author: Mapped[Author] = relationship(foreign_keys=author_id)
    editor: Mapped[Author] = relationship(foreign_keys=editor_id)
    part_of: Mapped["Text | None"] = relationship(remote_side=id)
    notes: Mapped[list["Note"]] = relationship(order_by="Note.id")
    remarks: Mapped[list["Note"]] = relationship(order_by="Note.id", viewonly=True)
    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "text"}

    @property
    def by(self) -> str:
        return self.author.name

    @hybrid_property
    def signed(self) -> str:
        return f"{self.author.name}"

    @property
    def described(self) -> str:
        return f"{self.title} by {self.by}"

    @property
    def remarked(self) -> list[str]:
        return [remark.words for remark in self.remarks]

    @property
    def employer(self) -> str:
        author = self.author
        company = author.company
        return f"{author.name} of {company.name}"

    @property
    def employers(self) -> list[str]:
        who = self.author if self.code else self.editor
        found = [who.company.name]
        text = self.part_of
        while text is not None:
            found.append(text.title)
            text = None
        return found

    @property
    def path(self) -> str:
        return self.title if self.part_of is None else f"{self.part_of.path}."


class Review(Text):
    """In the table of its base."""

    __mapper_args__ = {"polymorphic_identity": "review"}

    @property
    def by(self) -> str:
        return self.editor.name

    @hybrid_property
    def signed(self) -> str:
        return f"{self.editor.company.name}"

    @hybrid_property
    def code(self) -> str:
        return f"{self.editor.name}"

    notes = property(lambda self: self.remarks[:1])
    remarks: Mapped[list["Note"]] = relationship(
        order_by="Note.id.desc()", viewonly=True
    )


class Book(Text):
    """In a table of its own."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(ForeignKey("text.id"), primary_key=True)
    publisher_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    publisher: Mapped[Company] = relationship()
    __mapper_args__ = {"polymorphic_identity": "book"}

    @property
    def by(self) -> str:
        return self.publisher.name


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str]
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id"))
    text: Mapped[Text] = relationship(viewonly=True)


configure_mappers()


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(3):
        session.add(Company(id=start + number, name=f"company {number}"))
    session.flush()
    for number in range(6):
        session.add(
            Author(
                id=start + number,
                name=f"author {number}",
                company_id=start + number % 3,
            )
        )
    session.flush()
    for number in range(9):
        of_kind = {0: Text, 1: Review, 2: Book}[number % 3]
        own: dict[str, Any] = (
            {"publisher_id": start + number % 2} if of_kind is Book else {}
        )
        if of_kind is not Review:
            own["code"] = f"code {number}" if number % 2 else None
        session.add(
            of_kind(
                id=start + number,
                title=f"title {number}",
                author_id=start + number % 6,
                editor_id=start + (number + 2) % 6,
                part_of_id=start + number - 3 if number > 5 else None,
                **own,
            )
        )
        session.flush()
        session.add_all(
            Note(
                id=start + number * 3 + note,
                words=f"words {number}.{note}",
                text_id=start + number,
            )
            for note in range(3)
        )


CASES = [
    Case(
        "code of subclasses in place of a property, a hybrid, a column, a relationship",
        Base.metadata,
        seed,
        [Type("Text", Text), Type("Note", Note), Type("Author", Author)],
        """
        type Query { texts: [Text!]! notes: [Note!]! }
        type Text {
            id: ID! by: String signed: String described: String code: String
            notes: [Note!]! remarks: [Note!]! remarked: [String]
        }
        type Note { id: ID! words: String text: Text }
        type Author { id: ID! }
        """,
        [
            Query("{ texts { by } }", 3, 4),
            Query("{ texts { signed } }", 1, 4),
            Query("{ texts { described } }", 3, 4),
            Query("{ texts { code } }", 1, 2),
            Query("{ texts { notes { words } } }", 4, 3),
            Query("{ texts { remarks { words } } }", 3),
            Query("{ texts { remarked } }", 4),
            Query("{ notes { text { by notes { id } } } }", 8, 6),
        ],
    ),
    Case(
        "code that keeps what it reads in variables, or calls itself",
        Base.metadata,
        seed,
        [Type("Text", Text)],
        """
        type Query { texts: [Text!]! }
        type Text { id: ID! employer: String employers: [String] path: String }
        """,
        [
            Query("{ texts { employer } }", 1, 2),
            Query("{ texts { employers } }", 2, 3),
            Query("{ texts { path } }", 2, 3),
        ],
    ),
]
