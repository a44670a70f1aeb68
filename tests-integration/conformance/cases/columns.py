"""Fields that are no plain columns, but made of them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, Select, func, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    composite,
    deferred,
    load_only,
    mapped_column,
    query_expression,
    relationship,
    synonym,
    with_expression,
)
from sqlalchemy.sql import ColumnElement

from ..case import STRINGS, Case, Query, Root, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


@dataclass
class Point:
    x: int
    y: int


@dataclass
class Money:
    """What a composite may be that is given its columns by a function."""

    amount: int
    currency: str


class Street(Base):
    __tablename__ = "street"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    history: Mapped[str]
    houses: Mapped[list["House"]] = relationship(
        back_populates="street", order_by="House.number"
    )
    buildings = synonym("houses")


class House(Base):
    __tablename__ = "house"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column()
    suffix: Mapped[str] = mapped_column()
    colour: Mapped[str] = mapped_column()
    price: Mapped[int] = mapped_column()
    currency: Mapped[str] = mapped_column()
    plan: Mapped[str] = mapped_column(deferred=True)
    deed: Mapped[str] = mapped_column(deferred=True, deferred_group="papers")
    permit: Mapped[str] = mapped_column(deferred=True, deferred_group="papers")
    street_id: Mapped[int] = mapped_column(ForeignKey("street.id"))
    street: Mapped[Street] = relationship(back_populates="houses")
    rooms: Mapped[list["Room"]] = relationship(back_populates="house")

    paint = synonym("colour")
    label: Mapped[str] = column_property(suffix + "/" + colour)
    late_label: Mapped[str] = deferred(colour + "/" + suffix)
    corner: Mapped[Point] = composite(
        Point, mapped_column("corner_x"), mapped_column("corner_y")
    )
    value: Mapped[Money] = composite(Money, price, currency)
    distance: Mapped[int | None] = query_expression()
    rank: Mapped[int] = query_expression(default_expr=number + 1)

    @hybrid_property
    def address(self) -> str:
        return self.colour + " " + self.suffix

    @hybrid_property
    def is_dear(self) -> bool:
        return self.price > 100

    @hybrid_property
    def shout(self) -> str:
        return self.colour.upper()

    @shout.inplace.expression
    @classmethod
    def _shout(cls) -> ColumnElement[str]:
        return func.upper(cls.colour)

    @hybrid_property
    def shown(self) -> str:
        return f"{self.address} {self.label}"

    @shown.inplace.expression
    @classmethod
    def _shown(cls) -> ColumnElement[str]:
        return cls.colour + " " + cls.suffix + " " + cls.label

    @hybrid_property
    def room_count(self) -> int:
        return len(self.rooms)

    @room_count.inplace.expression
    @classmethod
    def _room_count(cls) -> Any:
        return select(func.count()).where(Room.house_id == cls.id).scalar_subquery()

    @property
    def plain(self) -> str:
        """A property that nobody says anything about: it reads plain columns."""
        return f"{self.number}{self.suffix}"

    @property
    def first_room(self) -> str:
        return min((room.name for room in self.rooms), default="none")

    @property
    def where(self) -> str:
        return f"{self.street.name} {self.number}"

    @property
    def door_count(self) -> int:
        return sum(len(room.doors) for room in self.rooms)


Street.__mapper__.add_property(
    "house_count",
    column_property(
        select(func.count(House.id))
        .where(House.street_id == Street.id)
        .correlate_except(House)
        .scalar_subquery()
    ),
)


class Room(Base):
    __tablename__ = "room"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    wallpaper: Mapped[str]
    house_id: Mapped[int] = mapped_column(ForeignKey("house.id"))
    house: Mapped[House] = relationship(back_populates="rooms")
    doors: Mapped[list["Door"]] = relationship()


class Door(Base):
    __tablename__ = "door"
    id: Mapped[int] = mapped_column(primary_key=True)
    material: Mapped[str]
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(2):
        street = Street(id=start + number, name=f"street {number}", history="long")
        street.houses = [
            House(
                id=start + number * 10 + house,
                number=house,
                suffix="abc"[house],
                colour=("red", "blue", "grey")[house],
                price=60 * (house + 1),
                currency="EUR",
                plan=f"plan {house}",
                deed=f"deed {house}",
                permit=f"permit {house}",
                corner=Point(house, number),
                rooms=[
                    Room(
                        id=start + number * 20 + house * 5 + room,
                        name=f"room {room}",
                        wallpaper="long",
                        doors=[
                            Door(
                                id=start * 2
                                + number * 40
                                + house * 10
                                + room * 3
                                + door,
                                material="oak",
                            )
                            for door in range(room)
                        ],
                    )
                    for room in range(house + 1)
                ],
            )
            for house in range(3)
        ]
        session.add(street)


SDL = """
    type Query {
        streets(house_count: Int): [Street!]!
        houses(
            paint: String, address: String, shout: String, is_dear: Boolean,
            colour: [String!], label: String
        ): [House!]!
        house(id: ID!): House
        prunedHouses: [House!]!
        rooms: [Room!]!
    }
    type Street {
        name: String! history: String! house_count: Int!
        houses: [House!]! buildings: [House!]!
    }
    type House {
        id: ID! number: Int! suffix: String! colour: String! paint: String!
        plan: String! deed: String! permit: String!
        label: String! late_label: String! corner: Point! value: Money!
        distance: Int rank: Int
        address: String! is_dear: Boolean! shout: String! shown: String!
        room_count: Int! plain: String! first_room: String! where: String!
        doors: Int! greeting: String! constant: String! surveyed: Boolean!
        street: Street! rooms: [Room!]!
    }
    type Point { x: Int! y: Int! }
    type Money { amount: Int! currency: String! }
    type Room { name: String! wallpaper: String! house: House! }
"""


def houses() -> Select[Any]:
    return select(House).order_by(House.id)


def greeting(house: House, info: Any) -> str:
    return f"Hello {house.colour} {house.street.name}"


def constant(house: House, info: Any) -> str:
    return "constant"


def surveyed(house: House, info: Any) -> bool:
    """A resolver that nobody says anything about."""
    return house.distance is not None


def case(mapping: str, *queries: Query, base_query: Any = houses) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Street", Street),
            Type(
                "House",
                House,
                base_query=base_query,
                aliases={"doors": "door_count"},
                resolvers={
                    "greeting": greeting,
                    "constant": constant,
                    "surveyed": surveyed,
                },
                requires={
                    "room_count": ["rooms"],
                    "first_room": ["rooms.name"],
                    "where": ["number", "street.name"],
                    "doors": ["rooms.doors"],
                    "greeting": ["colour", "street.name"],
                    "constant": [],
                },
            ),
            Type("Room", Room),
        ],
        sdl=SDL,
        queries=queries,
        roots={
            "prunedHouses": Root(houses, options=[load_only(House.id, House.number)])
        },
    )


def houses_with_distance() -> Select[Any]:
    return houses().options(with_expression(House.distance, House.price * 2))


CASES = [
    case(
        "hybrid properties",
        Query("{ houses { address } }", 1, unread=("price", "number")),
        Query(
            "{ houses { address is_dear } }",
            1,
            fault="a hybrid costs no deferred loads",
        ),
        Query("{ houses { shout is_dear } }", 1, unread=("suffix", "number")),
        Query("{ streets { houses { shown } } }", 2, unread=("price", "history")),
        Query("{ rooms { name house { address } } }", 2, unread=("wallpaper",)),
        Query('{ houses(address: "red a") { number } }', 1),
        Query('{ houses(shout: "BLUE") { number street { name } } }', 2),
        Query("{ houses(is_dear: true) { number rooms { name } } }", 2),
    ),
    case(
        "column_property",
        Query("{ houses { label } }", 1),
        Query("{ streets { name house_count } }", 1, unread=("history",)),
        Query("{ houses { number street { house_count } } }", 2, unread=("price",)),
        Query("{ rooms { house { label street { house_count } } } }", 3),
        Query("{ streets(house_count: 3) { houses { label } } }", 2),
        Query('{ houses(label: "a/red") { number } }', 1),
        # Not asked, not computed.
        Query("{ streets { name } }", 1, unread=("count",), paths=("eager",)),
    ),
    case(
        "synonyms",
        Query("{ houses { paint } }", 1, unread=("price",)),
        Query("{ streets { buildings { paint } } }", 2, unread=("suffix", "history")),
        Query("{ streets { buildings { number } houses { colour } } }", 2),
        Query('{ houses(paint: "red") { number } }', 1),
    ),
    case(
        "composites",
        Query("{ houses { corner { x y } } }", 1, unread=("price",)),
        Query("{ streets { houses { corner { y } value { amount } } } }", 2),
        Query("{ rooms { house { value { amount currency } } } }", 2),
    ),
    case(
        "deferred columns",
        Query("{ houses { plan number } }", 1, 2, unread=("deed", "permit", "price")),
        Query("{ houses { deed late_label } }", 1, 2, unread=("plan",)),
        Query("{ streets { houses { plan permit } } }", 2, unread=("price",)),
        Query("{ rooms { name house { deed } } }", 2, unread=("plan", "price")),
        Query("{ houses { number } }", 1, unread=("plan", "deed", "permit")),
        # Whoever loaded the object left out what is asked.
        Query("{ prunedHouses { number colour } }", 2, paths=("fallback",)),
        Query(
            "{ prunedHouses { plan address rooms { name } street { name } } }",
            4,
            paths=("fallback",),
        ),
    ),
    case(
        "query_expression, with_expression on the base query",
        Query("{ houses { number distance } }", 1),
        Query("{ houses { distance street { name } } }", 2),
        Query("{ houses { number } }", 1),
        base_query=houses_with_distance,
    ),
    case(
        "query_expression, not given",
        Query("{ houses { distance number } }", 1, empty=("distance",)),
        Query("{ houses { rank } }", 1, unread=("price",)),
        Query("{ streets { houses { rank } } }", 2, unread=("price", "history")),
        Query("{ houses { surveyed } }", 1),
        # The house is loaded once more, of which less is asked then.
        Query(
            "{ houses { rooms { house { number } } distance } }", 2, empty=("distance",)
        ),
    ),
    case(
        "plain properties",
        Query(
            "{ houses { plain } }",
            1,
            unread=("plan", "deed"),
            fault="a plain property is planned",
        ),
        Query("{ streets { houses { plain } } }", 2, unread=("plan", "deed")),
        Query("{ rooms { house { plain } name } }", 2, unread=("plan", "wallpaper")),
    ),
    case(
        "requires hints",
        Query("{ houses { room_count } }", 2, unread=("price", "door")),
        Query("{ houses { first_room } }", 2, unread=("price", "wallpaper")),
        Query("{ houses { where } }", 2, unread=("price", "history")),
        Query("{ houses { doors } }", 3, unread=("price", "street")),
        Query("{ houses { greeting rooms { name } } }", 3, unread=("price",)),
        Query("{ houses { constant } }", 1, unread=("price", "colour")),
        Query("{ streets { houses { where first_room } } }", 4, unread=("wallpaper",)),
        Query("{ rooms { house { greeting doors } } }", 5, unread=("wallpaper",)),
        Query("{ rooms { house { constant } } }", 2, unread=("wallpaper", "colour")),
    ),
]
