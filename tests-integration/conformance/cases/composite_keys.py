"""Keys of several columns, in no order that a name would give."""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    UniqueConstraint,
    and_,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    deferred,
    foreign,
    mapped_column,
    relationship,
)

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


# Neither the columns of a key nor the two sides of a reference sort alike.
reservation_guest = Table(
    "reservation_guest",
    Base.metadata,
    Column("b_number", Integer, primary_key=True),
    Column("a_hotel", String(50), primary_key=True),
    Column("guest_code", Integer, primary_key=True),
    Column("guest_area", String(50), primary_key=True),
    ForeignKeyConstraint(
        ["a_hotel", "b_number"], ["reservation.hotel", "reservation.number"]
    ),
    ForeignKeyConstraint(["guest_code", "guest_area"], ["guest.zcode", "guest.area"]),
)


class Guest(Base):
    __tablename__ = "guest"
    zcode: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    notes: Mapped[str]
    reservations: Mapped[list["Reservation"]] = relationship(
        secondary=reservation_guest, back_populates="guests"
    )


class Reservation(Base):
    __tablename__ = "reservation"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hotel: Mapped[str] = mapped_column(primary_key=True)
    nights: Mapped[int]
    remarks: Mapped[str]
    guests: Mapped[list[Guest]] = relationship(
        secondary=reservation_guest, back_populates="reservations"
    )
    charges: Mapped[list["Charge"]] = relationship(back_populates="reservation")
    # MariaDB refers to an index, in its order.
    __table_args__ = (UniqueConstraint("hotel", "number"),)


class Charge(Base):
    __tablename__ = "charge"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
    # Half of the reference may be there alone, and then refers to nothing.
    a_hotel: Mapped[str | None]
    z_number: Mapped[int | None]
    reservation: Mapped[Reservation | None] = relationship(back_populates="charges")
    __table_args__ = (
        ForeignKeyConstraint(
            ["z_number", "a_hotel"], ["reservation.number", "reservation.hotel"]
        ),
    )


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    guests = [
        Guest(zcode=start + number // 2, area=area, name=f"{number}{area}", notes="x")
        for number, area in ((0, "north"), (1, "south"), (2, "north"))
    ]
    # The same number in two hotels, and the same hotel with two numbers.
    for place, (number, hotel, chosen) in enumerate(
        ((1, "ritz", (0, 1)), (1, "savoy", (1, 2)), (2, "ritz", ()))
    ):
        reservation = Reservation(
            number=start + number, hotel=hotel, nights=number, remarks="long"
        )
        reservation.guests = [guests[position] for position in chosen]
        reservation.charges = [
            Charge(id=start + place * 10 + item, amount=item) for item in range(place)
        ]
        session.add(reservation)
    session.add(Charge(id=start + 99, amount=99, a_hotel="ritz", z_number=None))


class Part(DeclarativeBase):
    type_annotation_map = STRINGS


# No database has NULL in what it calls a primary key: these are keys to the mapping.
room = Table(
    "room",
    Part.metadata,
    Column("number", Integer, nullable=False),
    Column("wing", Integer),
    Column("name", String(50)),
    Column("notes", String(50)),
)
floor = Table(
    "floor",
    Part.metadata,
    Column("house", String(50), nullable=False),
    Column("level", String(50)),
    Column("name", String(50)),
)


class Room(Part):
    __table__ = room
    __mapper_args__ = {"primary_key": [room.c.number, room.c.wing]}
    notes = deferred(room.c.notes)
    stays: Mapped[list["Stay"]] = relationship(
        primaryjoin=lambda: and_(
            foreign(Stay.number) == room.c.number, foreign(Stay.wing) == room.c.wing
        ),
        order_by="Stay.id",
        viewonly=True,
    )
    of_number: Mapped[list["Stay"]] = relationship(
        primaryjoin=lambda: and_(foreign(Stay.number) == room.c.number, Stay.id > 0),
        order_by="Stay.id",
        viewonly=True,
    )


class Floor(Part):
    __table__ = floor
    __mapper_args__ = {"primary_key": [floor.c.house, floor.c.level]}


class Stay(Part):
    __tablename__ = "stay"
    id: Mapped[int] = mapped_column(primary_key=True)
    nights: Mapped[int]
    number: Mapped[int]
    wing: Mapped[int | None]
    house: Mapped[str]
    level: Mapped[str | None]
    room: Mapped[Room | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(Stay.number) == room.c.number, foreign(Stay.wing) == room.c.wing
        ),
        viewonly=True,
    )
    # A join finds no NULL, and what is mapped to load by one is not asked again.
    joined_room: Mapped[Room | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(Stay.number) == room.c.number, foreign(Stay.wing) == room.c.wing
        ),
        lazy="joined",
        viewonly=True,
    )
    named_room: Mapped[Room | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(Stay.level) == room.c.name, foreign(Stay.wing) == room.c.wing
        ),
        viewonly=True,
    )
    floor: Mapped[Floor | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(Stay.house) == floor.c.house, foreign(Stay.level) == floor.c.level
        ),
        viewonly=True,
    )


def seed_parts(session: Session, generation: int) -> None:
    start = generation * 100
    rooms = [(start, 1), (start, None), (start + 1, 2)]
    session.execute(
        room.insert(),
        [
            {"number": number, "wing": wing, "name": f"{number}", "notes": f"n{wing}"}
            for number, wing in rooms
        ],
    )
    floors = [(f"h{start}", "1"), (f"h{start}", None)]
    session.execute(
        floor.insert(),
        [{"house": h, "level": level, "name": f"{h}/{level}"} for h, level in floors],
    )
    stays = [
        (start, 1, "1"),
        (start, None, None),
        (start + 1, None, f"{start}"),
        (start, 1, f"{start}"),
    ]
    session.add_all(
        Stay(
            id=start + place,
            nights=place,
            number=number,
            wing=wing,
            house=f"h{start}",
            level=level,
        )
        for place, (number, wing, level) in enumerate(stays)
    )


CASES = [
    Case(
        mapping="composite keys, columns in any order",
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Guest", Guest),
            Type("Reservation", Reservation),
            Type("Charge", Charge),
        ],
        sdl="""
            type Query {
                reservations: [Reservation!]!
                guests: [Guest!]!
                charges: [Charge!]!
            }
            type Guest { name: String! notes: String! reservations: [Reservation!]! }
            type Reservation {
                number: Int! hotel: String! nights: Int! remarks: String!
                guests: [Guest!]! charges: [Charge!]!
            }
            type Charge { amount: Int! reservation: Reservation }
        """,
        queries=[
            Query("{ reservations { nights guests { name } } }", 2, unread=("notes",)),
            Query(
                "{ reservations { guests { name } }"
                " guests { reservations { nights } } }",
                4,
                fault="a composite many-to-many finds rows"
                " whatever the order of its key columns",
            ),
            Query("{ guests { name reservations { hotel charges { amount } } } }", 3),
            Query("{ charges { amount reservation { nights } } }", 2),
            Query("{ charges { reservation { guests { name } } } }", 3),
        ],
    ),
    Case(
        mapping="composite keys with NULL in a part",
        metadata=Part.metadata,
        seed=seed_parts,
        types=[Type("Room", Room), Type("Floor", Floor), Type("Stay", Stay)],
        sdl="""
            type Query { stays: [Stay!]! rooms: [Room!]! }
            type Room {
                name: String! notes: String! stays: [Stay!]! of_number: [Stay!]!
            }
            type Floor { name: String! }
            type Stay {
                nights: Int! room: Room joined_room: Room named_room: Room floor: Floor
            }
        """,
        queries=[
            Query("{ stays { nights room { name } } }", 2),
            Query("{ stays { room { notes } } }", 2),
            Query("{ stays { floor { name } } }", 2),
            Query("{ stays { joined_room { name } } }", 1, fallback=1),
            Query("{ stays { named_room { name } } }", 2),
            Query("{ stays { room { stays { nights } } floor { name } } }", 4),
            Query("{ rooms { name notes stays { nights } } }", 2, fallback=3),
            Query("{ rooms { name of_number { nights } } }", 2),
        ],
    ),
]
