"""Python code that reads what the client did not ask for."""

from ariadne import InterfaceType
from sqlalchemy import ColumnElement, ForeignKey, event, literal
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    configure_mappers,
    keyfunc_mapping,
    mapped_column,
    reconstructor,
    relationship,
    synonym,
)

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


class Team(Base):
    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    motto: Mapped[str]
    people: Mapped[list["Person"]] = relationship(
        back_populates="team", order_by="Person.id"
    )
    by_city: Mapped[dict[str, "Person"]] = relationship(
        collection_class=keyfunc_mapping(lambda person: person.city.name),
        order_by="Person.id",
        viewonly=True,
    )


class City(Base):
    __tablename__ = "city"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    nick: Mapped[str | None]
    first: Mapped[str]
    last: Mapped[str]
    secret: Mapped[str]
    kind: Mapped[str]
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    team: Mapped[Team] = relationship(back_populates="people", lazy="joined")
    city: Mapped[City] = relationship()

    @hybrid_property
    def shown(self) -> str:
        return self.nick or self.first

    @hybrid_property
    def greeting(self) -> str:
        if self.nick:
            return self.nick
        return f"{self.full} of {self.team.name}"

    @greeting.inplace.expression
    @classmethod
    def _greeting(cls) -> ColumnElement[str]:
        return literal("")

    @property
    def full(self) -> str:
        return self._joined()

    def _joined(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def place(self) -> str:
        return self.city.name

    @property
    def there(self) -> str | None:
        if getattr(self, "city", None) is not None and hasattr(self.city, "name"):
            return self.city.name
        return None

    @property
    def anything(self) -> str:
        return ", ".join([self.first, describe(self)])

    masked = synonym(
        "secret", descriptor=property(lambda self: "***" + self.secret[-1:])
    )
    loud = synonym("first", descriptor=property(lambda self: self.first.upper()))


def describe(person: Person) -> str:
    return f"{person.last} in {person.team.name}"


class Car(Base):
    __tablename__ = "car"
    id: Mapped[int] = mapped_column(primary_key=True)
    brand: Mapped[str]
    model: Mapped[str]

    @reconstructor
    def on_load(self) -> None:
        self.full = f"{self.brand} {self.model}"


class Bike(Base):
    __tablename__ = "bike"
    id: Mapped[int] = mapped_column(primary_key=True)
    brand: Mapped[str]


@event.listens_for(Bike, "load")
def make_loud(bike: Bike, _context: object) -> None:
    vars(bike)["loud"] = bike.brand.upper()


class Animal(Base):
    __tablename__ = "animal"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column()
    name: Mapped[str | None] = mapped_column()
    tag: Mapped[str]
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "animal"}


class Dog(Animal):
    __mapper_args__ = {"polymorphic_identity": "dog"}

    name = property(lambda self: f"dog {self.tag}")


class Cat(Animal):
    __tablename__ = "cat"
    id: Mapped[int] = mapped_column(ForeignKey("animal.id"), primary_key=True)
    trick: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "cat"}

    name = property(lambda self: f"cat {self.trick}")


Team.animals = relationship(Animal, order_by=Animal.id)
configure_mappers()


def seed_animals(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(3):
        tag = f"tag {number}"
        dog = Dog(id=start + 3 + number, tag=tag, team_id=start)
        cat = Cat(id=start + 6 + number, tag=tag, trick=f"t{number}", team_id=start)
        name = f"name {number}"
        animal = Animal(id=start + number, name=name, tag=tag, team_id=start)
        session.add_all([animal, dog, cat])


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    session.add_all(
        City(id=start + number, name=f"city {generation}.{number}")
        for number in range(3)
    )
    session.add_all(
        Team(id=start + number, name=f"team {number}", motto="long")
        for number in range(2)
    )
    session.flush()
    seed_animals(session, generation)
    for number in range(6):
        session.add_all(
            [
                Person(
                    id=start + number,
                    nick=f"nick {number}" if number % 2 else None,
                    first=f"first {number}",
                    last=f"last {number}",
                    secret=f"secret {number}",
                    kind="player" if number % 3 else "coach",
                    team_id=start + number // 3,
                    city_id=start + number % 3,
                ),
                Car(id=start + number, brand="brand", model=f"model {number}"),
                Bike(id=start + number, brand=f"brand {number}"),
            ]
        )


def resolver(person: Person, _info: object) -> str:
    return describe(person)


def kind_of(person: Person, *_: object) -> str:
    return {"player": "Player", "coach": "Coach"}[person.kind]


SDL = """
    type Query {
        people: [Person!]! teams: [Team!]! cars: [Car!]! bikes: [Bike!]!
    }
    type Team { name: String! people: [Person!]! by_city: [Person!]! }
    type Person {
        shown: String greeting: String full: String place: String there: String
        anything: String
        masked: String loud: String described: String
    }
    type Car { id: ID! full: String }
    type Bike { id: ID! loud: String }
"""
KINDS_SDL = """
    type Query { players: [Player!]! teams: [Team!]! }
    interface Human { first: String! }
    type Player implements Human { first: String! last: String! }
    type Coach implements Human { first: String! last: String! }
    type Team { name: String! people: [Human!]! }
"""


def kinds(mapping: str, **requires: list[str]) -> Case:
    return Case(
        mapping,
        Base.metadata,
        seed,
        [
            Type("Player", Person, requires=requires),
            Type("Coach", Person, requires=requires),
            Type("Team", Team),
        ],
        KINDS_SDL,
        [
            Query("{ teams { name people { first } } }", 2),
            Query(
                "{ teams { people { __typename ... on Coach { last } } } }",
                2,
                unread=("secret",) if requires else (),
            ),
        ],
        first=[InterfaceType("Human", kind_of)],
    )


CASES = [
    Case(
        "hybrids, properties and synonyms that read other columns",
        Base.metadata,
        seed,
        [
            Type("Team", Team),
            Type("Person", Person, resolvers={"described": resolver}),
            Type("Car", Car),
            Type("Bike", Bike),
        ],
        SDL,
        [
            Query("{ people { shown } }", 1, unread=("last", "secret", "team")),
            Query("{ people { greeting } }", 1, unread=("secret", "motto")),
            Query("{ people { full } }", 1),
            Query("{ people { place } }", 1, 2),
            Query("{ people { there } }", 1, 2),
            Query("{ people { masked loud } }", 1),
            # What nothing is known of may read what is mapped to load.
            Query("{ people { anything } }", 1),
            Query("{ people { described } }", 1),
            Query("{ teams { people { shown greeting place } } }", 2, 3),
            Query("{ teams { people { anything described } } }", 2),
            Query("{ teams { by_city { shown } } }", 2),
        ],
    ),
    Case(
        "code that runs when a row is loaded",
        Base.metadata,
        seed,
        [
            Type("Team", Team),
            Type("Person", Person),
            Type("Car", Car),
            Type("Bike", Bike),
        ],
        SDL.replace("described: String", ""),
        [
            Query("{ cars { id } }", 1),
            Query("{ cars { id full } }", 1),
            Query("{ bikes { id } }", 1),
            Query("{ bikes { id loud } }", 1),
        ],
    ),
    Case(
        "a property of a subclass in place of a column",
        Base.metadata,
        seed,
        [Type("Animal", Animal), Type("Team", Team)],
        """
        type Query { animals: [Animal!]! teams: [Team!]! }
        type Animal { id: ID! name: String }
        type Team { name: String! animals: [Animal!]! }
        """,
        [
            Query("{ animals { id name } }", 2),
            Query("{ teams { name animals { name } } }", 3),
        ],
    ),
    kinds("a type resolver that reads a column"),
    kinds("a type resolver that says what it reads", __typename=["kind"]),
]
