"""Parents that are dicts, as a manual resolver may return."""

from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Table,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from ..case import STRINGS, Case, Query, Root, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


visit = Table(
    "visit",
    Base.metadata,
    Column("country", STRINGS[str], primary_key=True),
    Column("number", STRINGS[str], primary_key=True),
    Column("sight_id", ForeignKey("sight.id"), primary_key=True),
    ForeignKeyConstraint(["number", "country"], ["city.number", "city.country"]),
)


class City(Base):
    __tablename__ = "city"
    country: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    region_id: Mapped[int | None] = mapped_column("REGION", ForeignKey("region.id"))
    region: Mapped["Region | None"] = relationship(back_populates="cities")
    streets: Mapped[list["Street"]] = relationship(order_by="Street.name.desc()")
    sights: Mapped[list["Sight"]] = relationship(
        secondary=visit, back_populates="cities"
    )
    # MariaDB refers to an index, in its order.
    __table_args__ = (UniqueConstraint("number", "country"),)


class Region(Base):
    __tablename__ = "region"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    history: Mapped[str]
    cities: Mapped[list[City]] = relationship(back_populates="region")


class Street(Base):
    __tablename__ = "street"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    city_number: Mapped[str]
    a_country: Mapped[str]
    __table_args__ = (
        ForeignKeyConstraint(
            ["a_country", "city_number"], ["city.country", "city.number"]
        ),
    )


class Sight(Base):
    __tablename__ = "sight"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    cities: Mapped[list[City]] = relationship(secondary=visit, back_populates="sights")


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    regions = [
        Region(id=start + number, name=f"region {number}", history="long")
        for number in range(2)
    ]
    sights = [Sight(id=start + number, name=f"sight {number}") for number in range(3)]
    for number, region in enumerate((0, 0, 1, None)):
        city = City(
            country="ab"[number % 2],
            number=f"{generation}{number // 2}",
            name=f"city {number}",
            region=None if region is None else regions[region],
            sights=sights[number:],
        )
        city.streets = [
            Street(id=start + number * 10 + street, name=f"street {street}")
            for street in range(number)
        ]
        session.add(city)


CITY = ("country", "number", "name", "region_id")


def as_dict(city: City) -> dict[str, Any]:
    return {name: getattr(city, name) for name in CITY}


def with_region(city: City) -> dict[str, Any]:
    return {"name": city.name, "region": city.region, "seen": list(city.sights)}


CASES = [
    Case(
        mapping="parents that are dicts and have what they lead to",
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("City", City, aliases={"seen": "sights"}),
            Type("Region", Region),
            Type("Sight", Sight),
        ],
        sdl="""
            type Query { cities: [City!]! }
            type City { name: String! region: Region seen: [Sight!]! }
            type Region { name: String! cities: [City!]! }
            type Sight { name: String! cities: [City!]! }
        """,
        queries=[
            Query(query, bound, paths=("fallback",))
            for query, bound in (
                ("{ cities { name region { name cities { name } } } }", 3),
                ("{ cities { region { cities { name seen { name } } } } }", 4),
                ("{ cities { seen { cities { name } } } }", 3),
            )
        ],
        roots={
            "cities": Root(
                lambda: (
                    select(City)
                    .options(joinedload(City.region), selectinload(City.sights))
                    .order_by(City.country, City.number)
                ),
                shape=with_region,
            )
        },
    ),
    Case(
        mapping="parents that are dicts",
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("City", City, aliases={"roads": "streets"}),
            Type("Region", Region),
            Type("Street", Street),
            Type("Sight", Sight),
        ],
        sdl="""
            type Query { cities: [City!]! city: City }
            type City {
                country: String! name: String!
                region: Region streets: [Street!]! roads: [Street!]! sights: [Sight!]!
            }
            type Region { name: String! history: String! cities: [City!]! }
            type Street { name: String! }
            type Sight { name: String! }
        """,
        queries=[
            Query(query, bound, paths=("fallback",), unread=("history",))
            for query, bound in (
                ("{ cities { name region { name } } }", 2),
                ("{ cities { name streets { name } } }", 2),
                ("{ cities { roads { name } sights { name } } }", 3),
                ("{ cities { region { cities { name streets { name } } } } }", 4),
                ("{ city { name region { name } sights { name } } }", 3),
            )
        ],
        roots={
            name: Root(
                lambda: select(City).order_by(City.country, City.number), shape=as_dict
            )
            for name in ("cities", "city")
        },
    ),
]
