"""Attributes that only subclasses have, read by way of their base."""

from typing import Any

from ariadne import InterfaceType
from sqlalchemy import ForeignKey, insert
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
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


class Link(Base):
    """Links addresses to what has them, of which each kind has a subclass."""

    __tablename__ = "link"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    addresses: Mapped[list["Address"]] = relationship(
        back_populates="link", order_by="Address.id"
    )
    __mapper_args__ = {"polymorphic_on": "kind"}


class CustomerLink(Link):
    holder: Mapped["Customer | None"] = relationship(back_populates="link")
    __mapper_args__ = {"polymorphic_identity": "customer"}


class SupplierLink(Link):
    holder: Mapped["Supplier | None"] = relationship(back_populates="link")
    note: Mapped[str | None]
    __mapper_args__ = {"polymorphic_identity": "supplier"}


class Address(Base):
    __tablename__ = "address"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str]
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    link: Mapped[Link] = relationship(back_populates="addresses")
    holder: AssociationProxy[Any] = association_proxy("link", "holder")


class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), unique=True)
    link: Mapped[CustomerLink] = relationship(back_populates="holder")
    addresses: AssociationProxy[list[Address]] = association_proxy("link", "addresses")


class Supplier(Base):
    __tablename__ = "supplier"
    id: Mapped[int] = mapped_column(primary_key=True)
    company: Mapped[str]
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"), unique=True)
    link: Mapped[SupplierLink] = relationship(back_populates="holder")
    addresses: AssociationProxy[list[Address]] = association_proxy("link", "addresses")


configure_mappers()


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(3):
        customer = Customer(
            id=start + number,
            name=f"customer {number}",
            link=CustomerLink(id=start + number),
        )
        supplier = Supplier(
            id=start + number,
            company=f"supplier {number}",
            link=SupplierLink(id=start + 50 + number, note=f"note {number}"),
        )
        session.add_all([customer, supplier])
        session.flush()
        holders: list[Customer | Supplier] = [customer, supplier, customer]
        for place, one in enumerate(holders):
            address = Address(
                id=start + number * 10 + place,
                city=f"city {place}",
                link_id=one.link_id,
            )
            session.add(address)
            session.flush()


class Outline(DeclarativeBase):
    type_annotation_map = STRINGS


class Drawing(Outline):
    __tablename__ = "drawing"
    id: Mapped[int] = mapped_column(primary_key=True)
    shapes: Mapped[list["Shape"]] = relationship(
        back_populates="drawing", order_by="Shape.id"
    )


class Shape(Outline):
    __tablename__ = "shape"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    drawing_id: Mapped[int] = mapped_column(ForeignKey("drawing.id"))
    drawing: Mapped[Drawing] = relationship(back_populates="shapes")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "shape"}


class Circle(Shape):
    """Has fewer attributes than its base: not even that which tells it apart."""

    radius: Mapped[int | None]
    __mapper_args__ = {
        "polymorphic_identity": "circle",
        "include_properties": ["id", "radius"],
    }


class Square(Shape):
    side: Mapped[int | None]
    __mapper_args__ = {"polymorphic_identity": "square"}


def seed_shapes(session: Session, generation: int) -> None:
    start = generation * 100
    for number in range(2):
        drawing = Drawing(id=start + number)
        at = start + 10 * number
        drawing.shapes = [
            Shape(id=at, name=f"shape {at}"),
            Square(id=at + 1, name=f"square {at}", side=at),
        ]
        session.add(drawing)
        session.flush()
        # What leaves out the discriminator can be read and not written.
        values = {"id": at + 2, "kind": "circle", "name": "", "radius": at + 1}
        table = Outline.metadata.tables["shape"]
        session.execute(insert(table).values(drawing_id=drawing.id, **values))


CASES = [
    Case(
        mapping="a subclass that leaves out the discriminator",
        metadata=Outline.metadata,
        seed=seed_shapes,
        types=[
            Type("Drawing", Drawing),
            Type("Shape", Shape),
            Type("Circle", Circle),
            Type("Square", Square),
        ],
        sdl="""
            type Query { drawings: [Drawing!]! }
            type Drawing { id: ID! shapes: [Figure!]! }
            interface Figure { id: ID! }
            type Shape implements Figure { id: ID! name: String! drawing: Drawing! }
            type Circle implements Figure { id: ID! radius: Int }
            type Square implements Figure { id: ID! name: String! side: Int }
        """,
        bindables=[InterfaceType("Figure", lambda figure, *_: type(figure).__name__)],
        queries=[
            Query("{ drawings { shapes { id ... on Circle { radius } } } }", 3),
            Query("{ drawings { shapes { ... on Square { name side } } } }", 3),
            Query("{ drawings { shapes { ... on Shape { drawing { id } } } } }", 3),
        ],
    ),
    Case(
        mapping="a proxy to an attribute of subclasses only",
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Address", Address),
            Type("Customer", Customer),
            Type("Supplier", Supplier),
        ],
        sdl="""
            type Query { addresses: [Address!]! customers: [Customer!]! }
            type Address { id: ID! city: String! holder: Holder }
            interface Holder { id: ID! }
            type Customer implements Holder {
                id: ID! name: String! addresses: [Address!]!
            }
            type Supplier implements Holder {
                id: ID! company: String! addresses: [Address!]!
            }
        """,
        bindables=[InterfaceType("Holder", lambda holder, *_: type(holder).__name__)],
        queries=[
            Query("{ addresses { city holder { id } } }", 4),
            # Loader options take a SELECT for each subclass before what it leads to.
            Query("{ addresses { id holder { id } } }", 6, paths=("auto",)),
            Query("{ addresses { holder { id ... on Supplier { company } } } }", 4),
            Query(
                "{ customers { addresses { holder { ... on Customer { name } } } } }",
                4,
            ),
        ],
    ),
]
