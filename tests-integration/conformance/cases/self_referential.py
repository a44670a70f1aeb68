"""Relationships from a table to itself."""

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


follow = Table(
    "follow",
    Base.metadata,
    Column("follower_id", ForeignKey("person.id"), primary_key=True),
    Column("followed_id", ForeignKey("person.id"), primary_key=True),
)


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    biography: Mapped[str]
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    mentor: Mapped["Person | None"] = relationship(
        remote_side=id, back_populates="pupils"
    )
    pupils: Mapped[list["Person"]] = relationship(back_populates="mentor")
    following: Mapped[list["Person"]] = relationship(
        secondary=follow,
        primaryjoin=id == follow.c.follower_id,
        secondaryjoin=id == follow.c.followed_id,
        back_populates="followers",
    )
    followers: Mapped[list["Person"]] = relationship(
        secondary=follow,
        primaryjoin=id == follow.c.followed_id,
        secondaryjoin=id == follow.c.follower_id,
        back_populates="following",
    )


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    people = [
        Person(id=start + number, name=f"person {number}", biography="long")
        for number in range(5)
    ]
    session.add_all(people)
    for pupil, mentor in ((1, 0), (2, 1), (3, 1), (4, 3)):
        people[pupil].mentor = people[mentor]
    for follower, followed in ((0, 1), (1, 0), (2, 2), (3, 0), (3, 4), (4, 0)):
        people[follower].following.append(people[followed])


SDL = """
    type Query { people: [Person!]! person(id: ID!): Person }
    type Person {
        id: ID! name: String! biography: String!
        mentor: Person pupils: [Person!]! following: [Person!]! followers: [Person!]!
    }
"""


def case(mapping: str, *queries: Query) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[Type("Person", Person)],
        sdl=SDL,
        queries=queries,
    )


CASES = [
    case(
        "self-referential",
        Query("{ people { name mentor { name } } }", 2, unread=("biography",)),
        Query("{ people { pupils { name pupils { name biography } } } }", 3),
        Query("{ people { mentor { name mentor { name pupils { name } } } } }", 4),
        # The same person, with other columns at each level.
        Query("{ people { name pupils { id mentor { biography } } } }", 3),
    ),
    case(
        "self-referential many-to-many",
        Query("{ people { name following { name } } }", 2, unread=("biography",)),
        Query("{ people { followers { name following { name } } } }", 3),
        Query("{ person(id: 103) { following { name followers { name } } } }", 3),
        Query(
            "{ people { followers { name } following { name } } }",
            3,
            fault="the fallback loads self-referential many-to-many",
        ),
    ),
]
