"""Trees of joined, single and concrete tables, as owners and as targets."""

from dataclasses import replace
from typing import Any

from ariadne import InterfaceType, UnionType
from sqlalchemy import Column, ForeignKey, Integer, Select, String, Table, select
from sqlalchemy.ext.declarative import ConcreteBase
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    configure_mappers,
    mapped_column,
    polymorphic_union,
    relationship,
    selectinload,
    with_polymorphic,
)

from ..case import STRINGS, Case, Query, Root, Type


def type_name(instance: Any, *_: Any) -> str:
    """The GraphQL type has the name of the class."""
    return type(instance).__name__


class Joined(DeclarativeBase):
    type_annotation_map = STRINGS


class Company(Joined):
    __tablename__ = "company"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    employees: Mapped[list["Employee"]] = relationship(back_populates="company")
    engineers: Mapped[list["Engineer"]] = relationship(viewonly=True)


class Employee(Joined):
    __tablename__ = "employee"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str]
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    company: Mapped[Company] = relationship(back_populates="employees")
    badges: Mapped[list["Badge"]] = relationship(back_populates="employee")
    __mapper_args__ = {"polymorphic_on": "kind"}


class Engineer(Employee):
    __tablename__ = "engineer"
    id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    language: Mapped[str]
    editor: Mapped[str]
    projects: Mapped[list["Project"]] = relationship(back_populates="lead")
    __mapper_args__ = {"polymorphic_identity": "engineer"}


class Manager(Employee):
    __tablename__ = "manager"
    id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    bonus: Mapped[int]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    office: Mapped["Office | None"] = relationship()
    __mapper_args__ = {"polymorphic_identity": "manager"}


class Director(Manager):
    """Two levels below the base, in a table of its own."""

    __tablename__ = "director"
    id: Mapped[int] = mapped_column(ForeignKey("manager.id"), primary_key=True)
    shares: Mapped[int]
    __mapper_args__ = {"polymorphic_identity": "director"}


class Badge(Joined):
    __tablename__ = "badge"
    id: Mapped[int] = mapped_column(primary_key=True)
    door: Mapped[str]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    employee: Mapped[Employee] = relationship(back_populates="badges")


class Office(Joined):
    __tablename__ = "office"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str]
    floor: Mapped[str]


class Project(Joined):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    plan: Mapped[str]
    lead_id: Mapped[int] = mapped_column(ForeignKey("engineer.id"))
    lead: Mapped[Engineer] = relationship(back_populates="projects")


def seed_joined(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(2):
        first = start + number * 10
        company = Company(id=first, name=f"company {number}", address="long")
        office = Office(id=first, city=f"city {number}", floor="first")
        engineers = [
            Engineer(
                id=first + place,
                name=f"engineer {place}",
                phone="long",
                language=f"language {place}",
                editor="ed",
                projects=[
                    Project(
                        id=first + place * 3 + project,
                        title=f"project {project}",
                        plan="long",
                    )
                    for project in range(place)
                ],
            )
            for place in range(3)
        ]
        manager = Manager(
            id=first + 5, name="manager", phone="long", bonus=number, office=office
        )
        homeless = Manager(id=first + 6, name="homeless", phone="long", bonus=7)
        director = Director(
            id=first + 7, name="director", phone="x", bonus=9, shares=3, office=office
        )
        company.employees = [*engineers, manager, homeless, director]
        for employee in company.employees:
            employee.badges = [Badge(id=employee.id, door=f"door {employee.id % 10}")]
        session.add(company)


JOINED_SDL = """
    type Query {
        companies: [Company!]!
        employees: [Employee!]!
        engineers: [Engineer!]!
        managers: [Manager!]!
        directors: [Director!]!
        offices: [Office!]!
        badges: [Badge!]!
        projects: [Project!]!
    }
    type Company {
        name: String! address: String!
        employees: [Employee!]! engineers: [Engineer!]!
        staff: [Staff!]! people: [Worker!]!
    }
    interface Employee {
        id: ID! name: String! phone: String! company: Company! badges: [Badge!]!
    }
    type Engineer implements Employee {
        id: ID! name: String! phone: String! company: Company! badges: [Badge!]!
        language: String! editor: String! projects: [Project!]!
    }
    type Manager implements Employee {
        id: ID! name: String! phone: String! company: Company! badges: [Badge!]!
        bonus: Int! office: Office
    }
    type Director implements Employee {
        id: ID! name: String! phone: String! company: Company! badges: [Badge!]!
        bonus: Int! office: Office shares: Int!
    }
    union Staff = Engineer | Manager | Director
    # The base class as a type of its own, which its subclasses are as well.
    type Worker { name: String! phone: String! company: Company! badges: [Badge!]! }
    type Badge { door: String! employee: Employee! }
    type Office { city: String! floor: String! }
    type Project { title: String! plan: String! lead: Engineer! }
"""


def employees() -> Select[Any]:
    return select(Employee).order_by(Employee.id)


def joined(
    mapping: str, *queries: Query, by_class: bool = False, **options: Any
) -> Case:
    told = [InterfaceType("Employee", type_name), UnionType("Staff", type_name)]
    return Case(
        mapping=mapping,
        metadata=Joined.metadata,
        seed=seed_joined,
        types=[
            Type(
                "Company",
                Company,
                aliases={"staff": "employees", "people": "employees"},
                **options,
            ),
            Type("Worker", Employee, ordered=False),
            Type("Engineer", Engineer, ordered=False),
            Type("Manager", Manager, ordered=False),
            Type("Director", Director, ordered=False),
            Type("Badge", Badge),
            Type("Office", Office),
            Type("Project", Project),
        ],
        sdl=JOINED_SDL,
        queries=queries,
        roots={"employees": Root(employees)},
        bindables=[] if by_class else told,
        naive=told if by_class else [],
    )


class Single(DeclarativeBase):
    type_annotation_map = STRINGS


class Shelf(Single):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    items: Mapped[list["Item"]] = relationship(back_populates="shelf")
    films: Mapped[list["Film"]] = relationship(viewonly=True)


class Item(Single):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    title: Mapped[str]
    notes: Mapped[str | None] = mapped_column(default="long")
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))
    shelf: Mapped[Shelf] = relationship(back_populates="items")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "item"}


class Film(Item):
    minutes: Mapped[int | None]
    scenes: Mapped[list["Scene"]] = relationship()
    __mapper_args__ = {"polymorphic_identity": "film"}


class Novel(Item):
    pages: Mapped[int | None]
    sequel_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    sequel: Mapped["Novel | None"] = relationship(remote_side=Item.id)
    __mapper_args__ = {"polymorphic_identity": "novel"}


class Scene(Single):
    __tablename__ = "scene"
    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str]
    film_id: Mapped[int] = mapped_column(ForeignKey("item.id"))


def seed_single(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(2):
        first = start + number * 10
        shelf = Shelf(id=first, name=f"shelf {number}")
        sequel = Novel(id=first, title="second", pages=200)
        shelf.items = [
            sequel,
            Novel(id=first + 1, title="first", pages=100, sequel=sequel),
            Film(
                id=first + 2,
                title="film",
                minutes=90,
                scenes=[Scene(id=first, place="sea"), Scene(id=first + 1, place="sky")],
            ),
            Film(id=first + 3, title="short", minutes=9),
            Item(id=first + 4, title="thing"),
        ]
        session.add(shelf)


def told_items() -> InterfaceType:
    return InterfaceType(
        "Item",
        lambda item, *_: "Thing" if type(item) is Item else type(item).__name__,
    )


SINGLE = Case(
    mapping="single-table inheritance",
    metadata=Single.metadata,
    seed=seed_single,
    types=[
        Type("Shelf", Shelf),
        Type("Thing", Item, ordered=False),
        Type("Film", Film, ordered=False),
        Type("Novel", Novel, ordered=False),
        Type("Scene", Scene),
    ],
    sdl="""
        type Query { shelves: [Shelf!]! items: [Item!]! films: [Film!]! }
        type Shelf { name: String! items: [Item!]! films: [Film!]! }
        interface Item { title: String! notes: String shelf: Shelf! }
        type Thing implements Item { title: String! notes: String shelf: Shelf! }
        type Film implements Item {
            title: String! notes: String shelf: Shelf! minutes: Int scenes: [Scene!]!
        }
        type Novel implements Item {
            title: String! notes: String shelf: Shelf! pages: Int sequel: Novel
        }
        type Scene { place: String! }
    """,
    queries=[
        Query("{ shelves { films { title minutes } } }", 2, unread=("notes", "pages")),
        Query("{ shelves { name items { __typename title } } }", 2, unread=("notes",)),
        Query(
            "{ shelves { items {"
            " title ... on Film { minutes } ... on Novel { pages } } } }",
            4,
            unread=("notes",),
        ),
        Query("{ items { title ... on Film { minutes scenes { place } } } }", 3),
        Query(
            "{ items { ... on Novel { pages sequel { pages } } shelf { name } } }",
            4,
            unread=("notes", "minutes"),
        ),
        Query("{ films { title shelf { name films { scenes { place } } } } }", 4),
    ],
    roots={"items": Root(lambda: select(Item).order_by(Item.id))},
    bindables=[told_items()],
)

SINGLE_BY_CLASS = replace(
    SINGLE,
    mapping="single-table inheritance, types by the class",
    queries=[replace(query, is_json=True) for query in SINGLE.queries],
    bindables=[],
    naive=[told_items()],
    made={},
)


class Concrete(DeclarativeBase):
    type_annotation_map = STRINGS


class Garage(Concrete):
    __tablename__ = "garage"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    vehicles: Mapped[list["Vehicle"]] = relationship(back_populates="garage")


class Vehicle(ConcreteBase, Concrete):
    __tablename__ = "vehicle"
    id: Mapped[int] = mapped_column(primary_key=True)
    plate: Mapped[str]
    papers: Mapped[str]
    garage_id: Mapped[int] = mapped_column(ForeignKey("garage.id"))
    garage: Mapped[Garage] = relationship(back_populates="vehicles")
    __mapper_args__ = {"polymorphic_identity": "vehicle", "concrete": True}


class Car(Vehicle):
    __tablename__ = "car"
    id: Mapped[int] = mapped_column(primary_key=True)
    plate: Mapped[str]
    papers: Mapped[str]
    doors: Mapped[int]
    garage_id: Mapped[int] = mapped_column(ForeignKey("garage.id"))
    garage: Mapped[Garage] = relationship(back_populates="vehicles")
    wheels: Mapped[list["Wheel"]] = relationship()
    __mapper_args__ = {"polymorphic_identity": "car", "concrete": True}


class Boat(Vehicle):
    __tablename__ = "boat"
    id: Mapped[int] = mapped_column(primary_key=True)
    plate: Mapped[str]
    papers: Mapped[str]
    sails: Mapped[int]
    garage_id: Mapped[int] = mapped_column(ForeignKey("garage.id"))
    garage: Mapped[Garage] = relationship(back_populates="vehicles")
    __mapper_args__ = {"polymorphic_identity": "boat", "concrete": True}


class Wheel(Concrete):
    __tablename__ = "wheel"
    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int]
    car_id: Mapped[int] = mapped_column(ForeignKey("car.id"))


def seed_concrete(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(2):
        first = start + number * 10
        garage = Garage(id=first, name=f"garage {number}")
        session.add(garage)
        # The tables have keys of their own: one value may be in all of them.
        car = Car(id=first, plate="car", papers="x", doors=number, garage=garage)
        car.wheels = [Wheel(id=first + place, size=place) for place in range(4)]
        session.add_all(
            [
                Vehicle(id=first, plate="sledge", papers="x", garage=garage),
                car,
                Boat(id=first, plate="boat", papers="x", sails=2, garage=garage),
                Boat(id=first + 1, plate="raft", papers="x", sails=0, garage=garage),
            ]
        )


def described(car: Car, *_: Any) -> str:
    return f"{car.plate} with {car.doors} doors"


CONCRETE = Case(
    mapping="concrete inheritance",
    metadata=Concrete.metadata,
    seed=seed_concrete,
    types=[
        Type("Garage", Garage),
        Type("Sledge", Vehicle, ordered=False),
        Type("Car", Car, ordered=False, resolvers={"described": described}),
        Type("Boat", Boat, ordered=False),
        Type("Wheel", Wheel),
    ],
    sdl="""
        type Query { garages: [Garage!]! vehicles: [Vehicle!]! cars: [Car!]! }
        type Garage { name: String! vehicles: [Vehicle!]! }
        interface Vehicle { plate: String! papers: String! garage: Garage! }
        type Sledge implements Vehicle {
            plate: String! papers: String! garage: Garage!
        }
        type Car implements Vehicle {
            plate: String! papers: String! garage: Garage!
            doors: Int! wheels: [Wheel!]! described: String!
        }
        type Boat implements Vehicle {
            plate: String! papers: String! garage: Garage! sails: Int!
        }
        type Wheel { size: Int! }
    """,
    queries=[
        Query("{ cars { plate doors garage { name } wheels { size } } }", 3),
        # What its resolver reads is not known: every column that can be read.
        Query("{ cars { described } }", 1),
        Query("{ vehicles { __typename plate } }", 1),
        Query("{ vehicles { ... on Car { described } } }", 1),
        Query("{ garages { name vehicles { __typename plate } } }", 2),
        Query(
            "{ garages { vehicles {"
            " plate ... on Car { doors wheels { size } } ... on Boat { sails } } } }",
            5,
        ),
        Query(
            "{ vehicles { plate ... on Boat { sails garage { name } }"
            " ... on Car { wheels { size } garage { name } } } }",
            # Each class has a relationship of its own to the garage.
            6,
        ),
    ],
    roots={
        "vehicles": Root(lambda: select(Vehicle).order_by(Vehicle.id, Vehicle.plate))
    },
    bindables=[
        InterfaceType(
            "Vehicle",
            lambda vehicle, *_: (
                "Sledge" if type(vehicle) is Vehicle else type(vehicle).__name__
            ),
        )
    ],
)


class Unions(DeclarativeBase):
    type_annotation_map = STRINGS


class Binder(Unions):
    __tablename__ = "binder"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sheets: Mapped[list["Sheet"]] = relationship(order_by="Sheet.number")


SHEET = Table(
    "sheet",
    Unions.metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer),
    Column("kind", String(10)),
    Column("binder_id", ForeignKey("binder.id")),
)
CHART = Table(
    "chart",
    Unions.metadata,
    Column("id", ForeignKey("sheet.id"), primary_key=True),
    Column("legend", String(20)),
)
# No condition leaves charts out of the sheets: each chart is in it twice.
BOTH = polymorphic_union(  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    {"sheet": SHEET, "chart": SHEET.join(CHART)}, None, "either"
)


class Sheet(Unions):
    __table__ = SHEET
    __mapper_args__ = {
        "with_polymorphic": ("*", BOTH),
        "polymorphic_on": BOTH.c.kind,
        "polymorphic_identity": "sheet",
    }


class Chart(Sheet):
    __table__ = CHART
    __mapper_args__ = {"polymorphic_identity": "chart"}


def seed_unions(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(2):
        first = start + number * 10
        sheets = [
            Sheet(id=first, number=2),
            Chart(id=first + 1, number=1, legend="x"),
            Chart(id=first + 2, number=3, legend="y"),
        ]
        session.add(Binder(id=first, name=f"binder {number}", sheets=sheets))


UNION = Case(
    mapping="a union that has rows twice",
    metadata=Unions.metadata,
    seed=seed_unions,
    types=[
        Type("Binder", Binder),
        Type("Leaf", Sheet, ordered=False),
        Type("Chart", Chart, ordered=False),
    ],
    sdl="""
        type Query { binders: [Binder!]! }
        type Binder { name: String! sheets: [Sheet!]! }
        interface Sheet { number: Int! }
        type Leaf implements Sheet { number: Int! }
        type Chart implements Sheet { number: Int! }
    """,
    queries=[
        Query(
            "{ binders { name sheets { __typename number } } }",
            2,
            paths=("eager", "fallback", "auto"),
        ),
    ],
    bindables=[
        InterfaceType(
            "Sheet",
            lambda sheet, *_: "Leaf" if type(sheet) is Sheet else type(sheet).__name__,
        )
    ],
)


def companies_with_everyone() -> Select[Any]:
    everyone = with_polymorphic(Employee, [Engineer, Manager])
    return (
        select(Company)
        .order_by(Company.id)
        .options(selectinload(Company.employees.of_type(everyone)))
    )


EMPLOYEES = """
    id name
    ... on Engineer { language projects { title } }
    ... on Manager { bonus office { city } }
"""

configure_mappers()

CASES = [
    joined(
        "joined-table inheritance, as target",
        Query(
            "{ companies { name employees { __typename name } } }",
            2,
            unread=("phone", "language", "bonus", "shares"),
        ),
        Query(
            "{ companies { employees { ... on Engineer { language } name } } }",
            3,
            unread=("editor", "phone", "bonus"),
        ),
        Query(
            "{ companies { employees { ... on Engineer { language }"
            " ... on Manager { bonus } ... on Director { bonus shares } } } }",
            5,
            unread=("editor",),
        ),
        # A column that two of the classes have, asked of one of them.
        Query(
            "{ companies { employees { ... on Manager { bonus }"
            " ... on Director { shares } } } }",
            4,
            unread=("office_id", "language"),
        ),
        Query(
            "{ companies { employees { ... on Manager { office { city } }"
            " ... on Director { bonus } } } }",
            5,
        ),
        Query(
            "{ companies { employees { name ... on Engineer { language } } } }",
            3,
            fault="type conditions load subclass columns in one statement",
        ),
        Query("{ companies { engineers { name editor } } }", 2, unread=("language",)),
        Query("{ companies { people { name badges { door } } } }", 3),
        Query("{ badges { door employee { name ... on Manager { bonus } } } }", 3),
        Query("{ projects { lead { name language company { name } } } }", 3),
        Query(
            "{ companies { staff { __typename"
            " ... on Engineer { name } ... on Manager { phone bonus } } } }",
            4,
            unread=("language",),
        ),
    ),
    joined(
        "joined-table inheritance, as owner",
        Query("{ engineers { name language company { name } } }", 2),
        Query("{ engineers { company { name } projects { title } } }", 3),
        Query("{ managers { name bonus office { city } } }", 2, unread=("floor",)),
        Query("{ directors { shares bonus name office { city } } }", 2),
        Query("{ employees { name } }", 1, unread=("language", "bonus")),
        Query(f"{{ employees {{ {EMPLOYEES} }} }}", 5),
        Query(f"{{ companies {{ employees {{ {EMPLOYEES} }} }} }}", 6),
        Query("{ employees { badges { door } company { address } } }", 3),
        Query(
            "{ employees { name ... on Engineer { language projects { title } } } }",
            3,
            fault="roots of an interface's type are resolved",
        ),
        Query(
            "{ employees { ... on Engineer { badges { door } }"
            " ... on Manager { company { name } } ... on Director { name } } }",
            5,
        ),
    ),
    joined(
        "of_type in the base query",
        Query(f"{{ companies {{ name employees {{ {EMPLOYEES} }} }} }}", 6),
        Query("{ companies { name employees { name } } }", 2),
        base_query=companies_with_everyone,
    ),
    joined(
        "joined-table inheritance, types by the class",
        *(
            Query(document, statements, is_json=True)
            for document, statements in (
                ("{ companies { name employees { __typename name } } }", 2),
                ("{ badges { door employee { name ... on Manager { bonus } } } }", 3),
                (f"{{ companies {{ employees {{ {EMPLOYEES} }} }} }}", 6),
                (f"{{ employees {{ {EMPLOYEES} }} }}", 5),
                (
                    "{ companies { staff { __typename"
                    " ... on Engineer { name } ... on Manager { phone bonus } } } }",
                    4,
                ),
                (
                    "{ employees { ... on Engineer { badges { door } }"
                    " ... on Manager { company { name } } ... on Director { name } } }",
                    5,
                ),
            )
        ),
        by_class=True,
    ),
    SINGLE,
    SINGLE_BY_CLASS,
    CONCRETE,
    UNION,
]
