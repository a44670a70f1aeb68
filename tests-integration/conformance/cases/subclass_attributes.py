"""Attributes that only subclasses have, read by way of their base."""

from typing import Any

from ariadne import InterfaceType
from sqlalchemy import ForeignKey
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


CASES = [
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
    )
]
