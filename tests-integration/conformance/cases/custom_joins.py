"""Joins of the user's own: extra conditions, ways round, and no equality at all."""

import warnings

from sqlalchemy import (
    Column,
    ForeignKey,
    ScalarSelect,
    Table,
    and_,
    func,
    join,
    or_,
    select,
)
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    configure_mappers,
    foreign,
    mapped_column,
    relationship,
    remote,
)

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


membership = Table(
    "membership",
    Base.metadata,
    Column("club_id", ForeignKey("club.id"), primary_key=True),
    Column("member_id", ForeignKey("member.id"), primary_key=True),
    Column("role", STRINGS[str], nullable=False),
)


class Club(Base):
    __tablename__ = "club"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    statutes: Mapped[str]
    path: Mapped[str]
    year: Mapped[int]
    events: Mapped[list["Event"]] = relationship(back_populates="club")
    public_events: Mapped[list["Event"]] = relationship(
        primaryjoin=lambda: and_(Club.id == Event.club_id, Event.public.is_(True)),
        viewonly=True,
    )
    last_event: Mapped["Event | None"] = relationship(
        primaryjoin=lambda: and_(
            Club.id == Event.club_id,
            Event.number == last_number(),
        ),
        viewonly=True,
        uselist=False,
    )
    members: Mapped[list["Member"]] = relationship(secondary=membership)
    chairs: Mapped[list["Member"]] = relationship(
        secondary=membership,
        primaryjoin=lambda: and_(
            Club.id == membership.c.club_id, membership.c.role == "chair"
        ),
        secondaryjoin=lambda: and_(
            Member.id == membership.c.member_id, Member.active.is_(True)
        ),
        viewonly=True,
    )
    guests: Mapped[list["Member"]] = relationship(
        secondary=lambda: join(Event, visit, Event.id == visit.c.event_id),
        primaryjoin=lambda: Club.id == Event.club_id,
        secondaryjoin=lambda: Member.id == visit.c.member_id,
        order_by=lambda: Member.id,
        viewonly=True,
    )
    below: Mapped[list["Club"]] = relationship(
        primaryjoin=lambda: remote(foreign(Club.path)).like(Club.path.concat("/%")),
        order_by=lambda: Club.id,
        viewonly=True,
    )
    elder: Mapped[list["Club"]] = relationship(
        primaryjoin=lambda: remote(foreign(Club.year)) < Club.year,
        order_by=lambda: Club.id,
        viewonly=True,
    )
    named_or_met: Mapped[list["Event"]] = relationship(
        primaryjoin=lambda: or_(
            Club.id == foreign(Event.club_id), Club.name == foreign(Event.title)
        ),
        order_by=lambda: Event.id,
        viewonly=True,
    )
    # SQLAlchemy warns of it: lazily it gives the events of any club.
    anyones_events: Mapped[list["Event"]] = relationship(
        primaryjoin=lambda: remote(Club.id) == foreign(Event.club_id),
        order_by=lambda: Event.id,
        viewonly=True,
    )


visit: Table = Table(
    "visit",
    Base.metadata,
    Column("event_id", ForeignKey("event.id"), primary_key=True),
    Column("member_id", ForeignKey("member.id"), primary_key=True),
)


class Event(Base):
    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    agenda: Mapped[str]
    number: Mapped[int]
    public: Mapped[bool]
    club_id: Mapped[int] = mapped_column(ForeignKey("club.id"))
    club: Mapped[Club] = relationship(back_populates="events")
    visitors: Mapped[list["Member"]] = relationship(secondary=visit)
    # A join with a condition on the parent's own column.
    public_club: Mapped[Club | None] = relationship(
        primaryjoin=lambda: and_(
            remote(Club.id) == foreign(Event.club_id), Event.public.is_(True)
        ),
        viewonly=True,
    )


def last_number() -> ScalarSelect[int]:
    """The highest number among the events of the same club."""
    other = Event.__table__.alias()
    return (
        select(func.max(other.c.number))
        .where(other.c.club_id == Event.club_id)
        .correlate_except(other)
        .scalar_subquery()
    )


class Member(Base):
    __tablename__ = "member"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    active: Mapped[bool]


with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Expression club.id is marked", SAWarning)
    configure_mappers()


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    members = [
        Member(id=start + number, name=f"member {number}", active=number != 1)
        for number in range(4)
    ]
    session.add_all(members)
    for number, (path, chosen) in enumerate(
        (("a", (0, 1)), ("a/b", (2,)), ("a/b/c", ()))
    ):
        club = Club(
            id=start + number,
            name=f"club {start + number}",
            statutes="long",
            path=f"{generation}/{path}",
            year=generation * 10 + number,
        )
        club.events = [
            Event(
                id=start + number * 10 + event,
                # One event has the name of another club.
                title=f"club {start + 1}" if event == 2 else f"event {event}",
                agenda="long",
                number=event,
                public=event != 1,
                visitors=[members[event], members[3]],
            )
            for event in range(3 - number)
        ]
        session.add(club)
        session.flush()
        for member in chosen:
            role = "member" if member == 2 else "chair"
            session.execute(
                membership.insert().values(
                    club_id=club.id, member_id=start + member, role=role
                )
            )


SDL = """
    type Query { clubs: [Club!]! club(id: ID!): Club events: [Event!]! }
    type Club {
        id: ID! name: String! statutes: String!
        events: [Event!]! public_events: [Event!]! last_event: Event
        members: [Member!]! chairs: [Member!]! guests: [Member!]!
        below: [Club!]! elder: [Club!]! named_or_met: [Event!]!
        anyones_events: [Event!]!
    }
    type Event {
        id: ID! title: String! agenda: String! club: Club! public_club: Club
        visitors: [Member!]!
    }
    type Member { id: ID! name: String! }
"""


def case(mapping: str, *queries: Query) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[Type("Club", Club), Type("Event", Event), Type("Member", Member)],
        sdl=SDL,
        queries=queries,
    )


CASES = [
    case(
        "primaryjoin with extra conditions",
        Query(
            "{ clubs { name public_events { title } events { id } } }",
            3,
            unread=("agenda", "statutes"),
        ),
        Query("{ events { title public_club { name } } }", 2, unread=("statutes",)),
        Query("{ clubs { last_event { title visitors { name } } } }", 3),
        Query(
            "{ clubs { public_events { title } events { public_club { name } } } }",
            4,
            fault="the fallback keeps extra conditions of a custom primaryjoin",
        ),
    ),
    case(
        "secondaryjoin with extra conditions",
        Query("{ clubs { name chairs { name } members { id } } }", 3),
    ),
    case(
        "viewonly, through two tables",
        Query("{ clubs { name guests { name } } }", 2, unread=("statutes",)),
    ),
    case(
        "joins that are no equality",
        Query("{ clubs { name below { name } } }", 2, unread=("statutes",)),
        Query("{ clubs { name elder { name } } }", 2, unread=("statutes",)),
        Query("{ clubs { name named_or_met { id } } }", 2, unread=("agenda",)),
        Query("{ club(id: 100) { below { below { name events { title } } } } }", 4),
        Query(
            "{ clubs { below { name } elder { name } named_or_met { title } } }",
            4,
            fault="a join that is no equality is not taken for one",
        ),
    ),
    case(
        "primaryjoin without a column of its owner",
        Query("{ clubs { anyones_events { title } } }", 2, unread=("agenda",)),
        Query("{ clubs { name anyones_events { club { name } } } }", 3),
    ),
]
