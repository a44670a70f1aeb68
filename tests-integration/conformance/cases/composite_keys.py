"""Keys of several columns, in no order that a name would give."""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

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
            Query("{ guests { name reservations { hotel charges { amount } } } }", 3),
            Query("{ charges { amount reservation { nights } } }", 2),
            Query("{ charges { reservation { guests { name } } } }", 3),
        ],
    )
]
